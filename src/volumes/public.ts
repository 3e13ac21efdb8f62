/**
 * What users of `qemu-launch/volumes` call. The rooms of this library use `index.ts`.
 *
 * @module qemu-launch/volumes
 */
export { type ApplyOptions, applyPlan, type PlanHooks, type PlanOutcome } from './apply.ts'
export type { Backing } from './backing-spec.ts'
export { type CacheFlags, type CacheMode, type CachePolicy, cachePolicy } from './cache.ts'
export type { LatencyHistogram, OperationCounters, VolumeCounters, VolumeLoad } from './counters.ts'
export type { Drive } from './drive.ts'
export { type BootDrive, type BootRole, type BootVolume, bootDrive } from './drive.ts'
export {
  VolumeApplyError,
  VolumeError,
  VolumeExistsError,
  VolumeNoPortError,
  VolumePortOccupiedError,
  VolumeSpecError,
} from './errors.ts'
export { type CloneDiskOptions, type ClonedDisk, type CloneMethod, cloneDisk } from './images/clone-disk.ts'
export {
  convertImage,
  createImage,
  createOverlay,
  type ImageInfo,
  imageInfo,
  resizeImage,
} from './images/images.ts'
export type { CopyOptions, ImageFile, ImageOptions } from './images/qemu-img.ts'
export type { VolumeLimits } from './limits.ts'
export type { NbdExport } from './nbd-handshake.ts'
export { type ProbeOptions, probeNbd } from './nbd-probe.ts'
export { formatNbdUri, type NbdAddress, parseNbdUri } from './nbd-uri.ts'
export {
  type DetachPlanOptions,
  type PlanOptions,
  type PlanPreset,
  planAttach,
  planDetach,
  type QmpCommand,
} from './plan.ts'
export { formatPrometheus, type VolumeMetrics } from './prometheus.ts'
export { type ReadCacheOptions, startReadCache } from './read-cache.ts'
export type { ServerSpecInput } from './server/filters.ts'
export { endServer, type ListedServer, listServers } from './server/list.ts'
export type { ServerRecord } from './server/place.ts'
export type { NbdServer, ServerEvent } from './server/server.ts'
export {
  type AdoptServerOptions,
  adoptServer,
  type NbdkitOptions,
  type StartServerOptions,
  startNbdkit,
  startServer,
} from './server/start.ts'
export { deviceForPort, hotplugPorts, portForDevice, SlotTable } from './slots.ts'
export { parseVolumeSpec, type VolumeSpec, type VolumeSpecInput } from './spec.ts'

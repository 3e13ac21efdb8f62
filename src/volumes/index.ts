export { type ApplyOptions, applyPlan, type PlanHooks, type PlanOutcome } from './apply.ts'
export { lookAtVolume, probeBackend } from './backend.ts'
export type { Backing } from './backing-spec.ts'
export { type CacheFlags, type CacheMode, type CachePolicy, cacheFlags, cachePolicy } from './cache.ts'
export {
  type CachedExport,
  cacheTraits,
  makeCacheFile,
  removeCacheFile,
  requireCacheable,
} from './cache-file.ts'
export { hasClients } from './clients.ts'
export {
  type LatencyHistogram,
  loadBetween,
  type OperationCounters,
  readCounters,
  type VolumeCounters,
  type VolumeLoad,
} from './counters.ts'
export { diskUser, isServedImage, serialOf, serverNode } from './disk-names.ts'
export type { BootDrive, BootRole, BootVolume, DriveInput } from './drive.ts'
export { VolumeApplyError, VolumeExistsError, VolumeNoPortError, VolumePortOccupiedError } from './errors.ts'
export * from './forms.ts'
export { type Image, lookAtImage } from './image-look.ts'
export { type CloneDiskOptions, type ClonedDisk, type CloneMethod, cloneDisk } from './images/clone-disk.ts'
export {
  asBacking,
  convertImage,
  createImage,
  createOverlay,
  type ImageInfo,
  imageInfo,
  resizeImage,
} from './images/images.ts'
export type { CopyOptions, ImageFile, ImageOptions } from './images/qemu-img.ts'
export { inverse } from './inverse.ts'
export { boundariesNs } from './latency.ts'
export {
  deviceLimits,
  parseVolumeLimits,
  readDeviceLimits,
  readGroupLimits,
  type VolumeLimits,
  volumeLimitsSchema,
} from './limits.ts'
export type { LocalCache } from './local-cache.ts'
export {
  type Medium,
  type MediumInput,
  mediumFile,
  mediumSchema,
  parseMedium,
  volumeOfMedium,
} from './medium.ts'
export type { NbdExport } from './nbd-handshake.ts'
export { type ProbeOptions, probeNbd } from './nbd-probe.ts'
export { formatNbdUri, readNbdUri } from './nbd-uri.ts'
export {
  type DetachPlanOptions,
  onIoErrorOf,
  type PlanOptions,
  type PlanPreset,
  type QmpCommand,
  reconnectDelaySeconds,
} from './plan.ts'
export { formatPrometheus, type VolumeMetrics } from './prometheus.ts'
export { type ReadCacheOptions, startReadCache } from './read-cache.ts'
export { releaseDevice } from './release.ts'
export type { ServerSpecInput } from './server/filters.ts'
export { endServer, inspectServer, type ListedServer, listServers } from './server/list.ts'
export { isServerName, type ServerRecord, serverId, serverRecordSchema } from './server/place.ts'
export {
  cacheFor,
  isSameServe,
  type ServeInput,
  serverOf,
  serveSchema,
  settleServe,
  withoutServeSecrets,
} from './server/serve.ts'
export type { NbdServer, ServerEvent } from './server/server.ts'
export {
  type AdoptServerOptions,
  adoptServer,
  type NbdkitOptions,
  type StartServerOptions,
  startNbdkit,
  startServer,
} from './server/start.ts'
export { qemuRequests, readTraits } from './server/traits.ts'
export { deviceForPort, portForDevice } from './slots.ts'
export { isSameUri, readVolumeUri, type VolumeSource, volumeFrom } from './source.ts'
export { type UnservedInput, type VolumeSpecInput, volumeRecordSchema } from './spec.ts'
export type { VolumeTls } from './tls-spec.ts'

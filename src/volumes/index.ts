export { type ApplyOptions, applyPlan, type PlanHooks, type PlanOutcome } from './apply.ts'
export { lookAtVolume, probeBackend } from './backend.ts'
export { type Backing, canStand } from './backing-spec.ts'
export { type CacheFlags, type CacheMode, type CachePolicy, cacheFlags, cachePolicy } from './cache.ts'
export { hasClients, isListening } from './clients.ts'
export {
  type LatencyHistogram,
  loadBetween,
  type OperationCounters,
  readCounters,
  type VolumeCounters,
  type VolumeLoad,
} from './counters.ts'
export { blockSizeOptions } from './disk-options.ts'
export {
  type BootDrive,
  type BootRole,
  type BootVolume,
  bootDrive,
  bootFields,
  type Drive,
  type DriveInput,
  driveFaults,
  driveSchema,
  formatOfDrive,
  hasDevice,
} from './drive.ts'
export {
  VolumeApplyError,
  VolumeError,
  VolumeExistsError,
  VolumeNoPortError,
  VolumePortOccupiedError,
  VolumeSpecError,
} from './errors.ts'
export { type Image, lookAtImage } from './image-look.ts'
export { backingOption, protocolNode } from './image-node.ts'
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
export {
  deviceLimits,
  groupLimits,
  parseVolumeLimits,
  readDeviceLimits,
  readGroupLimits,
  type VolumeLimits,
  volumeLimitsSchema,
} from './limits.ts'
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
export {
  formatNbdUri,
  isNbdUri,
  type NbdAddress,
  parseNbdUri,
  qemuTakes,
  readNbdUri,
  readPlainNbdUri,
  socketPathFault,
} from './nbd-uri.ts'
export {
  type DetachPlanOptions,
  inverse,
  type PlanOptions,
  type PlanPreset,
  planAttach,
  planDetach,
  type QmpCommand,
  reconnectDelaySeconds,
  serialOf,
} from './plan.ts'
export { formatPrometheus, type VolumeMetrics } from './prometheus.ts'
export { type ReadCacheOptions, startReadCache } from './read-cache.ts'
export { releaseDevice } from './release.ts'
export { serversFolder } from './server/address.ts'
export type { ServerSpecInput } from './server/filters.ts'
export { endServer, inspectServer, type ListedServer, listServers } from './server/list.ts'
export { type ServerRecord, serverId, serverRecordSchema } from './server/place.ts'
export {
  cacheFor,
  isSameServe,
  type ServeInput,
  type ServeSpec,
  servedUri,
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
export {
  deviceForPort,
  hotplugPorts,
  maxPorts,
  portAddresses,
  portForDevice,
  portsForSlots,
  SlotTable,
  slotsForPorts,
} from './slots.ts'
export {
  type FileDrivers,
  fileDriver,
  formatOfFile,
  readVolumeUri,
  type VolumeSource,
  volumeFrom,
} from './source.ts'
export {
  type GivenVolume,
  originFaults,
  parseVolumeSpec,
  portOfSpec,
  qemuId,
  type UnservedInput,
  type VolumeSpec,
  type VolumeSpecInput,
  volumeJsonSchema,
  volumeNames,
  volumeRecordSchema,
  volumeSpecSchema,
} from './spec.ts'
export { tlsCreds, type VolumeTls } from './tls-spec.ts'

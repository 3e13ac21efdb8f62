export { type ApplyOptions, applyPlan, type PlanHooks, type PlanOutcome } from './apply.ts'
export { probeBackend } from './backend.ts'
export { type CacheFlags, type CacheMode, type CachePolicy, cacheFlags, cachePolicy } from './cache.ts'
export {
  type LatencyHistogram,
  loadBetween,
  type OperationCounters,
  readCounters,
  type VolumeCounters,
  type VolumeLoad,
} from './counters.ts'
export {
  type BootDrive,
  type BootRole,
  type BootVolume,
  bootDrive,
  type Drive,
  type DriveInput,
  driveFaults,
  driveSchema,
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
export {
  deviceLimits,
  groupLimits,
  parseVolumeLimits,
  readDeviceLimits,
  readGroupLimits,
  type VolumeLimits,
  volumeLimitsSchema,
} from './limits.ts'
export type { NbdExport } from './nbd-handshake.ts'
export { type ProbeOptions, probeNbd } from './nbd-probe.ts'
export {
  formatNbdUri,
  isNbdUri,
  type NbdAddress,
  parseNbdUri,
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
export type { ServerSpecInput } from './server/filters.ts'
export { type ServerRecord, serverRecordSchema } from './server/place.ts'
export type { NbdServer, ServerEvent } from './server/server.ts'
export {
  type AdoptServerOptions,
  adoptServer,
  type NbdkitOptions,
  type StartServerOptions,
  startNbdkit,
  startServer,
} from './server/start.ts'
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
  parseVolumeSpec,
  portOfSpec,
  qemuId,
  readVolumeUri,
  type VolumeSource,
  type VolumeSpec,
  type VolumeSpecInput,
  volumeFrom,
  volumeJsonSchema,
  volumeNames,
  volumeSpecSchema,
} from './spec.ts'
export type { VolumeTls } from './tls-spec.ts'

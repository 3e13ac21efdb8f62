export { type ApplyOptions, applyPlan, type PlanHooks, type PlanOutcome } from './apply.ts'
export { probeBackend } from './backend.ts'
export { type CacheFlags, type CacheMode, type CachePolicy, cacheFlags, cachePolicy } from './cache.ts'
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
export { type NbdExport, probeNbd } from './nbd-handshake.ts'
export { formatNbdUri, isNbdUri, type NbdAddress, parseNbdUri, socketPathFault } from './nbd-uri.ts'
export { type NbdkitOptions, type NbdServer, startNbdkit } from './nbdkit.ts'
export {
  inverse,
  type PlanOptions,
  type PlanPreset,
  planAttach,
  planDetach,
  type QmpCommand,
} from './plan.ts'
export { releaseDevice } from './release.ts'
export { deviceForPort, hotplugPorts, portForDevice, SlotTable } from './slots.ts'
export {
  parseVolumeSpec,
  portOfSpec,
  qemuId,
  readVolumeUri,
  type VolumeSource,
  type VolumeSpec,
  type VolumeSpecInput,
  volumeJsonSchema,
  volumeNames,
  volumeSpecSchema,
} from './spec.ts'

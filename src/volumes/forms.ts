// What a volume may be, and the commands that attach it: for who talks to nobody, and does not load what does.
export { canStand } from './backing-spec.ts'
export { blockSizeOptions, deviceOptions, keyPairs } from './disk-options.ts'
export {
  bootDrive,
  bootFields,
  cachedDrive,
  type Drive,
  diskBus,
  driveSchema,
  formatOfDrive,
  hasDevice,
  isVhostUser,
} from './drive.ts'
export { driveFaults } from './drive-faults.ts'
export { VolumeError, VolumeSpecError } from './errors.ts'
export { backingOption, imageOptions, protocolNode } from './image-node.ts'
export { groupLimits } from './limits.ts'
export { type CacheFile, cacheFileIn } from './local-cache.ts'
export {
  isNbdUri,
  type NbdAddress,
  parseNbdUri,
  qemuTakes,
  readPlainNbdUri,
  socketPathFault,
} from './nbd-uri.ts'
export { attachCommands, planAttach, planDetach } from './plan.ts'
export { serversFolder } from './server/address.ts'
export { type ServeSpec, servedUri } from './server/serve.ts'
export { hotplugPorts, maxPorts, portAddresses, portsForSlots, SlotTable, slotsForPorts } from './slots.ts'
export { type FileDrivers, fileDriver, formatOfFile, remoteNode } from './source.ts'
export {
  type GivenVolume,
  originFaults,
  parseVolumeSpec,
  portOfSpec,
  qemuId,
  type VolumeSpec,
  volumeJsonSchema,
  volumeNames,
  volumeSpecSchema,
} from './spec.ts'
export { tlsCreds } from './tls-spec.ts'

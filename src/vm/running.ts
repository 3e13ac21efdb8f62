// What is done with VMs that are there: for who launches none, and does not load what does.
export type { AttachedDevice, DeviceInput } from './devices/device-record.ts'
export { parseDevice } from './devices/device-record.ts'
export { formatExit } from './life/exit.ts'
export {
  inspectVm,
  type ListOptions,
  listVms,
  type StateDirOptions,
  type VmInspection,
} from './life/inspect.ts'
export { clearLeftovers, killVm } from './life/leftovers.ts'
export {
  type ConsoleLog,
  type FollowLogsOptions,
  followLogs,
  type ReadLogsOptions,
  readLogs,
} from './life/logs.ts'
export { askState, type ReattachOptions, reattachVm } from './life/reattach.ts'
export { Vm, VmVisitor } from './life/roles.ts'
export { endVmServer, listVmServers, type VmServer } from './life/servers.ts'
export { type WaitCondition, type WaitForVmOptions, waitForVm } from './life/wait.ts'
export { type AttachedNic, parseNic } from './nics/nic-record.ts'

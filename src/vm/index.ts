export { guessAccelerator } from './accelerator.ts'
export { formatShell } from './argv/shell.ts'
export { renderArgv } from './argv.ts'
export { askQemu } from './bare-qemu.ts'
export { type Capabilities, probeCapabilities } from './capabilities.ts'
export { parseVmConfig, vmConfigJsonSchema } from './config.ts'
export { VmConfigError, VmError, VmLaunchError } from './errors.ts'
export { formatExit, type VmExit } from './exit.ts'
export { fromHiveConfig, isHiveConfig, parseConfigDocument } from './hive.ts'
export {
  clearLeftovers,
  inspectVm,
  killVm,
  listVms,
  type StateDirOptions,
  type VmInspection,
} from './inspect.ts'
export { type LaunchOptions, launchVm } from './launch.ts'
export { planLaunch } from './launch-plan.ts'
export type { VmState } from './lifecycle.ts'
export { defaultStateDir, type VmPaths, vmPaths } from './paths.ts'
export { askState, type ReattachOptions, reattachVm } from './reattach.ts'
export { type ResolvedVm, resolveVm } from './resolve.ts'
export type { VmConfig, VmConfigInput } from './schema.ts'
export { type ShutdownOptions, type ShutdownStep, Vm } from './vm.ts'
export type { AttachOptions, DetachOptions, DetachOutcome, VmVolumes } from './vm-volumes.ts'
export type { Volume, VolumeLimits } from './volume-record.ts'

export { ProcessError } from '../process/index.ts'
export { attachmentMoves } from './attachments/attachment.ts'
export type {
  PlugAttachOptions,
  PlugDetachOptions,
  PlugDetachOutcome,
} from './attachments/plugs.ts'
export type { BackupOptions } from './backups/plan-backup.ts'
export type { Backup, FinishedBackup, VmBackups } from './backups/vm-backups.ts'
export { type CloneOptions, type CloneOverrides, cloneVm } from './clones/clone-vm.ts'
export { type CreateTemplateOptions, createTemplate } from './clones/create-template.ts'
export { forkVm } from './clones/fork.ts'
export type { Readiness } from './clones/guest-ready.ts'
export { type LaunchManyOptions, type LaunchOutcome, launchMany } from './clones/launch-many.ts'
export { VmPool } from './clones/pool.ts'
export type { VmPoolMetrics, VmPoolOptions } from './clones/pool-options.ts'
export { type BrokenTemplate, deleteTemplate, listTemplates, type Template } from './clones/templates.ts'
export type { VmDevices } from './devices/vm-devices.ts'
export type { MediumOptions, MediumOutcome } from './disks/media.ts'
export type { VmVolumes } from './disks/vm-volumes.ts'
export type { AttachOptions, DetachOptions, DetachOutcome } from './disks/volume-options.ts'
export type { ListedVolume, Volume } from './disks/volume-record.ts'
export type { ResizeOptions } from './disks/volume-resize.ts'
export type { HostCheck } from './doctor/check.ts'
export { adviseSysctls, type ExamineOptions, examineHost, type HostReport } from './doctor/examine.ts'
export type {
  OwnEvent,
  OwnEvents,
  VmEvent,
  VmEventListener,
  VmEventName,
  VmEventOf,
  VmOrigin,
} from './events.ts'
export * from './forms.ts'
export { planDryRun } from './launch/ask-host.ts'
export { equip } from './launch/equip.ts'
export { type KeepRunningOptions, keepRunning, type Supervisor } from './launch/keep-running.ts'
export { type LaunchOptions, launchVm } from './launch/launch.ts'
export type { RestartPolicy } from './launch/restart-policy.ts'
export { type HostCapacity, hostCapacity } from './life/capacity.ts'
export type { CopyProgress, ForkOptions, ForkOverrides } from './life/forking.ts'
export type { Guest, GuestInterface } from './life/guest.ts'
export type { GuestExecOptions, GuestExecResult } from './life/guest-exec.ts'
export { type VmState, type VmTrigger, vmMoves } from './life/lifecycle.ts'
export type { RebootOptions, RebootOutcome } from './life/reboot.ts'
export type { SetOptions, SetOutcome } from './life/resource.ts'
export type { ShutdownOptions, ShutdownStep } from './life/shutdown.ts'
export type { VmCpus } from './life/vm-cpus.ts'
export { type VmEndReason, type VmExit, wasWanted } from './life/vm-exit.ts'
export type { VmMemory } from './life/vm-memory.ts'
export type { NicInput, VmNics } from './nics/vm-nics.ts'
export { alertRules } from './observe/alerts.ts'
export { type ExplainOptions, type Explanation, explainVm } from './observe/explain.ts'
export {
  findLimit,
  type MachineFacts,
  type ThreadLoad,
  type Tier,
  type Verdict,
  type VolumeFacts,
} from './observe/limit.ts'
export { type VmLoad, vmLoad } from './observe/load.ts'
export { formatSamples } from './observe/prometheus.ts'
export { type SampleOptions, sampleVms } from './observe/sample.ts'
export type { HostSample, SampledVolume, Samples, ServerSample, VmSample } from './observe/samples.ts'
export { guessAccelerator } from './qemu/accelerator.ts'
export { askQemu } from './qemu/bare-qemu.ts'
export {
  type Capabilities,
  deviceProperties,
  type ProbeOptions,
  probeCapabilities,
} from './qemu/capabilities.ts'
export type { Discrepancy } from './record/compare.ts'
export * from './running.ts'
export {
  type Advice,
  sweep,
  type TuneOptions,
  type TuneOutcome,
  type TuneProgress,
  tuneVm,
} from './tune/tune.ts'

import {
  type Child,
  type Lock,
  type ProcessExit,
  type ProcessIdentity,
  untilGone,
} from '../../process/index.ts'
import type { QmpClient } from '../../qmp/index.ts'
import type { VmPaths } from '../record/paths.ts'
import type { VmStore } from '../record/vm-store.ts'
import type { RunningHelper } from './helper-watch.ts'
import type { VmConsole } from './vm-console.ts'

/** What a `Vm` is made of, however it came to be ours. */
export interface VmParts {
  readonly id: string
  readonly paths: VmPaths
  /** Has read the VM's record. */
  readonly reader?: VmStore | undefined
  readonly process: ProcessIdentity
  readonly qmp: QmpClient
  /** Set when this process is QEMU's parent. */
  readonly child?: Child | undefined
  /** Set when this process owns the VM: let go of when the VM ends or is left. */
  readonly ownership?: Lock | undefined
  readonly console?: VmConsole | undefined
  /** The programs beside QEMU, for its owner to watch. */
  readonly helpers?: readonly RunningHelper[] | undefined
  /** Where QEMU really serves and logs the serial console, where the config says so. */
  readonly consoleFiles?: Partial<Pick<VmPaths, 'serial' | 'consoleLog'>> | undefined
  /** Somebody launches the VM again after a crash: the servers of its volumes outlive that. */
  readonly isSupervised?: boolean | undefined
  /** It is on record as held back: launched paused, and not let begin. */
  readonly heldBack?: boolean | undefined
}

/** Resolves when a process that is not our child has ended, which only the loss of its monitor and its absence show. */
export async function endOf({ process, qmp }: VmParts, leaving: AbortSignal): Promise<ProcessExit> {
  await qmp.closed
  await untilGone(process, leaving)
  return { exitCode: undefined, signal: undefined }
}

import { rm } from 'node:fs/promises'
import { describeExit, type ProcessExit, readTail } from '../process/index.ts'
import type { VmPaths } from './paths.ts'
import { StateFile } from './state.ts'

/** How a VM ended. */
export interface VmExit {
  /**
   * QEMU's own word for the cause where it gave one (`guest-shutdown`, `host-qmp-quit`, `host-signal`, `guest-panic`, …);
   * `killed` by a signal, `crashed` with an exit status, `unknown`, or `detached` when it was left running.
   */
  readonly reason: string
  /** Whether it ended in order: not by a crash and not by SIGKILL. */
  readonly clean: boolean
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  /** The last lines QEMU wrote. */
  readonly log: string
}

export async function describeEnd(
  paths: VmPaths,
  { exitCode, signal }: ProcessExit,
  reason: string | undefined,
): Promise<VmExit> {
  const failed = signal !== undefined || (exitCode ?? 0) !== 0
  const guess = signal !== undefined ? 'killed' : failed ? 'crashed' : 'unknown'
  return {
    reason: failed ? guess : (reason ?? guess),
    clean: !failed && reason !== undefined,
    exitCode,
    signal,
    log: await readTail(paths.log),
  }
}

/** After a clean end nothing of the VM stays; after any other its directory does, with the reason in its state. */
export async function settleDirectory(paths: VmPaths, id: string, exit: VmExit): Promise<void> {
  if (exit.clean) {
    await rm(paths.dir, { recursive: true, force: true })
    return
  }
  const state = new StateFile(paths.state, id)
  const record = await state.read().catch(() => undefined)
  if (record === undefined) return
  // Who killed it may be taking the directory away at this moment.
  await state.write({ ...record, exit: { ...exit } }).catch(() => {})
  await Promise.all(
    [paths.qmp, paths.monitor, paths.serial, paths.console, paths.pid].map((path) =>
      rm(path, { force: true }),
    ),
  )
}

/** One line for people. */
export function formatExit({ reason, exitCode, signal }: VmExit): string {
  const how = describeExit({ exitCode, signal: signal as NodeJS.Signals | undefined })
  return exitCode === undefined && signal === undefined ? reason : `${reason} (${how})`
}

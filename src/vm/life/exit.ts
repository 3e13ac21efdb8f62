import { rm } from 'node:fs/promises'
import { describeExit, type ProcessExit, readTail } from '../../process/index.ts'
import type { VmError } from '../errors.ts'
import type { VmPaths } from '../record/paths.ts'
import { VmStore } from '../record/vm-store.ts'

/** How a VM ended. */
export interface VmExit {
  /**
   * QEMU's own word for the cause where it gave one (`guest-shutdown`, `guest-reset`, `guest-panic`, `host-qmp-quit`, `host-signal`, …);
   * `killed` by a signal from outside; `crashed` by a fault of its own, or with an exit status and no other word; `vanished`
   * when this process was not its parent, whom alone the system tells, and QEMU said nothing; `unknown` when it ended with
   * status 0 and said nothing; `detached` when it was left running.
   */
  readonly reason: string
  /** Whether it ended in order, as far as could be seen: not by a crash, a panic or a SIGKILL, and not unseen. */
  readonly clean: boolean
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  /** The last lines QEMU wrote. */
  readonly log: string
  /** The last lines of the guest's serial console. */
  readonly console: string
  /** What could not be done after its end: taking away its directory, or writing this down there. */
  readonly fault?: string | undefined
}

/** Signals by which a program falls over its own fault. */
const faults: ReadonlySet<string> = new Set([
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGSEGV',
  'SIGSYS',
  'SIGTRAP',
])

/** Causes QEMU gives for an end that is not in order. */
const disorderly: ReadonlySet<string> = new Set(['guest-panic', 'host-error'])

/** Why a VM ended, by the end of its process and by what QEMU said before it. Pure. */
export function judgeEnd(
  { exitCode, signal }: ProcessExit,
  said: string | undefined,
): Pick<VmExit, 'reason' | 'clean'> {
  if (signal !== undefined) return { reason: faults.has(signal) ? 'crashed' : 'killed', clean: false }
  if (exitCode === undefined) return judgeWord(said, 'vanished')
  return exitCode === 0 ? judgeWord(said, 'unknown') : { reason: said ?? 'crashed', clean: false }
}

function judgeWord(said: string | undefined, otherwise: string): Pick<VmExit, 'reason' | 'clean'> {
  return said === undefined
    ? { reason: otherwise, clean: false }
    : { reason: said, clean: !disorderly.has(said) }
}

/** Never rejects: what cannot be read is empty. */
export async function describeEnd(
  paths: VmPaths,
  end: ProcessExit,
  said: string | undefined,
): Promise<VmExit> {
  const record = await new VmStore({ id: '', paths }).read().catch(() => undefined)
  const [log, console] = await Promise.all([
    readTail(paths.log),
    readTail(record?.consoleLog ?? paths.consoleLog),
  ])
  return { ...judgeEnd(end, said), ...end, log, console }
}

/**
 * After a clean end nothing of the VM stays; after any other its directory does, with the reason in its state.
 * @throws ProcessError PROCESS_TIMEOUT when another process does not let go of the record; VmError VM_STATE; what the system says.
 */
export async function settleDirectory(paths: VmPaths, id: string, exit: VmExit): Promise<void> {
  const store = new VmStore({ id, paths })
  if (exit.clean) return store.remove()
  if ((await store.find().catch(() => undefined)) === undefined) return
  // What is being changed of its volumes comes first, and stays.
  await store.set({ exit: { ...exit } }).catch((error: VmError) => {
    // Who killed it may be taking the directory away at this moment.
    if (!isMissing(error.cause)) throw error
  })
  await Promise.all(
    [paths.qmp, paths.monitor, paths.serial, paths.console, paths.agent, paths.pid].map((path) =>
      rm(path, { force: true }),
    ),
  )
}

function isMissing(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
}

/** One line for people. */
export function formatExit({ reason, exitCode, signal, fault }: VmExit): string {
  const how = describeExit({ exitCode, signal: signal as NodeJS.Signals | undefined })
  const ended = exitCode === undefined && signal === undefined ? reason : `${reason} (${how})`
  return fault === undefined ? ended : `${ended}; ${fault}`
}

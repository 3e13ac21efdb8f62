import { lstat, rm } from 'node:fs/promises'
import { describeExit, type ProcessExit, readTail } from '../../process/index.ts'
import type { ShutdownCause } from '../../qmp/index.ts'
import type { VmError } from '../errors.ts'
import { readLogTail } from '../logs/log-files.ts'
import { consoleLogOn, type VmPaths } from '../record/paths.ts'
import type { VmRecord } from '../record/state.ts'
import { VmStore } from '../record/vm-store.ts'
import type { VmEndReason, VmExit } from './vm-exit.ts'

type Verdict = Pick<VmExit, 'reason' | 'clean' | 'forced' | 'killed'>

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

/** Causes QEMU gives for an end that the host brought about. */
const byHost: ReadonlySet<string> = new Set(['host-qmp-quit', 'host-signal', 'host-ui'])

/** What is known of an end beside the process's own. */
export interface Witness {
  /** What QEMU said before it. */
  readonly said?: string | undefined
  /** The last signal this library sent. */
  readonly sent?: NodeJS.Signals | undefined
  /** QEMU has removed its pid file and its sockets, which it does in an orderly end only. */
  readonly clearedUp: boolean
}

/** What a process knows of an end. */
interface Seen extends Pick<Witness, 'said' | 'sent'> {
  /** The pid of QEMU: a later run may have the directory by then. */
  readonly pid: number
}

/** Why a VM ended, by the end of its process and by what is known beside it. Pure. */
export function judgeEnd({ exitCode, signal }: ProcessExit, { said, sent, clearedUp }: Witness): Verdict {
  const isOurs = sent === 'SIGKILL'
  const unclean = (reason: VmEndReason): Verdict => ({ reason, clean: false, forced: false, killed: false })
  if (signal !== undefined && faults.has(signal)) return unclean('crashed')
  if (signal !== undefined) return { ...unclean('killed'), forced: isOurs, killed: true }
  if (exitCode === undefined && said === undefined && isOurs)
    return { ...unclean('killed'), forced: true, killed: true }
  if (said !== undefined) {
    const forced = byHost.has(said)
    const clean = !forced && !disorderly.has(said) && (exitCode ?? 0) === 0
    return { reason: said as ShutdownCause, clean, forced, killed: false }
  }
  if (exitCode !== undefined)
    return exitCode === 0 ? { ...unclean('unknown'), clean: true } : unclean('crashed')
  return clearedUp ? { ...unclean('unknown'), clean: true } : unclean('vanished')
}

/** Describes how a VM ended. Never rejects: what cannot be read is empty. An end that nobody here saw is described by the record. */
export async function describeEnd(
  paths: VmPaths,
  end: ProcessExit,
  { pid, said, sent }: Seen,
): Promise<VmExit> {
  const before = await recordIn(paths)
  const consoleLog = before === undefined ? paths.consoleLog : consoleLogOn(before, paths)
  const [log, console, isEmpty] = await Promise.all([
    readTail(paths.log),
    readLogTail(consoleLog),
    isCleared(paths, before),
  ])
  // The owner removes these files too, after it has put the end on record. So the record is read after the files.
  const record = await recordIn(paths)
  const isItsRun = record?.process?.pid === pid
  // The files of a QEMU that never answered say nothing.
  const clearedUp = isEmpty && isItsRun && record.machine !== undefined && record.exit === undefined
  const verdict = judgeEnd(end, { said, sent, clearedUp })
  const told = isItsRun && verdict.reason === 'vanished' ? exitOn(record) : undefined
  return told ?? { ...verdict, left: false, ...end, log, console, consoleLog }
}

/** How a VM ended that does not run any more; undefined when it was never started. Never rejects. */
export async function exitOf(paths: VmPaths, record: VmRecord): Promise<VmExit | undefined> {
  const { pid } = record.process ?? {}
  if (record.exit !== undefined || pid === undefined) return exitOn(record)
  return describeEnd(paths, { exitCode: undefined, signal: undefined }, { pid })
}

/** A later version may have written another reason. */
function exitOn({ exit }: VmRecord): VmExit | undefined {
  return exit && { ...exit, reason: exit.reason as VmEndReason, left: false }
}

async function recordIn(paths: VmPaths): Promise<VmRecord | undefined> {
  return new VmStore({ id: '', paths }).read().catch(() => undefined)
}

async function isCleared({ monitor, pid, qmp }: VmPaths, record: VmRecord | undefined): Promise<boolean> {
  const files = [record?.config.pidFile ?? pid, monitor, qmp]
  const found = await Promise.all(files.map((path) => lstat(path).then(() => true, isThere)))
  return !found.includes(true)
}

/**
 * After an end that was wanted nothing of the VM stays; after any other its directory does, with the reason in its state.
 * @throws ProcessError PROCESS_TIMEOUT when another process does not let go of the record; VmError VM_STATE; what the system says.
 */
export async function settleDirectory(
  paths: VmPaths,
  id: string,
  exit: VmExit,
  wanted: boolean,
): Promise<void> {
  const store = new VmStore({ id, paths })
  if (wanted) return store.remove()
  if ((await store.find().catch(() => undefined)) === undefined) return
  // What is being changed of its volumes comes first, and stays.
  await store.set({ exit: { ...exit } }).catch((error: VmError) => {
    // The process that killed it may be removing the directory at this moment.
    if (!isMissing(error.cause)) throw error
  })
  await Promise.all(
    [paths.qmp, paths.monitor, paths.serial, paths.console, paths.agent, paths.pid].map((path) =>
      rm(path, { force: true }),
    ),
  )
}

function isThere(error: NodeJS.ErrnoException): boolean {
  return error.code !== 'ENOENT' && error.code !== 'ENOTDIR'
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

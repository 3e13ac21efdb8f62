import { closeSync, openSync, readdirSync, readFileSync, readSync, type Stats, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { mapLimited } from '../util/limited.ts'
import { isNoFile } from '../util/regular-file.ts'
import { sleep } from '../util/timer.ts'
import { ProcessError } from './errors.ts'

/** Names one process for good: a pid is reused, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number
  /** Field 22 of /proc/PID/stat: clock ticks between boot and the start of the process. */
  readonly startTime: string
}

interface ProcStat {
  readonly state: string
  readonly parent: number
  readonly flags: number
  readonly startTime: string
}

function unknown(what: string, cause: unknown): ProcessError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new ProcessError('PROCESS_UNKNOWN', `cannot tell whether ${what}: ${why}`, { cause })
}

/**
 * What the system says of a process; undefined when it is gone. No process can keep this from its reader, so it is read at once.
 * Any other failure, such as too many open files, tells nothing of it.
 */
function readStat(pid: number): ProcStat | undefined {
  try {
    return parseStat(readAtOnce(`/proc/${pid}/stat`).toString('latin1'))
  } catch (error) {
    if (isGone(error)) return undefined
    throw unknown(`process ${pid} lives`, error)
  }
}

const isGone = (error: unknown) => ['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))

function parseStat(text: string): ProcStat | undefined {
  // The command name, field 2, may hold spaces and parentheses: count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ', 20)
  const [state, startTime] = [fields[0], fields[19]]
  return state === undefined || startTime === undefined
    ? undefined
    : { state, parent: Number(fields[1]), flags: Number(fields[6]), startTime }
}

const isDead = ({ state }: ProcStat) => state === 'Z' || state === 'X'

/** The identity of a living process; undefined when there is none with this pid. @throws ProcessError PROCESS_UNKNOWN. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = readStat(pid)
  return stat === undefined || isDead(stat) ? undefined : { pid, startTime: stat.startTime }
}

/** True while exactly this process lives; a zombie counts as dead. @throws ProcessError PROCESS_UNKNOWN when that cannot be told. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.startTime === identity.startTime
}

/** Whether exactly this process was stopped, by a signal or a debugger. @throws ProcessError PROCESS_UNKNOWN. */
export async function isStopped({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  const stat = readStat(pid)
  return stat?.startTime === startTime && (stat.state === 'T' || stat.state === 't')
}

/** Signals exactly this process, unless it has ended. @throws ProcessError PROCESS_UNKNOWN when it cannot be told which it is. */
export async function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(identity))) return
  try {
    process.kill(identity.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const lookAgainMs = 10

/**
 * Resolves when this process is known to have ended, or on abort. No event tells of the end of a process that is not our child, so
 * it looks every `everyMs`, 10 unless given.
 */
export async function untilGone(
  identity: ProcessIdentity,
  signal?: AbortSignal,
  everyMs = lookAgainMs,
): Promise<void> {
  const mayLive = () => isAlive(identity).catch(() => true)
  while (!signal?.aborted && (await mayLive())) await sleep(everyMs)
}

/** The words a living process was started with; none when it is gone or about to be. @throws ProcessError PROCESS_UNKNOWN. */
export async function commandLine(pid: number): Promise<string[]> {
  return commandLineAtOnce(pid) ?? commandLineInTime(pid)
}

async function commandLineInTime(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch((error: unknown) => {
    if (isGone(error)) return ''
    throw unknown(`process ${pid} lives`, error)
  })
  return wordsIn(text)
}

const wordsIn = (text: string) => text.split('\0').slice(0, -1)

// For all reads: each is over before the next begins.
const page = Buffer.allocUnsafe(64 * 1024)

/**
 * A small file of /proc, without a thread and by as few calls as can be: a read that leaves room has come to its end. It holds
 * until the next read.
 */
function readAtOnce(path: string): Buffer {
  const fd = openSync(path, 'r')
  try {
    const length = readSync(fd, page, 0, page.length, null)
    return length < page.length ? page.subarray(0, length) : readFileSync(path)
  } finally {
    closeSync(fd)
  }
}

/**
 * The command line of a process, none when it does not hold the mark, or undefined when its reading may wait: a process in uninterruptible
 * sleep may hold the lock that its reader needs. Read at once, some hundreds of processes take a tenth of the time.
 */
function commandLineAtOnce(pid: number, mark?: Buffer): string[] | undefined {
  try {
    const stat = readAtOnce(`/proc/${pid}/stat`)
    if (stat[stat.lastIndexOf(endOfName) + endOfName.length] === uninterruptible) return undefined
    const words = readAtOnce(`/proc/${pid}/cmdline`)
    return mark === undefined || words.includes(mark) ? wordsIn(words.toString('utf8')) : []
  } catch (error) {
    if (isGone(error)) return []
    throw unknown(`process ${pid} lives`, error)
  }
}

const endOfName = Buffer.from(') ')
const uninterruptible = 'D'.charCodeAt(0)

const lookedAtOnce = 64

/** One of `findAllByOutput`; undefined when there is none. @throws as that does. */
export async function findByOutput(path: string): Promise<ProcessIdentity | undefined> {
  return (await findAllByOutput(path)).at(0)
}

/**
 * The living processes whose standard output is this file, of those that are ours to see.
 * @throws ProcessError PROCESS_UNKNOWN when they cannot be looked through.
 */
export async function findAllByOutput(path: string): Promise<ProcessIdentity[]> {
  const file = fileAt(path)
  if (file === undefined) return []
  const pids = allPids(`a process writes ${path}`)
  const found = await mapLimited(pids, lookedAtOnce, async (pid) => {
    const output = await stat(`/proc/${pid}/fd/1`).catch(() => undefined)
    return output?.ino === file.ino && output.dev === file.dev ? identifyProcess(pid) : undefined
  })
  return found.filter((identity) => identity !== undefined)
}

function fileAt(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch (error) {
    if (isNoFile(error)) return undefined
    throw unknown(`a process writes ${path}`, error)
  }
}

/** A process whose command line was recognised. */
interface FoundProcess<T> {
  readonly identity: ProcessIdentity
  readonly parent: number
  readonly value: T
}

export interface SearchOptions {
  /** Passes over those with one thread, which are most: to look whether they have more takes a tenth of the time. */
  readonly threaded?: boolean | undefined
}

/**
 * The living processes of this user and of root whose command lines are recognised, of those that hold the mark. Any other user's may say
 * what they like.
 * @throws ProcessError PROCESS_UNKNOWN when they cannot be looked through.
 */
export async function searchProcesses<T>(
  mark: string,
  recognise: (words: readonly string[]) => T | undefined,
  { threaded = false }: SearchOptions = {},
): Promise<FoundProcess<T>[]> {
  const all = allPids('they run')
  // Node has threads: a kernel that does not count them here counts none of its.
  const pids = threaded && hasThreads(process.pid) ? all.filter(hasThreads) : all
  const marked = Buffer.from(mark)
  const waiting: number[] = []
  const found: { readonly pid: number; readonly value: T }[] = []
  const judge = (pid: number, words: readonly string[]) => {
    const value = words.length === 0 ? undefined : recognise(words)
    if (value !== undefined) found.push({ pid, value })
  }
  for (const pid of pids) {
    try {
      const words = commandLineAtOnce(pid, marked)
      if (words === undefined) waiting.push(pid)
      else judge(pid, words)
    } catch (error) {
      unlessHidden(error)
    }
  }
  await mapLimited(waiting, lookedAtOnce, async (pid) => {
    const words = await commandLineInTime(pid).catch(unlessHidden)
    judge(pid, words ?? [])
  })
  const processes = found.map(({ pid, value }) => {
    const stat = readStat(pid)
    if (stat === undefined || isDead(stat) || !isOurs(pid)) return undefined
    return { identity: { pid, startTime: stat.startTime }, parent: stat.parent, value }
  })
  return processes.filter((process) => process !== undefined)
}

/** The processes of this pid namespace, without the kernel's own threads where the kernel lists them. */
function allPids(what: string): number[] {
  try {
    const threads = kernelThreads()
    return readdirSync('/proc')
      .filter((name) => !threads.has(name))
      .map(Number)
      .filter((pid) => pid > 1)
  } catch (error) {
    throw unknown(what, error)
  }
}

const linksOfOneThread = 3

/** Whether a process has several threads, or may have: Linux counts each as a link of their directory (`proc_task_getattr`). */
function hasThreads(pid: number): boolean {
  try {
    const links = statSync(`/proc/${pid}/task`, { throwIfNoEntry: false })?.nlink ?? 0
    return links > linksOfOneThread
  } catch {
    return true
  }
}

const kthreadd = 2
// PF_KTHREAD, https://github.com/torvalds/linux/blob/v6.1/include/linux/sched.h.
const kernelThread = 0x00200000

/** The children of kthreadd, by proc_tid_children(5): a host has hundreds. None where it cannot be told, as in a container. */
function kernelThreads(): ReadonlySet<string> {
  try {
    const flags = readStat(kthreadd)?.flags ?? 0
    if ((flags & kernelThread) === 0) return new Set()
    return new Set(readAtOnce(`/proc/${kthreadd}/task/${kthreadd}/children`).toString('latin1').split(' '))
  } catch {
    // Hidden from this user, or a kernel without CONFIG_PROC_CHILDREN.
    return new Set()
  }
}

/** By its real user. */
function isOurs(pid: number): boolean {
  try {
    const [, uid] = /^Uid:\s+(\d+)/m.exec(readAtOnce(`/proc/${pid}/status`).toString('latin1')) ?? []
    return uid !== undefined && [0, process.getuid?.()].includes(Number(uid))
  } catch (error) {
    if (isGone(error)) return false
    throw unknown(`process ${pid} lives`, error)
  }
}

/** Another user's process is passed over where the system shows only one's own (`hidepid`). */
function unlessHidden(error: unknown): void {
  const { code } = ((error as ProcessError).cause ?? {}) as NodeJS.ErrnoException
  if (code !== 'EACCES' && code !== 'EPERM') throw error
}

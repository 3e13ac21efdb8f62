import { existsSync, lstatSync, type Stats, unlinkSync } from 'node:fs'
import { lstat, readFile, realpath, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import {
  acquireLock,
  type Child,
  commandLine,
  findAllByOutput,
  identifyProcess,
  isAlive,
  type Lock,
  type ProcessIdentity,
  spawnProcess,
  stopLadder,
  untilGone,
  waitUntilReady,
} from '../../process/index.ts'
import { ownerFault } from '../../util/own-directory.ts'
import { VolumeError } from '../errors.ts'
import type { NbdExport } from '../nbd-handshake.ts'
import { probeNbd } from '../nbd-probe.ts'
import { formatNbdUri, type NbdAddress } from '../nbd-uri.ts'
import { errnoOf, messageOf } from './failure.ts'
import type { ServerPaths } from './place.ts'
import { openTo } from './reach.ts'
import { lookAtServed } from './served.ts'
import type { ServerSpec } from './spec.ts'
import { serverWords } from './words.ts'

/** One server to run, now and whenever it is started again. */
export interface ServerPlan {
  readonly spec: ServerSpec
  readonly paths: ServerPaths
  readonly address: NbdAddress
  readonly workingDirectory: string
  readonly exitWithParent?: boolean | undefined
  readonly readyTimeoutMs: number
}

/** A server that has answered. */
export interface Running {
  /** The shell over it, or the server itself when it ends with its parent. */
  readonly child: Child
  readonly pid: number
  readonly found: NbdExport
}

const killTimeoutMs = 5000

/**
 * Debian 12's nbdkit ends with its parent whether told to or not (1.32.5 asks for PR_SET_PDEATHSIG in any case): so
 * its parent is a shell that lives exactly as long. The shell outlives SIGTERM, which is meant for the server, holds
 * the pipe by which others learn of its end, and leaves the exit status to them.
 */
const supervisor = `cd "$1" 2>/dev/null || cd /; d=$2; shift 2
rm -f "$d/status"; [ -p "$d/alive" ] || mkfifo -m 600 "$d/alive"; exec 3<>"$d/alive"
trap : TERM; "$@" 3>&- & while :; do wait $!; s=$?; kill -0 $! 2>/dev/null || break; done
echo $s >"$d/status"; exit $s`

/** Starts the server of a plan and waits until it answers. A failed start leaves no process and no socket. */
export async function runServer(
  plan: ServerPlan,
  onSpawn: (child: Child) => Promise<void> | void,
  signal: AbortSignal | undefined,
): Promise<Running> {
  const { address, paths, spec } = plan
  using _turn = await turnAt(plan, signal)
  await vacate(address, signal)
  await rm(paths.pid, { force: true })
  const drivers = await lookAtServed(spec)
  const place = { address, pidFile: paths.pid, exitWithParent: plan.exitWithParent, drivers }
  const server = serverWords(spec, place)
  const [command, ...args] = plan.exitWithParent
    ? server
    : (['/bin/sh', '-c', supervisor, 'sh', plan.workingDirectory, paths.directory, ...server] as const)
  const child = await spawnProcess({ command, args, logFile: paths.log })
  try {
    await onSpawn(child)
    const running = { child, ...(await answered(plan, child, signal)) }
    if (spec.socketUser !== undefined && address.type === 'unix') {
      const isPrivate = dirname(address.path) === paths.directory
      await openTo(spec.socketUser, address.path, isPrivate ? [paths.directory] : [])
    }
    return running
  } catch (error) {
    await endGroup(child, child.exited, killTimeoutMs)
    await removeSocket(address)
    throw error
  }
}

/**
 * Waits for the turn to start a server at a socket outside the private directory. Of two at once each would take the other's
 * socket for a socket that was left, and QEMU's servers take over a socket that is in use. The kernel gives a port to one itself.
 */
async function turnAt(
  { address, paths, readyTimeoutMs: timeoutMs }: ServerPlan,
  signal: AbortSignal | undefined,
): Promise<Lock | undefined> {
  if (address.type === 'tcp' || address.path === paths.socket) return undefined
  const directory = await realpath(dirname(address.path)).catch(() => undefined)
  if (directory === undefined) return undefined
  return acquireLock({ directory, name: `.${basename(address.path)}.lock` }, { timeoutMs, signal })
}

/**
 * Servers leave their socket when killed: a socket of ours that nobody listens on is removed, and nothing else is. A server
 * that is there already would also answer when ours is tried.
 */
async function vacate(address: NbdAddress, signal: AbortSignal | undefined): Promise<void> {
  if (address.type === 'unix') {
    const entry = await entryAt(address.path)
    const fault = entry && (entry.isSocket() ? ownerFault(entry) : 'is not a socket')
    if (fault) throw new Error(`${address.path} ${fault}; it stays, name another socket`)
  }
  const free = await isFree(address, signal)
  signal?.throwIfAborted()
  if (!free) throw new Error(`${formatNbdUri(address)} is in use already`)
  if (address.type === 'unix') await rm(address.path, { force: true })
}

/** Removes the socket that a server has left. It may be another's by now. */
export async function removeSocket(address: NbdAddress): Promise<void> {
  if (address.type !== 'unix') return
  const entry = await entryAt(address.path).catch(() => undefined)
  if (!entry?.isSocket() || ownerFault(entry) !== undefined) return
  if (!(await isFree(address))) return
  try {
    // Another server may have come while it was asked: its socket is a new file. Nothing comes in between here.
    const now = lstatSync(address.path)
    if (now.ino === entry.ino && now.ctimeMs === entry.ctimeMs) unlinkSync(address.path)
  } catch {
    // It is gone already.
  }
}

async function entryAt(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

async function isFree(address: NbdAddress, signal?: AbortSignal): Promise<boolean> {
  if (address.type === 'unix' && !existsSync(address.path)) return true
  const anybody = { ...address, tls: undefined }
  const errno = await probeNbd(anybody, { timeoutMs: 1000, signal }).then(() => undefined, errnoOf)
  return address.type === 'unix' ? errno === 'ECONNREFUSED' : errno !== undefined
}

async function answered(
  plan: ServerPlan,
  child: Child,
  signal: AbortSignal | undefined,
): Promise<Omit<Running, 'child'>> {
  const { address, paths, readyTimeoutMs: timeoutMs, spec } = plan
  // It is ours by its pid; the name in its certificate is for others.
  const tls = spec.tls === undefined ? undefined : { dir: spec.tls.dir, verifyPeer: false }
  // Only a server that does not listen yet is worth another try; any other answer is final.
  const probe = (giveUp: AbortSignal) =>
    probeNbd(address, { timeoutMs, signal: giveUp, tls }).then(
      // A server that listens has written this. Until then it was another that answered.
      async (found) => ({ found, pid: Number(await readFile(paths.pid, 'utf8')) }),
      (error: unknown) => {
        const errno = errnoOf(error)
        if (errno === 'ENOENT' || errno === 'ECONNREFUSED') throw error
        return { error }
      },
    )
  const answer = await waitUntilReady({ probe, child, name: spec.type, timeoutMs, signal })
  if ('found' in answer) return answer
  throw new VolumeError('VOLUME_BACKEND', messageOf(answer.error), {
    cause: answer.error,
    details: { log: await child.logTail() },
  })
}

/** The server that left its number in the pid file; undefined when that process is gone or another. */
export async function findServer(paths: ServerPaths): Promise<ProcessIdentity | undefined> {
  const pid = Number(await readFile(paths.pid, 'utf8').catch(() => ''))
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  const identity = await identifyProcess(pid)
  // No other process has the path of this private directory in its command line.
  const isOurs = (await commandLine(pid)).some((word) => word.includes(paths.pid))
  return isOurs ? identity : undefined
}

/** Whether the shell over a server is still the one on record. */
export async function isShellOf(paths: ServerPaths, leader: ProcessIdentity): Promise<boolean> {
  return (await isAlive(leader)) && (await commandLine(leader.pid)).includes(paths.directory)
}

/**
 * Ends what is left of a server that has ended: two would write to one disk.
 * @throws Error when not even SIGKILL ended it.
 */
export async function endRemains(paths: ServerPaths, leader: ProcessIdentity | undefined): Promise<void> {
  const server = await findServer(paths)
  const shell = leader !== undefined && (await isShellOf(paths, leader)) ? [leader] : []
  await endAll([...shell, ...(server === undefined ? [] : [server])])
}

/**
 * Ends every process whose output is the server's log: also of a start whose maker died before it knew their numbers.
 * @throws as `endRemains`; ProcessError PROCESS_UNKNOWN.
 */
export async function endStrays(paths: ServerPaths): Promise<void> {
  for (;;) {
    const found = await findAllByOutput(paths.log)
    if (found.length === 0) return
    await endAll(found)
  }
}

async function endAll(remains: readonly ProcessIdentity[]): Promise<void> {
  for (const { pid } of remains) {
    // A shell with all that it started, and whatever is not in its group.
    send(-pid, 'SIGKILL')
    send(pid, 'SIGKILL')
  }
  const end = AbortSignal.timeout(killTimeoutMs)
  for (const identity of remains) {
    await untilGone(identity, end)
    if (await isAlive(identity)) throw new Error(`the former server (pid ${identity.pid}) does not end`)
  }
}

/** Ends the whole process group: the server, its shell, and what a plugin started. False when SIGKILL did not help. */
export function endGroup(
  leader: ProcessIdentity,
  exited: Promise<unknown>,
  timeoutMs: number,
): Promise<boolean> {
  const step = (name: NodeJS.Signals, limitMs: number) => ({
    name,
    timeoutMs: limitMs,
    // Once it is over its number may be another's.
    run: async () => {
      if (await isAlive(leader)) send(-leader.pid, name)
    },
  })
  return stopLadder([step('SIGTERM', timeoutMs), step('SIGKILL', killTimeoutMs)], exited)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone already; its end is about to be known.
  }
}

import { closeSync, constants, existsSync, openSync, readdirSync, renameSync, unlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { within } from '../util/deadline.ts'
import { sleep } from '../util/timer.ts'
import { ProcessError } from './errors.ts'
import {
  keepStage,
  type LockPlace,
  type LockStage,
  makeStage,
  pidIn,
  removeOrphans,
  removeStage,
  takeKept,
} from './lock-stage.ts'

export type { LockPlace } from './lock-stage.ts'

export interface LockOptions {
  /** `Infinity`: no limit. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** A lock that is held until it is disposed of. */
export interface Lock extends Disposable {
  /** Calls the one listener at each knock, and at once when somebody has knocked before. */
  onKnock(listener: () => void): void
}

const crowdedMs = 100

/** Of a holder that has died, has let go, or does so now. */
const goneErrnos: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT', 'ECONNRESET'])

/** Tells the holder of the lock to look up, also when this process dies after it. Does nothing when nobody holds it. */
export async function knock(place: LockPlace): Promise<void> {
  try {
    using directory = openDirectory(place.directory)
    const holder = holderIn(join(directory.path, place.name))
    if (holder === undefined) return
    const socket = connect({ path: holder })
    await new Promise<void>((resolve) => {
      socket.on('error', () => resolve())
      socket.resume().end('!', resolve)
    })
  } catch {
    // Without its directory there is no lock.
  }
}

/**
 * Takes the lock of this name, and waits until its holder lets go. The lock is a directory that holds the listening
 * socket of its holder. Two rules of rename(2) and unix(7) make it safe. A directory replaces an empty one in one step and
 * never a full one, so one process takes the lock. Nobody listens on the socket of a dead process, and no other process has
 * its name, so anybody may remove it. It works between all versions of Node and all namespaces that see the directory.
 * @throws ProcessError PROCESS_TIMEOUT when the holder does not let go in time, PROCESS_ABORTED on abort, PROCESS_UNKNOWN
 *   when the system does not say who holds it: no such directory, another user's, no descriptors.
 */
export async function acquireLock(place: LockPlace, options: LockOptions): Promise<Lock> {
  const end = performance.now() + options.timeoutMs
  for (;;) {
    const found = await attempt(place).catch((error: Error) => {
      const what = `cannot tell whether ${place.name} is locked: ${error.message}`
      throw new ProcessError('PROCESS_UNKNOWN', what, { details: { ...place }, cause: error })
    })
    if (found === undefined) continue
    if (!('released' in found)) return found
    const leftMs = Math.max(0, end - performance.now())
    await within(
      found.released,
      { timeoutMs: leftMs === Number.POSITIVE_INFINITY ? undefined : leftMs, signal: options.signal },
      {
        onTimeout: () => {
          const what = `${place.name} is locked by another process${found.pid === undefined ? '' : ` (pid ${found.pid})`}`
          return new ProcessError('PROCESS_TIMEOUT', what, { details: { ...place, pid: found.pid } })
        },
        onAbort: (reason) =>
          new ProcessError('PROCESS_ABORTED', `waiting for the lock of ${place.name} was aborted`, {
            details: { ...place },
            cause: reason,
          }),
      },
    ).finally(found.leave)
  }
}

interface Turn {
  /** Of the holder, where its name is one of a process here. */
  readonly pid: number | undefined
  readonly released: Promise<void>
  readonly leave: () => void
}

/** @returns the lock, or the turn to wait for; undefined when it is worth another try at once. */
async function attempt(place: LockPlace): Promise<Lock | Turn | undefined> {
  const stage = takeKept(place)
  const lock = stage === undefined ? undefined : hold(place, stage, place.directory)
  if (lock !== undefined) return lock
  using directory = openDirectory(place.directory)
  const holder = holderIn(join(directory.path, place.name))
  if (holder === undefined) return hold(place, await newStage(directory.path), directory.path)
  const socket = connect({ path: holder })
  const { connected, released } = listenTo(socket)
  const errno = await connected
  if (errno === undefined) return { pid: pidIn(holder), released, leave: () => socket.destroy() }
  if (errno === 'ECONNREFUSED') removeDead(holder)
  if (goneErrnos.has(errno)) return undefined
  // The holder lives, and does not let those in who have come: it is stopped, or very busy.
  if (errno === 'EAGAIN') return crowded(pidIn(holder))
  throw new Error(`connect ${errno}`)
}

/** Somebody else may be quicker. */
function removeDead(holder: string): void {
  try {
    unlinkSync(holder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function crowded(pid: number | undefined): Turn {
  const stop = new AbortController()
  const released = sleep(crowdedMs, { signal: stop.signal }).catch(() => {})
  return { pid, released, leave: () => stop.abort() }
}

/** What a connection to the holder tells: whether somebody is there, and when the holder lets go or dies. */
function listenTo(socket: Socket) {
  let isCrowded = false
  socket.on('data', () => {
    isCrowded = true
  })
  const connected = new Promise<string | undefined>((resolve) => {
    socket.once('connect', () => resolve(undefined))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return { connected, released: closed.then(() => (isCrowded ? sleep(crowdedMs) : undefined)) }
}

/** A directory by a short path: that of a socket is limited to 107 bytes. The path holds until it is disposed of. */
function openDirectory(directory: string): Disposable & { readonly path: string } {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  return { path: `/proc/self/fd/${fd}`, [Symbol.dispose]: () => closeSync(fd) }
}

/** The socket of the process that holds the lock, or held it last. */
function holderIn(lock: string): string | undefined {
  // Most are free, and an error takes longer than the look.
  if (!existsSync(lock)) return undefined
  try {
    const [socket] = readdirSync(lock)
    return socket === undefined ? undefined : join(lock, socket)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** @returns undefined when it is worth another try: another process was quicker, or a stage from before has gone. */
function hold(place: LockPlace, stage: LockStage, base: string): Lock | undefined {
  const lock = join(base, place.name)
  try {
    renameSync(join(base, stage.name), lock)
  } catch (error) {
    if (isFull(error)) {
      keepStage(place, stage)
      return undefined
    }
    removeStage(base, stage)
    if (!stage.isNew) return undefined
    throw error
  }
  // Somebody who took this process for dead may have emptied the stage before.
  if (!existsSync(join(lock, stage.own))) {
    stage.door.close()
    return undefined
  }
  const { door } = stage
  door.hold()
  let isHeld = true
  const release = () => {
    // A second time it may be another hold that has the door.
    if (!isHeld) return
    isHeld = false
    if (isBack(place, stage)) {
      door.letGo()
      keepStage(place, stage)
    } else door.close()
  }
  return { onKnock: (listener) => door.onKnock(listener), [Symbol.dispose]: release }
}

async function newStage(base: string): Promise<LockStage> {
  await removeOrphans(base, async (socket) => {
    const connection = connect({ path: socket })
    const errno = await listenTo(connection).connected
    connection.destroy()
    return errno === 'ECONNREFUSED'
  })
  return makeStage(base)
}

const isFull = (error: unknown) =>
  ['ENOTEMPTY', 'EEXIST'].includes(String((error as NodeJS.ErrnoException).code))

/** Gives the lock the name of its stage back. Nobody moves a full directory but who filled it, unless somebody has removed the whole folder. */
function isBack({ directory, name }: LockPlace, stage: LockStage): boolean {
  const lock = join(directory, name)
  if (!existsSync(join(lock, stage.own))) return false
  try {
    renameSync(lock, join(directory, stage.name))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return false
  }
}

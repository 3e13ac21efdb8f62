import { createHash } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { within } from '../util/deadline.ts'
import { ProcessError } from './errors.ts'

export interface LockOptions {
  /** `Infinity`: no limit. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** A lock that is held until it is disposed of. */
export interface Lock extends Disposable {
  /** Has the one listener called whenever somebody knocks or waits, and at once when somebody has before. */
  onKnock(listener: () => void): void
}

/** Has the holder of the lock look up; nothing happens when nobody holds it. */
export function knock(name: string): void {
  const holder = connect({ path: addressOf(name) })
  holder.on('error', () => {})
  holder.on('connect', () => holder.destroy())
}

const addressOf = (name: string) => `\0qemu-launch/${createHash('sha256').update(name).digest('hex')}`

/**
 * Takes the lock of this name, waiting for its holder to let go. The lock is a listening socket in Linux's
 * abstract name space (unix(7)): the kernel gives it to one process and frees it when that process dies in
 * whatever way, so it is never stale. Processes in different network namespaces do not see each other's.
 * @throws ProcessError PROCESS_TIMEOUT when the holder did not let go in time, PROCESS_ABORTED on abort, PROCESS_UNKNOWN when the
 *   system has no socket for it.
 */
export async function acquireLock(name: string, options: LockOptions): Promise<Lock> {
  const address = addressOf(name)
  const end = Date.now() + options.timeoutMs
  for (;;) {
    const lock = await listen(address).catch((error: Error) => {
      const what = `it cannot be told whether ${name} is locked: ${error.message}`
      throw new ProcessError('PROCESS_UNKNOWN', what, { details: { lock: name }, cause: error })
    })
    if (lock !== undefined) return lock
    const holder = connect({ path: address })
    await within(
      released(holder),
      {
        timeoutMs: end === Number.POSITIVE_INFINITY ? undefined : Math.max(0, end - Date.now()),
        signal: options.signal,
      },
      {
        onTimeout: () =>
          new ProcessError('PROCESS_TIMEOUT', `${name} is locked by another process`, {
            details: { lock: name },
          }),
        onAbort: (reason) =>
          new ProcessError('PROCESS_ABORTED', `waiting for the lock of ${name} was aborted`, {
            cause: reason,
          }),
      },
    ).finally(() => holder.destroy())
  }
}

/** @returns undefined when the name is taken. */
function listen(address: string): Promise<Lock | undefined> {
  return new Promise((resolve, reject) => {
    const waiters = new Set<Socket>()
    let hasKnocked = false
    let tell = () => {}
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('close', () => waiters.delete(socket))
      waiters.add(socket.unref())
      hasKnocked = true
      tell()
    })
    // The name is free when close returns; what comes later concerns this process only.
    const release = () => {
      server.close()
      for (const waiter of waiters) waiter.destroy()
    }
    const onKnock = (listener: () => void) => {
      tell = listener
      if (hasKnocked) tell()
    }
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen({ path: address }, () => {
      server.unref()
      resolve({ [Symbol.dispose]: release, onKnock })
    })
  })
}

/** A connection to the holder ends when the holder lets go or dies. */
function released(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => {})
    socket.on('close', () => resolve())
    socket.resume()
  })
}

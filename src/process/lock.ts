import { createHash } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { within } from '../util/deadline.ts'
import { ProcessError } from './errors.ts'

export interface LockOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Takes the lock of this name, waiting for its holder to let go. The lock is a listening socket in Linux's
 * abstract name space (unix(7)): the kernel gives it to one process and frees it when that process dies in
 * whatever way, so it is never stale. Processes in different network namespaces do not see each other's.
 * @throws ProcessError PROCESS_TIMEOUT when the holder did not let go in time, PROCESS_ABORTED on abort.
 */
export async function acquireLock(name: string, options: LockOptions): Promise<AsyncDisposable> {
  const address = `\0qemu-launch/${createHash('sha256').update(name).digest('hex')}`
  const end = Date.now() + options.timeoutMs
  for (;;) {
    const release = await listen(address)
    if (release !== undefined) return { [Symbol.asyncDispose]: release }
    const holder = connect({ path: address })
    await within(
      released(holder),
      { timeoutMs: Math.max(0, end - Date.now()), signal: options.signal },
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

/** @returns what lets go again, or undefined when the name is taken. */
function listen(address: string): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const waiters = new Set<Socket>()
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('close', () => waiters.delete(socket))
      waiters.add(socket.unref())
    })
    const release = () =>
      new Promise<void>((closed) => {
        server.close(() => closed())
        for (const waiter of waiters) waiter.destroy()
      })
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen({ path: address }, () => {
      server.unref()
      resolve(release)
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

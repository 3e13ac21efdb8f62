// Node loads it at the first `listen` of a process, which is that of a lock, for which somebody waits then.
import 'node:cluster'
import { createServer, type Server, type Socket } from 'node:net'

const maxWaiters = 256
/** Of those that came in vain: they hang up by themselves, and may have knocked. */
const maxLeaving = 64

/**
 * Where the holder of a lock listens, for those who knock and those who wait. Keeps a bounded number of files open, whatever comes. It
 * is opened once and serves one hold after another of the same lock.
 */
export class LockDoor {
  readonly #server: Server
  readonly #waiters = new Set<Socket>()
  readonly #leaving = new Set<Socket>()
  #isHeld = false
  #hasKnocked = false
  #call = () => {}

  private constructor() {
    this.#server = createServer((socket) => this.#onCome(socket))
  }

  /** Listens at this path. @throws what the system says. */
  static async open(path: string): Promise<LockDoor> {
    const door = new LockDoor()
    const server = door.#server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ path, exclusive: true }, resolve)
    })
    server.unref()
    return door
  }

  /** Lets in who comes from now on. */
  hold(): void {
    this.#isHeld = true
    this.#hasKnocked = false
    this.#call = () => {}
  }

  /** Sends all away who wait, and who comes late: the lock is free. */
  letGo(): void {
    this.#isHeld = false
    for (const socket of [...this.#waiters, ...this.#leaving]) socket.destroy()
  }

  /** For good. */
  close(): void {
    this.letGo()
    this.#server.close()
  }

  onKnock(listener: () => void): void {
    this.#call = listener
    if (this.#hasKnocked) listener()
  }

  #onCome(socket: Socket): void {
    if (!this.#isHeld) {
      socket.destroy()
      return
    }
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#waiters.delete(socket)
      this.#leaving.delete(socket)
    })
    socket.once('data', () => {
      this.#hasKnocked = true
      this.#call()
    })
    socket.unref()
    if (this.#waiters.size < maxWaiters) {
      this.#waiters.add(socket)
      return
    }
    this.#leaving.add(socket.end('full'))
    const [first] = this.#leaving
    if (this.#leaving.size > maxLeaving) first?.destroy()
  }
}

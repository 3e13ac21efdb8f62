import { createServer, type Server, type Socket } from 'node:net'
import { within } from '../util/deadline.ts'
import { parseListenAddress, tcpAddress } from './address.ts'
import { QmpClient } from './client.ts'
import type { Qmp, QmpApi } from './commands.ts'
import { checkTimeout } from './deadlines.ts'
import { QmpError } from './errors.ts'
import { type ConnectOptions, DEFAULT_GREETING_TIMEOUT_MS } from './session.ts'

/** Connections nobody has accepted yet; more are dropped. */
const MAX_WAITING = 8
/** How much a QEMU may say before it is accepted. It says only its greeting until it is answered. */
const MAX_EARLY_BYTES = 64 * 1024

/**
 * An address where QEMU connects (`-chardev socket,…` without `server=on`). With `reconnect` (since QEMU 9.2 `reconnect-ms`)
 * it connects again and again.
 */
export interface QmpListener extends AsyncDisposable {
  /** `unix:/path` or `tcp:host:port`, with the port that was taken. */
  readonly address: string
  /**
   * The next QEMU that connects, negotiated; `greetingTimeoutMs` counts from the call. A client that leaves before a greeting is
   * skipped. Throws what `QmpClient.connect` does, and QMP_CLOSED when the listener is closed.
   */
  accept<Api extends QmpApi = Qmp>(options?: ConnectOptions): Promise<QmpClient<Api>>
  /** Stops listening and drops connections nobody accepted. Clients made before go on. */
  close(): Promise<void>
}

/**
 * Listens at `unix:/path` or `tcp:host:port` (port 0: any). Any client that connects is taken for QEMU, so use a path in a
 * directory of your own or a loopback address: there is no TLS here, and a client that is taken for QEMU receives all that is
 * sent. Throws QMP_CONNECT when it cannot listen, QMP_INVALID_ARGUMENT.
 */
export async function listenQmp(address: string): Promise<QmpListener> {
  const parsed = parseListenAddress(address)
  const server = createServer({ pauseOnConnect: true, noDelay: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new QmpError('QMP_CONNECT', `cannot listen at ${address}: ${cause.message}`, { cause }))
    })
    server.listen(
      parsed.type === 'unix' ? { path: parsed.path } : { host: parsed.host, port: parsed.port },
      resolve,
    )
  })
  return new Listener(server, parsed.type === 'unix' ? address : boundAddress(server, parsed.host))
}

function boundAddress(server: Server, host: string): string {
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  return tcpAddress(host, port)
}

class Listener implements QmpListener {
  readonly address: string
  readonly #server: Server
  readonly #waiting: WaitingSocket[] = []
  readonly #acceptors: ((socket: Socket | undefined) => void)[] = []
  #closed = false

  constructor(server: Server, address: string) {
    this.#server = server
    this.address = address
    server.on('connection', (socket) => this.#take(socket))
    server.on('error', () => {})
  }

  async accept<Api extends QmpApi = Qmp>(options: ConnectOptions = {}): Promise<QmpClient<Api>> {
    const timeoutMs = options.greetingTimeoutMs ?? DEFAULT_GREETING_TIMEOUT_MS
    checkTimeout(timeoutMs, 'greetingTimeoutMs')
    const started = performance.now()
    const leftMs = () => Math.max(1, timeoutMs - (performance.now() - started))
    for (;;) {
      const socket = await this.#next({ signal: options.signal, timeoutMs: leftMs() })
      if (socket === undefined) {
        throw new QmpError('QMP_CLOSED', `no QEMU can connect to ${this.address}: the listener was closed`)
      }
      try {
        return await QmpClient.connect<Api>(socket, { ...options, greetingTimeoutMs: leftMs() })
      } catch (error) {
        if (!leftBeforeGreeting(error)) throw error
      }
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const { socket } of this.#waiting.splice(0)) socket.destroy()
    for (const give of this.#acceptors.splice(0)) give(undefined)
    // The callback waits for clients that go on, so it is not waited for.
    this.#server.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #next(limits: { signal: AbortSignal | undefined; timeoutMs: number }): Promise<Socket | undefined> {
    const ready = this.#waiting.shift()
    if (ready !== undefined || this.#closed) return ready?.take()
    let give: (socket: Socket | undefined) => void = () => {}
    const coming = new Promise<Socket | undefined>((resolve) => {
      give = resolve
    })
    this.#acceptors.push(give)
    try {
      return await within(coming, limits, {
        onTimeout: () =>
          new QmpError(
            'QMP_CONNECT',
            `no QEMU connected to ${this.address} within ${Math.ceil(limits.timeoutMs)} ms`,
          ),
        onAbort: (cause) =>
          new QmpError('QMP_ABORTED', `waiting for QEMU at ${this.address} was aborted`, { cause }),
      })
    } finally {
      const at = this.#acceptors.indexOf(give)
      if (at >= 0) this.#acceptors.splice(at, 1)
    }
  }

  #take(socket: Socket): void {
    const give = this.#acceptors.shift()
    if (give !== undefined) {
      give(socket)
      return
    }
    if (this.#waiting.length >= MAX_WAITING) {
      socket.destroy()
      return
    }
    const waiting = new WaitingSocket(socket, () => {
      const at = this.#waiting.indexOf(waiting)
      if (at >= 0) this.#waiting.splice(at, 1)
    })
    this.#waiting.push(waiting)
  }
}

/** Reads what comes early, since only who reads hears of the end. */
class WaitingSocket {
  readonly socket: Socket
  readonly #early: Buffer[] = []
  #earlyBytes = 0

  constructor(socket: Socket, onGone: () => void) {
    this.socket = socket
    socket.on('error', () => {})
    socket.once('close', onGone)
    socket.on('data', this.#keep)
    socket.resume()
  }

  /** As if nothing of it had been read. */
  take(): Socket {
    this.socket.off('data', this.#keep).pause()
    if (this.#earlyBytes > 0) this.socket.unshift(Buffer.concat(this.#early))
    return this.socket
  }

  readonly #keep = (chunk: Buffer): void => {
    this.#early.push(chunk)
    this.#earlyBytes += chunk.length
    if (this.#earlyBytes > MAX_EARLY_BYTES) this.socket.destroy()
  }
}

function leftBeforeGreeting(error: unknown): boolean {
  return (
    error instanceof QmpError &&
    error.code === 'QMP_GREETING' &&
    error.cause instanceof QmpError &&
    error.cause.code === 'QMP_CLOSED'
  )
}

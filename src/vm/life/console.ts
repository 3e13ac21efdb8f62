import { lstatSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { callAfter } from '../../util/timer.ts'

// A viewer that is this far behind is not reading.
const maxBacklogBytes = 1024 * 1024

// How long a viewer may take to read what the guest said last, and the guest to read what the last viewer said.
const lastWordsMs = 200

/**
 * Serves a guest's serial console to any number of viewers. QEMU serves its socket to one client and stalls the guest after some
 * 279 bytes that this client does not read. So it is connected to only while there are viewers, and nobody is waited for: a
 * viewer that falls a MiB behind is cut off. What viewers say waits with them while the guest does not read.
 */
export class ConsoleRelay implements AsyncDisposable {
  readonly path: string
  readonly #serialPath: string
  readonly #server: Server
  readonly #viewers = new Set<Socket>()
  #source: Socket | undefined
  /** Keeps the connection that was about to go with its last viewer. */
  #calledOff = () => {}

  private constructor(serialPath: string, path: string, server: Server) {
    this.#serialPath = serialPath
    this.path = path
    this.#server = server
  }

  /** @throws what listening throws, and looking for a serial socket that is not there; nothing is left then. */
  static async open(serialPath: string, path: string): Promise<ConsoleRelay> {
    if (!lstatSync(serialPath).isSocket()) throw new Error(`${serialPath} is not a socket`)
    const server = createServer()
    try {
      unlinkSync(path)
    } catch {
      // There is none, or listening says why not.
    }
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
    const relay = new ConsoleRelay(serialPath, path, server.unref())
    server.on('connection', (viewer) => relay.#serve(viewer))
    return relay
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#calledOff()
    this.#source?.destroy()
    for (const viewer of this.#viewers) viewer.destroySoon()
    if (!this.#server.listening) return
    // The server closes with its last viewer, and a viewer that does not read would never leave.
    const cutOff = setTimeout(() => {
      for (const viewer of this.#viewers) viewer.destroy()
    }, lastWordsMs)
    await new Promise((resolve) => this.#server.close(resolve))
    clearTimeout(cutOff)
  }

  #serve(viewer: Socket): void {
    this.#viewers.add(viewer.unref())
    this.#calledOff()
    const source = this.#source ?? this.#connect()
    viewer.on('error', () => {})
    viewer.on('close', () => {
      this.#viewers.delete(viewer)
      if (this.#viewers.size === 0) this.#calledOff = callAfter(lastWordsMs, () => source.destroy(), false)
    })
    viewer.on('data', (chunk) => {
      if (!source.write(chunk)) for (const each of this.#viewers) each.pause()
    })
  }

  #connect(): Socket {
    const source = connect(this.#serialPath).unref()
    this.#source = source
    source.on('error', () => {})
    source.on('data', (chunk) => this.#show(chunk))
    source.on('drain', () => this.#hear())
    source.on('close', () => {
      if (this.#source !== source) return
      // QEMU serves somebody else, or is gone.
      this.#source = undefined
      for (const viewer of this.#viewers) viewer.destroySoon()
    })
    return source
  }

  #hear(): void {
    for (const viewer of this.#viewers) viewer.resume()
  }

  #show(chunk: Buffer): void {
    for (const viewer of this.#viewers) {
      if (viewer.writableLength > maxBacklogBytes) viewer.destroy()
      else viewer.write(chunk)
    }
  }
}

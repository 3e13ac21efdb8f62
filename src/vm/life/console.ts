import { unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'

// A viewer that is this far behind is not reading.
const maxBacklogBytes = 1024 * 1024

// How long a viewer may take to read what the guest said last.
const lastWordsMs = 200

/**
 * Reads a guest's serial console for as long as we have the VM, and serves it to any number of viewers.
 * QEMU serves its socket to one client and stalls the guest after some 279 bytes which that client does not
 * read; here nobody is waited for: a viewer that falls a MiB behind is cut off. What viewers say waits with them while
 * the guest does not read.
 */
export class ConsoleRelay implements AsyncDisposable {
  readonly path: string
  readonly #source: Socket
  readonly #server: Server
  readonly #viewers = new Set<Socket>()

  private constructor(path: string, source: Socket, server: Server) {
    this.path = path
    this.#source = source
    this.#server = server
  }

  /** @throws what connecting or listening throws; nothing is left then. */
  static async open(serialPath: string, path: string): Promise<ConsoleRelay> {
    const source = await connected(serialPath)
    const server = createServer()
    try {
      await unlink(path).catch(() => {})
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(path, resolve)
      })
    } catch (error) {
      source.destroy()
      throw error
    }
    const relay = new ConsoleRelay(path, source.unref(), server.unref())
    server.on('connection', (viewer) => relay.#serve(viewer))
    source.on('data', (chunk) => relay.#show(chunk))
    source.on('drain', () => relay.#hear())
    source.on('close', () => void relay[Symbol.asyncDispose]())
    return relay
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#source.destroy()
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
    viewer.on('error', () => {})
    viewer.on('close', () => this.#viewers.delete(viewer))
    viewer.on('data', (chunk) => {
      if (!this.#source.write(chunk)) for (const each of this.#viewers) each.pause()
    })
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

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.on('error', () => {})
      resolve(socket)
    })
  })
}

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const magic = { reply: 0x67446698, request: 0x25609513 }
const types = { read: 0, write: 1, disconnect: 2, flush: 3 }

interface Waiting {
  readonly length: number
  readonly settle: (data: Buffer | undefined) => void
}

/** A client of an NBD server on a unix socket, with as many requests under way as it is given; a failed one gives undefined. */
export class NbdClient implements Disposable {
  readonly #socket: Socket
  readonly #waiting = new Map<bigint, Waiting>()
  #next = 0n
  #input = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#onData(chunk))
    socket.on('close', () => {
      for (const { settle } of this.#waiting.values()) settle(undefined)
      this.#waiting.clear()
    })
  }

  static async connect(path: string, exportName: string): Promise<NbdClient> {
    const socket = connect(path)
    socket.on('error', () => {})
    await once(socket, 'connect')
    const read = async (length: number): Promise<Buffer> => {
      for (;;) {
        const found: Buffer | null = socket.read(length)
        if (found !== null) return found
        await once(socket, 'readable')
      }
    }
    await read(18)
    const name = Buffer.from(exportName)
    const option = Buffer.alloc(20)
    option.writeUInt32BE(3, 0)
    option.write('IHAVEOPT', 4)
    option.writeUInt32BE(1, 12)
    option.writeUInt32BE(name.length, 16)
    socket.write(Buffer.concat([option, name]))
    await read(10)
    return new NbdClient(socket)
  }

  read(offset: number, length: number): Promise<Buffer | undefined> {
    return this.#ask(types.read, offset, length)
  }

  async write(offset: number, data: Buffer): Promise<boolean> {
    return (await this.#ask(types.write, offset, data.length, data)) !== undefined
  }

  async flush(): Promise<boolean> {
    return (await this.#ask(types.flush, 0, 0)) !== undefined
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #ask(type: number, offset: number, length: number, data?: Buffer): Promise<Buffer | undefined> {
    if (this.#socket.destroyed) return Promise.resolve(undefined)
    const handle = this.#next++
    const head = Buffer.alloc(28)
    head.writeUInt32BE(magic.request, 0)
    head.writeUInt16BE(type, 6)
    head.writeBigUInt64BE(handle, 8)
    head.writeBigUInt64BE(BigInt(offset), 16)
    head.writeUInt32BE(length, 24)
    return new Promise((settle) => {
      this.#waiting.set(handle, { length: type === types.read ? length : 0, settle })
      this.#socket.write(data === undefined ? head : Buffer.concat([head, data]))
    })
  }

  #onData(chunk: Buffer): void {
    this.#input = Buffer.concat([this.#input, chunk])
    while (this.#input.length >= 16) {
      if (this.#input.readUInt32BE(0) !== magic.reply) throw new Error('that is no simple reply of NBD')
      const error = this.#input.readUInt32BE(4)
      const handle = this.#input.readBigUInt64BE(8)
      const waiting = this.#waiting.get(handle)
      const length = error === 0 ? (waiting?.length ?? 0) : 0
      if (this.#input.length < 16 + length) return
      const data = this.#input.subarray(16, 16 + length)
      this.#input = this.#input.subarray(16 + length)
      this.#waiting.delete(handle)
      waiting?.settle(error === 0 ? data : undefined)
    }
  }
}

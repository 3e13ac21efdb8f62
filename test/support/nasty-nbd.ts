import { rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { freshName, testDirectory } from './vm.ts'

/**
 * `serve`: as it should. `drop`: closes the connection at each request. `flap`: closes it when it has been accepted.
 * `readOnly`: serves, and lets nobody write. `silent`: takes requests and answers none.
 */
export type NastyMode = 'serve' | 'drop' | 'flap' | 'readOnly' | 'silent'

/**
 * QEMU connects anew at once, again and again, and hears a yank only in the moment after each handshake. Of some 2,000 yanks at a server
 * that drops at once QEMU hangs at one, for good (see `yankNode`): so even the worst of ours takes its time.
 */
const readOnlyDelayMs = 100
const dropDelayMs = 20

const option = { exportName: 1, abort: 2, info: 6, go: 7 }
const command = { read: 0, write: 1, disconnect: 2 }
const unsupported = 0x80000001

/** A small NBD server in this process, which misbehaves as it is told to, from one moment to the next. */
export class NastyNbd {
  readonly socket = join(testDirectory(), `${freshName('nasty')}.sock`)
  readonly uri = `nbd:unix:${this.socket}`
  data: Buffer
  mode: NastyMode = 'serve'
  /** At the next read it becomes `drop`, and answers that read when it has dropped another request. */
  dropsFromRead = false
  #onDrop: () => void = () => {}
  /** Of all connections, since the beginning. */
  readonly counts = { connections: 0, writes: 0, reads: 0, flushes: 0 }
  readonly #connections = new Set<Socket>()
  #server: Server | undefined

  constructor(sizeMiB = 16) {
    this.data = Buffer.alloc(sizeMiB * 1024 * 1024)
    onTestFinished(() => this.leave())
  }

  /** Listens, anew when it had left. */
  async listen(mode: NastyMode = 'serve'): Promise<this> {
    this.mode = mode
    rmSync(this.socket, { force: true })
    const server = createServer((connection) => this.#accept(connection))
    this.#server = server
    await new Promise<void>((resolve) => server.listen(this.socket, resolve))
    return this
  }

  /** Ends as a killed process does: every connection, and the socket stays behind. */
  async leave(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    this.dropAll()
    await closed
  }

  dropAll(): void {
    for (const connection of this.#connections) connection.destroy()
  }

  #accept(connection: Socket): void {
    this.counts.connections++
    this.#connections.add(connection)
    connection.on('error', () => {})
    connection.on('close', () => this.#connections.delete(connection))
    if (this.mode === 'flap') {
      connection.destroy()
      return
    }
    if (this.mode === 'readOnly') setTimeout(() => this.#serve(connection), readOnlyDelayMs)
    else this.#serve(connection)
  }

  #serve(connection: Socket): void {
    const steps = this.#converse(connection)
    let wanted = steps.next(Buffer.alloc(0))
    let received: Buffer = Buffer.alloc(0)
    connection.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (!wanted.done && received.length >= wanted.value) {
        const piece = received.subarray(0, wanted.value)
        received = received.subarray(wanted.value)
        wanted = steps.next(piece)
      }
      if (wanted.done) setTimeout(() => connection.destroy(), this.mode === 'drop' ? dropDelayMs : 0)
    })
  }

  /** Yields how many bytes it wants next. */
  *#converse(connection: Socket): Generator<number, void, Buffer> {
    connection.write(Buffer.from('NBDMAGICIHAVEOPT\0\x03', 'latin1'))
    yield 4
    for (;;) {
      const header = yield 16
      const asked = header.readUInt32BE(8)
      yield header.readUInt32BE(12)
      if (asked === option.info || asked === option.go) {
        connection.write(reply(asked, 3, this.#exportInfo()))
        connection.write(reply(asked, 1))
        if (asked === option.go) break
      } else if (asked === option.abort) {
        connection.write(reply(asked, 1))
        return
      } else {
        connection.write(reply(asked, unsupported))
      }
    }
    for (;;) {
      const request = yield 28
      if (this.mode === 'drop') return this.#onDrop()
      const type = request.readUInt16BE(6)
      const [from, length] = [Number(request.readBigUInt64BE(16)), request.readUInt32BE(24)]
      if (type === command.disconnect) return
      const written = type === command.write ? yield length : undefined
      if (this.mode === 'silent') continue
      const answer = Buffer.alloc(16)
      answer.writeUInt32BE(0x67446698)
      request.copy(answer, 8, 8, 16)
      if (written !== undefined) {
        this.counts.writes++
        if (this.mode === 'readOnly') answer.writeUInt32BE(1, 4)
        else written.copy(this.data, from)
      }
      if (type === command.read) {
        this.counts.reads++
        const send = () =>
          void connection.write(Buffer.concat([answer, this.data.subarray(from, from + length)]))
        if (this.dropsFromRead) {
          this.mode = 'drop'
          this.#onDrop = send
        } else send()
      } else {
        if (written === undefined) this.counts.flushes++
        connection.write(answer)
      }
    }
  }

  #exportInfo(): Buffer {
    const info = Buffer.alloc(12)
    info.writeBigUInt64BE(BigInt(this.data.length), 2)
    // Has flags, takes flushes, takes several clients.
    info.writeUInt16BE(1 | 4 | 256 | (this.mode === 'readOnly' ? 2 : 0), 10)
    return info
  }
}

function reply(asked: number, type: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(20)
  header.writeBigUInt64BE(0x0003e889045565a9n)
  header.writeUInt32BE(asked, 8)
  header.writeUInt32BE(type, 12)
  header.writeUInt32BE(data.length, 16)
  return Buffer.concat([header, data])
}

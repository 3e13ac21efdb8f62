import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { converse } from '../../../src/volumes/nbd-conversation.ts'
import { negotiate } from '../../../src/volumes/nbd-handshake.ts'
import { probeNbd } from '../../../src/volumes/nbd-probe.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
const greeting = (flags = '0003') => Buffer.concat([Buffer.from('NBDMAGICIHAVEOPT'), hex(flags)])
const replyTo = (option: string, type: string, data: Buffer = Buffer.alloc(0)) => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  return Buffer.concat([hex(`0003e889045565a9 ${option} ${type}`), length, data])
}
const info = '00000006'
const exportInfo = (size: string, flags: string) => replyTo(info, '00000003', hex(`0000 ${size} ${flags}`))
const ack = replyTo(info, '00000001')
const abortOption = Buffer.concat([Buffer.from('IHAVEOPT'), hex('00000002 00000000')])

/** A server that says everything at once, cut into pieces of `size` bytes, and keeps what the client said. */
class Recorded extends Duplex {
  readonly said: Buffer[] = []

  constructor(words: Buffer, { size = words.length, thenEnd = false } = {}) {
    super()
    for (let at = 0; at < words.length; at += size) this.push(words.subarray(at, at + size))
    if (thenEnd) this.push(null)
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.said.push(chunk)
    done()
  }
}

describe('negotiate', () => {
  it.each([1, 2, 3, 7, 20, 1000])('reads an export from pieces of %i bytes', async (size) => {
    const blockSizes = replyTo(info, '00000003', hex('0003 00000001 00001000 02000000'))
    const words = Buffer.concat([greeting(), exportInfo('0000000000100000', '0143'), blockSizes, ack])
    const server = new Recorded(words, { size })
    expect(await converse(server, negotiate('disk'))).toEqual({
      sizeBytes: 1048576n,
      readOnly: true,
      flags: 0x143,
    })
    const request = Buffer.concat([
      hex('00000003'),
      Buffer.from('IHAVEOPT'),
      hex('00000006 0000000a 00000004'),
      Buffer.from('disk'),
      hex('0000'),
    ])
    expect(Buffer.concat(server.said)).toEqual(Buffer.concat([request, abortOption]))
  })

  it('keeps a size that no number can hold', async () => {
    const server = new Recorded(Buffer.concat([greeting(), exportInfo('7ffffffffffffe00', '0001'), ack]))
    expect(await converse(server, negotiate(''))).toMatchObject({
      sizeBytes: 0x7ffffffffffffe00n,
      readOnly: false,
    })
  })

  it.each([
    ['0003', 10],
    ['0001', 134],
  ])('asks servers without NBD_OPT_INFO the old way (flags %s)', async (flags, length) => {
    const data = Buffer.alloc(length)
    data.writeBigUInt64BE(4096n)
    data.writeUInt16BE(3, 8)
    const server = new Recorded(Buffer.concat([greeting(flags), replyTo(info, '80000001'), data]), {
      size: 1,
    })
    expect(await converse(server, negotiate('a'))).toEqual({ sizeBytes: 4096n, readOnly: true, flags: 3 })
    const disconnect = Buffer.concat([hex('25609513 0000 0002'), Buffer.alloc(20)])
    expect(Buffer.concat(server.said).subarray(-28)).toEqual(disconnect)
  })

  it.each([
    ['80000006', 'unknown export', 'refused export "disk": it has no such export (unknown export)'],
    ['80000005', '', 'refused export "disk": it requires TLS: say tls'],
    ['80000002', '', 'refused export "disk": it does not allow it (policy)'],
    ['800000ff', '', 'refused export "disk": it answered 0x800000ff'],
  ])('tells refusal %s and takes leave', async (type, words, message) => {
    const server = new Recorded(Buffer.concat([greeting(), replyTo(info, type, Buffer.from(words))]))
    await expect(converse(server, negotiate('disk'))).rejects.toThrow(message)
    expect(server.said.at(-1)).toEqual(abortOption)
  })

  it.each([
    [Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n'), 'is not an NBD server: it began with "SSH-2.0-OpenSSH_"'],
    [Buffer.concat([Buffer.from('NBDMAGIC'), hex('0000420281861253')]), 'speaks only the oldstyle protocol'],
    [Buffer.from('NBDMAGIC????????'), 'unknown NBD dialect'],
    [greeting('0000'), 'does not speak the fixed newstyle protocol'],
    [Buffer.concat([greeting(), Buffer.alloc(20)]), 'broke the NBD protocol'],
    [
      Buffer.concat([greeting(), hex('0003e889045565a9 00000006 00000003 7fffffff')]),
      'broke the NBD protocol',
    ],
    [Buffer.concat([greeting(), ack]), 'did not tell the size'],
  ])('refuses what it cannot use: %#', async (words, message) => {
    await expect(converse(new Recorded(words), negotiate(''))).rejects.toThrow(message)
  })

  it.each([0, 5, 17, 30])('notices an end after %i bytes', async (length) => {
    const words = Buffer.concat([greeting(), exportInfo('0000000000100000', '0001'), ack])
    const server = new Recorded(words.subarray(0, length), { thenEnd: true })
    await expect(converse(server, negotiate(''))).rejects.toThrow('closed the connection')
  })
})

describe('negotiate with TLS', () => {
  const startTls = '00000005'
  const agreed = replyTo(startTls, '00000001')
  const asked = Buffer.concat([hex('00000003'), Buffer.from('IHAVEOPT'), hex('00000005 00000000')])

  it('says all but the request for it over the other stream', async () => {
    const clear = new Recorded(Buffer.concat([greeting(), agreed]), { size: 3 })
    const secure = new Recorded(Buffer.concat([exportInfo('0000000000000200', '0001'), ack]), { size: 5 })
    const found = await converse(clear, negotiate('disk', true), async () => secure)
    expect(found).toMatchObject({ sizeBytes: 512n })
    expect(Buffer.concat(clear.said)).toEqual(asked)
    const request = [
      Buffer.from('IHAVEOPT'),
      hex('00000006 0000000a 00000004'),
      Buffer.from('disk'),
      hex('0000'),
    ]
    expect(Buffer.concat(secure.said)).toEqual(Buffer.concat([...request, abortOption]))
  })

  it.each([
    ['80000002', 'TLS not configured', 'it does not allow it (policy) (TLS not configured)'],
    ['80000001', '', 'it does not know the request'],
  ])('never goes on in the clear after refusal %s', async (type, words, message) => {
    const server = new Recorded(Buffer.concat([greeting(), replyTo(startTls, type, Buffer.from(words))]))
    await expect(converse(server, negotiate('disk', true))).rejects.toThrow(
      `gives no TLS, which the volume asks for: ${message}`,
    )
    expect(Buffer.concat(server.said)).toEqual(Buffer.concat([asked, abortOption]))
  })

  it('takes nothing that was said in the clear for what the server says', async () => {
    const early = Buffer.concat([greeting(), agreed, exportInfo('0000000000000200', '0001'), ack])
    const secure = async () => new Recorded(Buffer.alloc(0))
    await expect(converse(new Recorded(early), negotiate('disk', true), secure)).rejects.toThrow(
      'said more in the clear than it may',
    )
  })

  it('tells an end of the stream that was handed over ended', async () => {
    const clear = new Recorded(Buffer.concat([greeting(), agreed]))
    const ended = new Recorded(Buffer.alloc(0))
    ended.destroy()
    await expect(converse(clear, negotiate('disk', true), async () => ended)).rejects.toThrow(
      'closed the connection',
    )
  })
})

describe('probeNbd', () => {
  let directory: string
  let path: string
  const servers: Server[] = []
  const sockets: Socket[] = []
  const clients = new EventEmitter()

  const serve = async (greet: (socket: Socket) => void) => {
    const server = createServer({ allowHalfOpen: false }, (socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      socket.on('close', () => clients.emit('gone'))
      socket.resume()
      greet(socket)
    })
    servers.push(server)
    await once(server.listen(path), 'listening')
  }
  const address = () => ({ type: 'unix', path, export: '' }) as const

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nbd-handshake-'))
    path = join(directory, 'nbd.sock')
  })

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    for (const server of servers.splice(0)) server.close()
    await rm(directory, { recursive: true })
  })

  it('resolves with the export and leaves no connection', async () => {
    await serve((socket) =>
      socket.write(Buffer.concat([greeting(), exportInfo('0000000000000200', '0001'), ack])),
    )
    const gone = once(clients, 'gone')
    expect(await probeNbd(address())).toEqual({ sizeBytes: 512n, readOnly: false, flags: 1 })
    await gone
  })

  it('tells a missing socket', async () => {
    const error = await probeNbd(address()).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'VOLUME_BACKEND',
      message: `NBD server nbd:unix:${path} is not there: no such socket`,
      details: { server: `nbd:unix:${path}`, errno: 'ENOENT' },
    })
  })

  it('tells a server that is silent, and hangs up', async () => {
    await serve(() => {})
    const gone = once(clients, 'gone')
    await expect(probeNbd(address(), { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'VOLUME_BACKEND',
      message: expect.stringContaining('accepted the connection but did not answer within 50 ms'),
    })
    await gone
  })

  it('tells a server that stops in the middle', async () => {
    await serve((socket) => socket.write(greeting()))
    await expect(probeNbd(address(), { timeoutMs: 50 })).rejects.toThrow('stopped answering in the middle')
  })

  it('can be aborted, before and during', async () => {
    await serve(() => {})
    const aborted = { code: 'VOLUME_ABORTED' }
    await expect(probeNbd(address(), { signal: AbortSignal.abort() })).rejects.toMatchObject(aborted)
    const controller = new AbortController()
    const probing = probeNbd(address(), { signal: controller.signal })
    controller.abort()
    await expect(probing).rejects.toMatchObject(aborted)
  })
})

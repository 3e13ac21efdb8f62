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
const go = '00000007'
/** NBD_OPT_INFO for the export `disk`, with the wish for NBD_INFO_BLOCK_SIZE. */
const infoRequest = Buffer.concat([
  Buffer.from('IHAVEOPT'),
  hex('00000006 0000000c 00000004'),
  Buffer.from('disk'),
  hex('0001 0003'),
])
const disconnect = Buffer.concat([hex('25609513 0000 0002'), Buffer.alloc(20)])
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
      blockSize: { minimum: 1, preferred: 4096, maximum: 33554432 },
    })
    const request = Buffer.concat([hex('00000003'), infoRequest])
    expect(Buffer.concat(server.said)).toEqual(Buffer.concat([request, abortOption]))
  })

  it('keeps a size that no number can hold', async () => {
    const server = new Recorded(Buffer.concat([greeting(), exportInfo('7fffffffc0000000', '0001'), ack]))
    expect(await converse(server, negotiate(''))).toMatchObject({
      sizeBytes: 0x7fffffffc0000000n,
      readOnly: false,
    })
  })

  const noInfo = replyTo(info, '80000001')
  const noGo = replyTo(go, '80000001')

  it.each([
    ['0003', Buffer.concat([noInfo, noGo]), 10],
    ['0001', Buffer.concat([noInfo, noGo]), 134],
    // Not the fixed newstyle: any other request would end the connection.
    ['0002', Buffer.alloc(0), 10],
    ['0000', Buffer.alloc(0), 134],
  ])('asks servers without NBD_OPT_GO the old way (flags %s)', async (flags, refusals, length) => {
    const data = Buffer.alloc(length)
    data.writeBigUInt64BE(4096n)
    data.writeUInt16BE(3, 8)
    const server = new Recorded(Buffer.concat([greeting(flags), refusals, data]), { size: 1 })
    expect(await converse(server, negotiate('a'))).toEqual({ sizeBytes: 4096n, readOnly: true, flags: 3 })
    expect(Buffer.concat(server.said).subarray(-28)).toEqual(disconnect)
  })

  it.each([
    ['80000001', 'does not know it'],
    ['80000002', 'does not allow it'],
    ['80000008', 'wants a block size'],
  ])('asks by NBD_OPT_GO who answers NBD_OPT_INFO with %s', async (type) => {
    const found = replyTo(go, '00000003', hex('0000 0000000000001000 0001'))
    const words = Buffer.concat([greeting(), replyTo(info, type), found, replyTo(go, '00000001')])
    const server = new Recorded(words, { size: 1 })
    expect(await converse(server, negotiate('a'))).toEqual({ sizeBytes: 4096n, readOnly: false, flags: 1 })
    expect(server.said.at(-1)).toEqual(disconnect)
  })

  it('listens to a server of the first protocol, which has no names', async () => {
    const words = Buffer.concat([
      Buffer.from('NBDMAGIC'),
      hex('0000420281861253 0000000000001000 0000 0003'),
      Buffer.alloc(124),
    ])
    const server = new Recorded(words, { size: 7 })
    expect(await converse(server, negotiate(''))).toEqual({ sizeBytes: 4096n, readOnly: true, flags: 3 })
    expect(Buffer.concat(server.said)).toEqual(disconnect)
    await expect(converse(new Recorded(words), negotiate('disk'))).rejects.toThrow('leave the name out')
    await expect(converse(new Recorded(words), negotiate('', true))).rejects.toThrow('offers no TLS')
  })

  it.each([
    ['80000006', 'unknown export', 'refused export "disk": it has no such export (unknown export)'],
    ['80000005', '', 'refused export "disk": it requires TLS: set tls'],
    ['80000002', '', 'refused export "disk": it does not allow it (policy)'],
    ['800000ff', '', 'refused export "disk": it answered 0x800000ff'],
  ])('tells refusal %s and takes leave', async (type, words, message) => {
    const refusals = [info, go].map((option) => replyTo(option, type, Buffer.from(words)))
    const server = new Recorded(Buffer.concat([greeting(), ...refusals]))
    await expect(converse(server, negotiate('disk'))).rejects.toThrow(message)
    expect(server.said.at(-1)).toEqual(abortOption)
  })

  it.each([
    [Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n'), 'is not an NBD server: it began with "SSH-2.0-OpenSSH_"'],
    [Buffer.from('NBDMAGIC????????'), 'unknown NBD dialect'],
    [Buffer.concat([greeting(), Buffer.alloc(20)]), 'broke the NBD protocol'],
    [
      Buffer.concat([greeting(), hex('0003e889045565a9 00000006 00000003 7fffffff')]),
      'broke the NBD protocol',
    ],
    [Buffer.concat([greeting(), ack]), 'did not tell the size'],
    [Buffer.concat([greeting(), exportInfo('0000000000000000', '0001'), ack]), 'has an empty export'],
    [Buffer.concat([greeting(), exportInfo('8000000000000000', '0001'), ack]), 'more than QEMU can have'],
    [Buffer.concat([greeting(), exportInfo('7fffffffc0000001', '0001'), ack]), 'more than QEMU can have'],
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
    expect(Buffer.concat(secure.said)).toEqual(Buffer.concat([infoRequest, abortOption]))
  })

  it.each([
    ['80000002', 'TLS not configured', 'it does not allow it (policy) (TLS not configured)'],
    ['80000001', '', 'it does not know the request'],
  ])('never goes on in the clear after refusal %s', async (type, words, message) => {
    const server = new Recorded(Buffer.concat([greeting(), replyTo(startTls, type, Buffer.from(words))]))
    await expect(converse(server, negotiate('disk', true))).rejects.toThrow(
      `offers no TLS, and the volume asks for it: ${message}`,
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

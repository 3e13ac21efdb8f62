import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { QemuLaunchError } from '../errors.ts'
import { within } from '../util/deadline.ts'
import { formatNbdUri, type NbdAddress } from './nbd-uri.ts'

/** What a server says about an export. */
export interface NbdExport {
  readonly sizeBytes: bigint
  readonly readOnly: boolean
  /** The transmission flags as sent, see "Transmission flags" in the NBD protocol. */
  readonly flags: number
}

export interface ProbeOptions {
  /** For the whole conversation. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Instead of the export in the address. */
  readonly exportName?: string | undefined
}

/** The next thing a negotiation wants: to send bytes, or to be given exactly so many. */
export type NbdStep = { readonly send: Buffer } | { readonly take: number }

const oldstyleMagic = 0x0000420281861253n
const replyMagic = 0x0003e889045565a9n
const requestMagic = 0x25609513
const option = { exportName: 1, abort: 2, info: 6 }
const reply = { ack: 1, info: 3 }
const fixedNewstyle = 1
const noZeroes = 2
const readOnlyFlag = 1 << 1
const disconnect = 2
const unsupported = 0x80000001
/** Far above what any reply of a negotiation needs. */
const maxReplyBytes = 64 * 1024

const refusals: Readonly<Record<number, string>> = {
  2147483650: 'does not allow it (policy)',
  2147483651: 'calls the request invalid',
  2147483652: 'does not support it on its platform',
  2147483653: 'requires TLS, which volumes cannot use',
  2147483654: 'has no such export',
  2147483655: 'is shutting down',
  2147483656: 'requires a block size negotiation',
  2147483657: 'calls the request too big',
}

/**
 * Asks a server for one export by the fixed newstyle handshake, and takes leave so that the server sees a clean end.
 * Pure: the caller moves the bytes. Throws an Error whose message completes "the server …".
 * https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md
 */
export function* negotiate(exportName: string): Generator<NbdStep, NbdExport, Buffer> {
  const greeting = yield { take: 16 }
  if (greeting.toString('latin1', 0, 8) !== 'NBDMAGIC') {
    throw new Error(`is not an NBD server: it began with ${JSON.stringify(greeting.toString('latin1'))}`)
  }
  if (greeting.readBigUInt64BE(8) === oldstyleMagic) {
    throw new Error('speaks only the oldstyle protocol, which has no exports; start it without --oldstyle')
  }
  if (greeting.toString('latin1', 8) !== 'IHAVEOPT') throw new Error('speaks an unknown NBD dialect')
  const handshakeFlags = (yield { take: 2 }).readUInt16BE()
  if ((handshakeFlags & fixedNewstyle) === 0) throw new Error('does not speak the fixed newstyle protocol')
  const clientFlags = Buffer.alloc(4)
  clientFlags.writeUInt32BE(handshakeFlags & (fixedNewstyle | noZeroes))

  const name = Buffer.from(exportName)
  yield { send: Buffer.concat([clientFlags, optionRequest(option.info, infoRequest(name))]) }
  let found: NbdExport | undefined
  for (;;) {
    const { type, data } = yield* takeReply(option.info)
    if (type === reply.ack) break
    if (type === reply.info) {
      if (data.length >= 12 && data.readUInt16BE() === 0) found = readExport(data.subarray(2))
    } else if (type === unsupported) {
      return yield* askOldWay(name, (handshakeFlags & noZeroes) !== 0)
    } else {
      yield { send: optionRequest(option.abort) }
      const words = data.toString('utf8')
      throw new Error(
        `refused export ${JSON.stringify(exportName)}: it ${refusals[type] ?? `answered 0x${type.toString(16)}`}` +
          (words === '' ? '' : ` (${words})`),
      )
    }
  }
  yield { send: optionRequest(option.abort) }
  if (found === undefined) throw new Error('did not tell the size of the export')
  return found
}

/** NBD_OPT_EXPORT_NAME, for servers without NBD_OPT_INFO: it has no refusal, an unknown export closes the connection. */
function* askOldWay(name: Buffer, withoutZeroes: boolean): Generator<NbdStep, NbdExport, Buffer> {
  yield { send: optionRequest(option.exportName, name) }
  const data = yield { take: withoutZeroes ? 10 : 134 }
  const goodbye = Buffer.alloc(28)
  goodbye.writeUInt32BE(requestMagic)
  goodbye.writeUInt16BE(disconnect, 6)
  yield { send: goodbye }
  return readExport(data)
}

function* takeReply(asked: number): Generator<NbdStep, { type: number; data: Buffer }, Buffer> {
  const header = yield { take: 20 }
  const length = header.readUInt32BE(16)
  if (header.readBigUInt64BE() !== replyMagic || header.readUInt32BE(8) !== asked || length > maxReplyBytes) {
    throw new Error('broke the NBD protocol in its reply')
  }
  return { type: header.readUInt32BE(12), data: yield { take: length } }
}

function optionRequest(code: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(16)
  header.write('IHAVEOPT', 'latin1')
  header.writeUInt32BE(code, 8)
  header.writeUInt32BE(data.length, 12)
  return Buffer.concat([header, data])
}

/** The name with its length before it, and a zero: no further information wanted. */
function infoRequest(name: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(name.length)
  return Buffer.concat([length, name, Buffer.alloc(2)])
}

function readExport(data: Buffer): NbdExport {
  const flags = data.readUInt16BE(8)
  return { sizeBytes: data.readBigUInt64BE(), readOnly: (flags & readOnlyFlag) !== 0, flags }
}

/** Moves the bytes of a negotiation over a stream, however they are cut. Rejects as the negotiation throws or the stream ends. */
export function converse(stream: Duplex, steps: Generator<NbdStep, NbdExport, Buffer>): Promise<NbdExport> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0)
    let wanted = 0
    const advance = (input: Buffer) => {
      for (let next = steps.next(input); ; ) {
        if (next.done) return resolve(next.value)
        if ('send' in next.value) {
          stream.write(next.value.send)
          next = steps.next(received.subarray(0, 0))
        } else {
          wanted = next.value.take
          if (received.length < wanted) return
          next = steps.next(take())
        }
      }
    }
    const take = () => {
      const bytes = received.subarray(0, wanted)
      received = received.subarray(wanted)
      return bytes
    }
    const guarded = (work: () => void) => {
      try {
        work()
      } catch (error) {
        reject(error)
      }
    }
    stream.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length >= wanted) guarded(() => advance(take()))
    })
    stream.on('error', reject)
    stream.on('close', () => reject(new Error('closed the connection in the middle of the negotiation')))
    stream.on('end', () => reject(new Error('closed the connection in the middle of the negotiation')))
    guarded(() => advance(Buffer.alloc(0)))
  })
}

/**
 * Asks an NBD server for an export, before QEMU does: QEMU stands still while it connects. Leaves no connection.
 * @throws QemuLaunchError VOLUME_BACKEND saying what is wrong with the server, VOLUME_ABORTED on abort.
 */
export async function probeNbd(address: NbdAddress, options: ProbeOptions = {}): Promise<NbdExport> {
  const { timeoutMs = 5000, signal, exportName = address.export } = options
  const server = formatNbdUri(address)
  const socket = connect(
    address.type === 'unix' ? { path: address.path } : { host: address.host, port: address.port },
  )
  let connected = false
  socket.once('connect', () => {
    connected = true
  })
  const failure = (what: string, cause?: unknown) =>
    new QemuLaunchError('VOLUME_BACKEND', `NBD server ${server} ${what}`, {
      cause,
      details: { server, errno: errnoOf(cause) },
    })
  const silence = () => {
    if (!connected) return `did not accept a connection within ${timeoutMs} ms`
    if (socket.bytesRead === 0) return `accepted the connection but did not answer within ${timeoutMs} ms`
    return `stopped answering in the middle of the negotiation, waited ${timeoutMs} ms`
  }
  const answer = converse(socket, negotiate(exportName)).catch((error: unknown) => {
    throw failure(describeFailure(error, address), error)
  })
  try {
    return await within(
      answer,
      { timeoutMs, signal },
      {
        onTimeout: () => failure(silence()),
        onAbort: (reason) =>
          new QemuLaunchError('VOLUME_ABORTED', `asking the NBD server ${server} was aborted`, {
            cause: reason,
          }),
      },
    )
  } finally {
    // What was said last still goes out; it is too short to wait for a reader.
    if (connected) socket.destroySoon()
    else socket.destroy()
  }
}

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function describeFailure(error: unknown, address: NbdAddress): string {
  switch (errnoOf(error)) {
    case 'ENOENT':
      return 'is not there: no such socket'
    case 'ECONNREFUSED':
      return address.type === 'unix'
        ? 'refused the connection: the socket is left over, nobody listens on it'
        : 'refused the connection: nobody listens on that port'
    case 'EACCES':
      return 'cannot be reached: no permission for the socket'
    case 'ECONNRESET':
    case 'EPIPE':
      return 'closed the connection in the middle of the negotiation'
    case undefined:
      return error instanceof Error ? error.message : String(error)
    default:
      return `cannot be reached: ${error instanceof Error ? error.message : error}`
  }
}

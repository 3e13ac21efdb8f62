/** What a server says about an export. */
export interface NbdExport {
  readonly sizeBytes: bigint
  readonly readOnly: boolean
  /** The transmission flags as sent, see "Transmission flags" in the NBD protocol. */
  readonly flags: number
}

/** The next thing a negotiation wants: to send bytes, to be given exactly so many, or to go on over TLS. */
export type NbdStep = { readonly send: Buffer } | { readonly take: number } | { readonly secure: true }

const oldstyleMagic = 0x0000420281861253n
const replyMagic = 0x0003e889045565a9n
const requestMagic = 0x25609513
const option = { exportName: 1, abort: 2, startTls: 5, info: 6 }
const reply = { ack: 1, info: 3 }
const fixedNewstyle = 1
const noZeroes = 2
const readOnlyFlag = 1 << 1
const disconnect = 2
const unsupported = 0x80000001
/** Far above what any reply of a negotiation needs. */
const maxReplyBytes = 64 * 1024

const refusals: Readonly<Record<number, string>> = {
  2147483649: 'does not know the request',
  2147483650: 'does not allow it (policy)',
  2147483651: 'calls the request invalid',
  2147483652: 'does not support it on its platform',
  2147483653: 'requires TLS: say tls with the directory of the certificates',
  2147483654: 'has no such export',
  2147483655: 'is shutting down',
  2147483656: 'requires a block size negotiation',
  2147483657: 'calls the request too big',
}

/**
 * Asks a server for one export by the fixed newstyle handshake, and takes leave so that the server sees a clean end.
 * With TLS nothing but the request for it is said in the clear.
 * Pure: the caller moves the bytes. Throws an Error whose message completes "the server …".
 * https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md
 */
export function* negotiate(exportName: string, withTls = false): Generator<NbdStep, NbdExport, Buffer> {
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

  yield { send: clientFlags }
  if (withTls) yield* startTls()
  const name = Buffer.from(exportName)
  yield { send: optionRequest(option.info, infoRequest(name)) }
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
      throw new Error(`refused export ${JSON.stringify(exportName)}: it ${refusal(type, data)}`)
    }
  }
  yield { send: optionRequest(option.abort) }
  if (found === undefined) throw new Error('did not tell the size of the export')
  return found
}

function* startTls(): Generator<NbdStep, void, Buffer> {
  yield { send: optionRequest(option.startTls) }
  const { type, data } = yield* takeReply(option.startTls)
  if (type !== reply.ack) {
    yield { send: optionRequest(option.abort) }
    throw new Error(`gives no TLS, which the volume asks for: it ${refusal(type, data)}`)
  }
  yield { secure: true }
}

function refusal(type: number, data: Buffer): string {
  const words = data.toString('utf8')
  return `${refusals[type] ?? `answered 0x${type.toString(16)}`}${words === '' ? '' : ` (${words})`}`
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

/** What a server says about an export. */
export interface NbdExport {
  readonly sizeBytes: bigint
  readonly readOnly: boolean
  /** The transmission flags as sent, see "Transmission flags" in the NBD protocol. */
  readonly flags: number
  /** What the server takes in one request; absent when it does not say. A read smaller than `minimum` may be refused. */
  readonly blockSize?: {
    readonly minimum: number
    readonly preferred: number
    readonly maximum: number
  }
  /** The first bytes of the disk, if they were asked for; empty if the server refused to read them. */
  readonly head?: Buffer
}

/** The next thing a negotiation wants: to send bytes, to be given exactly so many, or to go on over TLS. */
export type NbdStep = { readonly send: Buffer } | { readonly take: number } | { readonly secure: true }

const oldstyleMagic = 0x0000420281861253n
const replyMagic = 0x0003e889045565a9n
const requestMagic = 0x25609513
const option = { exportName: 1, abort: 2, startTls: 5, info: 6, go: 7 }
const reply = { ack: 1, info: 3 }
const info = { export: 0, blockSize: 3 }
const fixedNewstyle = 1
const noZeroes = 2
const readOnlyFlag = 1 << 1
const command = { read: 0, disconnect: 2 }
const simpleReplyMagic = 0x67446698
const unsupported = 0x80000001
/** After these an export is not to be had by another request either: TLS required, unknown, shutting down. */
const finalRefusals: readonly number[] = [0x80000005, 0x80000006, 0x80000007]
/** QEMU's own limit, https://gitlab.com/qemu-project/qemu/-/blob/v10.0.0/include/block/block-common.h (BDRV_MAX_LENGTH). */
const maxSizeBytes = 2n ** 63n - 2n ** 30n
/** Far above what any reply of a negotiation needs. */
const maxReplyBytes = 64 * 1024

const refusals: Readonly<Record<number, string>> = {
  2147483649: 'does not know the request',
  2147483650: 'does not allow it (policy)',
  2147483651: 'finds the request invalid',
  2147483652: 'does not support it on its platform',
  2147483653: 'requires TLS: set tls, with the folder of the certificates',
  2147483654: 'has no such export',
  2147483655: 'is shutting down',
  2147483656: 'requires a block size negotiation',
  2147483657: 'finds the request too large',
}

/**
 * Asks a server for one export, and takes leave so that the server sees a clean end. Servers of all ages are asked in
 * the way they know, as QEMU does: NBD_OPT_INFO, NBD_OPT_GO, NBD_OPT_EXPORT_NAME, or not at all (oldstyle).
 * With TLS nothing but the request for it is said in the clear.
 * With `stay` it takes no leave: `readOnce` does, after a request to the disk.
 * Pure: the caller moves the bytes. Throws an Error whose message completes "the server …".
 * https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md
 */
export function* negotiate(
  exportName: string,
  withTls = false,
  stay = false,
): Generator<NbdStep, NbdExport, Buffer> {
  const greeting = yield { take: 16 }
  if (greeting.toString('latin1', 0, 8) !== 'NBDMAGIC') {
    throw new Error(`is not an NBD server: it began with ${JSON.stringify(greeting.toString('latin1'))}`)
  }
  if (greeting.readBigUInt64BE(8) === oldstyleMagic) return yield* listenToOldstyle(exportName, withTls, stay)
  if (greeting.toString('latin1', 8) !== 'IHAVEOPT') throw new Error('speaks an unknown NBD dialect')
  const handshakeFlags = (yield { take: 2 }).readUInt16BE()
  const isFixed = (handshakeFlags & fixedNewstyle) !== 0
  const withoutZeroes = (handshakeFlags & noZeroes) !== 0
  const clientFlags = Buffer.alloc(4)
  clientFlags.writeUInt32BE(handshakeFlags & (fixedNewstyle | noZeroes))
  if (withTls && !isFixed)
    throw new Error(
      'offers no TLS, and the volume asks for it: it does not speak the fixed newstyle protocol',
    )

  yield { send: clientFlags }
  if (withTls) yield* startTls()
  const name = Buffer.from(exportName)
  // Before the fixed newstyle a server hangs up at any request but this one.
  if (!isFixed) return yield* askOldWay(name, withoutZeroes, stay)
  const told = yield* ask(stay ? option.go : option.info, name)
  if ('found' in told) {
    if (!stay) yield { send: optionRequest(option.abort) }
    return told.found
  }
  const isFinal = stay || finalRefusals.includes(told.refused)
  const again = isFinal ? told : yield* ask(option.go, name)
  if ('found' in again) {
    yield { send: goodbye() }
    return again.found
  }
  if (again.refused === unsupported) return yield* askOldWay(name, withoutZeroes, stay)
  yield { send: optionRequest(option.abort) }
  throw new Error(`refused export ${JSON.stringify(exportName)}: it ${refusal(again.refused, again.data)}`)
}

type Told = { readonly found: NbdExport } | { readonly refused: number; readonly data: Buffer }

/** NBD_OPT_INFO, or NBD_OPT_GO, after which the server expects requests to the disk. */
function* ask(request: number, name: Buffer): Generator<NbdStep, Told, Buffer> {
  yield { send: optionRequest(request, infoRequest(name)) }
  let found: NbdExport | undefined
  let blockSize: NbdExport['blockSize']
  for (;;) {
    const { type, data } = yield* takeReply(request)
    if (type === reply.ack) break
    if (type !== reply.info) return { refused: type, data }
    const kind = data.length >= 2 ? data.readUInt16BE() : undefined
    if (kind === info.export && data.length >= 12) found = readExport(data.subarray(2))
    if (kind === info.blockSize && data.length >= 14) {
      const [minimum, preferred, maximum] = [2, 6, 10].map((at) => data.readUInt32BE(at)) as Three
      blockSize = { minimum, preferred, maximum }
    }
  }
  if (found === undefined) throw new Error('did not tell the size of the export')
  return { found: { ...found, ...(blockSize === undefined ? {} : { blockSize }) } }
}

type Three = [number, number, number]

/** The first protocol: the server tells its one disk by itself, and then expects requests to it. */
function* listenToOldstyle(
  exportName: string,
  withTls: boolean,
  stay: boolean,
): Generator<NbdStep, NbdExport, Buffer> {
  if (withTls) throw new Error('offers no TLS, and the volume asks for it: it speaks the oldstyle protocol')
  if (exportName !== '') {
    throw new Error(
      `has no export ${JSON.stringify(exportName)}: it speaks the oldstyle protocol, which has one disk without a name; leave the name out`,
    )
  }
  const data = yield { take: 136 }
  if (!stay) yield { send: goodbye() }
  // Its flags are twice as long.
  return readExport(Buffer.concat([data.subarray(0, 8), data.subarray(10, 12)]))
}

function* startTls(): Generator<NbdStep, void, Buffer> {
  yield { send: optionRequest(option.startTls) }
  const { type, data } = yield* takeReply(option.startTls)
  if (type !== reply.ack) {
    yield { send: optionRequest(option.abort) }
    throw new Error(`offers no TLS, and the volume asks for it: it ${refusal(type, data)}`)
  }
  yield { secure: true }
}

function refusal(type: number, data: Buffer): string {
  const words = data.toString('utf8')
  return `${refusals[type] ?? `answered 0x${type.toString(16)}`}${words === '' ? '' : ` (${words})`}`
}

/** NBD_OPT_EXPORT_NAME, for servers without NBD_OPT_INFO: it has no refusal, an unknown export closes the connection. */
function* askOldWay(
  name: Buffer,
  withoutZeroes: boolean,
  stay: boolean,
): Generator<NbdStep, NbdExport, Buffer> {
  yield { send: optionRequest(option.exportName, name) }
  const data = yield { take: withoutZeroes ? 10 : 134 }
  if (!stay) yield { send: goodbye() }
  return readExport(data)
}

/**
 * Reads so many first bytes, or all there are, after a negotiation that was to `stay`, and takes leave. Any answer will do, a
 * refusal too: it is the server that closes the connection, or says nothing, for which QEMU would wait.
 */
export function* readOnce(
  { sizeBytes, blockSize }: NbdExport,
  bytes: number,
): Generator<NbdStep, Buffer, Buffer> {
  const block = Math.max(512, blockSize?.minimum ?? 0)
  const wanted = Math.min(bytes, Number(sizeBytes), blockSize?.maximum ?? bytes)
  const length = wanted < block ? block : wanted - (wanted % block)
  let head: Buffer = Buffer.alloc(0)
  if (sizeBytes >= length) {
    yield { send: diskRequest(command.read, length) }
    const header = yield { take: 16 }
    if (header.readUInt32BE() !== simpleReplyMagic)
      throw new Error('broke the NBD protocol in its reply to a read')
    if (header.readUInt32BE(4) === 0) head = yield { take: length }
  }
  yield { send: goodbye() }
  return head
}

/** NBD_CMD_DISC: how a client leaves that may send requests to the disk. */
const goodbye = () => diskRequest(command.disconnect, 0)

function diskRequest(type: number, length: number): Buffer {
  const request = Buffer.alloc(28)
  request.writeUInt32BE(requestMagic)
  request.writeUInt16BE(type, 6)
  request.writeUInt32BE(length, 24)
  return request
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

/** The name with its length before it, and what is to be told: a server may refuse who does not ask for its block size. */
function infoRequest(name: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(name.length)
  const wanted = Buffer.alloc(4)
  wanted.writeUInt16BE(1)
  wanted.writeUInt16BE(info.blockSize, 2)
  return Buffer.concat([length, name, wanted])
}

function readExport(data: Buffer): NbdExport {
  const flags = data.readUInt16BE(8)
  const sizeBytes = data.readBigUInt64BE()
  if (sizeBytes === 0n) throw new Error('has an empty export: a disk should have one sector at least')
  if (sizeBytes > maxSizeBytes)
    throw new Error(`says that its export has ${sizeBytes} bytes, which is more than QEMU can have`)
  return { sizeBytes, readOnly: (flags & readOnlyFlag) !== 0, flags }
}

import { Duplex } from 'node:stream'
import { QmpError } from './errors.ts'

/** `unix:/path`, `tcp:host:port`, `ws://host:port/`, `wss://host:port/`, an inherited descriptor, or any byte stream. */
export type QmpAddress = string | { readonly fd: number } | Duplex

export type ParsedAddress =
  | { readonly type: 'unix'; readonly path: string }
  | { readonly type: 'tcp'; readonly host: string; readonly port: number }
  | { readonly type: 'websocket'; readonly url: string }
  | { readonly type: 'fd'; readonly fd: number }
  | { readonly type: 'stream'; readonly stream: Duplex }

const KINDS = 'a QMP address is a string, {fd} or a Duplex stream'
const FORMS = 'unix:/path, tcp:host:port, ws://host:port/ or wss://host:port/'
/** sizeof(sockaddr_un.sun_path) less the closing zero. */
const MAX_UNIX_PATH_BYTES = 107
const TCP = /^(?:\[([^\]]+)\]|([^:[\]/]+)):(\d{1,5})$/

/** Throws QMP_INVALID_ARGUMENT, saying which forms there are. */
export function parseAddress(address: QmpAddress): ParsedAddress {
  if (typeof address === 'string') return parseText(address)
  if (address instanceof Duplex) return { type: 'stream', stream: address }
  if (typeof address !== 'object' || address === null) throw invalid(KINDS)
  if ('fd' in address && Number.isInteger(address.fd) && address.fd >= 0)
    return { type: 'fd', fd: address.fd }
  if (isDuplex(address)) return { type: 'stream', stream: address }
  throw invalid(KINDS)
}

function parseText(address: string): ParsedAddress {
  if (address.startsWith('unix:')) return parseUnix(address.slice('unix:'.length))
  if (address.startsWith('tcp:')) return parseTcp(address.slice('tcp:'.length))
  if (/^wss?:\/\//.test(address) && URL.canParse(address)) return { type: 'websocket', url: address }
  throw invalid(`'${address}' is not a QMP address: expected ${FORMS}`)
}

function parseUnix(path: string): ParsedAddress & { type: 'unix' } {
  if (path === '' || path.includes('\0')) throw invalid('a unix: address needs a path')
  const bytes = Buffer.byteLength(path)
  if (bytes > MAX_UNIX_PATH_BYTES) {
    throw invalid(
      `the socket path is ${bytes} bytes long and the system allows ${MAX_UNIX_PATH_BYTES}: use a shorter directory (${path})`,
    )
  }
  return { type: 'unix', path }
}

/** A `unix:` or `tcp:` address to listen at; port 0 stands for any. Throws QMP_INVALID_ARGUMENT. */
export function parseListenAddress(address: string): ParsedAddress & { type: 'unix' | 'tcp' } {
  const parsed = address.startsWith('tcp:') ? parseTcp(address.slice('tcp:'.length), 0) : parseText(address)
  if (parsed.type === 'unix' || parsed.type === 'tcp') return parsed
  throw invalid(`cannot listen at '${address}': expected unix:/path or tcp:host:port`)
}

function parseTcp(text: string, lowestPort = 1): ParsedAddress & { type: 'tcp' } {
  const match = TCP.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port < lowestPort || port > 65535) {
    throw invalid(`'tcp:${text}' is not a QMP address: expected tcp:host:port, an IPv6 host in brackets`)
  }
  return { type: 'tcp', host, port }
}

/** The text of a TCP address, an IPv6 host in brackets. */
export function tcpAddress(host: string, port: number): string {
  return `tcp:${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** A stream of another copy of the streams library is as good. */
function isDuplex(value: object): value is Duplex {
  return 'write' in value && typeof value.write === 'function' && 'on' in value && 'destroy' in value
}

function invalid(message: string): QmpError {
  return new QmpError('QMP_INVALID_ARGUMENT', message)
}

import { show } from '../util/schema.ts'
import { VolumeSpecError } from './errors.ts'

/** Where an NBD server listens and which export is meant; `''` is the default export. */
export type NbdAddress = (
  | { readonly type: 'unix'; readonly path: string; readonly export: string }
  | { readonly type: 'tcp'; readonly host: string; readonly port: number; readonly export: string }
) & {
  /** Only over TLS (`nbds:`). */
  readonly tls?: true | undefined
}

/** The longest path that fits a unix socket address (sun_path less its final zero), in bytes. */
export const maxSocketPathBytes = 107

const defaultPort = 10809
const forms = 'nbd:unix:/path[:exportname=x], nbd://host[:port][/export] or nbd+unix:///[export]?socket=/path'
const tlsForms = 'nbds://host[:port][/export] or nbds+unix:///[export]?socket=/path'

/** Whether a text means an NBD server rather than a file. */
export function isNbdUri(text: string): boolean {
  return /^nbds?(?:\+[a-z]+)?:/i.test(text)
}

/** Reads an address in QEMU's old form or as an NBD URI. Throws VOLUME_SPEC saying what would be right. */
export function parseNbdUri(text: string): NbdAddress {
  const address = readNbdUri(text)
  if (typeof address === 'string') {
    throw new VolumeSpecError([{ path: '', message: `${show(text)} ${address}`, value: text }], 'NBD address')
  }
  return address
}

/** The address in a text, or what is wrong with it. */
export function readNbdUri(text: string): NbdAddress | string {
  const [, scheme, rest] = /^([a-z+]+):(.*)$/is.exec(text) ?? []
  if (scheme === undefined || rest === undefined) return `should be ${forms}`
  switch (scheme.toLowerCase()) {
    case 'nbd':
      return rest.startsWith('//') ? readTcpUri(rest.slice(2)) : readLegacy(rest)
    case 'nbd+tcp':
      return rest.startsWith('//') ? readTcpUri(rest.slice(2)) : `should be ${forms}`
    case 'nbd+unix':
      return rest.startsWith('//') ? readUnixUri(rest.slice(2)) : `should be ${forms}`
    case 'nbds':
    case 'nbds+tcp':
      return rest.startsWith('//') ? overTls(readTcpUri(rest.slice(2))) : `should be ${tlsForms}`
    case 'nbds+unix':
      return rest.startsWith('//') ? overTls(readUnixUri(rest.slice(2))) : `should be ${tlsForms}`
    default:
      return `should be ${forms}`
  }
}

/** The address in a text that QEMU's command line is to take, which has no credentials for it; or what is wrong with it. */
export function readPlainNbdUri(text: string): NbdAddress | string {
  const address = readNbdUri(text)
  return typeof address === 'object' && address.tls === true
    ? 'needs TLS: should have the key tls beside it, as {"dir": "<folder of the certificates>"}; backing images and firmware take no TLS'
    : address
}

function overTls(address: NbdAddress | string): NbdAddress | string {
  return typeof address === 'string' ? address : { ...address, tls: true }
}

function readLegacy(text: string): NbdAddress | string {
  const mark = ':exportname='
  const split = text.indexOf(mark)
  const server = split < 0 ? text : text.slice(0, split)
  const name = split < 0 ? '' : text.slice(split + mark.length)
  if (server.startsWith('unix:')) return unix(server.slice('unix:'.length), name)
  const [, host, port] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(server) ?? []
  if (host === undefined || port === undefined) return `should be ${forms}`
  return tcp(host, port, name)
}

function fragmentFault(text: string): string | undefined {
  const at = text.indexOf('#')
  if (at < 0) return undefined
  return `has a fragment (${text.slice(at)}), and NBD addresses have none: a # in a name is written %23`
}

/** What follows the one slash before it: further slashes are the export's own. */
const exportOf = (path: string) => decode(path.replace(/^\//, ''))

function readTcpUri(text: string): NbdAddress | string {
  const fragment = fragmentFault(text)
  if (fragment !== undefined) return fragment
  const [, authority = '', path = '', query] = /^([^/?]*)([^?]*)(?:\?(.*))?$/s.exec(text) ?? []
  if (query !== undefined && query !== '')
    return `has a query (?${query}) and nbd:// addresses have none: should be left out`
  if (authority.includes('@')) return 'names a user, which NBD has not'
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority) ?? []
  const name = exportOf(path)
  if (host === undefined || name === undefined) return `should be ${forms}`
  return tcp(host, port === undefined || port === '' ? String(defaultPort) : port, name)
}

function readUnixUri(text: string): NbdAddress | string {
  const fragment = fragmentFault(text)
  if (fragment !== undefined) return fragment
  const [, authority = '', path = '', query = ''] = /^([^/?]*)([^?]*)(?:\?(.*))?$/s.exec(text) ?? []
  if (authority !== '') return 'names a host: should begin nbd+unix:/// with three slashes'
  const sockets = query.split('&').filter((pair) => pair.startsWith('socket='))
  const [socket] = sockets
  if (socket === undefined || sockets.length > 1 || query.includes('&'))
    return 'should have one ?socket=/path'
  const socketPath = decode(socket.slice('socket='.length))
  const name = exportOf(path)
  if (socketPath === undefined || name === undefined) return 'has a broken % escape'
  return unix(socketPath, name)
}

function unix(path: string, name: string): NbdAddress | string {
  if (path === '') return 'should have the path of a socket'
  return socketPathFault(path) ?? nameFault(name) ?? { type: 'unix', path, export: name }
}

function tcp(bracketed: string, portText: string, name: string): NbdAddress | string {
  const host = bracketed.replace(/^\[(.*)\]$/, '$1')
  const port = Number(portText)
  if (host === '') return 'should name a host'
  if (!/^[\w.:%-]+$/.test(host))
    return `names a host ${JSON.stringify(host)} that is neither a name nor an address`
  if (port < 1 || port > 65535) return `has port ${portText}: should be 1 to 65535`
  return nameFault(name) ?? { type: 'tcp', host, port, export: name }
}

/** What is wrong with the path of a unix socket, undefined when nothing is. */
export function socketPathFault(path: string): string | undefined {
  const bytes = Buffer.byteLength(path)
  if (path.includes('\0')) return 'should be a path without a zero byte'
  if (bytes <= maxSocketPathBytes) return undefined
  return `has a socket path of ${bytes} bytes: should be at most ${maxSocketPathBytes}, the limit of unix sockets`
}

function nameFault(name: string): string | undefined {
  const bytes = Buffer.byteLength(name)
  if (name.includes('\0')) return 'has an export name with a zero byte'
  return bytes > 4096
    ? `has an export name of ${bytes} bytes: should be at most 4096, the limit of NBD`
    : undefined
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

// A slash may stay, except in front, where a reader would take it for the one before the export.
const encode = (text: string) => encodeURIComponent(text).replaceAll('%2F', '/').replace(/^\//, '%2F')

/**
 * Writes an address so that `parseNbdUri` gives it back. Without a style: `nbd:unix:/path` for a unix socket,
 * `nbd://host:port/export` for TCP. `legacy` falls back to a URI where the old form cannot say it, TLS for one.
 */
export function formatNbdUri(address: NbdAddress, style?: 'uri' | 'legacy'): string {
  const suffix = address.export === '' ? '' : `:exportname=${address.export}`
  const [scheme, form] = address.tls === true ? ['nbds', 'uri'] : ['nbd', style]
  if (address.type === 'unix') {
    if (form !== 'uri' && !address.path.includes(':exportname=')) return `nbd:unix:${address.path}${suffix}`
    return `${scheme}+unix:///${encode(address.export)}?socket=${encodeURIComponent(address.path).replaceAll('%2F', '/')}`
  }
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  if (form === 'legacy') return `nbd:${host}:${address.port}${suffix}`
  return `${scheme}://${host}:${address.port}${address.export === '' ? '' : `/${encode(address.export)}`}`
}

/**
 * Whether QEMU's command line reads a text as we do. Its own parser takes several slashes for one, and stops at what
 * a URI should have escaped.
 */
export function qemuTakes(uri: string): boolean {
  if (/^nbd:(?!\/\/)/.test(uri)) return !uri.includes('://')
  const name = '(?:[\\w.-]+(?:/[\\w.-]+)*)?'
  return new RegExp(
    `^(?:nbd://(?:[\\w.-]+|\\[[\\da-f:.]+\\])(?::\\d+)?(?:/${name})?|nbd\\+unix:///${name}\\?socket=/[\\w./-]*)$`,
    'i',
  ).test(uri)
}

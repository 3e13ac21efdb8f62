import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import type { ParsedAddress } from '../address.ts'
import { QmpError } from '../errors.ts'
import { openFd } from './fd.ts'
import { openTcp } from './tcp.ts'
import { openTls } from './tls.ts'
import { openUnix } from './unix.ts'
import { openWebSocket } from './websocket.ts'

/** A connected byte stream. Throws QMP_CONNECT with the system's error as cause, or the signal's reason as it is. */
export async function openTransport(
  address: ParsedAddress,
  tls: ConnectionOptions | undefined,
  signal: AbortSignal,
): Promise<Duplex> {
  if (address.type === 'stream') return address.stream
  try {
    return await open(address, tls, signal)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const why = error instanceof Error ? error.message : String(error)
    throw new QmpError('QMP_CONNECT', `cannot connect to QMP at ${describeAddress(address)}: ${why}`, {
      details: { address: describeAddress(address), systemCode: systemCode(error) },
      cause: error,
    })
  }
}

function open(
  address: Exclude<ParsedAddress, { type: 'stream' }>,
  tls: ConnectionOptions | undefined,
  signal: AbortSignal,
): Promise<Duplex> | Duplex {
  switch (address.type) {
    case 'unix':
      return openUnix(address.path, signal)
    case 'tcp':
      return tls === undefined
        ? openTcp(address.host, address.port, signal)
        : openTls(address.host, address.port, tls, signal)
    case 'websocket':
      return openWebSocket(address.url, tls, signal)
    case 'fd':
      return openFd(address.fd)
    default:
      return address satisfies never
  }
}

/** The address for messages, without a login in a URL. */
export function describeAddress(address: ParsedAddress): string {
  switch (address.type) {
    case 'unix':
      return `unix:${address.path}`
    case 'tcp':
      return `tcp:${address.host}:${address.port}`
    case 'websocket': {
      const { protocol, host, pathname } = new URL(address.url)
      return `${protocol}//${host}${pathname}`
    }
    case 'fd':
      return `fd ${address.fd}`
    case 'stream':
      return 'a stream'
    default:
      return address satisfies never
  }
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

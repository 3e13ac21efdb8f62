import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import { type ParsedAddress, tcpAddress } from '../address.ts'
import type { Opening } from '../attempt.ts'
import { openFd } from './fd.ts'
import type { Dial } from './socket.ts'
import { openTcp } from './tcp.ts'
import { openTls } from './tls.ts'
import { openUnix } from './unix.ts'
import { openWebSocket } from './websocket.ts'

export interface TransportOptions {
  /** TLS for `tcp:` and `wss:` addresses. */
  readonly tls?: ConnectionOptions | undefined
  /** For plain sockets. Default `connect` of node:net. */
  readonly dial?: Dial
}

/** Gives `onOpen` a connected byte stream, or fails the attempt, which destroys a stream that was passed in, too. */
export function openTransport(
  address: ParsedAddress,
  options: TransportOptions,
  attempt: Opening,
  onOpen: (stream: Duplex) => void,
): void {
  if (attempt.isOver) {
    if (address.type === 'stream') address.stream.destroy()
    return
  }
  try {
    open(address, options, attempt, onOpen)
  } catch (error) {
    attempt.failToConnect(error)
  }
}

function open(
  address: ParsedAddress,
  options: TransportOptions,
  attempt: Opening,
  onOpen: (stream: Duplex) => void,
): void {
  const { tls, dial = connect } = options
  switch (address.type) {
    case 'unix':
      openUnix(address.path, dial, attempt, onOpen)
      break
    case 'tcp':
      if (tls === undefined) openTcp(address.host, address.port, dial, attempt, onOpen)
      else openTls(address.host, address.port, tls, attempt, onOpen)
      break
    case 'websocket':
      openWebSocket(address.url, tls, attempt, onOpen).catch((error) => attempt.failToConnect(error))
      break
    case 'fd':
      onOpen(openFd(address.fd))
      break
    case 'stream':
      onOpen(address.stream)
      break
    default:
      address satisfies never
  }
}

/** The address for messages, without a login in a URL. */
export function describeAddress(address: ParsedAddress): string {
  switch (address.type) {
    case 'unix':
      return `unix:${address.path}`
    case 'tcp':
      return tcpAddress(address.host, address.port)
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

import { connect, type Socket } from 'node:net'
import { checkTimeout } from '../qmp/index.ts'
import { within } from '../util/deadline.ts'
import { VolumeError } from './errors.ts'
import { converse } from './nbd-conversation.ts'
import { type NbdExport, type NbdStep, negotiate, readOnce } from './nbd-handshake.ts'
import { readCredentials, secure, type TlsCredentials } from './nbd-tls.ts'
import { formatNbdUri, type NbdAddress } from './nbd-uri.ts'
import type { VolumeTls } from './tls-spec.ts'

export interface ProbeOptions {
  /** For the whole conversation. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Instead of the export in the address. */
  readonly exportName?: string | undefined
  /** Asks over TLS, and never in the clear. */
  readonly tls?: VolumeTls | undefined
  /** How much of the beginning is asked for too: a server may take each connection and drop it at the first request. */
  readonly headBytes?: number | undefined
}

/**
 * Asks an NBD server for an export, before QEMU does: QEMU stands still while it connects. Leaves no connection.
 * @throws VolumeError VOLUME_BACKEND with what is wrong with the server, VOLUME_ABORTED on abort. `details.request` is true when
 *   the server negotiated and did not answer a read.
 */
export async function probeNbd(address: NbdAddress, options: ProbeOptions = {}): Promise<NbdExport> {
  checkTimeout(options.timeoutMs)
  const { timeoutMs = 5000, signal, exportName = address.export, headBytes, tls } = options
  const server = formatNbdUri(address)
  const now: Progress = { stage: 'connecting', isReading: false }
  const failure = (what: string, cause?: unknown) =>
    new VolumeError('VOLUME_BACKEND', `NBD server ${server} ${what}`, {
      cause,
      details: { server, errno: errnoOf(cause), ...(now.isReading ? { request: true } : {}) },
    })
  if (address.tls === true && tls === undefined) {
    throw failure('needs TLS: set tls, with the folder of the certificates')
  }
  const credentials =
    tls === undefined
      ? undefined
      : await readCredentials(tls).catch((error: Error) => {
          throw failure(error.message, error)
        })
  const socket = connect(
    address.type === 'unix' ? { path: address.path } : { host: address.host, port: address.port },
  )
  // What is said in two pieces would wait for the server's acknowledgement of the first.
  socket.setNoDelay(true)
  now.stream = socket
  socket.once('connect', () => {
    now.stage = 'clear'
  })
  const silence = () => {
    if (now.stage === 'connecting') return `did not accept a connection within ${timeoutMs} ms`
    if (now.stage === 'handshake')
      return `stopped answering in the middle of the TLS handshake, waited ${timeoutMs} ms`
    if (now.isReading) return `took the connection and did not answer a read within ${timeoutMs} ms`
    if (socket.bytesRead === 0) return `accepted the connection but did not answer within ${timeoutMs} ms`
    return `stopped answering in the middle of the negotiation, waited ${timeoutMs} ms`
  }
  const startTls = async (own: TlsCredentials) => {
    now.stage = 'handshake'
    const name = tls?.hostname ?? (address.type === 'tcp' ? address.host : undefined)
    now.stream = await secure(socket, own, name)
    now.stage = 'tls'
    return now.stream
  }
  const withTls = credentials !== undefined
  function* readToo(): Generator<NbdStep, NbdExport, Buffer> {
    const found = yield* negotiate(exportName, withTls, true)
    now.isReading = true
    return { ...found, head: yield* readOnce(found, headBytes ?? 0) }
  }
  const answer = converse(
    socket,
    headBytes !== undefined ? readToo() : negotiate(exportName, withTls),
    credentials && (() => startTls(credentials)),
  ).catch((error: unknown) => {
    const over = now.stage === 'tls' ? credentials : undefined
    throw failure(now.isReading ? describeDrop(error) : describeFailure(error, address, over), error)
  })
  try {
    return await within(
      answer,
      { timeoutMs, signal },
      {
        onTimeout: () => failure(silence()),
        onAbort: (reason) =>
          new VolumeError('VOLUME_ABORTED', `asking the NBD server ${server} was aborted`, {
            cause: reason,
          }),
      },
    )
  } finally {
    // What was said last still goes out; it is too short to wait for a reader.
    if (now.stage === 'clear' || now.stage === 'tls') now.stream?.destroySoon()
    else socket.destroy()
  }
}

interface Progress {
  stage: 'connecting' | 'clear' | 'handshake' | 'tls'
  /** What is spoken over. */
  stream?: Socket
  /** The negotiation is over. */
  isReading: boolean
}

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

const lost = 'closed the connection in the middle of the negotiation'

/** Says how a server that took the connection has failed. */
function describeDrop(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const isClosed = message === lost || errnoOf(error) !== undefined
  return isClosed ? 'took the connection and closed it at the first read; look at its log' : message
}

function describeFailure(error: unknown, address: NbdAddress, over: TlsCredentials | undefined): string {
  const errno = errnoOf(error)
  switch (errno) {
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
      return `${lost}${doubtOf(over)}`
    case undefined: {
      const message = error instanceof Error ? error.message : String(error)
      return message === lost ? `${message}${doubtOf(over)}` : message
    }
    default: {
      const message = error instanceof Error ? error.message : error
      return over === undefined
        ? `cannot be reached: ${message}`
        : `broke off the TLS connection: ${message}${doubtOf(over)}`
    }
  }
}

/** In TLS 1.3 a server judges the client's certificate when the client takes the handshake for done. */
function doubtOf(over: TlsCredentials | undefined): string {
  if (over === undefined) return ''
  return over.hasCertificate
    ? `; does it take ${over.dir}/client-cert.pem?`
    : `; does it ask for a certificate? There is no client-cert.pem with client-key.pem in ${over.dir}`
}

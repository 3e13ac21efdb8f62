import type { Duplex } from 'node:stream'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { parseAddress, type QmpAddress } from './address.ts'
import { Attempt } from './attempt.ts'
import { describeAddress, openTransport } from './transport/open.ts'

export interface OpenStreamOptions {
  readonly signal?: AbortSignal | undefined
  /** Default 10 000. */
  readonly timeoutMs?: number | undefined
  /** TLS for `tcp:` and `wss:` addresses. */
  readonly tls?: TlsOptions | undefined
}

const DEFAULT_TIMEOUT_MS = 10_000
const NOT_CONNECTED = 'no connection within {time}'
const LATE = { connect: NOT_CONNECTED, greeting: NOT_CONNECTED, negotiation: NOT_CONNECTED }

/**
 * A connected byte stream to anything QEMU serves on a chardev, such as a serial console, by the same addresses as a
 * monitor. Read it to the end: a guest stalls on a console whose client does not. Throws QMP_CONNECT, QMP_ABORTED,
 * QMP_INVALID_ARGUMENT, and leaves nothing open then.
 */
export async function openStream(address: QmpAddress, options: OpenStreamOptions = {}): Promise<Duplex> {
  const parsed = parseAddress(address)
  const limits = { signal: options.signal, timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS }
  const attempt = new Attempt<Duplex>(describeAddress(parsed), limits, LATE)
  openTransport(parsed, { tls: options.tls }, attempt, (stream) => attempt.succeed(stream))
  return attempt.outcome
}

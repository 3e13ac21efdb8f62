import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { parseAddress, type QmpAddress } from './address.ts'
import { Attempt } from './attempt.ts'
import { closedError } from './call-error.ts'
import { Connection, type ConnectionHandlers } from './connection.ts'
import type { QmpError } from './errors.ts'
import { Framer } from './framing.ts'
import { type Greeting, readError, readGreeting, readMessage, type WireMessage } from './message.ts'
import { describeAddress, openTransport } from './transport/open.ts'
import { connectLending } from './transport/socket.ts'

export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined
  /** For all of connecting, greeting and negotiation. Default 10 000. */
  readonly greetingTimeoutMs?: number | undefined
  /** Ask for out-of-band execution; fails with QMP_NEGOTIATION where the server does not offer it. */
  readonly oob?: boolean | undefined
  /** Longest message taken from the server. Default 64 MiB. */
  readonly maxMessageBytes?: number | undefined
  /** TLS for `tcp:` and `wss:` addresses. */
  readonly tls?: TlsOptions | undefined
}

export interface Session {
  readonly connection: Connection
  readonly greeting: Greeting
  /** What was enabled. */
  readonly capabilities: readonly string[]
}

export const DEFAULT_GREETING_TIMEOUT_MS = 10_000
const MAX_EARLY_EVENTS = 4096
/** Calls count from 1. */
const NEGOTIATION_ID = 0

/**
 * Connects, reads the greeting and negotiates. When it fails nothing is left open, a stream that was passed in
 * included. Throws QMP_CONNECT, QMP_GREETING, QMP_NEGOTIATION, QMP_PROTOCOL, QMP_ABORTED. Events that came
 * before the end of the negotiation are kept in the connection. `onGreeting` is called when qmp_capabilities has been
 * written: what is written then is answered after it.
 */
export function openSession(
  address: QmpAddress,
  options: ConnectOptions,
  onGreeting?: (session: Session) => void,
): Promise<Session> {
  const parsed = parseAddress(address)
  const timeoutMs = options.greetingTimeoutMs ?? DEFAULT_GREETING_TIMEOUT_MS
  const attempt = new Attempt<Session>(describeAddress(parsed), { signal: options.signal, timeoutMs }, LATE)
  openTransport(parsed, { tls: options.tls, dial: connectLending }, attempt, (stream) => {
    const connection = new Connection(stream, (sink) => new Framer(sink, options.maxMessageBytes))
    attempt.undoBy(() => connection.end())
    connection.handle(new Negotiation(connection, attempt, options.oob ?? false, onGreeting))
  })
  return attempt.outcome
}

const LATE = {
  connect: 'no QMP connection within {time}',
  greeting:
    'connected, but no QMP greeting came within {time}: another client holds this monitor, or it is not a QMP monitor',
  negotiation: 'no answer to qmp_capabilities within {time}',
}

class Negotiation implements ConnectionHandlers {
  readonly #connection: Connection
  readonly #attempt: Attempt<Session>
  readonly #wantsOob: boolean
  readonly #onGreeting: ((session: Session) => void) | undefined
  #earlyEvents = 0
  #session: Session | undefined

  constructor(
    connection: Connection,
    attempt: Attempt<Session>,
    wantsOob: boolean,
    onGreeting: ((session: Session) => void) | undefined,
  ) {
    this.#connection = connection
    this.#attempt = attempt
    this.#wantsOob = wantsOob
    this.#onGreeting = onGreeting
    attempt.enter('greeting')
  }

  onEnd(reason: QmpError | undefined): void {
    const before = this.#session === undefined ? 'before its greeting' : 'during the negotiation'
    if (reason?.code === 'QMP_PROTOCOL') {
      this.#attempt.failWith(closedError(reason, 'cannot start a QMP session'))
    } else this.#attempt.fail(`the QMP connection ended ${before}`, reason)
  }

  onMessage(value: unknown): void {
    const message = readMessage(value)
    if (message === undefined) this.#attempt.fail('received something that is not QMP')
    else if (message.event !== undefined) this.#keep(value)
    else if (this.#session === undefined) this.#greet(message)
    else if (message.id === undefined || message.id === NEGOTIATION_ID) this.#finish(this.#session, message)
  }

  #keep(event: unknown): void {
    if (++this.#earlyEvents <= MAX_EARLY_EVENTS) this.#connection.keep(event)
    else this.#attempt.fail('a flood of events came before the end of the negotiation')
  }

  #greet(message: WireMessage): void {
    const greeting = readGreeting(message)
    if (greeting === undefined) {
      this.#attempt.fail('the first message was not a QMP greeting')
      return
    }
    const capabilities = this.#wantsOob ? ['oob'] : []
    this.#session = { connection: this.#connection, greeting, capabilities }
    this.#attempt.enter('negotiation')
    if (this.#wantsOob && !greeting.capabilities.includes('oob')) {
      this.#attempt.fail('this QMP server does not offer out-of-band execution')
      return
    }
    const enable = this.#wantsOob ? ',"arguments":{"enable":["oob"]}' : ''
    this.#connection.write(`{"execute":"qmp_capabilities"${enable},"id":${NEGOTIATION_ID}}\n`)
    this.#onGreeting?.(this.#session)
  }

  #finish(session: Session, message: WireMessage): void {
    if (message.error !== undefined) {
      const { class: name, desc } = readError(message.error)
      this.#attempt.fail(`the QMP server refused qmp_capabilities: ${desc} (${name})`)
      return
    }
    // From here on everything waits for the client's handlers.
    this.#connection.handle(undefined)
    this.#attempt.succeed(session)
  }
}

import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { parseAddress, type QmpAddress } from './address.ts'
import { Attempt } from './attempt.ts'
import { callError, closedError, FailedCall } from './call-error.ts'
import type { AnyName, CallParameters, CommandResult } from './commands.ts'
import { Connection } from './connection.ts'
import { checkTimeout } from './deadlines.ts'
import { QmpError } from './errors.ts'
import type { MessageSink } from './framing.ts'
import { SILENT_GUEST_COMMANDS, VOID_GUEST_COMMANDS } from './generated/command-lists.ts'
import type {
  AnsweredGuestCommands,
  GuestCommandName,
  GuestCommands,
  SilentGuestCommandName,
} from './guest-calls.ts'
import { readMessage } from './message.ts'
import { type CallOptions, encodeCall } from './pending.ts'
import { QgaReader } from './qga-reader.ts'
import { QgaTurns } from './qga-turns.ts'
import { describeAddress, openTransport } from './transport/open.ts'

export interface QgaConnectOptions {
  readonly signal?: AbortSignal | undefined
  /** For connecting and the first sync. Default 10 000. An agent answers only once the guest has started it. */
  readonly syncTimeoutMs?: number | undefined
  /** Longest message taken from the agent. Default 64 MiB. */
  readonly maxMessageBytes?: number | undefined
  /** TLS for `tcp:` and `wss:` addresses. */
  readonly tls?: TlsOptions | undefined
}

export interface SilentCallOptions extends CallOptions {
  /** How long to listen for a refusal before silence counts as success. Default 2 000. */
  readonly refusalMs?: number | undefined
}

const DEFAULT_SYNC_TIMEOUT_MS = 10_000
const DEFAULT_REFUSAL_MS = 2_000
const NO_ANSWER =
  'connected, but no guest agent answered within {time}: it does not run (yet), or another client holds the channel'
const LATE = {
  connect: 'no connection to the guest agent within {time}',
  greeting: NO_ANSWER,
  negotiation: NO_ANSWER,
}

/**
 * The QEMU guest agent on the other side of a virtio-serial port or a socket. It runs inside the guest: do not trust what it
 * says. Calls run one after another. Each answer goes to its own call, also after a timeout: the two sides synchronise again. It
 * never reconnects; `closed` resolves when the channel ends, which a guest's reboot alone does not do.
 */
export class QgaClient implements AsyncDisposable {
  /** Resolves once, never rejects: `undefined` after `close()`, else why the connection ended. */
  readonly closed: Promise<Error | undefined>
  readonly #connection: Connection
  readonly #turns: QgaTurns

  private constructor(connection: Connection, reader: QgaReader) {
    this.#connection = connection
    this.#turns = new QgaTurns({
      get isBlocked() {
        return connection.isBlocked
      },
      write: (text) => connection.write(text),
      setLenient: (lenient) => {
        reader.lenient = lenient
      },
    })
    this.closed = new Promise((resolve) => {
      connection.handle({
        onMessage: (value) => this.#receive(value, reader.lenient),
        onDrain: () => this.#turns.resume(),
        onEnd: (reason) => {
          this.#turns.close(reason)
          resolve(reason)
        },
      })
    })
  }

  /**
   * Connects and syncs. Throws QMP_CONNECT, QMP_GREETING (no agent answered), QMP_PROTOCOL, QMP_ABORTED or
   * QMP_INVALID_ARGUMENT, and leaves nothing open then.
   */
  static async connect(address: QmpAddress, options: QgaConnectOptions = {}): Promise<QgaClient> {
    try {
      return await open(address, options, (connection, reader) => new QgaClient(connection, reader))
    } catch (error) {
      if (error instanceof Error) Error.captureStackTrace(error, QgaClient.connect)
      throw error
    }
  }

  /**
   * Runs a command and resolves with its answer; the commands without an answer go through `send`. Throws
   * QmpCommandError when the agent refuses, QMP_TIMEOUT and QMP_ABORTED when the caller stops waiting (the agent
   * may still run it), QMP_CLOSED, QMP_INVALID_ARGUMENT. Without a `timeoutMs` a guest that hangs is waited for.
   */
  async execute<C extends AnyName<GuestCommandName>>(
    command: C,
    ...rest: CallParameters<C, CallOptions, AnsweredGuestCommands>
  ): Promise<CommandResult<C, AnsweredGuestCommands>>
  async execute(command: string, args?: unknown, options: CallOptions = {}): Promise<unknown> {
    if (SILENT_GUEST_COMMANDS.has(command)) {
      throw new QmpError(
        'QMP_INVALID_ARGUMENT',
        `the guest agent does not answer '${command}' when it succeeds: use send`,
      )
    }
    checkTimeout(options.timeoutMs)
    const outcome = await this.#turns.run(encodeCall(command, args), options)
    if (outcome instanceof FailedCall) throw callError(outcome.fault, command, args, 'guest agent')
    return VOID_GUEST_COMMANDS.has(command) ? undefined : outcome
  }

  /**
   * Runs a command that is not answered when it succeeds. Resolves when the agent took it (it answered what was sent
   * behind), when it went away, or after `refusalMs` of silence, as in a guest that sleeps. Throws as `execute`.
   */
  async send<C extends SilentGuestCommandName>(
    command: C,
    args?: GuestCommands[C]['arguments'],
    options: SilentCallOptions = {},
  ): Promise<void> {
    checkTimeout(options.timeoutMs)
    checkTimeout(options.refusalMs)
    const refusalMs = options.refusalMs ?? DEFAULT_REFUSAL_MS
    const outcome = await this.#turns.run(encodeCall(command, args), options, refusalMs)
    if (outcome instanceof FailedCall) throw callError(outcome.fault, command, args, 'guest agent')
  }

  /** Resolves when the agent answers: use it to learn whether it still runs. Throws as `execute`. */
  async sync(options: CallOptions = {}): Promise<void> {
    checkTimeout(options.timeoutMs)
    const outcome = await this.#turns.run(undefined, options)
    if (outcome instanceof FailedCall) {
      throw callError(outcome.fault, 'guest-sync-delimited', undefined, 'guest agent')
    }
  }

  /** Ends the connection: calls fail with QMP_CLOSED. The agent goes on. */
  async close(): Promise<void> {
    this.#connection.end()
    await this.#connection.gone()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #receive(value: unknown, lenient: boolean): void {
    const message = readMessage(value)
    if (message !== undefined) this.#turns.receive(message)
    else if (!lenient) {
      this.#connection.end(new QmpError('QMP_PROTOCOL', 'received JSON that is not a guest agent message'))
    }
  }
}

function open(
  address: QmpAddress,
  options: QgaConnectOptions,
  make: (connection: Connection, reader: QgaReader) => QgaClient,
): Promise<QgaClient> {
  const parsed = parseAddress(address)
  const timeoutMs = options.syncTimeoutMs ?? DEFAULT_SYNC_TIMEOUT_MS
  const attempt = new Attempt<QgaClient>(describeAddress(parsed), { signal: options.signal, timeoutMs }, LATE)
  const onRefused = (error: unknown) => {
    const ended = error instanceof QmpError && error.cause instanceof QmpError ? error.cause : undefined
    if (ended?.code === 'QMP_PROTOCOL') {
      attempt.failWith(closedError(ended, 'cannot talk to the guest agent'))
    } else attempt.fail('the connection ended before the guest agent answered', error)
  }
  openTransport(parsed, { tls: options.tls }, attempt, (stream) => {
    attempt.enter('greeting')
    let reader: QgaReader | undefined
    const makeReader = (sink: MessageSink) => {
      reader = new QgaReader(sink, options.maxMessageBytes)
      return reader
    }
    const connection = new Connection(stream, makeReader, 'connection to the guest agent')
    if (reader === undefined) throw new TypeError('a connection makes its reader at once')
    attempt.undoBy(() => connection.end())
    const client = make(connection, reader)
    client.sync().then(() => attempt.succeed(client), onRefused)
  })
  return attempt.outcome
}

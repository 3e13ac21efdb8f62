import { setImmediate } from 'node:timers'
import type { QmpAddress } from './address.ts'
import { callError, FailedCall } from './call-error.ts'
import type {
  AnyName,
  CallParameters,
  CommandName,
  CommandResult,
  OobCommandName,
  OobName,
} from './commands.ts'
import type { Connection } from './connection.ts'
import { QmpError } from './errors.ts'
import type { EventStream } from './event-stream.ts'
import type { EventName, EventOf, QmpEvent } from './event-types.ts'
import { EventHub, type EventListener, type EventsOptions } from './events.ts'
import { VOID_COMMANDS } from './generated/command-lists.ts'
import { type Greeting, readError, readEvent, readMessage } from './message.ts'
import { type CallOptions, PendingCalls } from './pending.ts'
import type { QmpSchema } from './schema.ts'
import { type SchemaOptions, SchemaSource, type Supports } from './schema-source.ts'
import { type ConnectOptions, openSession, type Session } from './session.ts'

/** With out-of-band execution QEMU reads ahead this far (monitor/monitor-internal.h); more would block it. */
const OOB_WINDOW = 8

/**
 * A negotiated QMP connection. Commands are pipelined and events dispatched in the order of the wire.
 * It never reconnects: when the link drops, everything that waits fails with QMP_CLOSED and `closed` resolves.
 */
export class QmpClient implements AsyncDisposable {
  /** What the server said of itself: its version and the capabilities it offers. */
  readonly greeting: Greeting
  /** The capabilities enabled on this connection. */
  readonly capabilities: readonly string[]
  /** Resolves once, never rejects: `undefined` after `close()`, else why the connection ended. */
  readonly closed: Promise<Error | undefined>

  readonly #connection: Connection
  readonly #events = new EventHub()
  readonly #calls: PendingCalls
  readonly #schema: SchemaSource

  private constructor({ connection, greeting, capabilities }: Session) {
    this.greeting = greeting
    this.capabilities = capabilities
    this.#connection = connection
    this.#calls = new PendingCalls(connection, capabilities.includes('oob') ? OOB_WINDOW : undefined)
    this.#schema = new SchemaSource(greeting, {
      schema: (options) => this.execute('query-qmp-schema', undefined, options),
      target: (options) => this.execute('query-target', undefined, options),
    })
    this.closed = new Promise((resolve) => {
      const handlers = {
        onMessage: (message: unknown, nonFinite: boolean) => this.#receive(message, nonFinite),
        onDrain: () => this.#calls.flush(),
        onEnd: (reason: QmpError | undefined) => {
          this.#calls.close(reason)
          this.#events.end(reason)
          resolve(reason)
        },
      }
      // Later in this turn, so that events that came along with the negotiation find the caller's listeners.
      setImmediate(() => connection.handle(handlers))
    })
  }

  /**
   * Connects and negotiates; takes over a stream that is passed in and destroys it on failure. Throws
   * QMP_CONNECT, QMP_GREETING (no greeting in time: most often another client holds the monitor),
   * QMP_NEGOTIATION, QMP_PROTOCOL, QMP_ABORTED or QMP_INVALID_ARGUMENT, and leaves nothing open then.
   */
  static async connect(address: QmpAddress, options: ConnectOptions = {}): Promise<QmpClient> {
    try {
      return new QmpClient(await openSession(address, options))
    } catch (error) {
      // Made in a timer or a socket's callback, it would point there.
      if (error instanceof Error) Error.captureStackTrace(error, QmpClient.connect)
      throw error
    }
  }

  /**
   * Runs a command and resolves with its answer. Throws QmpCommandError when QEMU refuses, QMP_TIMEOUT and
   * QMP_ABORTED when the caller stops waiting (QEMU may still run it), QMP_CLOSED when the connection ends,
   * QMP_INVALID_ARGUMENT before anything is sent. The message says whether it was sent.
   */
  async execute<C extends AnyName<CommandName>>(
    command: C,
    ...rest: CallParameters<C, CallOptions>
  ): Promise<CommandResult<C>>
  async execute(command: string, args?: unknown, options?: CallOptions): Promise<unknown> {
    const outcome = await this.#calls.start({ command, args, oob: false }, options)
    if (outcome instanceof FailedCall) throw callError(outcome.fault, command, args)
    return VOID_COMMANDS.has(command) ? undefined : outcome
  }

  /**
   * As `execute`, overtaking commands in progress. Only on a connection made with `oob: true`, and only for
   * commands that allow it.
   */
  async executeOob<C extends AnyName<OobCommandName>>(
    command: C & OobName<C>,
    ...rest: CallParameters<C, CallOptions>
  ): Promise<CommandResult<C>>
  async executeOob(command: string, args?: unknown, options?: CallOptions): Promise<unknown> {
    if (!this.capabilities.includes('oob')) {
      throw new QmpError(
        'QMP_INVALID_ARGUMENT',
        'out-of-band execution needs a connection made with oob: true',
      )
    }
    const outcome = await this.#calls.start({ command, args, oob: true }, options)
    if (outcome instanceof FailedCall) throw callError(outcome.fault, command, args)
    return VOID_COMMANDS.has(command) ? undefined : outcome
  }

  /**
   * What the peer says of itself by introspection: commands, events, members and features of this very build. Read
   * once, and for packaged builds shared by the process's connections. Throws what `execute` throws.
   */
  schema(options?: SchemaOptions): Promise<QmpSchema> {
    return this.#schema.get(options)
  }

  /** Single questions to the peer's schema. */
  get supports(): Supports {
    return this.#schema.supports
  }

  /** Calls `listener` for each event of that name, or each at all for `'*'`. Returns what takes it off again. */
  on<N extends AnyName<EventName | '*'>>(name: N, listener: EventListener<N>): () => void
  on(name: string, listener: (event: never) => unknown): () => void {
    return this.#events.on(name, listener as EventListener)
  }

  /** Takes a listener off; no fault if it is not on. */
  off<N extends AnyName<EventName | '*'>>(name: N, listener: EventListener<N>): void
  off(name: string, listener: (event: never) => unknown): void {
    this.#events.off(name, listener as EventListener)
  }

  /** Events from this call on, for one reader. Ends with the connection or the signal, without an error. */
  events<N extends AnyName<EventName> = string>(options?: EventsOptions<N>): EventStream<EventOf<N>>
  events(options: EventsOptions = {}): EventStream {
    return this.#events.stream(options)
  }

  /**
   * The next event of that name which `match` accepts. Listening begins before this returns, so call it before
   * the command that causes the event. Throws QMP_TIMEOUT, QMP_ABORTED, QMP_CLOSED, or what `match` throws; a
   * promise nobody awaits any more does not become an unhandled rejection.
   */
  waitFor<N extends AnyName<EventName | '*'>>(
    name: N,
    match?: ((event: EventOf<N>) => boolean) | undefined,
    options?: CallOptions,
  ): Promise<EventOf<N>>
  waitFor(name: string, match?: (event: never) => boolean, options: CallOptions = {}): Promise<QmpEvent> {
    const waiting = this.#wait(name, match as ((event: QmpEvent) => boolean) | undefined, options)
    waiting.catch(() => {})
    return waiting
  }

  /** Ends the connection: calls and waiters fail with QMP_CLOSED, streams end. QEMU itself goes on. */
  async close(): Promise<void> {
    this.#connection.end()
    await this.#connection.gone
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #wait(
    name: string,
    match: ((event: QmpEvent) => boolean) | undefined,
    options: CallOptions,
  ): Promise<QmpEvent> {
    const outcome = await this.#events.wait(name, match, options)
    if (typeof outcome === 'function') throw outcome()
    return outcome
  }

  #receive(value: unknown, nonFinite: boolean): void {
    const message = readMessage(value)
    if (message === undefined) {
      this.#connection.end(new QmpError('QMP_PROTOCOL', 'received JSON that is not a QMP message'))
    } else if (typeof message.event === 'string') {
      if (this.#events.hears(message.event)) this.#events.emit(readEvent(message.event, message))
    } else if (message.return !== undefined) {
      this.#calls.answer(message.id, nonFinite ? new FailedCall({ kind: 'unreadable' }) : message.return)
    } else if (message.error !== undefined) {
      const failed = new FailedCall({ kind: 'refused', ...readError(message.error) })
      if (message.id === undefined) this.#calls.answerOldest(failed)
      else this.#calls.answer(message.id, failed)
    } else {
      this.#connection.end(
        new QmpError('QMP_PROTOCOL', 'received a second QMP greeting: the monitor was reset'),
      )
    }
  }
}

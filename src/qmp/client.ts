import { setImmediate } from 'node:timers'
import { inSpan, isTraced } from '../util/spans.ts'
import type { QmpAddress } from './address.ts'
import { callError, FailedCall } from './call-error.ts'
import { CancelledJobs, cancelsJob } from './cancelled-jobs.ts'
import type {
  CallParameters,
  CommandResult,
  NameOfCommand,
  NameOfEvent,
  NameOfOobCommand,
  OobName,
  Qmp,
  QmpApi,
} from './commands.ts'
import type { Connection } from './connection.ts'
import { Dispatcher } from './dispatcher.ts'
import { QmpError } from './errors.ts'
import type { EventStream } from './event-stream.ts'
import type { EventOf, QmpEvent } from './event-types.ts'
import type { EventListener, EventsOptions } from './events.ts'
import { VOID_COMMANDS } from './generated/command-lists.ts'
import type { Greeting } from './message.ts'
import type { CallOptions, CallRequest, ExecuteOptions } from './pending.ts'
import type { QmpSchema } from './schema.ts'
import { type SchemaOptions, SchemaSource, type Supports } from './schema-source.ts'
import { type ConnectOptions, openSession, type Session } from './session.ts'

/** With out-of-band execution QEMU reads ahead this far (monitor/monitor-internal.h); more would block it. */
const OOB_WINDOW = 8

/**
 * A negotiated QMP connection. Commands are pipelined and events dispatched in the order of the wire. It never reconnects: when
 * the link drops, every call that waits fails with QMP_CLOSED, and `closed` resolves. `Api` decides what compiles; it is not
 * checked at run time: see `Qmp`.
 */
export class QmpClient<Api extends QmpApi = Qmp> implements AsyncDisposable {
  /** What the server said of itself: its version and the capabilities it offers. */
  readonly greeting: Greeting
  /** The capabilities enabled on this connection. */
  readonly capabilities: readonly string[]
  readonly #connection: Connection
  readonly #dispatcher: Dispatcher
  readonly #cancelledJobs = new CancelledJobs(this as QmpClient<QmpApi> as QmpClient)
  #schema: SchemaSource | undefined
  #explain: ((error: QmpError) => Promise<Error>) | undefined
  #closed: Promise<Error | undefined> | undefined

  private constructor({ connection, greeting, capabilities }: Session) {
    this.greeting = greeting
    this.capabilities = capabilities
    this.#connection = connection
    const window = capabilities.includes('oob') ? OOB_WINDOW : undefined
    this.#dispatcher = new Dispatcher(connection, window)
  }

  /**
   * Connects and negotiates; takes over a stream that is passed in and destroys it on failure. A `tcp:` or `ws:`
   * address off this host without TLS is not refused, though anybody in between rules the VM. Throws
   * QMP_CONNECT, QMP_GREETING (no greeting in time: most often another client holds the monitor),
   * QMP_NEGOTIATION, QMP_PROTOCOL, QMP_ABORTED or QMP_INVALID_ARGUMENT, and leaves nothing open then.
   */
  static async connect<Api extends QmpApi = Qmp>(
    address: QmpAddress,
    options: ConnectOptions = {},
  ): Promise<QmpClient<Api>> {
    try {
      return await QmpClient.connectAsking<Api>(address, options)
    } catch (error) {
      // Made in a timer or a socket's callback, it would point there.
      if (error instanceof Error) Error.captureStackTrace(error, QmpClient.connect)
      throw error
    }
  }

  /**
   * As `connect`. `ask` has the client from the greeting on: the commands that it executes then do not wait for the end of the negotiation.
   * They fail with QMP_CLOSED when that fails. @internal
   */
  static async connectAsking<Api extends QmpApi = Qmp>(
    address: QmpAddress,
    options: ConnectOptions,
    ask?: (client: QmpClient<Api>) => void,
  ): Promise<QmpClient<Api>> {
    let asking: QmpClient<Api> | undefined
    const onGreeting = (session: Session) => {
      asking = new QmpClient<Api>(session)
      ask?.(asking)
    }
    try {
      const session = await openSession(address, options, ask && onGreeting)
      const client = asking ?? new QmpClient<Api>(session)
      // Later in this turn, so that events that came along with the negotiation find the caller's listeners.
      setImmediate(() => session.connection.handle(client.#dispatcher))
      return client
    } catch (error) {
      if (asking !== undefined) asking.#dispatcher.onEnd(error instanceof QmpError ? error : undefined)
      throw error
    }
  }

  /**
   * Runs a command and resolves with its answer. Throws QmpCommandError when QEMU refuses, QMP_TIMEOUT and
   * QMP_ABORTED when the caller stops waiting (QEMU may still run it), QMP_CLOSED when the connection ends,
   * QMP_INVALID_ARGUMENT before anything is sent. The message says whether it was sent. Without a `timeoutMs` it waits
   * without limit: a QEMU that stands still, be it stopped or stuck in a disk's server, answers when it goes on. `onStall` is
   * called when the command itself has taken `stallMs`, the wait for those before it not counted: then `executeOob` is still heard.
   */
  async execute<C extends NameOfCommand<Api>>(
    command: C,
    ...rest: CallParameters<C, ExecuteOptions, Api['commands']>
  ): Promise<CommandResult<C, Api['commands']>>
  async execute(command: string, args?: unknown, options?: ExecuteOptions): Promise<unknown> {
    const request = { command, args, oob: false }
    if (cancelsJob(command)) return this.#cancelledJobs.cancel(args, () => this.#traced(request, options))
    if (isTraced()) return this.#traced(request, options)
    const outcome = await this.#dispatcher.calls.start(request, options)
    if (outcome instanceof FailedCall) return this.#fail(outcome, command, args)
    return VOID_COMMANDS.has(command) ? undefined : outcome
  }

  /**
   * As `execute`, overtaking commands in progress. Only on a connection made with `oob: true`, and only for
   * commands that allow it.
   */
  async executeOob<C extends NameOfOobCommand<Api>>(
    command: C & OobName<C, Api['commands']>,
    ...rest: CallParameters<C, CallOptions, Api['commands']>
  ): Promise<CommandResult<C, Api['commands']>>
  async executeOob(command: string, args?: unknown, options?: CallOptions): Promise<unknown> {
    if (!this.capabilities.includes('oob')) {
      throw new QmpError(
        'QMP_INVALID_ARGUMENT',
        'out-of-band execution needs a connection made with oob: true',
      )
    }
    return this.#traced({ command, args, oob: true }, options)
  }

  /**
   * What the peer says of itself by introspection: commands, events, members and features of this very build. Read
   * once, and for packaged builds shared by the process's connections. Throws what `execute` throws, QMP_TIMEOUT after
   * 30 s unless told otherwise.
   */
  schema(options?: SchemaOptions): Promise<QmpSchema> {
    return this.#schemaSource.get(options)
  }

  /** Single questions to the peer's schema, within the same limits. */
  get supports(): Supports {
    return this.#schemaSource.supports
  }

  /** Resolves once, never rejects: `undefined` after `close()`, else why the connection ended. */
  get closed(): Promise<Error | undefined> {
    this.#closed ??= this.#dispatcher.events.ended
    return this.#closed
  }

  /** Calls `listener` for each event of that name, or each at all for `'*'`. Returns what takes it off again. */
  on<N extends NameOfEvent<Api> | '*'>(name: N, listener: EventListener<N, Api['events']>): () => void
  on(name: string, listener: (event: never) => unknown): () => void {
    return this.#dispatcher.events.on(name, listener as EventListener)
  }

  /** Takes a listener off; no fault if it is not on. */
  off<N extends NameOfEvent<Api> | '*'>(name: N, listener: EventListener<N, Api['events']>): void
  off(name: string, listener: (event: never) => unknown): void {
    this.#dispatcher.events.off(name, listener as EventListener)
  }

  /** Events from this call on, for one reader. Ends with the connection or the signal, without an error. */
  events<N extends NameOfEvent<Api> | '*' = '*'>(
    options?: EventsOptions<N>,
  ): EventStream<EventOf<N, Api['events']>>
  events(options: EventsOptions = {}): unknown {
    return this.#dispatcher.events.stream(options)
  }

  /**
   * The next event of that name which `match` accepts. Listening begins before this returns, so call it before
   * the command that causes the event. Throws QMP_TIMEOUT, QMP_ABORTED, QMP_CLOSED, or what `match` throws; a
   * promise nobody awaits any more does not become an unhandled rejection.
   */
  waitFor<N extends NameOfEvent<Api> | '*'>(
    name: N,
    match?: ((event: EventOf<N, Api['events']>) => boolean) | undefined,
    options?: CallOptions,
  ): Promise<EventOf<N, Api['events']>>
  waitFor(name: string, match?: (event: never) => boolean, options: CallOptions = {}): Promise<QmpEvent> {
    const waiting = this.#wait(name, match as ((event: QmpEvent) => boolean) | undefined, options)
    waiting.catch(() => {})
    return waiting
  }

  /** Ends the connection: calls and waiters fail with QMP_CLOSED, streams end. QEMU itself goes on. */
  async close(): Promise<void> {
    this.#connection.end()
    await this.#connection.gone()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Resolves when the jobs that this client has cancelled have ended, or when that takes too long. Never rejects. @internal */
  cancelledJobsEnded(timeoutMs: number): Promise<void> {
    return this.#cancelledJobs.ended(timeoutMs)
  }

  /** Has calls and waits that fail with QMP_CLOSED fail with what `explain` makes of that. @internal */
  explainClosed(explain: (error: QmpError) => Promise<Error>): void {
    this.#explain = explain
  }

  #traced(request: CallRequest, options: ExecuteOptions | undefined): Promise<unknown> {
    return inSpan(`qmp ${request.command}`, {}, () => this.#run(request, options))
  }

  async #run(request: CallRequest, options: ExecuteOptions | undefined): Promise<unknown> {
    const outcome = await this.#dispatcher.calls.start(request, options)
    if (outcome instanceof FailedCall) return this.#fail(outcome, request.command, request.args)
    return VOID_COMMANDS.has(request.command) ? undefined : outcome
  }

  async #fail({ fault }: FailedCall, command: string, args: unknown): Promise<never> {
    throw await this.#explained(callError(fault, command, args, this.greeting.version.qemu))
  }

  async #explained(error: Error): Promise<Error> {
    const isClosed = error instanceof QmpError && error.code === 'QMP_CLOSED'
    return isClosed && this.#explain !== undefined ? this.#explain(error) : error
  }

  get #schemaSource(): SchemaSource {
    const client = this as QmpClient<QmpApi> as QmpClient
    this.#schema ??= new SchemaSource(this.greeting, {
      schema: (options) => client.execute('query-qmp-schema', undefined, options),
      target: (options) => client.execute('query-target', undefined, options),
    })
    return this.#schema
  }

  async #wait(
    name: string,
    match: ((event: QmpEvent) => boolean) | undefined,
    options: CallOptions,
  ): Promise<QmpEvent> {
    const outcome = await this.#dispatcher.events.wait(name, match, options)
    if (typeof outcome === 'function') throw await this.#explained(outcome())
    return outcome
  }
}

import { within } from '../util/deadline.ts'
import { sleep } from '../util/timer.ts'
import { QmpClient } from './client.ts'
import type { CallParameters, CommandResult, NameOfCommand, NameOfEvent, Qmp, QmpApi } from './commands.ts'
import { checkTimeout } from './deadlines.ts'
import { QmpError } from './errors.ts'
import type { EventStream } from './event-stream.ts'
import type { EventOf, QmpEvent } from './event-types.ts'
import { EventHub, type EventListener, type EventsOptions } from './events.ts'
import type { JsonObject } from './json.ts'
import type { CallOptions } from './pending.ts'
import type { ConnectOptions } from './session.ts'

export interface ReconnectOptions extends Omit<ConnectOptions, 'signal'> {
  /** Ends the client, as `close()` does. */
  readonly signal?: AbortSignal | undefined
  /** The first pause; it doubles up to `maxDelayMs`, with a random part. Defaults 50 and 5 000. */
  readonly firstDelayMs?: number | undefined
  readonly maxDelayMs?: number | undefined
  /**
   * Called after each failed attempt and each lost connection; `false` ends the client. Without it the client tries for ever.
   * QMP_INVALID_ARGUMENT, for a wrong address or option, ends it at once.
   */
  readonly retry?: ((error: Error, attempt: number) => boolean) | undefined
}

/** The name of the event that stands in place of those that may have been missed while there was no connection. */
export const QMP_GAP = 'QMP_GAP'

/** What `on(QMP_GAP)` and `events()` get after a reconnection. Ask QEMU again for what you knew from events. */
export interface QmpGap extends Omit<QmpEvent, 'data'> {
  readonly event: typeof QMP_GAP
  readonly data: {
    /** Why the connection before ended. */
    readonly reason: string
    /** How long there was none. */
    readonly gapMs: number
  }
}

const DEFAULT_FIRST_DELAY_MS = 50
const DEFAULT_MAX_DELAY_MS = 5_000

/**
 * Keeps a QmpClient connected to an address, by an explicit policy. When the link drops, calls in flight fail with QMP_CLOSED
 * ("outcome is unknown") and are never repeated. Later calls wait for the next connection, for as long as their own limits allow.
 * Listeners and streams carry over, with a QMP_GAP event where others may be missing.
 */
export class ReconnectingQmpClient<Api extends QmpApi = Qmp> implements AsyncDisposable {
  /** Resolves once, never rejects: `undefined` after `close()`, else the failure after which there is no further try. */
  readonly closed: Promise<Error | undefined>
  readonly #address: string
  readonly #options: ReconnectOptions
  readonly #events = new EventHub()
  readonly #stop = new AbortController()
  #client: QmpClient<Api> | undefined
  readonly #waiting = new Set<() => void>()
  #ended: { readonly reason: QmpError | undefined } | undefined

  /**
   * Starts to connect at once. It is no error if nobody listens at the address yet. The client must be able to connect to it
   * again, so it is no descriptor and no stream. Throws QMP_INVALID_ARGUMENT for a wrong number of milliseconds.
   */
  constructor(address: string, options: ReconnectOptions = {}) {
    checkTimeout(options.firstDelayMs, 'firstDelayMs')
    checkTimeout(options.maxDelayMs, 'maxDelayMs')
    checkTimeout(options.greetingTimeoutMs, 'greetingTimeoutMs')
    this.#address = address
    this.#options = options
    options.signal?.addEventListener('abort', this.#abort)
    if (options.signal?.aborted) this.#abort()
    this.closed = this.#run().then((reason) => {
      options.signal?.removeEventListener('abort', this.#abort)
      this.#ended = { reason }
      this.#events.end(reason)
      this.#wake()
      return reason
    })
  }

  /** The present connection, if there is one. After each gap it is another one. */
  get client(): QmpClient<Api> | undefined {
    return this.#client
  }

  /** Resolves with a connection: the one at hand or the next. Throws QMP_TIMEOUT, QMP_ABORTED, QMP_CLOSED. */
  async connected({ signal, timeoutMs }: CallOptions = {}): Promise<QmpClient<Api>> {
    checkTimeout(timeoutMs)
    const end = timeoutMs === undefined ? undefined : performance.now() + timeoutMs
    for (;;) {
      if (this.#client !== undefined) return this.#client
      if (this.#ended !== undefined) {
        const why = this.#ended.reason?.message ?? 'it was closed by this side'
        throw new QmpError('QMP_CLOSED', `there is no QMP connection any more: ${why}`, {
          cause: this.#ended.reason,
        })
      }
      let wake = () => {}
      const news = new Promise<void>((resolve) => {
        wake = resolve
      })
      this.#waiting.add(wake)
      const leftMs = end === undefined ? undefined : Math.max(0, end - performance.now())
      await within(
        news,
        { signal, timeoutMs: leftMs },
        {
          onTimeout: () => new QmpError('QMP_TIMEOUT', `no QMP connection within ${timeoutMs} ms`),
          onAbort: (cause) =>
            new QmpError('QMP_ABORTED', 'waiting for a QMP connection was aborted', { cause }),
        },
      ).finally(() => this.#waiting.delete(wake))
    }
  }

  /** As `QmpClient.execute`, on the connection at hand or the next; the limits hold for both waits together. */
  async execute<C extends NameOfCommand<Api>>(
    command: C,
    ...rest: CallParameters<C, CallOptions, Api['commands']>
  ): Promise<CommandResult<C, Api['commands']>>
  async execute(command: string, args?: unknown, options: CallOptions = {}): Promise<unknown> {
    const { signal, timeoutMs } = options
    checkTimeout(timeoutMs)
    const started = performance.now()
    const client = (this.#client ?? (await this.connected(options))) as QmpClient<QmpApi> as QmpClient
    const leftMs =
      timeoutMs === undefined ? undefined : Math.max(0, timeoutMs - (performance.now() - started))
    return client.execute<string>(command, args as JsonObject | undefined, { signal, timeoutMs: leftMs })
  }

  /** As `QmpClient.on`, over all connections; `QMP_GAP` is the name of the gap between two. */
  on(name: typeof QMP_GAP, listener: (event: QmpGap) => unknown): () => void
  on<N extends NameOfEvent<Api> | '*'>(name: N, listener: EventListener<N, Api['events']>): () => void
  on(name: string, listener: (event: never) => unknown): () => void {
    return this.#events.on(name, listener as EventListener)
  }

  /** As `QmpClient.events`, over all connections, with QMP_GAP events also where `names` does not have them. */
  events<N extends NameOfEvent<Api> | '*' = '*'>(
    options?: EventsOptions<N>,
  ): EventStream<EventOf<N, Api['events']>>
  events(options: EventsOptions = {}): unknown {
    const names = options.names === undefined ? undefined : [...options.names, QMP_GAP]
    return this.#events.stream({ ...options, names })
  }

  /** Ends the connection and the attempts. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  readonly #abort = (): void => this.#stop.abort()

  /** Never rejects. */
  async #run(): Promise<QmpError | undefined> {
    const { signal } = this.#stop
    const { firstDelayMs = DEFAULT_FIRST_DELAY_MS, maxDelayMs = DEFAULT_MAX_DELAY_MS } = this.#options
    let lost: { readonly reason: string; readonly at: number } | undefined
    for (let attempt = 1; !signal.aborted; attempt++) {
      let error: Error
      try {
        checkRepeatable(this.#address)
        const client = await QmpClient.connect<Api>(this.#address, { ...this.#options, signal })
        attempt = 0
        error = await this.#serve(client, lost)
        lost = { reason: error.message, at: performance.now() }
      } catch (failure) {
        error = failure instanceof Error ? failure : new Error(String(failure))
      }
      if (signal.aborted) return undefined
      if (!this.#wants(error, attempt)) return asQmpError(error)
      const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.max(0, attempt - 1))
      await sleep(delayMs * (0.5 + Math.random() / 2), { signal }).catch(() => {})
    }
    return undefined
  }

  /** Until the connection ends. */
  async #serve(client: QmpClient<Api>, lost: { reason: string; at: number } | undefined): Promise<Error> {
    const onAbort = () => void client.close()
    this.#stop.signal.addEventListener('abort', onAbort)
    if (this.#stop.signal.aborted) onAbort()
    client.on('*', (event) => this.#events.emit(event))
    if (lost !== undefined) this.#events.emit(gapEvent(lost))
    this.#client = client
    this.#wake()
    const reason = await client.closed
    this.#client = undefined
    this.#stop.signal.removeEventListener('abort', onAbort)
    return reason ?? new QmpError('QMP_CLOSED', 'the connection was closed by this side')
  }

  /** A policy that throws ends it. */
  #wants(error: Error, attempt: number): boolean {
    if (error instanceof QmpError && error.code === 'QMP_INVALID_ARGUMENT') return false
    try {
      return this.#options.retry?.(error, attempt) ?? true
    } catch {
      return false
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}

/** For callers without types. */
function checkRepeatable(address: unknown): void {
  if (typeof address === 'string') return
  throw new QmpError(
    'QMP_INVALID_ARGUMENT',
    'a descriptor or stream cannot be connected to again: give an address, or use QmpClient',
  )
}

function gapEvent({ reason, at }: { reason: string; at: number }): QmpEvent {
  const now = Date.now()
  return {
    event: QMP_GAP,
    data: { reason, gapMs: performance.now() - at },
    timestamp: { seconds: Math.floor(now / 1000), microseconds: (now % 1000) * 1000 },
  }
}

const asQmpError = (error: Error): QmpError =>
  error instanceof QmpError ? error : new QmpError('QMP_CONNECT', error.message, { cause: error })

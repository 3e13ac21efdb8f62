import { offAbort, onAbort } from '../util/on-abort.ts'
import { closedError } from './call-error.ts'
import { checkTimeout, Deadlines, Expiring } from './deadlines.ts'
import { QmpError } from './errors.ts'
import { EventStream, type EventStreamOptions } from './event-stream.ts'
import type { EventOf, Events, QmpEvent } from './event-types.ts'
import type { CallOptions } from './pending.ts'

export interface EventsOptions<N extends string = string> extends EventStreamOptions {
  /** Only these; all events without it. */
  readonly names?: readonly N[] | undefined
  /** Ends the stream when aborted. */
  readonly signal?: AbortSignal | undefined
}

export type EventListener<N extends string = string, Map = Events> = (event: EventOf<N, Map>) => unknown

type AnyListener = (event: QmpEvent) => unknown

/** The name under which a listener hears every event. */
const ALL = '*'
const NONE: readonly AnyListener[] = []

const everything = () => true

/** Hands each event to listeners, streams and waiters. A listener that throws harms neither the link nor the others. */
export class EventHub {
  /** Made when needed, as all here: on most connections nobody listens. */
  #listeners: Map<string, readonly AnyListener[]> | undefined
  #onEnd: Set<(reason: QmpError | undefined) => void> | undefined
  #deadlines: Deadlines | undefined
  #ended: { readonly reason: QmpError | undefined } | undefined

  on(name: string, listener: AnyListener): () => void {
    // Copied on change: an emit that is under way keeps the list it began with.
    this.#listeners ??= new Map()
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? NONE), listener])
    let active = true
    return () => {
      if (active) this.off(name, listener)
      active = false
    }
  }

  off(name: string, listener: AnyListener): void {
    const listeners = this.#listeners?.get(name) ?? NONE
    const at = listeners.lastIndexOf(listener)
    if (at < 0) return
    if (listeners.length === 1) this.#listeners?.delete(name)
    else this.#listeners?.set(name, listeners.toSpliced(at, 1))
  }

  hears(name: string): boolean {
    return this.#listeners !== undefined && (this.#listeners.has(name) || this.#listeners.has(ALL))
  }

  emit(event: QmpEvent): void {
    const named = this.#listeners?.get(event.event) ?? NONE
    const all = this.#listeners?.get(ALL) ?? NONE
    for (const listener of named) notify(listener, event)
    for (const listener of all) notify(listener, event)
  }

  stream(options: EventsOptions = {}): EventStream {
    const stream = new EventStream(options)
    const { signal } = options
    if (this.#ended !== undefined || signal?.aborted) {
      stream.end()
      return stream
    }
    const push = (event: QmpEvent) => stream.push(event)
    const end = () => stream.end()
    const abort = { handleEvent: () => void stream.return() }
    const asked = options.names ?? [ALL]
    const names = new Set(asked.includes(ALL) ? [ALL] : asked)
    for (const name of names) this.on(name, push)
    this.#onEnd ??= new Set()
    this.#onEnd.add(end)
    onAbort(signal, abort)
    stream.onEnd(() => {
      for (const name of names) this.off(name, push)
      this.#onEnd?.delete(end)
      offAbort(signal, abort)
    })
    return stream
  }

  /**
   * Armed before it returns. Resolves with the event or a function that makes the error, never rejects. Throws
   * QMP_INVALID_ARGUMENT for a timeout that is none, and for a `match` that is no function.
   */
  wait(
    name: string,
    match: ((event: QmpEvent) => boolean) | undefined,
    { signal, timeoutMs }: CallOptions,
  ): Promise<QmpEvent | (() => Error)> {
    checkTimeout(timeoutMs)
    const accepts = match ?? everything
    if (typeof accepts !== 'function')
      throw new QmpError(
        'QMP_INVALID_ARGUMENT',
        'the match of waitFor must be a function; its options come third',
      )
    if (this.#ended !== undefined) {
      const { reason } = this.#ended
      return Promise.resolve(() => closedError(reason, `no ${name} event can come`))
    }
    const aborted = () =>
      new QmpError('QMP_ABORTED', `waiting for the QMP event ${name} was aborted`, { cause: signal?.reason })
    if (signal?.aborted) return Promise.resolve(aborted)
    return new Promise((resolve) => {
      const finish = (outcome: QmpEvent | (() => Error)) => {
        stop()
        this.#onEnd?.delete(onEnd)
        offAbort(signal, abort)
        this.#deadlines?.stop(deadline)
        resolve(outcome)
      }
      const abort = { handleEvent: () => finish(aborted) }
      const onEnd = (reason: QmpError | undefined) =>
        finish(() => closedError(reason, `the QMP event ${name} did not come`))
      const timedOut = () =>
        new QmpError('QMP_TIMEOUT', `the QMP event ${name} did not come within ${timeoutMs} ms`, {
          details: { event: name, timeoutMs },
        })
      const deadline = new WaitDeadline(timeoutMs ?? Number.POSITIVE_INFINITY, () => finish(timedOut))
      const stop = this.on(name, (event) => {
        try {
          if (accepts(event)) finish(event)
        } catch (error) {
          finish(() => (error instanceof Error ? error : new Error(String(error))))
        }
      })
      this.#onEnd ??= new Set()
      this.#onEnd.add(onEnd)
      onAbort(signal, abort)
      if (deadline.timeoutMs === Number.POSITIVE_INFINITY) return
      this.#deadlines ??= new Deadlines()
      this.#deadlines.start(deadline)
    })
  }

  /** Resolves with the reason once `end` is called. */
  get ended(): Promise<QmpError | undefined> {
    if (this.#ended !== undefined) return Promise.resolve(this.#ended.reason)
    return new Promise((resolve) => {
      this.#onEnd ??= new Set()
      this.#onEnd.add(resolve)
    })
  }

  /** Ends every stream and waiter, and those made later at once. Listeners stay, and hear nothing more. */
  end(reason: QmpError | undefined): void {
    if (this.#ended !== undefined) return
    this.#ended = { reason }
    for (const onEnd of [...(this.#onEnd ?? [])]) onEnd(reason)
    this.#deadlines?.clear()
  }
}

class WaitDeadline extends Expiring {
  override readonly timeoutMs: number
  readonly #onExpire: () => void

  constructor(timeoutMs: number, onExpire: () => void) {
    super()
    this.timeoutMs = timeoutMs
    this.#onExpire = onExpire
  }

  override expire(): void {
    this.#onExpire()
  }
}

function notify(listener: AnyListener, event: QmpEvent): void {
  try {
    const result = listener(event)
    if (result instanceof Promise) result.catch((error: unknown) => report(error, event))
  } catch (error) {
    report(error, event)
  }
}

function report(error: unknown, event: QmpEvent): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.emitWarning(`a listener of the QMP event ${event.event} failed: ${detail}`, 'QmpListenerError')
}

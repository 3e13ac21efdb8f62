import type { QmpEvent } from './event-types.ts'

export interface EventStreamOptions {
  /** Events kept for a slow reader; beyond it the oldest are dropped. Default 4096. */
  readonly maxQueued?: number | undefined
  /** Called for each dropped event with how many have been so far; without it one process warning is given. */
  readonly onOverflow?: ((dropped: number) => void) | undefined
}

const DEFAULT_MAX_QUEUED = 4096

/**
 * Events in order, for one reader. Ends, without an error, when the connection does, after the events that
 * came before; `QmpClient.closed` tells why. Leaving the loop ends the subscription.
 */
export class EventStream<E = QmpEvent> implements AsyncIterableIterator<E> {
  readonly #maxQueued: number
  readonly #onOverflow: (dropped: number) => void
  #queue: E[] = []
  #head = 0
  #waiting: ((result: IteratorResult<E, undefined>) => void)[] = []
  #release: (() => void) | undefined
  #ended = false
  #dropped = 0

  constructor(options: EventStreamOptions = {}) {
    this.#maxQueued = Math.max(1, options.maxQueued ?? DEFAULT_MAX_QUEUED)
    this.#onOverflow = options.onOverflow ?? warnOnce
  }

  /** How many events were dropped because the reader was too slow. */
  get dropped(): number {
    return this.#dropped
  }

  next(): Promise<IteratorResult<E, undefined>> {
    const event = this.#queue[this.#head]
    if (event !== undefined) {
      this.#head++
      this.#compact()
      return Promise.resolve({ done: false, value: event })
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  return(): Promise<IteratorResult<E, undefined>> {
    this.#queue = []
    this.#head = 0
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** @internal What to undo when the stream ends. */
  onEnd(release: () => void): void {
    if (this.#ended) release()
    else this.#release = release
  }

  /** @internal */
  push(event: E): void {
    if (this.#ended) return
    const reader = this.#waiting.shift()
    if (reader !== undefined) {
      reader({ done: false, value: event })
      return
    }
    this.#queue.push(event)
    if (this.#queue.length - this.#head <= this.#maxQueued) return
    this.#head++
    this.#compact()
    this.#onOverflow(++this.#dropped)
  }

  /** @internal Nothing more comes; what is queued can still be read. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const reader of this.#waiting) reader({ done: true, value: undefined })
    this.#waiting = []
    this.#release?.()
  }

  #compact(): void {
    if (this.#head < 64 || this.#head * 2 < this.#queue.length) return
    this.#queue = this.#queue.slice(this.#head)
    this.#head = 0
  }
}

function warnOnce(dropped: number): void {
  if (dropped > 1) return
  process.emitWarning('a reader of QMP events is too slow: events were dropped', 'QmpEventOverflow')
}

const MAX_IDLE_LANES = 8

/** Something that may run out of time. */
export interface Expiring {
  readonly timeoutMs: number
  expire(): void
}

/**
 * Many deadlines over few timers: one timer for each distinct length, since among equal lengths the first
 * to start is the first to end. Starting and stopping one is a set operation.
 */
export class Deadlines {
  readonly #lanes = new Map<number, Lane>()

  start(entry: Expiring): void {
    let lane = this.#lanes.get(entry.timeoutMs)
    if (lane === undefined) {
      lane = new Lane(entry.timeoutMs, () => this.#lanes.delete(entry.timeoutMs))
      this.#lanes.set(entry.timeoutMs, lane)
    }
    lane.add(entry)
  }

  stop(entry: Expiring): void {
    const lane = this.#lanes.get(entry.timeoutMs)
    if (lane === undefined) return
    lane.delete(entry)
    // Callers with ever different lengths must not leave a timer each.
    if (lane.isEmpty && this.#lanes.size > MAX_IDLE_LANES) {
      lane.clear()
      this.#lanes.delete(entry.timeoutMs)
    }
  }

  clear(): void {
    for (const lane of this.#lanes.values()) lane.clear()
    this.#lanes.clear()
  }
}

/** `setTimeout` holds at most this much, and fires at once beyond it. */
export const MAX_TIMER_MS = 2 ** 31 - 1

class Lane {
  readonly #timeoutMs: number
  readonly #onIdle: () => void
  readonly #ends = new Map<Expiring, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(timeoutMs: number, onIdle: () => void) {
    this.#timeoutMs = timeoutMs
    this.#onIdle = onIdle
  }

  get isEmpty(): boolean {
    return this.#ends.size === 0
  }

  add(entry: Expiring): void {
    this.#ends.set(entry, performance.now() + this.#timeoutMs)
    if (this.#timer === undefined) this.#arm(this.#timeoutMs)
    else if (this.#ends.size === 1) this.#timer.ref()
  }

  delete(entry: Expiring): void {
    // The timer is kept for the next call, but must not keep the process alive.
    if (this.#ends.delete(entry) && this.#ends.size === 0) this.#timer?.unref()
  }

  clear(): void {
    this.#ends.clear()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => this.#fire(), Math.min(Math.max(1, Math.ceil(delayMs)), MAX_TIMER_MS))
  }

  #fire(): void {
    this.#timer = undefined
    const now = performance.now()
    for (const [entry, end] of this.#ends) {
      // Timers may fire up to a millisecond early by this clock.
      if (end > now + 1) {
        this.#arm(end - now)
        return
      }
      this.#ends.delete(entry)
      entry.expire()
    }
    if (this.#timer === undefined) this.#onIdle()
  }
}

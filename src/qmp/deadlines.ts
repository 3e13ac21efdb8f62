import { MAX_TIMER_MS } from '../util/timer.ts'
import { QmpError } from './errors.ts'

const MAX_IDLE_LANES = 8

/** Something that may run out of time. The links are the lane's own: a map of many short lives costs the collector dearly. */
export abstract class Expiring {
  abstract readonly timeoutMs: number
  /** @internal */
  endsAt = 0
  /** @internal */
  before: Expiring | undefined = undefined
  /** @internal */
  after: Expiring | undefined = undefined
  /** @internal */
  lane: Lane | undefined = undefined

  abstract expire(): void
}

/**
 * Many deadlines over few timers: one timer for each distinct length, since among equal lengths the first
 * to start is the first to end. Starting and stopping one changes a few links.
 */
export class Deadlines {
  /** Made when needed: most connections wait for nothing most of the time. */
  #lanes: Map<number, Lane> | undefined
  #last: Lane | undefined
  #now: number | undefined

  start(entry: Expiring): void {
    const { timeoutMs } = entry
    let lane = this.#last
    if (lane?.timeoutMs !== timeoutMs) {
      this.#lanes ??= new Map()
      lane = this.#lanes.get(timeoutMs)
      if (lane === undefined) {
        lane = new Lane(timeoutMs, () => this.#drop(timeoutMs))
        this.#lanes.set(timeoutMs, lane)
      }
      this.#last = lane
    }
    lane.add(entry, this.#time())
  }

  stop(entry: Expiring): void {
    const { lane } = entry
    if (lane === undefined) return
    lane.delete(entry)
    // Callers with ever different lengths must not leave a timer each.
    if (lane.isEmpty && (this.#lanes?.size ?? 0) > MAX_IDLE_LANES) {
      lane.clear()
      this.#drop(lane.timeoutMs)
    }
  }

  clear(): void {
    if (this.#lanes === undefined) return
    for (const lane of this.#lanes.values()) lane.clear()
    this.#lanes = undefined
    this.#last = undefined
  }

  #drop(timeoutMs: number): void {
    this.#lanes?.delete(timeoutMs)
    this.#last = undefined
  }

  /** The clock is read once for all that start in the same turn. */
  #time(): number {
    if (this.#now === undefined) {
      this.#now = performance.now()
      process.nextTick(() => {
        this.#now = undefined
      })
    }
    return this.#now
  }
}

class Lane {
  readonly timeoutMs: number
  readonly #onIdle: () => void
  #first: Expiring | undefined
  #last: Expiring | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(timeoutMs: number, onIdle: () => void) {
    this.timeoutMs = timeoutMs
    this.#onIdle = onIdle
  }

  get isEmpty(): boolean {
    return this.#first === undefined
  }

  add(entry: Expiring, now: number): void {
    entry.lane = this
    entry.endsAt = now + this.timeoutMs
    entry.before = this.#last
    if (this.#last !== undefined) this.#last.after = entry
    this.#last = entry
    if (this.#first !== undefined) return
    this.#first = entry
    if (this.#timer === undefined) this.#arm(this.timeoutMs)
    else this.#timer.ref()
  }

  delete(entry: Expiring): void {
    const { before, after } = entry
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    entry.before = undefined
    entry.after = undefined
    entry.lane = undefined
    // The timer is kept for the next call, but must not keep the process alive.
    if (this.#first === undefined) this.#timer?.unref()
  }

  clear(): void {
    while (this.#first !== undefined) this.delete(this.#first)
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => this.#fire(), Math.min(Math.max(1, Math.ceil(delayMs)), MAX_TIMER_MS))
  }

  #fire(): void {
    this.#timer = undefined
    const now = performance.now()
    for (let entry = this.#first; entry !== undefined; entry = this.#first) {
      // Timers may fire up to a millisecond early by this clock.
      if (entry.endsAt > now + 1) {
        this.#arm(entry.endsAt - now)
        return
      }
      this.delete(entry)
      entry.expire()
      // What it set off may have armed the timer anew.
      if (this.#timer !== undefined) return
    }
    this.#onIdle()
  }
}

/** Refuses a wait that is no number of milliseconds; Infinity is one. Throws QMP_INVALID_ARGUMENT. */
export function checkTimeout(ms: number | undefined, name = 'timeoutMs'): void {
  checkAmount(ms, name, 'milliseconds')
}

/** Refuses what is no number, or a negative one; Infinity is one. Throws QMP_INVALID_ARGUMENT. */
export function checkAmount(amount: number | undefined, name: string, unit: string): void {
  if (amount === undefined || amount >= 0) return
  throw new QmpError('QMP_INVALID_ARGUMENT', `${name} must be a number of ${unit} that is not negative`)
}

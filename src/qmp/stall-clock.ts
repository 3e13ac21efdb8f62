import { MAX_TIMER_MS } from '../util/timer.ts'

export interface StallOptions {
  /** Call `onStall` when QEMU has worked on the command for this long without an answer. */
  readonly stallMs?: number | undefined
  /** Called once at most, and not after the call has settled. Must not throw. */
  readonly onStall?: (() => void) | undefined
}

export interface Stalling {
  readonly stall: StallOptions | undefined
  readonly settled: boolean
}

/** Times the command that QEMU works on, since it works on one after the other: the wait of those in line does not count. */
export class StallClock {
  #head: Stalling | undefined
  #timer: NodeJS.Timeout | undefined

  /** This command is at the head of the line now, undefined when there is none. */
  follow(head: Stalling | undefined): void {
    if (head === this.#head) return
    clearTimeout(this.#timer)
    this.#head = head
    const { onStall, stallMs = Number.POSITIVE_INFINITY } = head?.stall ?? {}
    if (head === undefined || stallMs > MAX_TIMER_MS) return
    this.#timer = setTimeout(() => {
      if (!head.settled) onStall?.()
    }, stallMs)
    this.#timer.unref()
  }
}

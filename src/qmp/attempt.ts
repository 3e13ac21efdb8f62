import { MAX_TIMER_MS } from './deadlines.ts'
import { QmpError, type QmpErrorCode } from './errors.ts'
import { checkTimeout } from './pending.ts'

export type Phase = 'connect' | 'greeting' | 'negotiation'

const CODES: Readonly<Record<Phase, QmpErrorCode>> = {
  connect: 'QMP_CONNECT',
  greeting: 'QMP_GREETING',
  negotiation: 'QMP_NEGOTIATION',
}

export interface AttemptLimits {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs: number
}

/** The one deadline and the caller's signal over all phases of a connect. `finish` must follow. */
export class Attempt {
  /** Aborts, with the error to throw as its reason, at the deadline and when the caller's does. */
  readonly signal: AbortSignal
  readonly #controller = new AbortController()
  readonly #address: string
  readonly #timer: NodeJS.Timeout | undefined
  readonly #callerSignal: AbortSignal | undefined
  /** What did not happen in time, by phase. */
  readonly #late: Readonly<Record<Phase, string>>
  #phase: Phase = 'connect'

  constructor(address: string, { signal, timeoutMs }: AttemptLimits, late: Readonly<Record<Phase, string>>) {
    checkTimeout(timeoutMs)
    this.#address = address
    this.#late = late
    this.signal = this.#controller.signal
    this.#callerSignal = signal
    if (timeoutMs <= MAX_TIMER_MS) {
      this.#timer = setTimeout(() => {
        this.#controller.abort(this.fail(this.#late[this.#phase].replace('{time}', `${timeoutMs} ms`)))
      }, timeoutMs)
    }
    this.#callerSignal?.addEventListener('abort', this.#abort)
    if (this.#callerSignal?.aborted) this.#abort()
  }

  enter(phase: Phase): void {
    this.#phase = phase
  }

  /** An error of the phase at hand. */
  fail(why: string, cause?: unknown): QmpError {
    return new QmpError(CODES[this.#phase], `${why} (${this.#address})`, {
      details: { address: this.#address },
      ...(cause === undefined ? {} : { cause }),
    })
  }

  finish(): void {
    clearTimeout(this.#timer)
    this.#callerSignal?.removeEventListener('abort', this.#abort)
  }

  readonly #abort = (): void => {
    this.#controller.abort(
      new QmpError('QMP_ABORTED', `connecting was aborted (${this.#address})`, {
        cause: this.#callerSignal?.reason,
      }),
    )
  }
}

import { type AbortListener, offAbort, onAbort } from '../util/on-abort.ts'
import { callAfter } from '../util/timer.ts'
import { checkTimeout } from './deadlines.ts'
import { QmpError, type QmpErrorCode } from './errors.ts'

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

/** What a transport sees of an attempt. */
export type Opening = Pick<Attempt<never>, 'isOver' | 'undoBy' | 'failToConnect'>

/**
 * All phases of a connect under one deadline and the caller's signal, with one outcome. The phases report to it by
 * callbacks: a promise and an AbortSignal for each would be most of what a connection costs.
 */
export class Attempt<T> implements AbortListener {
  readonly outcome: Promise<T>
  readonly #address: string
  readonly #stopTimer: () => void
  readonly #callerSignal: AbortSignal | undefined
  #resolve: (result: T) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  #phase: Phase = 'connect'
  #undo: (() => void) | undefined
  #isOver = false

  /** `late` says by phase what did not happen in time. */
  constructor(address: string, { signal, timeoutMs }: AttemptLimits, late: Readonly<Record<Phase, string>>) {
    this.#address = address
    this.#callerSignal = signal
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    const onLate = () => this.fail(late[this.#phase].replace('{time}', `${timeoutMs} ms`))
    this.#stopTimer = callAfter(timeoutMs, onLate)
    onAbort(signal, this)
    if (signal?.aborted) this.handleEvent()
    try {
      checkTimeout(timeoutMs)
    } catch (error) {
      // Not thrown, so that the transport takes back what it was given.
      if (error instanceof QmpError) this.failWith(error)
    }
  }

  get isOver(): boolean {
    return this.#isOver
  }

  enter(phase: Phase): void {
    this.#phase = phase
  }

  /** How to take back what is open by now, should it fail. Counts instead of the one before. */
  undoBy(undo: () => void): void {
    this.#undo = undo
  }

  succeed(result: T): void {
    if (this.#isOver) return
    this.#end()
    this.#resolve(result)
  }

  /** Fails with the code of the phase at hand. */
  fail(why: string, cause?: unknown): void {
    this.failWith(
      new QmpError(CODES[this.#phase], `${why} (${this.#address})`, {
        details: { address: this.#address },
        ...(cause === undefined ? {} : { cause }),
      }),
    )
  }

  /** The system, or what speaks TLS or HTTP, refused a connection. */
  failToConnect(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    this.failWith(
      new QmpError('QMP_CONNECT', `cannot connect to QMP at ${this.#address}: ${why}`, {
        details: { address: this.#address, systemCode: systemCode(error) },
        cause: error,
      }),
    )
  }

  failWith(error: QmpError): void {
    if (this.#isOver) return
    this.#end()
    this.#undo?.()
    this.#reject(error)
  }

  /** The caller's signal was aborted. */
  handleEvent(): void {
    this.failWith(
      new QmpError('QMP_ABORTED', `connecting was aborted (${this.#address})`, {
        cause: this.#callerSignal?.reason,
      }),
    )
  }

  #end(): void {
    this.#isOver = true
    this.#stopTimer()
    offAbort(this.#callerSignal, this)
  }
}

export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

import { offAbort, onAbort } from './on-abort.ts'
import { callAfter } from './timer.ts'

export interface Limits {
  /** Give up after this many milliseconds, however many; no limit when absent. */
  readonly timeoutMs?: number | undefined
  /** Give up when aborted. */
  readonly signal?: AbortSignal | undefined
}

export interface LimitErrors {
  readonly onTimeout: () => Error
  readonly onAbort: (reason: unknown) => Error
}

/**
 * Settles as `promise` does, or rejects at the deadline or the abort, whichever comes first.
 * Leaves no timer and no listener behind. The promise itself goes on: a limit never cancels the work.
 */
export async function within<T>(promise: Promise<T>, limits: Limits, errors: LimitErrors): Promise<T> {
  const { signal, timeoutMs } = limits
  if (signal?.aborted) {
    promise.catch(() => {})
    throw errors.onAbort(signal.reason)
  }
  if (signal === undefined && timeoutMs === undefined) return promise
  return new Promise<T>((resolve, reject) => {
    const abort = { handleEvent: () => finish(() => reject(errors.onAbort(signal?.reason))) }
    const stop =
      timeoutMs === undefined
        ? undefined
        : callAfter(timeoutMs, () => finish(() => reject(errors.onTimeout())))
    const finish = (settle: () => void) => {
      stop?.()
      offAbort(signal, abort)
      settle()
    }
    onAbort(signal, abort)
    promise.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    )
  })
}

/**
 * Begins work that has a deadline of its own, and waits for its end. After an abort the work goes on, and nobody waits for it. It is not begun
 * when the signal came before.
 */
export async function unlessAborted<T>(
  begin: () => Promise<T>,
  signal: AbortSignal | undefined,
  onAbort: (reason: unknown) => Error,
): Promise<T> {
  if (signal?.aborted) throw onAbort(signal.reason)
  return within(begin(), { signal }, { onAbort, onTimeout: () => onAbort(undefined) })
}

/** What the promise gives if it settles well in time, else undefined. Never rejects. */
export function settledWithin<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  const late = () => new Error('late')
  return within(promise, { timeoutMs }, { onTimeout: late, onAbort: late }).catch(() => undefined)
}

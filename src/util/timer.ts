import { type Backoff, pauseMs } from './backoff.ts'
import { offAbort, onAbort } from './on-abort.ts'

/** `setTimeout` holds at most this much, and fires at once beyond it. */
export const MAX_TIMER_MS = 2 ** 31 - 1

export interface SleepOptions {
  readonly signal?: AbortSignal | undefined
  /** Whether the wait keeps this process alive; true unless given. */
  readonly ref?: boolean | undefined
}

/** Calls once that many milliseconds have gone by, however many; after Infinity never. Returns what calls it off. */
export function callAfter(ms: number, call: () => void, ref = true): () => void {
  let timer: NodeJS.Timeout
  const arm = (leftMs: number) => {
    const next = leftMs > MAX_TIMER_MS ? () => arm(leftMs - MAX_TIMER_MS) : call
    timer = setTimeout(next, Math.min(leftMs, MAX_TIMER_MS))
    if (!ref) timer.unref()
  }
  arm(ms)
  return () => clearTimeout(timer)
}

/** Resolves after that many milliseconds, however many. On abort it rejects with the signal's reason. */
export function sleep(ms: number, { signal, ref }: SleepOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const abort = {
      handleEvent: () => {
        stop()
        reject(signal?.reason)
      },
    }
    const over = () => {
      offAbort(signal, abort)
      resolve()
    }
    const stop = callAfter(ms, over, ref)
    onAbort(signal, abort)
  })
}

interface Asking {
  readonly isWanted: () => Promise<boolean>
  readonly signal: AbortSignal
  /** Whether the wait keeps this process alive; true unless given. */
  readonly ref?: boolean | undefined
}

/**
 * Asks, less and less often, until the answer is yes.
 * @returns whether it was; false when nobody wants to know any more, or on abort. Rejects as `ask` and `isWanted` do.
 */
export async function untilYes(
  ask: () => Promise<boolean>,
  backoff: Backoff,
  { isWanted, ref, signal }: Asking,
): Promise<boolean> {
  for (let pauses = 0; !signal.aborted; pauses++) {
    await sleep(pauseMs(backoff, pauses), { signal, ref }).catch(() => {})
    if (signal.aborted || !(await isWanted())) return false
    if (await ask()) return true
  }
  return false
}

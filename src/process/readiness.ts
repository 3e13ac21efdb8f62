import { within } from '../util/deadline.ts'
import { ProcessError } from './errors.ts'
import { describeExit } from './exit.ts'
import type { Child } from './spawn.ts'

export interface ReadinessOptions<T> {
  /** Answers when ready, throws when not yet; asked again with a short back-off. */
  readonly probe: (signal: AbortSignal) => Promise<T>
  readonly child: Pick<Child, 'exited' | 'logTail'>
  readonly name: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * The first of: the probe says ready, the child exited, the deadline, the abort.
 * @throws ProcessError PROCESS_EXITED, PROCESS_TIMEOUT (the probe's last error is its cause) or PROCESS_ABORTED.
 */
export async function waitUntilReady<T>(options: ReadinessOptions<T>): Promise<T> {
  const { child, name, probe, signal, timeoutMs } = options
  const giveUp = new AbortController()
  let lastError: unknown
  const attempt = async () => {
    try {
      return await probe(giveUp.signal)
    } catch (error) {
      lastError = error
      // p-retry ends at the first TypeError that does not look like a network error.
      throw error instanceof Error ? new Error(error.message, { cause: error }) : error
    }
  }
  const backoff = { retries: Number.POSITIVE_INFINITY, minTimeout: 1, factor: 1.5, maxTimeout: 50 }
  // Most are ready at once, and most programs that load this library wait for nothing so.
  const ready = attempt().catch(async () => {
    const { default: pRetry } = await import('p-retry')
    return pRetry(attempt, { ...backoff, signal: giveUp.signal })
  })
  const died = child.exited.then(async (exit): Promise<never> => {
    throw new ProcessError('PROCESS_EXITED', `${name} ended before it was ready: ${describeExit(exit)}`, {
      details: { ...exit, log: await child.logTail() },
      cause: lastError,
    })
  })
  try {
    return await within(
      Promise.race([ready, died]),
      { signal, timeoutMs },
      {
        onTimeout: () =>
          new ProcessError('PROCESS_TIMEOUT', `${name} was not ready within ${timeoutMs} ms`, {
            cause: lastError,
          }),
        onAbort: (reason) =>
          new ProcessError('PROCESS_ABORTED', `waiting for ${name} was aborted`, { cause: reason }),
      },
    )
  } finally {
    giveUp.abort()
    ready.catch(() => {})
    died.catch(() => {})
  }
}

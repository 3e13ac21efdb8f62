import { setTimeout as sleep } from 'node:timers/promises'

/** One rung: what to do, and how long to wait for the end before the next. */
export interface StopStep<Name extends string = string> {
  readonly name: Name
  readonly timeoutMs: number
  /** A failure is taken as "did not help": the next rung follows at once. */
  readonly run: () => Promise<unknown> | unknown
}

export interface StopOptions<Name extends string> {
  readonly onStep?: ((name: Name) => void) | undefined
  /** On abort the climb ends where it stands. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Climbs the ladder until `exited` settles.
 * @returns true when it ended, false when the last rung or the signal came first.
 */
export async function stopLadder<Name extends string>(
  steps: readonly StopStep<Name>[],
  exited: Promise<unknown>,
  options: StopOptions<Name> = {},
): Promise<boolean> {
  const ended = exited.then(() => true)
  const aborted = new Promise<false>((resolve) => {
    if (options.signal?.aborted) resolve(false)
    options.signal?.addEventListener('abort', () => resolve(false), { once: true })
  })
  for (const step of steps) {
    if (options.signal?.aborted) return false
    const waiting = new AbortController()
    options.onStep?.(step.name)
    const failed = attempt(step).then(
      () => new Promise<never>(() => {}),
      () => false,
    )
    const tooLate = sleep(step.timeoutMs, false, { signal: waiting.signal }).catch(() => false)
    const over = await Promise.race([ended, failed, tooLate, aborted])
    waiting.abort()
    if (over) return true
  }
  return false
}

async function attempt(step: StopStep): Promise<void> {
  await step.run()
}

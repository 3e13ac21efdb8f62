import { offAbort, onAbort } from '../util/on-abort.ts'
import { sleep } from '../util/timer.ts'

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
  const late = () => false
  const interrupted = new AbortController()
  const interrupt = { handleEvent: () => interrupted.abort() }
  onAbort(options.signal, interrupt)
  try {
    for (const step of steps) {
      if (options.signal?.aborted) return false
      const waiting = new AbortController()
      options.onStep?.(step.name)
      const failed = attempt(step).then(
        () => new Promise<never>(() => {}),
        () => false,
      )
      const signal = AbortSignal.any([waiting.signal, interrupted.signal])
      const tooLate = sleep(step.timeoutMs, { signal }).then(late, late)
      const over = await Promise.race([ended, failed, tooLate])
      waiting.abort()
      if (over) return true
    }
    return false
  } finally {
    offAbort(options.signal, interrupt)
  }
}

async function attempt(step: StopStep): Promise<void> {
  await step.run()
}

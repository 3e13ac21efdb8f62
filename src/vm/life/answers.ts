import type { QmpClient } from '../../qmp/index.ts'
import { callAfter, sleep } from '../../util/timer.ts'

export interface WatchOptions {
  /** How long QEMU may take to answer. It is asked again half as long after each answer. */
  readonly limitMs: number
  /** False while QEMU is ending: it is not asked then. */
  readonly mayAsk: () => boolean
  readonly signal: AbortSignal
  readonly onSilence: () => void
  /** It answers again; called after `onSilence` only. */
  readonly onAnswer: (silentMs: number) => void
}

/**
 * Watches whether QEMU answers its commands: no event tells that it stands still. Resolves when the connection ends or on abort;
 * never rejects.
 */
export async function watchAnswers(
  qmp: Pick<QmpClient, 'execute'>,
  { limitMs, mayAsk, onAnswer, onSilence, signal }: WatchOptions,
): Promise<void> {
  try {
    for (;;) {
      await sleep(limitMs / 2, { signal, ref: false })
      if (!mayAsk()) continue
      const asked = performance.now()
      let isSilent = false
      const calledOff = callAfter(
        limitMs,
        () => {
          isSilent = true
          onSilence()
        },
        false,
      )
      await qmp.execute('query-status', undefined, { signal }).finally(calledOff)
      if (isSilent) onAnswer(performance.now() - asked)
    }
  } catch {
    // The VM has ended, or nobody wants to know any more.
  }
}

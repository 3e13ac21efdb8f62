import { within } from '../../util/deadline.ts'
import { VmError } from '../errors.ts'

/** Why something does not work, undefined when it does. A verdict that is `passing` may be another the next time. */
export interface Verdict {
  readonly fault: string | undefined
  readonly passing?: boolean | undefined
}

const timeoutMs = 30_000

/** Trials that are made once: for all who ask at the same time, and for those who ask later unless the verdict was passing. */
export class Trials {
  readonly #known = new Map<string, Promise<Verdict>>()

  /** Who gives up leaves the trial to the others. @throws VmError VM_ABORTED, VM_TIMEOUT; what the trial rejects with. */
  async ask(key: string, make: () => Promise<Verdict>, signal?: AbortSignal): Promise<Verdict> {
    const trial = this.#known.get(key) ?? this.#begin(key, make)
    return within(
      trial,
      { signal, timeoutMs },
      {
        onTimeout: () => new VmError('VM_TIMEOUT', `a trial machine did not end within ${timeoutMs} ms`),
        onAbort: (cause) => new VmError('VM_ABORTED', 'waiting for a trial machine was aborted', { cause }),
      },
    )
  }

  #begin(key: string, make: () => Promise<Verdict>): Promise<Verdict> {
    const trial = make()
    this.#known.set(key, trial)
    const forget = () => this.#known.delete(key)
    trial.then(({ passing }) => (passing ? forget() : undefined), forget)
    return trial
  }
}

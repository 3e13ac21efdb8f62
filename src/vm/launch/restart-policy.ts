import type { Fault } from '../../errors.ts'
import { pauseMs } from '../../util/backoff.ts'
import { show } from '../../util/schema.ts'
import { VmConfigError } from '../errors.ts'
import { type VmExit, wasWanted } from '../life/vm-exit.ts'

/** When a VM that has ended is started again, and how soon. */
export interface RestartPolicy {
  /**
   * `crash`: after every end that is neither clean nor was asked for (by `quit`, SIGTERM or a shutdown by force); `always`: after
   * every end but by `stop`. Default `crash`.
   */
  readonly on?: 'crash' | 'always' | undefined
  /** The pause before the first restart, and its growth with each further one. Default 1 s, doubled up to 60 s. */
  readonly backoff?:
    | {
        readonly initialMs?: number | undefined
        readonly maxMs?: number | undefined
        readonly factor?: number | undefined
      }
    | undefined
  /** How many restarts within `windowMs` are enough; those before it are forgotten, and the pauses begin anew. Default 5 in 10 min. */
  readonly maxRestarts?: number | undefined
  readonly windowMs?: number | undefined
}

/** What to do after an end: start again after a pause, or leave it be; `gave-up` when it ended too often. */
export type RestartDecision =
  | { readonly restart: true; readonly delayMs: number; readonly attempt: number }
  | { readonly restart: false; readonly why: 'not-needed' | 'gave-up' }

const defaults = { initialMs: 1_000, maxMs: 60_000, factor: 2, maxRestarts: 5, windowMs: 600_000 }

/** @throws VmConfigError VM_CONFIG with every number of a policy that cannot be: a negative pause, a factor below 1. */
export function checkRestartPolicy({ backoff = {}, maxRestarts, windowMs }: RestartPolicy): void {
  const faults = Object.entries({
    'restart.backoff.initialMs': [backoff.initialMs, 0],
    'restart.backoff.maxMs': [backoff.maxMs, 0],
    'restart.backoff.factor': [backoff.factor, 1],
    'restart.maxRestarts': [maxRestarts, 0],
    'restart.windowMs': [windowMs, 0],
  } as const).flatMap(([path, [value, least]]): Fault[] =>
    value === undefined || value >= least
      ? []
      : [{ path, message: `${show(value)} should be a number of ${least} or more`, value }],
  )
  if (faults.length > 0) throw new VmConfigError(faults)
}

/** Whether and when to start again. `restartedAt`: when it was before, in the clock of `nowMs`. Pure. */
export function decideRestart(
  policy: RestartPolicy,
  { asked, ...exit }: Pick<VmExit, 'clean' | 'forced' | 'killed'> & { readonly asked: boolean },
  restartedAt: readonly number[],
  nowMs: number,
): RestartDecision {
  const isNeeded = !asked && !wasWanted(exit)
  if (!isNeeded && policy.on !== 'always') return { restart: false, why: 'not-needed' }
  const { maxRestarts = defaults.maxRestarts, windowMs = defaults.windowMs, backoff = {} } = policy
  const { initialMs: firstMs = defaults.initialMs, maxMs: lastMs = defaults.maxMs } = backoff
  const { factor = defaults.factor } = backoff
  const recent = restartedAt.filter((at) => nowMs - at < windowMs).length
  if (recent >= maxRestarts) return { restart: false, why: 'gave-up' }
  return { restart: true, delayMs: pauseMs({ firstMs, lastMs, factor }, recent), attempt: recent + 1 }
}

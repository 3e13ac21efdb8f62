import type { CloneOptions } from './clone-vm.ts'

export interface VmPoolOptions extends Pick<CloneOptions, 'onWarning' | 'prepare'> {
  readonly stateDir?: string | undefined
  /** Aborts the opening only. Clones that were taken up by then are killed. */
  readonly signal?: AbortSignal | undefined
  /** How many clones are kept ready. */
  readonly size: number
  /** How many of them start at a time; half of the cores unless given, at least one. */
  readonly startsAtOnce?: number | undefined
  /** How much memory the host must have left for another one to be started; as much as the guest has unless given. */
  readonly keepFreeMiB?: number | undefined
  /** How often each clone that waits is asked whether it answers, and how long an answer may take; 10 s unless given. */
  readonly checkMs?: number | undefined
  /**
   * Called when a clone fails that nobody has asked for, and when a clone cannot be killed (`details.vm`). The pool tries again, later
   * each time.
   */
  readonly onFault?: ((error: unknown) => void) | undefined
}

/** What a pool has done, and what it has. */
export interface VmPoolMetrics {
  /** Clones that were handed out and had been ready. */
  readonly hits: number
  /** Clones that had to be started when they were asked for. */
  readonly misses: number
  readonly ready: number
  /** Clones that are being started, for callers of `acquire` too. */
  readonly starting: number
  /** Clones that are being killed. A clone that cannot be killed keeps its place, and is tried again. */
  readonly ending: number
  /** Clones that failed to start, or ended or did not answer before they were handed out. */
  readonly lost: number
  /** How long the last start took, until the clone was ready. */
  readonly lastStartMs: number | undefined
}

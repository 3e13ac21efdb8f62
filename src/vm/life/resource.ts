import type { CallOptions, QmpClient } from '../../qmp/index.ts'
import { settledWithin } from '../../util/deadline.ts'
import { VmError } from '../errors.ts'
import type { VmStore } from '../record/vm-store.ts'

export interface SetOptions extends CallOptions {
  /** How long to wait for the guest; 10 s unless given. */
  readonly waitMs?: number | undefined
}

/** `pending`: the guest was asked, and has not given or taken all of it yet. A repeat goes on. */
export interface SetOutcome<T> {
  readonly outcome: 'set' | 'pending'
  /** What there is now. */
  readonly now: T
}

/** What a resource of a running VM works with. */
export interface ResourceParts {
  readonly vm: string
  readonly qmp: QmpClient
  readonly store: Pick<VmStore, 'read' | 'set'>
  readonly requireRunning: () => void
}

export const answerTimeoutMs = 30_000
export const guestTimeoutMs = 10_000

/** Asks for something that an event tells of. @returns whether the event came in time. */
export async function heard(
  wait: (signal: AbortSignal) => Promise<unknown>,
  {
    ask,
    signal,
    waitMs,
  }: {
    readonly ask: () => Promise<unknown>
    readonly signal: AbortSignal | undefined
    readonly waitMs: number
  },
): Promise<boolean> {
  const waiting = new AbortController()
  const event = wait(waiting.signal).then(() => true)
  event.catch(() => {})
  try {
    await ask()
    const came = await settledWithin(event, waitMs)
    signal?.throwIfAborted()
    return came === true
  } finally {
    waiting.abort()
  }
}

/** An amount that a VM cannot have. */
export function unsupported(vm: string, what: string): VmError {
  return new VmError('VM_UNSUPPORTED', `VM ${vm} ${what}`, { details: { vm } })
}

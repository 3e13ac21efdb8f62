import { randomInt } from 'node:crypto'
import { type AbortListener, offAbort, onAbort } from '../util/on-abort.ts'
import { callAfter } from '../util/timer.ts'
import { type CallFault, FailedCall } from './call-error.ts'
import type { QmpError } from './errors.ts'
import { readError, type WireMessage } from './message.ts'
import type { CallOptions } from './pending.ts'

/** 0xFF ends whatever half request the agent's parser still holds (qobject/json-lexer.c). */
const syncLine = (id: number): string => `\u00ff{"execute":"guest-sync-delimited","arguments":{"id":${id}}}\n`

const MAX_SYNC_ID = 2 ** 31

export interface AgentLink {
  /** The other side does not read: what is written now would only wait here. */
  readonly isBlocked: boolean
  /** False when the link has ended. */
  write(text: string): boolean
  /** Whether what cannot be read is to be dropped. */
  setLenient(lenient: boolean): void
}

/** One call over its whole life: its wait for its turn, the sync before it, its answer. Settles once. */
class Turn {
  /** Nothing: only the sync is wanted. */
  readonly line: string | undefined
  /** For a command without an answer: how long a refusal may take to come. */
  readonly refusalMs: number | undefined
  readonly outcome: Promise<unknown>
  sent = false
  settled = false
  readonly #stopTimer: (() => void) | undefined
  readonly #signal: AbortSignal | undefined
  readonly #abort: AbortListener
  #stopRefusalTimer: (() => void) | undefined
  #resolve: (outcome: unknown) => void = () => {}

  constructor(
    line: string | undefined,
    refusalMs: number | undefined,
    options: CallOptions,
    giveUp: (turn: Turn, outcome: unknown) => void,
  ) {
    this.line = line
    this.refusalMs = refusalMs
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve
    })
    const fail = (fault: CallFault) => giveUp(this, new FailedCall(fault))
    const { signal, timeoutMs } = options
    if (timeoutMs !== undefined) {
      this.#stopTimer = callAfter(timeoutMs, () => fail({ kind: 'timeout', timeoutMs, sent: this.sent }))
    }
    this.#signal = signal
    this.#abort = {
      handleEvent: () => fail({ kind: 'aborted', reason: signal?.reason, sent: this.sent }),
    }
    onAbort(signal, this.#abort)
  }

  /** Sent; for a command without an answer, silence from now on is success. */
  begin(onSilence: () => void): void {
    this.sent = true
    if (this.refusalMs !== undefined) this.#stopRefusalTimer = callAfter(this.refusalMs, onSilence)
  }

  settle(outcome: unknown): void {
    if (this.settled) return
    this.settled = true
    this.#stopTimer?.()
    this.#stopRefusalTimer?.()
    offAbort(this.#signal, this.#abort)
    this.#resolve(outcome)
  }
}

/**
 * Calls to the agent one after another: it answers in order and knows no ids of its own in old versions. Before the
 * first call, and after each one whose answer was not awaited, a sync with a fresh random number brings both sides
 * into step, so that a late answer is never taken for another's.
 */
export class QgaTurns {
  readonly #link: AgentLink
  readonly #queue: Turn[] = []
  #active: Turn | undefined
  #syncId: number | undefined
  #inStep = false
  #closed: { readonly reason: QmpError | undefined } | undefined

  constructor(link: AgentLink) {
    this.#link = link
  }

  /** Resolves with the answer or a FailedCall, never rejects. */
  run(line: string | undefined, options: CallOptions, refusalMs?: number): Promise<unknown> {
    if (this.#closed !== undefined) {
      return Promise.resolve(new FailedCall({ kind: 'closed', reason: this.#closed.reason, sent: false }))
    }
    if (options.signal?.aborted) {
      return Promise.resolve(new FailedCall({ kind: 'aborted', reason: options.signal.reason, sent: false }))
    }
    const turn = new Turn(line, refusalMs, options, (late, outcome) => this.#giveUp(late, outcome))
    this.#queue.push(turn)
    this.#next()
    return turn.outcome
  }

  receive(message: WireMessage): void {
    if (this.#syncId !== undefined && message.return === this.#syncId) this.#synced()
    else if (this.#active?.sent === true) this.#answered(this.#active, message)
  }

  /** Settles every call. A command without an answer that was sent has done its work: the agent is gone. */
  close(reason: QmpError | undefined): void {
    this.#closed = { reason }
    const waiting = [...(this.#active === undefined ? [] : [this.#active]), ...this.#queue]
    this.#active = undefined
    this.#queue.length = 0
    for (const turn of waiting) {
      const done = turn.sent && turn.refusalMs !== undefined && reason?.code === 'QMP_CLOSED'
      turn.settle(done ? {} : new FailedCall({ kind: 'closed', reason, sent: turn.sent }))
    }
  }

  /** The other side reads again. */
  resume(): void {
    this.#next()
  }

  #next(): void {
    // While nobody reads, each turn that ends unanswered would leave one more sync to be written.
    if (this.#active !== undefined || this.#link.isBlocked) return
    this.#active = this.#queue.shift()
    if (this.#active === undefined) return
    if (this.#inStep && this.#active.line !== undefined) this.#send(this.#active, this.#active.line)
    else this.#sync()
  }

  #sync(prefix = ''): void {
    this.#syncId = randomInt(1, MAX_SYNC_ID)
    this.#link.setLenient(true)
    this.#link.write(prefix + syncLine(this.#syncId))
  }

  #send(turn: Turn, line: string): void {
    turn.begin(() => this.#giveUp(turn, {}))
    // The answer to a sync behind a command that has none tells that the agent took it.
    if (turn.refusalMs === undefined) this.#link.write(line)
    else this.#sync(line)
  }

  #synced(): void {
    this.#syncId = undefined
    this.#inStep = true
    this.#link.setLenient(false)
    const turn = this.#active
    if (turn === undefined) return
    if (turn.line !== undefined && !turn.sent) this.#send(turn, turn.line)
    else this.#finish(turn, {})
  }

  #answered(turn: Turn, message: WireMessage): void {
    if (message.error !== undefined) {
      // A silent command's sync is still under way; the next turn begins with one of its own.
      this.#finish(turn, new FailedCall({ kind: 'refused', ...readError(message.error) }))
    } else if (turn.refusalMs === undefined) this.#finish(turn, message.return)
  }

  #finish(turn: Turn, outcome: unknown): void {
    if (this.#syncId !== undefined) this.#inStep = false
    turn.settle(outcome)
    this.#active = undefined
    this.#next()
  }

  /** The caller no longer waits: what the agent still says belongs to nobody until the next sync. */
  #giveUp(turn: Turn, outcome: unknown): void {
    if (turn !== this.#active) {
      const at = this.#queue.indexOf(turn)
      if (at >= 0) this.#queue.splice(at, 1)
      turn.settle(outcome)
      return
    }
    this.#inStep = false
    this.#syncId = undefined
    this.#link.setLenient(true)
    turn.settle(outcome)
    this.#active = undefined
    this.#next()
  }
}

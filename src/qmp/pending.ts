import { type AbortListener, offAbort, onAbort } from '../util/on-abort.ts'
import { type CallFault, FailedCall } from './call-error.ts'
import { CallTable } from './call-table.ts'
import { checkTimeout, Deadlines, Expiring } from './deadlines.ts'
import { QmpError } from './errors.ts'
import { stringifyJson } from './json-stringify.ts'
import { StallClock, type StallOptions } from './stall-clock.ts'

export interface CallOptions {
  /** Stop waiting when aborted. What was sent cannot be taken back: QEMU still runs it. */
  readonly signal?: AbortSignal | undefined
  /** Stop waiting after this long; there is no limit by default. A late answer is ignored. */
  readonly timeoutMs?: number | undefined
}

/** Options of a command that is executed in its turn. */
export interface ExecuteOptions extends CallOptions, StallOptions {}

const PLAIN_NAME = /^[\w-]+$/

export interface CallRequest {
  readonly command: string
  readonly args: unknown
  readonly oob: boolean
}

/** One command on its way. It settles once; after that it may stay known until its late answer comes. */
class Call extends Expiring implements AbortListener {
  readonly id: number
  readonly oob: boolean
  readonly line: string
  override readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly stall: StallOptions | undefined
  readonly #pending: PendingCalls
  readonly #resolve: (outcome: unknown) => void
  sent = false
  settled = false

  constructor(
    pending: PendingCalls,
    resolve: (outcome: unknown) => void,
    wire: { id: number; oob: boolean; line: string },
    options: ExecuteOptions | undefined,
  ) {
    super()
    this.#pending = pending
    this.#resolve = resolve
    this.id = wire.id
    this.oob = wire.oob
    this.line = wire.line
    this.timeoutMs = options?.timeoutMs ?? Number.POSITIVE_INFINITY
    this.signal = options?.signal
    this.stall = options
  }

  /** The caller's signal was aborted. */
  handleEvent(): void {
    this.#pending.abandon(this, { kind: 'aborted', reason: this.signal?.reason, sent: this.sent })
  }

  override expire(): void {
    this.#pending.abandon(this, { kind: 'timeout', timeoutMs: this.timeoutMs, sent: this.sent })
  }

  settle(outcome: unknown): void {
    this.settled = true
    offAbort(this.signal, this)
    this.#resolve(outcome)
  }
}

/** Where calls are written. */
export interface CallLink {
  /** What is written now would wait here, since the other side does not read. */
  readonly isBlocked: boolean
  /** False when the link has ended and nothing was written. */
  write(text: string): boolean
  /** So many commands were never answered that the link is no good. */
  giveUp(unanswered: number): void
}

/** Commands sent, never answered, and no longer awaited. A QEMU that hangs stops reading long before. */
const MAX_ABANDONED = 65_536
/** Of one digit. */
const LAST_SHORT_ID = 9

/**
 * Which call waits for which id. Whatever the order of answer, abort, timeout and close, each call settles once.
 * Lines made in the same turn leave in one write. With a `window`, further in-band calls are held back here.
 */
export class PendingCalls {
  readonly #link: CallLink
  readonly #window: number
  readonly #deadlines = new Deadlines()
  /** In the order of issue; abandoned ones stay so that errors without id find their owner. */
  readonly #calls = new CallTable<Call>()
  /** Only with a window. */
  readonly #held: Set<Call> | undefined
  /** From the first call on that wants one. */
  #stalls: StallClock | undefined
  #outbox: Call[] = []
  #lastId = 0
  /** An answer may come to a call that is not known any more. */
  #hasForgotten = false
  #inBand = 0
  #abandoned = 0
  /** Settled calls in the outbox. */
  #stale = 0
  #closed: { readonly reason: QmpError | undefined } | undefined

  constructor(link: CallLink, window = Number.POSITIVE_INFINITY) {
    this.#link = link
    this.#window = window
    if (window !== Number.POSITIVE_INFINITY) this.#held = new Set()
  }

  /** Resolves with the answer or a FailedCall, never rejects. Throws QMP_INVALID_ARGUMENT before anything is sent. */
  start(request: CallRequest, options?: ExecuteOptions): Promise<unknown> {
    const id = this.#nextId()
    const line = encodeCall(request.command, request.args, request.oob ? 'exec-oob' : 'execute', id)
    checkTimeout(options?.timeoutMs)
    checkTimeout(options?.stallMs, 'stallMs')
    if (this.#closed !== undefined) {
      return Promise.resolve(new FailedCall({ kind: 'closed', reason: this.#closed.reason, sent: false }))
    }
    const signal = options?.signal
    if (signal?.aborted) {
      return Promise.resolve(new FailedCall({ kind: 'aborted', reason: signal.reason, sent: false }))
    }
    this.#lastId = id
    return new Promise((resolve) => {
      const call = new Call(this, resolve, { id, oob: request.oob, line }, options)
      this.#calls.add(call)
      if (call.timeoutMs !== Number.POSITIVE_INFINITY) this.#deadlines.start(call)
      onAbort(signal, call)
      if (options?.stallMs !== undefined) this.#stalls ??= new StallClock()
      if (!call.oob && this.#inBand >= this.#window) this.#held?.add(call)
      else this.#enqueue(call)
    })
  }

  /** The answer to `id`. Unknown and late ones are dropped. */
  answer(id: unknown, outcome: unknown): void {
    const call = typeof id === 'number' ? this.#calls.get(id) : undefined
    if (call?.sent) this.#answered(call, outcome)
  }

  /** An error without id was found before QEMU read the id: it belongs to the oldest in-band command. */
  answerOldest(outcome: unknown): void {
    for (const call of this.#calls) {
      if (!call.oob && call.sent) {
        this.#answered(call, outcome)
        return
      }
    }
  }

  /** The caller no longer waits. A call not yet written never will be. */
  abandon(call: Call, fault: CallFault): void {
    if (call.settled) return
    this.#deadlines.stop(call)
    call.settle(new FailedCall(fault))
    if (call.sent) {
      if (++this.#abandoned > MAX_ABANDONED) this.#link.giveUp(MAX_ABANDONED)
      return
    }
    this.#calls.delete(call.id)
    if (this.#held?.delete(call) === true) return
    this.#leave(call)
    // While the other side does not read, calls that came and went must not pile up.
    if (++this.#stale * 2 > this.#outbox.length) {
      this.#outbox = this.#outbox.filter(({ settled }) => !settled)
      this.#stale = 0
    }
  }

  /** Settles every call, and every later one at once. */
  close(reason: QmpError | undefined): void {
    if (this.#closed !== undefined) return
    this.#closed = { reason }
    this.#deadlines.clear()
    this.#outbox = []
    this.#held?.clear()
    for (const call of this.#calls) {
      if (!call.settled) call.settle(new FailedCall({ kind: 'closed', reason, sent: call.sent }))
    }
    this.#calls.clear()
    this.#stalls?.follow(undefined)
  }

  #enqueue(call: Call): void {
    if (!call.oob) this.#inBand++
    // After all microtasks, so that what answers of one chunk set off leaves in one write.
    if (this.#outbox.push(call) === 1) process.nextTick(() => this.flush())
  }

  /**
   * QEMU reads a command byte by byte at a system call each (monitor_can_read), so short ids are worth having: the
   * count begins anew when nothing is under way, unless a command was never answered and may be yet.
   */
  #nextId(): number {
    const isFree = this.#lastId >= LAST_SHORT_ID && this.#calls.isEmpty && !this.#hasForgotten
    return isFree ? 1 : this.#lastId + 1
  }

  /** Writes what waits, unless the other side does not read; then it is for `onDrain` to call this. */
  flush(): void {
    const calls = this.#outbox
    if (calls.length === 0 || this.#link.isBlocked) return
    this.#outbox = []
    this.#stale = 0
    let text = ''
    for (const call of calls) {
      if (call.settled) continue
      // Before the write: in memory the answer may come during it.
      call.sent = true
      text += call.line
    }
    if (text !== '' && !this.#link.write(text)) for (const call of calls) call.sent = false
    this.#followHead()
  }

  #answered(call: Call, outcome: unknown): void {
    this.#calls.delete(call.id)
    if (call.settled) this.#abandoned--
    else {
      if (call.timeoutMs !== Number.POSITIVE_INFINITY) this.#deadlines.stop(call)
      call.settle(outcome)
    }
    if (!call.oob && this.#abandoned > 0) this.#forgetBefore(call.id)
    this.#leave(call)
    this.#followHead()
  }

  /** In-band answers come in order, so an abandoned command before an answered one will not be answered. */
  #forgetBefore(id: number): void {
    for (const call of this.#calls) {
      if (call.id >= id) return
      if (!call.settled || call.oob) continue
      this.#hasForgotten = true
      this.#calls.delete(call.id)
      this.#abandoned--
      this.#leave(call)
    }
  }

  #followHead(): void {
    if (this.#stalls === undefined) return
    for (const call of this.#calls) {
      if (call.oob) continue
      this.#stalls.follow(call.sent ? call : undefined)
      return
    }
    this.#stalls.follow(undefined)
  }

  #leave(call: Call): void {
    if (call.oob) return
    this.#inBand--
    if (this.#held === undefined) return
    for (const next of this.#held) {
      if (this.#inBand >= this.#window) return
      this.#held.delete(next)
      this.#enqueue(next)
    }
  }
}

/** A command as a line of its own, without an id where none is given. Throws QMP_INVALID_ARGUMENT. */
export function encodeCall(
  command: string,
  args: unknown,
  verb: 'execute' | 'exec-oob' = 'execute',
  id?: number,
): string {
  const name = command === lastName.command ? lastName.quoted : quoteName(command)
  const members = args === undefined ? '' : `,"arguments":${encodeArguments(args)}`
  return id === undefined ? `{"${verb}":${name}${members}}\n` : `{"${verb}":${name}${members},"id":${id}}\n`
}

/** Programs mostly repeat themselves. */
let lastName = { command: '', quoted: '""' }

function quoteName(command: string): string {
  const quoted = PLAIN_NAME.test(command) ? `"${command}"` : stringifyJson(command)
  lastName = { command, quoted }
  return quoted
}

function encodeArguments(args: unknown): string {
  if (typeof args === 'object' && args !== null && !Array.isArray(args)) return stringifyJson(args)
  throw new QmpError('QMP_INVALID_ARGUMENT', 'the arguments of a QMP command must be an object')
}

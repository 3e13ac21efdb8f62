import { type CallFault, FailedCall } from './call-error.ts'
import { Deadlines } from './deadlines.ts'
import { QmpError } from './errors.ts'
import { stringifyJson } from './json-stringify.ts'

export interface CallOptions {
  /** Stop waiting when aborted. What was sent cannot be taken back: QEMU still runs it. */
  readonly signal?: AbortSignal | undefined
  /** Stop waiting after this long; there is no limit by default. A late answer is ignored. */
  readonly timeoutMs?: number | undefined
}

const PLAIN_NAME = /^[\w-]+$/

export interface CallRequest {
  readonly command: string
  readonly args: unknown
  readonly oob: boolean
}

/** One command on its way. It settles once; after that it may stay known until its late answer comes. */
class Call {
  readonly id: number
  readonly oob: boolean
  readonly line: string
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly #pending: PendingCalls
  readonly #resolve: (outcome: unknown) => void
  sent = false
  settled = false

  constructor(
    pending: PendingCalls,
    resolve: (outcome: unknown) => void,
    wire: { id: number; oob: boolean; line: string },
    options: CallOptions | undefined,
  ) {
    this.#pending = pending
    this.#resolve = resolve
    this.id = wire.id
    this.oob = wire.oob
    this.line = wire.line
    this.timeoutMs = options?.timeoutMs ?? Number.POSITIVE_INFINITY
    this.signal = options?.signal
  }

  /** EventTarget calls this on abort: an object as listener saves a closure per call. */
  handleEvent(): void {
    this.#pending.abandon(this, { kind: 'aborted', reason: this.signal?.reason, sent: this.sent })
  }

  expire(): void {
    this.#pending.abandon(this, { kind: 'timeout', timeoutMs: this.timeoutMs, sent: this.sent })
  }

  settle(outcome: unknown): void {
    this.settled = true
    this.signal?.removeEventListener('abort', this)
    this.#resolve(outcome)
  }
}

/**
 * Which call waits for which id. Whatever the order of answer, abort, timeout and close, each call settles once.
 * Lines made in the same turn leave in one write. With a `window`, further in-band calls are held back here.
 */
export class PendingCalls {
  readonly #write: (text: string) => boolean
  readonly #window: number
  readonly #deadlines = new Deadlines()
  /** In the order of issue; abandoned ones stay so that errors without id find their owner. */
  readonly #calls = new Map<number, Call>()
  readonly #held = new Set<Call>()
  #outbox: Call[] = []
  #lastId = 0
  #inBand = 0
  #abandoned = 0
  #closed: { readonly reason: QmpError | undefined } | undefined

  constructor(write: (text: string) => boolean, window = Number.POSITIVE_INFINITY) {
    this.#write = write
    this.#window = window
  }

  /** Resolves with the answer or a FailedCall, never rejects. Throws QMP_INVALID_ARGUMENT before anything is sent. */
  start(request: CallRequest, options?: CallOptions): Promise<unknown> {
    const line = this.#encode(request)
    checkTimeout(options?.timeoutMs)
    if (this.#closed !== undefined) {
      return Promise.resolve(new FailedCall({ kind: 'closed', reason: this.#closed.reason, sent: false }))
    }
    const signal = options?.signal
    if (signal?.aborted) {
      return Promise.resolve(new FailedCall({ kind: 'aborted', reason: signal.reason, sent: false }))
    }
    return new Promise((resolve) => {
      const call = new Call(this, resolve, { id: this.#lastId, oob: request.oob, line }, options)
      this.#calls.set(call.id, call)
      if (call.timeoutMs !== Number.POSITIVE_INFINITY) this.#deadlines.start(call)
      signal?.addEventListener('abort', call)
      if (!call.oob && this.#inBand >= this.#window) this.#held.add(call)
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
    for (const call of this.#calls.values()) {
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
      this.#abandoned++
      return
    }
    this.#calls.delete(call.id)
    if (!this.#held.delete(call)) this.#leave(call)
  }

  /** Settles every call, and every later one at once. */
  close(reason: QmpError | undefined): void {
    if (this.#closed !== undefined) return
    this.#closed = { reason }
    this.#deadlines.clear()
    this.#outbox = []
    this.#held.clear()
    for (const call of this.#calls.values()) {
      if (!call.settled) call.settle(new FailedCall({ kind: 'closed', reason, sent: call.sent }))
    }
    this.#calls.clear()
  }

  #encode({ command, args, oob }: CallRequest): string {
    const text = args === undefined ? '' : `,"arguments":${encodeArguments(args)}`
    const verb = oob ? 'exec-oob' : 'execute'
    this.#lastId++
    return `{"${verb}":${PLAIN_NAME.test(command) ? `"${command}"` : stringifyJson(command)}${text},"id":${this.#lastId}}\n`
  }

  #enqueue(call: Call): void {
    if (!call.oob) this.#inBand++
    // After all microtasks, so that what answers of one chunk set off leaves in one write.
    if (this.#outbox.push(call) === 1) process.nextTick(() => this.#flush())
  }

  #flush(): void {
    const calls = this.#outbox
    if (calls.length === 0) return
    this.#outbox = []
    let text = ''
    for (const call of calls) {
      if (call.settled) continue
      // Before the write: in memory the answer may come during it.
      call.sent = true
      text += call.line
    }
    if (text === '' || this.#write(text)) return
    for (const call of calls) call.sent = false
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
  }

  /** In-band answers come in order, so an abandoned command before an answered one will not be answered. */
  #forgetBefore(id: number): void {
    for (const call of this.#calls.values()) {
      if (call.id >= id) return
      if (!call.settled || call.oob) continue
      this.#calls.delete(call.id)
      this.#abandoned--
      this.#leave(call)
    }
  }

  #leave(call: Call): void {
    if (call.oob) return
    this.#inBand--
    for (const next of this.#held) {
      if (this.#inBand >= this.#window) return
      this.#held.delete(next)
      this.#enqueue(next)
    }
  }
}

function encodeArguments(args: unknown): string {
  if (typeof args === 'object' && args !== null && !Array.isArray(args)) return stringifyJson(args)
  throw new QmpError('QMP_INVALID_ARGUMENT', 'the arguments of a QMP command must be an object')
}

export function checkTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || timeoutMs >= 0) return
  throw new QmpError(
    'QMP_INVALID_ARGUMENT',
    'timeoutMs must be a number of milliseconds that is not negative',
  )
}

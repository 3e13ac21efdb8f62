import type { Duplex } from 'node:stream'
import { QmpError } from './errors.ts'
import type { MessageReader, MessageSink } from './framing.ts'
import { hearLastWords } from './last-words.ts'

export interface ConnectionHandlers {
  readonly onMessage: MessageSink
  /** Called once. `undefined`: this side closed it. */
  readonly onEnd: (reason: QmpError | undefined) => void
  /** The other side takes bytes again after `isBlocked` was true. */
  readonly onDrain?: () => void
}

/**
 * A byte stream as messages in and text out, which ends once. While nobody handles them (between the
 * negotiation and the caller's first chance to listen) messages are kept, and so is the end.
 */
export class Connection {
  readonly #stream: Duplex
  readonly #reader: MessageReader
  #handlers: ConnectionHandlers | undefined
  #kept: [message: unknown, nonFinite: boolean][] = []
  #ended: { readonly reason: QmpError | undefined } | undefined

  /** `name` is what errors call it. */
  constructor(stream: Duplex, makeReader: (sink: MessageSink) => MessageReader, name = 'QMP connection') {
    const lost = (how: string, cause?: unknown) =>
      new QmpError('QMP_CLOSED', `the ${name} ${how}`, cause ? { cause } : {})
    this.#stream = stream
    this.#reader = makeReader((message, nonFinite) => {
      if (this.#handlers === undefined) this.#kept.push([message, nonFinite])
      else this.#handlers.onMessage(message, nonFinite)
    })
    hearLastWords(stream)
    stream.on('data', (chunk: unknown) => this.#read(chunk))
    stream.on('error', (error: Error) => this.end(lost(`failed (${error.message})`, error)))
    stream.on('drain', () => this.#handlers?.onDrain?.())
    stream.on('end', () => this.end(lost('was closed by the other side')))
    stream.on('close', () => this.end(lost('was closed')))
    // A stream that was paused to keep what came early does not flow by itself.
    stream.resume()
    if (stream.destroyed || stream.readableEnded) this.end(lost('was closed before use', stream.errored))
  }

  /** From now on messages go to `handlers`, beginning with those kept; `undefined` keeps them again. */
  handle(handlers: ConnectionHandlers | undefined): void {
    this.#handlers = handlers
    if (handlers === undefined) return
    const ended = this.#ended
    const kept = this.#kept
    this.#kept = []
    for (const [message, nonFinite] of kept) {
      if (this.#ended === ended) handlers.onMessage(message, nonFinite)
    }
    if (ended !== undefined) handlers.onEnd(ended.reason)
  }

  /** Keeps a message for the next handlers. */
  keep(message: unknown): void {
    this.#kept.push([message, false])
  }

  /** False when the connection has ended and nothing was written. */
  write(text: string): boolean {
    if (this.#ended !== undefined) return false
    // ASCII by construction (json-stringify.ts); Latin-1 spares the encoder.
    this.#stream.write(text, 'latin1')
    return true
  }

  /** The other side does not read: what is written now would only wait here. */
  get isBlocked(): boolean {
    return this.#stream.writableNeedDrain
  }

  /** Ends it because so many commands were never answered. */
  giveUp(unanswered: number): void {
    this.end(new QmpError('QMP_PROTOCOL', `the other side left ${unanswered} commands unanswered`))
  }

  /** Ends the connection for `reason`; the first reason counts. */
  end(reason?: QmpError): void {
    if (this.#ended !== undefined) return
    this.#ended = { reason }
    this.#reader.stop()
    this.#stream.destroy()
    this.#handlers?.onEnd(reason)
  }

  /** Resolves when the stream has been torn down. */
  gone(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stream.closed) resolve()
      else this.#stream.once('close', resolve)
    })
  }

  #read(chunk: unknown): void {
    try {
      this.#reader.push(Buffer.isBuffer(chunk) ? chunk : toBuffer(chunk))
    } catch (error) {
      this.end(
        error instanceof QmpError
          ? error
          : new QmpError('QMP_PROTOCOL', 'received something that cannot be read', { cause: error }),
      )
    }
  }
}

function toBuffer(chunk: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  throw new QmpError('QMP_PROTOCOL', 'the stream hands out something else than bytes')
}

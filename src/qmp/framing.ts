import { isAscii } from 'node:buffer'
import { QmpError } from './errors.ts'
import { hasWideInteger, mayHoldWideInteger, parseExact } from './json-parse.ts'
import { LineStore } from './line-store.ts'
import { excessOf } from './structure.ts'

const DEFAULT_MAX_MESSAGE_BYTES = 64 * 1024 * 1024

const LF = 10
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

/** Takes each message in order. `nonFinite`: it held a bare `inf` or `nan`, so its numbers are not to be trusted. */
export type MessageSink = (message: unknown, nonFinite: boolean) => void

/** Turns a connection's bytes into messages. `push` throws QMP_PROTOCOL for what cannot be read. */
export interface MessageReader {
  /** A chunk shorter than KEPT_FROM_BYTES is only lent. */
  push(chunk: Buffer): void
  /** Nothing is handed out after this. */
  stop(): void
}

/**
 * Bytes to messages, one JSON text a line, or a pretty-printed text that ends at a line of its own `}`
 * (the `pretty=on` monitor). Every byte is looked at a constant number of times, however it was split.
 * `push` throws QMP_PROTOCOL for a line that is not JSON or too long; after that the stream is lost.
 */
export class Framer implements MessageReader {
  readonly #sink: MessageSink
  readonly #maxBytes: number
  /** There while the end of a line is still to come. */
  #carried: LineStore | undefined
  #pretty: string[] | undefined
  #prettyLength = 0
  #stopped = false

  constructor(sink: MessageSink, maxBytes = DEFAULT_MAX_MESSAGE_BYTES) {
    this.#sink = sink
    this.#maxBytes = maxBytes
  }

  /** No message is handed out after this, not even those of the chunk at hand. */
  stop(): void {
    this.#stopped = true
    this.#carried = undefined
  }

  push(chunk: Buffer): void {
    if (this.#stopped) return
    let start = 0
    if (this.#carried !== undefined) {
      const end = chunk.indexOf(LF)
      if (end < 0) {
        this.#carry(chunk)
        return
      }
      this.#carry(chunk.subarray(0, end + 1))
      const line = this.#carried.take()
      this.#carried = undefined
      this.#lines(decode(line, 0, line.length), mayHoldWideInteger(line, 0, line.length))
      start = end + 1
    }
    // Searching forwards is many times faster, which tells when most of a chunk is one line.
    if (chunk.indexOf(LF, start) >= 0) {
      const end = chunk.lastIndexOf(LF) + 1
      this.#lines(decode(chunk, start, end), mayHoldWideInteger(chunk, start, end))
      start = end
    }
    if (start < chunk.length) this.#carry(start === 0 ? chunk : chunk.subarray(start))
  }

  #carry(bytes: Buffer): void {
    this.#carried ??= new LineStore()
    this.#checkSize(this.#carried.length + bytes.length)
    this.#carried.add(bytes)
  }

  #checkSize(bytes: number): void {
    if (bytes + this.#prettyLength <= this.#maxBytes) return
    throw new QmpError('QMP_PROTOCOL', `a message is longer than the limit of ${this.#maxBytes} bytes`, {
      details: { maxMessageBytes: this.#maxBytes },
    })
  }

  /** `text` is one or more whole lines. */
  #lines(text: string, wide: boolean): void {
    let start = 0
    while (!this.#stopped) {
      const end = text.indexOf('\n', start)
      if (end < 0) return
      if (end - start > this.#maxBytes) this.#checkSize(end - start)
      if (this.#pretty !== undefined) this.#prettyLine(this.#pretty, text.slice(start, end))
      else if (end - start > 2) this.#message(text.slice(start, end), wide)
      else this.#shortLine(text.slice(start, end).trim())
      start = end + 1
    }
  }

  #shortLine(line: string): void {
    if (line === '{') this.#pretty = [line]
    else if (line !== '') this.#message(line, false)
  }

  #prettyLine(lines: string[], line: string): void {
    if (line !== '') lines.push(line)
    this.#prettyLength += line.length + 1
    this.#checkSize(0)
    if (line.charCodeAt(0) !== CLOSE_BRACE || line.trimEnd().length !== 1) return
    this.#pretty = undefined
    this.#prettyLength = 0
    this.#message(lines.join('\n'), true)
  }

  #message(text: string, mayBeWide: boolean): void {
    const excess = excessOf(text)
    if (excess !== undefined) throw new QmpError('QMP_PROTOCOL', `received a message ${excess}`)
    if (mayBeWide && hasWideInteger(text)) {
      this.#exactMessage(text)
      return
    }
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch {
      this.#exactMessage(text)
      return
    }
    this.#sink(message, false)
  }

  #exactMessage(text: string): void {
    if (text.trim() === '') return
    const { value, nonFinite } = parseOrRefuse(text)
    this.#sink(value, nonFinite)
  }
}

function decode(bytes: Buffer, start: number, end: number): string {
  // QEMU writes pure ASCII (qobject/json-writer.c), for which Latin-1 is right and several times cheaper.
  return isAscii(bytes) ? bytes.toString('latin1', start, end) : bytes.toString('utf8', start, end)
}

function parseOrRefuse(text: string): ReturnType<typeof parseExact> {
  try {
    return parseExact(text)
  } catch (cause) {
    const hint = hintFor(text)
    throw new QmpError(
      'QMP_PROTOCOL',
      `received a line of ${text.length} characters that is not JSON${hint}`,
      {
        // What began as a message may hold a secret, and so would the parser's words about it.
        ...(hint === '' ? {} : { details: { line: text.slice(0, 120) } }),
        cause,
      },
    )
  }
}

function hintFor(text: string): string {
  if (text.charCodeAt(0) === OPEN_BRACE) return ''
  // Telnet begins with IAC WILL (FF FB), which is no UTF-8, and an option's number (RFC 854).
  return /^\ufffd\ufffd[\0-\x22]/.test(text)
    ? ': this monitor speaks telnet, start QEMU without telnet=on'
    : ': is this a QMP monitor (mode=control)?'
}

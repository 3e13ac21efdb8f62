import { Framer, type MessageReader, type MessageSink } from './framing.ts'

/** The agent puts it before the answer to guest-sync-delimited (qga/main.c); it occurs in no UTF-8 text. */
const SENTINEL = 0xff

/**
 * The agent's bytes to messages. At each sentinel it forgets what came before. While `lenient`, lines that cannot
 * be read are dropped up to the next sentinel: half answers from before the sync, a boot loader's words on the
 * same serial port.
 */
export class QgaReader implements MessageReader {
  /** True until the stream is known to be in step. */
  lenient = true
  readonly #sink: MessageSink
  readonly #maxBytes: number | undefined
  #framer: Framer
  #skipping = false
  #stopped = false

  constructor(sink: MessageSink, maxBytes?: number) {
    this.#sink = sink
    this.#maxBytes = maxBytes
    this.#framer = new Framer(sink, maxBytes)
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let at = chunk.indexOf(SENTINEL); at >= 0; at = chunk.indexOf(SENTINEL, start)) {
      this.#feed(chunk.subarray(start, at))
      this.#restart()
      start = at + 1
    }
    this.#feed(chunk.subarray(start))
  }

  stop(): void {
    this.#stopped = true
    this.#framer.stop()
  }

  #feed(bytes: Buffer): void {
    if (this.#stopped || this.#skipping || bytes.length === 0) return
    try {
      this.#framer.push(bytes)
    } catch (error) {
      if (!this.lenient) throw error
      this.#skipping = true
    }
  }

  #restart(): void {
    this.#framer.stop()
    this.#framer = new Framer(this.#sink, this.#maxBytes)
    this.#skipping = false
  }
}

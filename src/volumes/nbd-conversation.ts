import type { Duplex } from 'node:stream'
import type { NbdExport, NbdStep } from './nbd-handshake.ts'

const nothing = Buffer.alloc(0)

/**
 * Moves the bytes of a negotiation over a stream, however they are cut; `secure` gives the stream to go on with over TLS.
 * Rejects as the negotiation throws or the stream ends.
 */
export async function converse(
  stream: Duplex,
  steps: Generator<NbdStep, NbdExport, Buffer>,
  secure?: () => Promise<Duplex>,
): Promise<NbdExport> {
  let current = stream
  let incoming = new Incoming(current)
  // What is said in a row leaves in one piece.
  let toSay: Buffer[] = []
  const say = () => {
    if (toSay.length > 0) current.write(Buffer.concat(toSay))
    toSay = []
  }
  try {
    for (let next = steps.next(nothing); ; ) {
      if (!next.done && 'send' in next.value) {
        toSay.push(next.value.send)
        next = steps.next(nothing)
        continue
      }
      say()
      if (next.done) return next.value
      if ('take' in next.value) {
        next = steps.next(await incoming.take(next.value.take))
      } else {
        incoming.leave()
        if (secure === undefined) throw new Error('cannot be asked over TLS here')
        current = await secure()
        incoming = new Incoming(current)
        next = steps.next(nothing)
      }
    }
  } finally {
    // It takes leave before it throws.
    say()
  }
}

/** What a stream brings, in pieces as they are asked for. */
class Incoming {
  readonly #stream: Duplex
  #received: Buffer = nothing
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(stream: Duplex) {
    this.#stream = stream
    stream.on('data', this.#onData)
    // It stays: an error that nobody hears would end the process.
    stream.on('error', (error) => this.#fail(error))
    stream.on('end', this.#onEnd)
    stream.on('close', this.#onEnd)
    if (stream.destroyed) this.#onEnd()
  }

  async take(length: number): Promise<Buffer> {
    while (this.#received.length < length) {
      if (this.#failure !== undefined) throw this.#failure
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const bytes = this.#received.subarray(0, length)
    this.#received = this.#received.subarray(length)
    return bytes
  }

  /** Leaves the stream to TLS. What came before that anybody on the way may have put there. */
  leave(): void {
    this.#stream.off('data', this.#onData)
    this.#stream.off('end', this.#onEnd)
    this.#stream.off('close', this.#onEnd)
    if (this.#received.length > 0) throw new Error('said more in the clear than it may before TLS')
  }

  readonly #onData = (chunk: Buffer) => {
    this.#received = Buffer.concat([this.#received, chunk])
    this.#wake?.()
  }

  readonly #onEnd = () => this.#fail(new Error('closed the connection in the middle of the negotiation'))

  #fail(error: Error): void {
    this.#failure ??= error
    this.#wake?.()
  }
}

import { Duplex } from 'node:stream'

/**
 * Two ends of an in-memory connection, as a socketpair would give: what is written to one is read from the
 * other, ending one half-closes it, destroying one ends the other. Chunks keep their boundaries.
 */
export function linkedPair(): [Duplex, Duplex] {
  const left = new End()
  const right = new End()
  left.peer = right
  right.peer = left
  return [left, right]
}

class End extends Duplex {
  peer: End | undefined
  #whenRead: (() => void) | undefined
  #finished = false

  override _read(): void {
    const whenRead = this.#whenRead
    this.#whenRead = undefined
    whenRead?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.peer?.receive(chunk, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.peer?.receive(null, done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#whenRead?.()
    this.peer?.receive(null, () => {})
    done(error)
  }

  receive(chunk: Buffer | null, done: () => void): void {
    if (this.destroyed || this.readableEnded) done()
    else if (chunk === null) {
      // `push(null)` twice would be an error.
      if (!this.#finished) this.push(null)
      this.#finished = true
      done()
    } else if (this.#finished || this.push(chunk)) done()
    else this.#whenRead = done
  }
}

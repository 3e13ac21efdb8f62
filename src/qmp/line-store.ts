/** Shorter chunks are copied together, lest a line of single bytes needs a hundred times its size. Others are kept as they are. */
export const KEPT_FROM_BYTES = 8 * 1024
const TAIL_BYTES = 64 * 1024
const NOTHING = Buffer.alloc(0)

/** One line that came in several chunks. Each byte is copied once or twice, however small the chunks. */
export class LineStore {
  readonly #pieces: Buffer[] = []
  /** Small chunks, put together. */
  #tail: Buffer = NOTHING
  #tailLength = 0
  length = 0

  add(bytes: Buffer): void {
    this.length += bytes.length
    if (bytes.length < KEPT_FROM_BYTES) this.#addSmall(bytes)
    else {
      this.#endTail()
      this.#pieces.push(bytes)
    }
  }

  /** Everything added. */
  take(): Buffer {
    this.#endTail()
    const [first = NOTHING, ...more] = this.#pieces
    return more.length === 0 ? first : Buffer.concat(this.#pieces, this.length)
  }

  #addSmall(bytes: Buffer): void {
    const needed = this.#tailLength + bytes.length
    if (needed > TAIL_BYTES) {
      this.#endTail()
      this.#addSmall(bytes)
      return
    }
    if (needed > this.#tail.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.min(TAIL_BYTES, Math.max(needed, 256, this.#tail.length * 2)),
      )
      this.#tail.copy(larger, 0, 0, this.#tailLength)
      this.#tail = larger
    }
    this.#tail.set(bytes, this.#tailLength)
    this.#tailLength = needed
  }

  #endTail(): void {
    if (this.#tailLength === 0) return
    this.#pieces.push(this.#tail.subarray(0, this.#tailLength))
    this.#tail = NOTHING
    this.#tailLength = 0
  }
}

/** Chunks below it are put together, lest a line of single bytes needs a hundred times its size. */
const SMALL_BYTES = 8 * 1024
const TAIL_BYTES = 64 * 1024
const NOTHING = Buffer.alloc(0)

/** The beginning of a line that goes on in the next chunk. Each byte is copied once or twice, however small the chunks. */
export class LineStore {
  #pieces: Buffer[] | undefined
  /** Small chunks, put together. */
  #tail: Buffer = NOTHING
  #tailLength = 0
  length = 0

  add(bytes: Buffer): void {
    this.length += bytes.length
    if (bytes.length < SMALL_BYTES) this.#addSmall(bytes)
    else {
      this.#endTail()
      this.#push(bytes)
    }
  }

  /** Everything added; the store is empty again and its memory given back. */
  take(): Buffer {
    this.#endTail()
    const pieces = this.#pieces ?? []
    const bytes = pieces.length === 1 ? (pieces[0] ?? NOTHING) : Buffer.concat(pieces, this.length)
    this.clear()
    return bytes
  }

  clear(): void {
    this.#pieces = undefined
    this.#tail = NOTHING
    this.#tailLength = 0
    this.length = 0
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
    this.#push(this.#tail.subarray(0, this.#tailLength))
    this.#tail = NOTHING
    this.#tailLength = 0
  }

  #push(bytes: Buffer): void {
    if (this.#pieces === undefined) this.#pieces = [bytes]
    else this.#pieces.push(bytes)
  }
}

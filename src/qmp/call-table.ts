const FIRST_SLOTS = 16
const MAX_SLOTS = 1024

/**
 * Entries by ascending number. Most leave in about the order they came. An array used as a ring: the tables
 * that a Map leaves behind when entries come and go cost the collector more than all the rest of a call. What is
 * overtaken by a thousand others moves to a Map.
 */
export class CallTable<T extends { readonly id: number }> {
  /** Of a length that is a power of two; one until the first entry comes. */
  #slots: (T | undefined)[] = [undefined]
  #overtaken: Map<number, T> | undefined
  #lastId = 0
  #size = 0

  get isEmpty(): boolean {
    return this.#size === 0
  }

  get(id: number): T | undefined {
    const entry = this.#slots[id & (this.#slots.length - 1)]
    return entry?.id === id ? entry : this.#overtaken?.get(id)
  }

  /** Its number must follow that of the last one added; any will do when none is there. */
  add(entry: T): void {
    this.#lastId = entry.id
    this.#size++
    for (;;) {
      const at = entry.id & (this.#slots.length - 1)
      const holder = this.#slots[at]
      if (holder !== undefined) {
        if (this.#slots.length < MAX_SLOTS) {
          this.#grow()
          continue
        }
        this.#overtaken ??= new Map()
        this.#overtaken.set(holder.id, holder)
      }
      this.#slots[at] = entry
      return
    }
  }

  delete(id: number): void {
    const at = id & (this.#slots.length - 1)
    if (this.#slots[at]?.id === id) {
      this.#slots[at] = undefined
      this.#size--
    } else if (this.#overtaken?.delete(id) === true) this.#size--
  }

  /** From the lowest number on. What is deleted meanwhile does not come. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    if (this.#overtaken !== undefined) yield* this.#overtaken.values()
    for (let id = Math.max(0, this.#lastId - this.#slots.length + 1); id <= this.#lastId; id++) {
      const entry = this.#slots[id & (this.#slots.length - 1)]
      if (entry?.id === id) yield entry
    }
  }

  clear(): void {
    this.#slots = this.#slots.fill(undefined)
    this.#overtaken = undefined
    this.#size = 0
  }

  #grow(): void {
    const entries = this.#slots
    this.#slots = new Array<T | undefined>(Math.max(FIRST_SLOTS, entries.length * 2)).fill(undefined)
    for (const entry of entries) {
      if (entry !== undefined) this.#slots[entry.id & (this.#slots.length - 1)] = entry
    }
  }
}

/**
 * Cuts what a client sends into JSON objects the way QEMU does (qobject/json-streamer.c): at the closing
 * brace, with or without newlines between.
 */
export class CommandReader {
  #text = ''
  #at = 0
  #depth = 0
  #inString = false

  /** The texts that are complete now. Bytes that begin no object are dropped. */
  push(text: string): string[] {
    this.#text += text
    const complete: string[] = []
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]
      if (this.#inString) {
        if (character === '\\') this.#at++
        else if (character === '"') this.#inString = false
      } else if (character === '"') this.#inString = true
      else if (character === '{' || character === '[') this.#depth++
      else if (character === '}' || character === ']') {
        this.#depth--
        if (this.#depth > 0) continue
        complete.push(this.#text.slice(0, this.#at + 1).trim())
        this.#text = this.#text.slice(this.#at + 1)
        this.#at = -1
        this.#depth = 0
      }
    }
    if (this.#depth === 0 && !this.#inString && this.#text.trim() === '') {
      this.#text = ''
      this.#at = 0
    }
    return complete
  }
}

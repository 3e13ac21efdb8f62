/** A value in QEMU's schema files: JSON with single quotes and comments (docs/devel/qapi-code-gen.rst). */
export type QapiValue = string | boolean | readonly QapiValue[] | QapiObject

export interface QapiObject {
  readonly [key: string]: QapiValue
}

/** A definition or directive, and the comment block right before it. */
export interface QapiExpression {
  readonly value: QapiObject
  readonly comment: string
}

const TOKEN = /(\s+)|##\n([\s\S]*?)##\s*\n|#[^\n]*|'((?:[^'\\]|\\.)*)'|([{}[\]:,])|(true|false)\b/y

interface Token {
  readonly text: string
  readonly kind: 'string' | 'mark' | 'word' | 'comment'
}

function* tokens(text: string, file: string): Generator<Token> {
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null) throw new Error(`${file}: cannot read ${JSON.stringify(text.slice(at, at + 40))}`)
    const [, , comment, quoted, mark, word] = match
    if (comment !== undefined) yield { text: comment, kind: 'comment' }
    else if (quoted !== undefined) yield { text: quoted, kind: 'string' }
    else if (mark !== undefined) yield { text: mark, kind: 'mark' }
    else if (word !== undefined) yield { text: word, kind: 'word' }
  }
}

/** Reads a schema file. Throws on what is not QAPI syntax. */
export function parseQapi(text: string, file: string): readonly QapiExpression[] {
  return new Parser([...tokens(text, file)], file).expressions()
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #file: string
  #at = 0

  constructor(all: readonly Token[], file: string) {
    this.#tokens = all
    this.#file = file
  }

  expressions(): readonly QapiExpression[] {
    const found: QapiExpression[] = []
    let comment = ''
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at]
      if (token?.kind === 'comment') {
        comment = token.text
        this.#at++
        continue
      }
      const value = this.#value()
      if (!isObject(value)) throw this.#fault('an object')
      found.push({ value, comment })
      comment = ''
    }
    return found
  }

  #value(): QapiValue {
    const token = this.#next()
    if (token.kind === 'string') return token.text
    if (token.kind === 'word') return token.text === 'true'
    if (token.text === '[') return this.#list(']', () => this.#value())
    if (token.text !== '{') throw this.#fault('a value')
    return Object.fromEntries(
      this.#list('}', () => {
        const key = this.#next()
        if (key.kind !== 'string') throw this.#fault('a key')
        this.#expect(':')
        return [key.text, this.#value()] as const
      }),
    )
  }

  #list<T>(end: string, item: () => T): T[] {
    const items: T[] = []
    if (this.#peek() === end) {
      this.#next()
      return items
    }
    for (;;) {
      items.push(item())
      const { text } = this.#next()
      if (text === end) return items
      if (text !== ',') throw this.#fault(`, or ${end}`)
    }
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at]?.text
  }

  #next(): Token {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw this.#fault('more')
    return token
  }

  #expect(mark: string): void {
    if (this.#next().text !== mark) throw this.#fault(mark)
  }

  #fault(expected: string): Error {
    const before = this.#tokens.slice(Math.max(0, this.#at - 8), this.#at).map(({ text }) => text)
    return new Error(`${this.#file}: expected ${expected} after ${before.join(' ')}`)
  }
}

export function isObject(value: QapiValue | undefined): value is QapiObject {
  return typeof value === 'object' && !Array.isArray(value)
}

export function isList(value: QapiValue | undefined): value is readonly QapiValue[] {
  return Array.isArray(value)
}

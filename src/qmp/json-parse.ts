import type { JsonValue } from './json.ts'

export interface ExactJson {
  readonly value: JsonValue
  /** A bare `inf` or `nan` was in it: QEMU prints those although JSON has no such numbers. */
  readonly nonFinite: boolean
}

const MAX_DEPTH = 2000
/** More than a double has. QEMU prints at most 20; to make a number of millions takes minutes. */
const MAX_DIGITS = 400
const MAX_SAFE_DIGITS = String(Number.MAX_SAFE_INTEGER)
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const WORD = /-?[a-z]+/y
const WORDS = new Map<string, null | boolean | number>([
  ['null', null],
  ['true', true],
  ['false', false],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['nan', Number.NaN],
  ['-nan', Number.NaN],
])

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Only within the bounds. A default for what is outside would make the look three times slower. */
const isDigitByte = (bytes: Uint8Array, at: number): boolean => ((bytes[at] as number) - 48) >>> 0 < 10

/**
 * The coarse form of `hasWideInteger` for bytes at hand, where the look costs 1 % of the parse. Of a run of 16
 * digits over a place, one side covers the 8 next to it.
 */
export function mayHoldWideInteger(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start + 15; at < end; at += 16) {
    if (isDigitByte(bytes, at) && isInWideRun(bytes, start, end, at)) return true
  }
  return false
}

function isInWideRun(bytes: Uint8Array, start: number, end: number, at: number): boolean {
  if (!isDigitByte(bytes, at - 8) && !(at + 8 < end && isDigitByte(bytes, at + 8))) return false
  let first = at
  while (first > start && isDigitByte(bytes, first - 1)) first--
  let past = at + 1
  while (past < end && isDigitByte(bytes, past)) past++
  return past - first >= 16
}

/**
 * May `text` hold an integer that a double cannot? Looks at every 16th character only: a run of 16 digits
 * covers one of them. Never misses one; a digit run inside a string is a harmless false alarm.
 */
export function hasWideInteger(text: string): boolean {
  const length = text.length
  for (let at = 15; at < length; at += 16) {
    const code = text.charCodeAt(at)
    if (code > 57 || code < 48) continue
    if (!isDigit(text.charCodeAt(at - 8)) && !isDigit(text.charCodeAt(at + 8))) continue
    let first = at
    while (first > 0 && isDigit(text.charCodeAt(first - 1))) first--
    let end = at + 1
    while (end < length && isDigit(text.charCodeAt(end))) end++
    if (end - first >= 16 && isWide(text, first, end)) return true
  }
  return false
}

function isWide(text: string, first: number, end: number): boolean {
  if (first > 1 && text[first - 1] === '.' && isDigit(text.charCodeAt(first - 2))) return false
  return end - first > 16 || text.slice(first, end) > MAX_SAFE_DIGITS
}

/** `JSON.parse` that keeps integers outside the safe range as `bigint`. Throws SyntaxError. */
export function parseJson(text: string): JsonValue {
  if (!hasWideInteger(text)) return JSON.parse(text) as JsonValue
  const { value, nonFinite } = parseExact(text)
  if (nonFinite) throw new SyntaxError('a number in the JSON text is not finite')
  return value
}

/** The slow, exact way, which also reads QEMU's non-finite numbers. Throws SyntaxError. */
export function parseExact(text: string): ExactJson {
  let at = 0
  let depth = 0
  let nonFinite = false

  const fail = (): SyntaxError =>
    new SyntaxError(
      at < text.length ? `unexpected character at position ${at}` : 'the JSON text ends too early',
    )

  function skipSpace(): number {
    for (;;) {
      const code = text.charCodeAt(at)
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return code
      at++
    }
  }

  function readString(): string {
    const start = at++
    let plain = true
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === 34) break
      if (code < 32 || at >= text.length) throw fail()
      if (code === 92) {
        plain = false
        at++
      }
      at++
    }
    at++
    return plain ? text.slice(start + 1, at - 1) : (JSON.parse(text.slice(start, at)) as string)
  }

  function readScalar(): JsonValue {
    NUMBER.lastIndex = at
    const match = NUMBER.exec(text)
    if (match !== null) {
      at = NUMBER.lastIndex
      if (match[0].length > MAX_DIGITS) throw new SyntaxError(`a number of more than ${MAX_DIGITS} digits`)
      const number = Number(match[0])
      const isInteger = match[1] === undefined && match[2] === undefined
      return isInteger && !Number.isSafeInteger(number) ? BigInt(match[0]) : number
    }
    WORD.lastIndex = at
    const word = WORD.exec(text)?.[0] ?? ''
    const value = WORDS.get(word)
    if (value === undefined) throw fail()
    at += word.length
    if (typeof value === 'number') nonFinite = true
    return value
  }

  function readArray(): JsonValue[] {
    const items: JsonValue[] = []
    at++
    if (skipSpace() === 93) {
      at++
      return items
    }
    for (;;) {
      items.push(readValue())
      const code = skipSpace()
      if (code !== 44 && code !== 93) throw fail()
      at++
      if (code === 93) return items
    }
  }

  function readObject(): JsonValue {
    const members: Record<string, JsonValue> = {}
    at++
    if (skipSpace() === 125) {
      at++
      return members
    }
    for (;;) {
      if (skipSpace() !== 34) throw fail()
      const name = readString()
      if (skipSpace() !== 58) throw fail()
      at++
      const value = readValue()
      if (name === '__proto__') {
        Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true })
      } else members[name] = value
      const code = skipSpace()
      if (code !== 44 && code !== 125) throw fail()
      at++
      if (code === 125) return members
    }
  }

  function readValue(): JsonValue {
    const code = skipSpace()
    if (code === 34) return readString()
    if (code !== 123 && code !== 91) return readScalar()
    if (++depth > MAX_DEPTH) throw new SyntaxError(`nested deeper than ${MAX_DEPTH} levels`)
    const value = code === 123 ? readObject() : readArray()
    depth--
    return value
  }

  const value = readValue()
  skipSpace()
  if (at < text.length) throw fail()
  return { value, nonFinite }
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasWideInteger, parseExact, parseJson } from '../../../src/qmp/json-parse.ts'
import { stringifyJson } from '../../../src/qmp/json-stringify.ts'

const wide = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
  .filter((value) => !Number.isSafeInteger(Number(value)))

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    // A large whole double is written as an integer, so it comes back as one.
    fc
      .double({ noDefaultInfinity: true, noNaN: true })
      .filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value))
      .map((value) => value + 0),
    fc.integer(),
    wide,
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value

describe('exact integers', () => {
  test.each([
    ['18446744073709551615', 18446744073709551615n],
    ['-9223372036854775808', -9223372036854775808n],
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['0.33333333333333331', 1 / 3],
    ['"12345678901234567890"', '12345678901234567890'],
    ['1e30', 1e30],
  ])('%s', (text, value) => {
    expect(parseJson(text)).toBe(value)
    expect(parseJson(`{"a":[${text}],"b":0}`)).toEqual({ a: [value], b: 0 })
  })

  test('are found at any place in the text', () => {
    for (let before = 0; before < 40; before++) {
      const text = `["${'x'.repeat(before)}",9007199254740993]`
      expect(hasWideInteger(text)).toBe(true)
      expect(parseJson(text)).toEqual(['x'.repeat(before), 9007199254740993n])
    }
  })

  test('timestamps and sizes do not raise the alarm', () => {
    expect(hasWideInteger('{"timestamp": {"seconds": 1795210762, "microseconds": 611535}}')).toBe(false)
    expect(hasWideInteger('[9007199254740991, 0.3333333333333333, 1.7976931348623157e+308]')).toBe(false)
  })
})

describe('the exact parser', () => {
  test('round trip with stringifyJson', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = stringifyJson(value)
        expect(parseExact(text)).toEqual({ value, nonFinite: false })
        expect(parseJson(text)).toEqual(value)
      }),
    )
  })

  test('agrees with JSON.parse on what is and what is not JSON', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\u00e9\\n"',
      '1',
      '-0',
      '1.5e3',
      '01',
      'null',
      ' ',
      '"',
      '\\',
      'tru',
      '\t',
      '"\t"',
    )
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 9 }).map((parts) => parts.join('')),
        (text) => {
          let expected: unknown
          try {
            expected = JSON.parse(text)
          } catch {
            expect(() => parseExact(text)).toThrow(SyntaxError)
            return
          }
          expect(parseExact(text).value).toEqual(expected)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('a member named __proto__ is data', () => {
    const { value } = parseExact('{"__proto__": 1}')
    expect(Object.getOwnPropertyNames(value)).toEqual(['__proto__'])
  })

  test('a number with more digits than any double is an error, and no BigInt is made of it', () => {
    expect(parseExact('9'.repeat(309)).value).toBe(BigInt('9'.repeat(309)))
    for (const text of ['9'.repeat(1_000_000), `{"a":[-${'1'.repeat(1_000_000)}]}`])
      expect(() => parseJson(text)).toThrow('a number of more than 400 digits')
  })

  test('hostile nesting is an error, not a crash', () => {
    expect(() => parseExact('['.repeat(1_000_000))).toThrow(SyntaxError)
  })
})

describe('stringifyJson', () => {
  test('is compact ASCII', () => {
    expect(stringifyJson({ a: [1, 2n, -0, 'ü\u{1f600}\u007f'], b: undefined, c: null })).toBe(
      '{"a":[1,2,0,"\\u00fc\\ud83d\\ude00\\u007f"],"c":null}',
    )
    expect(stringifyJson('\u0000')).toBe('"\\u0000"')
  })

  test.each([
    [0xffff800000000000, '18446603336221196288'],
    [-(2 ** 63), '-9223372036854775808'],
    [2 ** 53, '9007199254740992'],
    [2 ** 64 - 2048, '18446744073709549568'],
    [0.1, '0.1'],
    [1e30, '1e+30'],
  ])('%d has the digits it stands for', (value, text) => {
    expect(stringifyJson({ value })).toBe(`{"value":${text}}`)
  })

  test.each([
    ['a lone high surrogate', { a: { b: 'x\ud800' } }, 'a.b'],
    ['a lone low surrogate in a key', { 'k\udc00': 1 }, 'k\udc00'],
    ['U+FDD0', ['\ufdd0'], '[0]'],
    ['U+FDEF', '\ufdef', ''],
    ['U+FFFE', '\ufffe', ''],
    ['U+FFFF', '\uffff', ''],
    ['U+1FFFE', '\u{1fffe}', ''],
    ['U+10FFFF', '\u{10ffff}', ''],
    ['NaN', { a: Number.NaN }, 'a'],
    ['Infinity', [1, Number.POSITIVE_INFINITY], '[1]'],
    ['undefined in an array', [undefined], '[0]'],
    ['a function', { f: () => 1 }, 'f'],
    ['a symbol', { s: Symbol('s') }, 's'],
    ['a Map', { m: new Map() }, 'm'],
    ['bytes', { b: new Uint8Array(3) }, 'b'],
  ])('refuses %s', (_what, value, path) => {
    expect(() => stringifyJson(value)).toThrow(
      expect.objectContaining({ code: 'QMP_INVALID_ARGUMENT', details: { path } }),
    )
  })

  test('refuses all 66 noncharacters and no other character', () => {
    let refused = 0
    for (let point = 0; point <= 0x10ffff; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue
      const low = point & 0xffff
      if (low < 0xfdd0 && low > 0x20) continue
      try {
        stringifyJson(String.fromCodePoint(point))
      } catch {
        refused++
      }
    }
    expect(refused).toBe(66)
  })

  test('refuses a cycle and more than 1000 levels, and takes 1000', () => {
    const cycle: { self?: unknown; other?: unknown } = {}
    cycle.self = cycle
    cycle.other = cycle
    expect(() => stringifyJson(cycle)).toThrow(/contains itself/)
    const nest = (levels: number): unknown => {
      let value: unknown = 0
      for (let level = 0; level < levels; level++) value = [value]
      return value
    }
    expect(stringifyJson(nest(1000))).toHaveLength(2001)
    expect(() => stringifyJson(nest(1001))).toThrow(/1000 levels/)
  })

  test('the message never holds the value', () => {
    expect(() => stringifyJson({ data: 'geheim\ud800' })).not.toThrow(/geheim/)
    expect(() => stringifyJson({ data: 'geheim\ud800' })).toThrow(/data/)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Framer } from '../../../src/qmp/framing.ts'
import { parseJson } from '../../../src/qmp/json-parse.ts'

type Taken = [message: unknown, nonFinite: boolean]

function frame(chunks: readonly (string | Buffer)[], maxBytes?: number): Taken[] {
  const taken: Taken[] = []
  const framer = new Framer((message, nonFinite) => taken.push([message, nonFinite]), maxBytes)
  for (const chunk of chunks) framer.push(Buffer.from(chunk))
  return taken
}

const messages = (...chunks: (string | Buffer)[]) => frame(chunks).map(([message]) => message)

const STREAM =
  '{"QMP": {"version": {"qemu": {"micro": 22}}, "capabilities": ["oob"]}}\r\n' +
  '\r\n' +
  '{"return": 18446744073709551615, "id": 1}\r\n' +
  '{"return": {"text": "grüße \u{1f600} 12345678901234567890"}, "id": 2}\n' +
  '{\r\n    "return": {\r\n        "a": [\r\n        ]\r\n    },\r\n    "id": 3\r\n}\r\n' +
  '{"timestamp": {"seconds": -1, "microseconds": -1}, "event": "STOP"}\r\n'
const PARSED = [
  { QMP: { version: { qemu: { micro: 22 } }, capabilities: ['oob'] } },
  { return: 18446744073709551615n, id: 1 },
  { return: { text: 'grüße \u{1f600} 12345678901234567890' }, id: 2 },
  { return: { a: [] }, id: 3 },
  { timestamp: { seconds: -1, microseconds: -1 }, event: 'STOP' },
]

describe('messages', () => {
  test('come out the same at every split point', () => {
    const bytes = Buffer.from(STREAM)
    expect(messages(bytes)).toEqual(PARSED)
    for (let at = 0; at <= bytes.length; at++) {
      expect(messages(bytes.subarray(0, at), bytes.subarray(at))).toEqual(PARSED)
    }
  })

  test('come out the same of chunks that were only lent', () => {
    const bytes = Buffer.from(STREAM)
    for (const size of [1, 7, 30]) {
      const taken: unknown[] = []
      const framer = new Framer((message) => taken.push(message))
      for (let at = 0; at < bytes.length; at += size) {
        const lent = Buffer.from(bytes.subarray(at, at + size))
        framer.push(lent)
        lent.fill('x')
      }
      expect(taken).toEqual(PARSED)
    }
  })

  test('come out the same byte by byte', () => {
    const bytes = Buffer.from(STREAM)
    expect(messages(...Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(PARSED)
  })

  test('come out the same however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 12 }),
        fc.array(fc.nat(400), { maxLength: 12 }),
        (values, cuts) => {
          const bytes = Buffer.from(
            values.map((value) => `${JSON.stringify({ return: value })}\r\n`).join(''),
          )
          const chunks: Buffer[] = []
          let from = 0
          for (const cut of cuts) {
            chunks.push(bytes.subarray(from, from + cut))
            from += cut
          }
          chunks.push(bytes.subarray(from))
          const expected = values.map((value) => parseJson(JSON.stringify({ return: value })))
          expect(messages(...chunks)).toEqual(expected)
        },
      ),
    )
  })

  test('a pretty-printed monitor is understood', () => {
    const pretty = `${JSON.stringify({ return: [{ name: '}' }, {}] }, null, 4).replaceAll('\n', '\r\n')}\r\n`
    expect(messages(pretty, pretty)).toEqual([
      { return: [{ name: '}' }, {}] },
      { return: [{ name: '}' }, {}] },
    ])
  })

  test('a line of many chunks costs time in proportion to its length', () => {
    const line = Buffer.from(`{"return":"${'x'.repeat(8 * 1024 * 1024)}"}\n`)
    const chunks: Buffer[] = []
    for (let at = 0; at < line.length; at += 512) chunks.push(line.subarray(at, at + 512))
    const started = performance.now()
    expect(messages(...chunks)).toHaveLength(1)
    // 16,000 chunks: a quadratic reader copies 64 GB here and needs minutes.
    expect(performance.now() - started).toBeLessThan(30_000)
  })

  test('none is handed out after stop', () => {
    const taken: unknown[] = []
    const framer = new Framer((message) => {
      taken.push(message)
      framer.stop()
    })
    framer.push(Buffer.from('{"id":1}\n{"id":2}\n'))
    framer.push(Buffer.from('{"id":3}\n'))
    expect(taken).toEqual([{ id: 1 }])
  })
})

describe('what is not JSON', () => {
  test.each([
    '{"return": }\n',
    'QEMU 7.2.22 monitor\r\n',
    '{"a":1}}\n',
    '{"a":01}\n',
    '{"a":infinity}\n',
    ']\n',
  ])('throws QMP_PROTOCOL: %j', (line) => {
    expect(() => frame([line])).toThrow(expect.objectContaining({ code: 'QMP_PROTOCOL' }))
  })

  test.each(['inf', '-inf', 'nan', '-nan'])('a bare %s spoils its own message only', (word) => {
    expect(frame([`{"return": [${word}], "id": 7}\r\n{"return": {}, "id": 8}\r\n`])).toEqual([
      [{ return: [expect.any(Number)], id: 7 }, true],
      [{ return: {}, id: 8 }, false],
    ])
  })
})

describe('the size limit', () => {
  const code = expect.objectContaining({ code: 'QMP_PROTOCOL', details: { maxMessageBytes: 100 } })

  test('holds for a line without end, before it is complete', () => {
    expect(() => frame(['{"a":"', 'x'.repeat(50), 'x'.repeat(50)], 100)).toThrow(code)
  })

  test('holds for a whole line and for a pretty-printed message', () => {
    expect(() => frame([`{"a":"${'x'.repeat(100)}"}\n`], 100)).toThrow(code)
    expect(() => frame(['{\n', ...Array.from({ length: 30 }, () => '  "a": 1,\n')], 100)).toThrow(code)
  })

  test('does not count what came before', () => {
    const line = `{"a":"${'x'.repeat(80)}"}\n`
    expect(frame([line.repeat(5)], 100)).toHaveLength(5)
  })
})

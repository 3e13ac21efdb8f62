import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonFault } from '../../../src/cli/json-fault.ts'
import { parseExact } from '../../../src/qmp/json-parse.ts'

test.each([
  ['', 'early'],
  ['{"a": [1, {}', 'early'],
  ['["a', 'early'],
  ['{"a":', 'early'],
  ['[1 2]', [1, 4]],
  ['[1,]', [1, 4]],
  ['[,]', [1, 2]],
  ['{"a":1,}', [1, 8]],
  ["{'a':1}", [1, 2]],
  ['{"a" 1}', [1, 6]],
  ['{\n  "a": yes\n}', [2, 8]],
  ['["a\\q"]', [1, 4]],
  ['["a\nb"]', [1, 4]],
  ['[01]', [1, 3]],
  ['{} {}', [1, 4]],
  ['[}', [1, 2]],
  ['# text', [1, 1]],
])('%j', (text, place) => {
  const said = place === 'early' ? 'it ends too early' : `line ${place[0]}, column ${place[1]} `
  expect(jsonFault(text)).toContain(said)
})

test('finds the place that the exact parser stops at', () => {
  const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('}', ']', ',', ':', '{', '#', '7'))
  fc.assert(
    fc.property(broken, ([text, place, extra]) => {
      const at = place % (text.length + 1)
      const mutated = `${text.slice(0, at)}${extra}${text.slice(at)}`
      try {
        JSON.parse(mutated)
        return
      } catch {}
      let stop: string | undefined
      try {
        parseExact(mutated)
      } catch (error) {
        stop = /^unexpected character at position (\d+)$/.exec((error as Error).message)?.[1]
      }
      if (stop !== undefined) expect(jsonFault(mutated)).toContain(`column ${Number(stop) + 1} `)
      else expect(jsonFault(mutated)).toMatch(/early|column/)
    }),
    { seed: 1 },
  )
})

test('copes with depth and length', () => {
  expect(jsonFault('['.repeat(200_000))).toContain('early')
  expect(jsonFault(`["${'a'.repeat(5_000_000)}\\n${'b'.repeat(100)}" 1]`)).toContain('column 5000107 ')
})

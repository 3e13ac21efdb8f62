import { expect, test } from 'vitest'
import { excessOf } from '../../../src/qmp/structure.ts'

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`

test('a short message that is nested too deeply is found too, and brackets in strings do not count', () => {
  expect(excessOf(nested(1_024))).toBeUndefined()
  expect(excessOf(nested(1_025))).toBe('nested deeper than 1024 levels')
  expect(excessOf(nested(100_000))).toBe('nested deeper than 1024 levels')
  expect(excessOf(JSON.stringify({ text: `"\\${nested(5_000)}` }))).toBeUndefined()
})

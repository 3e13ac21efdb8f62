import { expect, test } from 'vitest'
import { chosen, isAsked, unknownNames, withoutRow } from '../../bench/names.ts'

const benches = ['launch.status-answered', 'attach. detach.'].map((name) => ({ name, run: async () => [] }))

test.each([
  ['nothing', [], ['launch.status-answered', 'attach. detach.']],
  ['a beginning', ['launch.'], ['launch.status-answered']],
  ['one row of several', ['detach.one'], ['attach. detach.']],
] as const)('%s chooses', (_, asked, names) => {
  expect(chosen(benches, asked).map(({ name }) => name)).toEqual(names)
  expect(unknownNames(benches, asked)).toBeUndefined()
})

test('each name that no bench has is told, with those there are', () => {
  expect(unknownNames(benches, ['launch.', 'lunch', 'dinner'])).toBe(
    'no such row: lunch, dinner; there are launch.status-answered, attach., detach.',
  )
})

test('a name without a row is told', () => {
  const rows = [{ name: 'attach.one' }, { name: 'detach.one' }]
  expect(withoutRow(rows, ['attach.bogus', 'detach.'])).toEqual(['attach.bogus'])
  expect(withoutRow([], [])).toEqual([])
})

test('rows measured beside those asked for were not asked for', () => {
  expect(isAsked('attach.one', [])).toBe(true)
  expect(isAsked('attach.one', ['detach.', 'attach.o'])).toBe(true)
  expect(isAsked('attach.one', ['detach.one'])).toBe(false)
})

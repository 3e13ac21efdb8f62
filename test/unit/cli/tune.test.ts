import { expect, test } from 'vitest'
import { numberIn } from '../../../src/cli/commands/tune.ts'

test.each([
  ['1200\n', 1200],
  ['read: 12.5\nwrite: 7.25 \n\n', 7.25],
  ['1.2e+06\n', 1_200_000],
  ['iops=300', 300],
  ['12 MiB/s\n', undefined],
  ['', undefined],
  ['fio: not found\n', undefined],
])('%j measures %j', (output, number) => {
  expect(numberIn(output)).toBe(number)
})

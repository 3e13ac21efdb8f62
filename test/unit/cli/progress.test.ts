import { expect, test } from 'vitest'
import { formatBytes, formatProgress } from '../../../src/cli/progress.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '0.98 KiB'],
  [10 * 1024, '10.0 KiB'],
  [1024 ** 2, '1.00 MiB'],
  [1023 * 1024 ** 3, '1.00 TiB'],
  [5000 * 1024 ** 4, '5000 TiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('tells the rate, and the time left where the whole is known', () => {
  const mib = 1024 ** 2
  expect(formatProgress(2 * mib, 1000, 6 * mib)).toBe('2.00 MiB of 6.00 MiB, 2.00 MiB/s, 2 s left')
  expect(formatProgress(6 * mib, 3000, 6 * mib)).toBe('6.00 MiB of 6.00 MiB, 2.00 MiB/s')
  expect(formatProgress(mib, 2000)).toBe('1.00 MiB, 512 KiB/s')
  expect(formatProgress(0, 0, mib)).toBe('0 B of 1.00 MiB, 0 B/s')
})

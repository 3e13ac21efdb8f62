import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  formatActivity,
  formatAmount,
  formatBytes,
  formatSeconds,
  ProgressLine,
} from '../../../src/cli/progress.ts'

const mib = 1024 ** 2

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

test.each([
  [1, '1 s'],
  [59_000, '59 s'],
  [61_000, '1:01 min'],
  [3_660_000, '1:01 h'],
])('%i ms are %s', (ms, text) => {
  expect(formatSeconds(ms)).toBe(text)
})

test('tells the rate, and the time left where the whole is known', () => {
  const after = (elapsedMs: number, done: number, total?: number) => formatAmount({ done, total }, elapsedMs)
  expect(after(1000, 2 * mib, 6 * mib)).toBe('2.00 MiB of 6.00 MiB, 2.00 MiB/s, 2 s left')
  expect(after(3000, 6 * mib, 6 * mib)).toBe('6.00 MiB of 6.00 MiB, 2.00 MiB/s')
  expect(after(2000, mib)).toBe('1.00 MiB, 512 KiB/s')
  expect(after(0, 0, mib)).toBe('0 B of 1.00 MiB, 0 B/s')
  expect(formatAmount({ done: 2, total: 6, unit: 'measurements' }, 10_000)).toBe(
    '2 of 6 measurements, 20 s left',
  )
})

test('a line fits the terminal: the name gives way, then the bar', () => {
  const amount = { done: 3 * mib, total: 6 * mib }
  const line = (what: string, columns: number) => formatActivity({ what, elapsedMs: 1000, amount }, columns)
  const numbers = '50 %, 3.00 MiB of 6.00 MiB, 3.00 MiB/s, 1 s left'
  expect(line('a.raw to b', 80)).toBe(`a.raw to b  [########--------]  ${numbers}`)
  expect(line('/srv/images/a.raw to b', 80)).toBe(`/srv/images/a.raw t…  [###---]  ${numbers}`)
  expect(line('/srv/images/a.raw to b', 70)).toBe(`/srv/images/a.raw t…  ${numbers}`)
  expect(line('a', 20)).toHaveLength(20)
  expect(formatActivity({ what: 'web: waiting', elapsedMs: 1500, limitMs: 60_000 }, 80)).toBe(
    'web: waiting, 2 s of 1:00 min',
  )
  expect(formatActivity({ what: 'x'.repeat(200), elapsedMs: 1 }, 20)).toBe(`${'x'.repeat(14)}…, 1 s`)
})

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the line is drawn in place after half a second, moves with its clock, and leaves nothing', () => {
  const drawn: string[] = []
  const screen = { write: (text: string) => drawn.push(text), columns: 20 }
  const line = new ProgressLine(screen, { what: 'web', limitMs: 9000 })
  vi.advanceTimersByTime(499)
  expect(drawn).toEqual([])
  vi.advanceTimersByTime(1001)
  expect(drawn).toEqual(['\rweb, 1 s of 9 s', '\rweb, 2 s of 9 s'])
  for (let bytes = 0; bytes < 1000; bytes++) line.bytes(bytes)
  expect(drawn).toHaveLength(2)
  // What comes next has a clock of its own.
  vi.advanceTimersByTime(500)
  line.say('next')
  vi.advanceTimersByTime(1000)
  expect(drawn.splice(2)).toEqual(['\rnext, 0 s      ', '\rnext, 1 s'])
  line[Symbol.dispose]()
  line[Symbol.dispose]()
  vi.advanceTimersByTime(10_000)
  expect(drawn.slice(2)).toEqual([`\r${' '.repeat(9)}\r`])
})

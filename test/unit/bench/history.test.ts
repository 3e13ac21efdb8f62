import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { askHistory, keepRun, nextNumber } from '../../bench/history.ts'
import { row } from './rows.ts'

let directory: string
const machine = { cpu: 'A', cores: 2, memoryMiB: 4096, kernel: '6.1', node: 'v20' }
const keep = (number: number, ratio: number, rest: object = {}) =>
  keepRun(directory, {
    number,
    at: '2026-01-25T09:53:24.000Z',
    quick: true,
    machine,
    failed: [],
    rows: [row('qmp.x', ratio, [ratio * 0.98, ratio * 1.02])],
    ...rest,
  })

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'qlh-')), 'history')
})

describe('the history of benches', () => {
  test('numbers its runs and lists them with their hosts and notes', () => {
    expect(nextNumber(directory)).toBe(1)
    expect(askHistory(directory, ['list'])).toBe('no run is kept')
    keep(9, 1, { note: 'with TLS' })
    keep(10, 1)
    expect(nextNumber(directory)).toBe(11)
    expect(askHistory(directory, ['list'])?.split('\n')).toEqual([
      expect.stringMatching(
        /^ {2}9 {2}2026-01-25T09:53 {2}quick {2}. of 1 met {2}2 × A, 4096 MiB, Linux 6.1, Node v20$/,
      ),
      '    with TLS',
      expect.stringMatching(/^ 10 /),
    ])
  })

  test('compares two runs, and says what differs between their hosts', () => {
    keep(7, 1)
    keep(9, 2, { machine: { ...machine, cores: 4 } })
    const said = askHistory(directory, ['compare', '7', '9'])
    expect(said).toContain('another host: cores 2 -> 4')
    expect(said).toMatch(/^worse {3}qmp\.x {2}1\.00 -> 2\.00$/m)
    expect(askHistory(directory, ['compare', '9', '9'])).toContain('nothing got worse')
  })

  test('names the runs there are when another is asked for', () => {
    expect(() => askHistory(directory, ['compare', '1', '2'])).toThrow('there is no run 1; none is kept')
    keep(7, 1)
    expect(() => askHistory(directory, ['compare', '7', '8'])).toThrow('there is no run 8; kept are 7')
    expect(() => askHistory(directory, ['compare', '7'])).toThrow('compare 7 9')
  })

  test('leaves the names of benches alone', () => {
    expect(askHistory(directory, ['launch.', 'attach.'])).toBeUndefined()
    expect(askHistory(directory, [])).toBeUndefined()
  })
})

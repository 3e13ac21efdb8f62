import { expect, test } from 'vitest'
import { comparisonTable } from '../../../examples/bench-guest/comparison-table.ts'
import type { Direction, FioJob } from '../../../examples/bench-guest/fio.ts'

function job(factor: number, more: Partial<Direction> = {}): FioJob {
  const side = {
    iops: 2243 * factor,
    bytesPerSecond: 9227469 * factor,
    meanMs: 41.6 / factor,
    p99Ms: 75 / factor,
    ...more,
  }
  return { name: 'randrw_70_30', errors: 0, read: side, write: side }
}
const lines = (table: string, ...indices: number[]) => indices.map((index) => table.split('\n')[index])

test('the table compares the last setting with the first', () => {
  const settings = new Map([
    ['before', job(1)],
    ['between', job(2)],
    ['after', job(38)],
  ])
  expect(lines(comparisonTable(settings), 0, 1, 2, 6)).toEqual([
    '| Metric | before | between | after | last / first |',
    '|---|---|---|---|---|',
    '| Read IOPS | 2,243 | 4,486 | 85,234 | 38.00x |',
    '| Read avg latency | 41.6 ms | 20.8 ms | 1.09 ms | 0.03x |',
  ])
})

test('what is beside the settings comes after the ratio and is not in it', () => {
  const settings = new Map([
    ['before', job(1)],
    ['after', job(38)],
  ])
  expect(lines(comparisonTable(settings, new Map([['host direct', job(40)]])), 0, 2)).toEqual([
    '| Metric | before | after | after / before | host direct |',
    '| Read IOPS | 2,243 | 85,234 | 38.00x | 89,720 |',
  ])
  expect(lines(comparisonTable(settings, new Map()), 0)).toEqual([
    '| Metric | before | after | after / before |',
  ])
})

test('what was not measured, or of a direction without I/O, is no number', () => {
  const settings = new Map([
    ['before', job(1, { p99Ms: undefined })],
    ['after', job(1, { iops: 0, bytesPerSecond: 0, meanMs: 5 })],
  ])
  expect(lines(comparisonTable(settings), 2, 6, 8)).toEqual([
    '| Read IOPS | 2,243 | 0 | - |',
    '| Read avg latency | 41.6 ms | - | - |',
    '| Read p99 latency | - | - | - |',
  ])
})

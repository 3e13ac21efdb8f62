import { expect, test } from 'vitest'
import { medianJob } from '../../bench/io/median-job.ts'
import { seedTable } from '../../bench/io/seed-table.ts'

const job = (iops: number, p99Ms: number | undefined) => {
  const side = { iops, bytesPerSecond: iops * 4096, meanMs: 1 / iops, p99Ms }
  return { name: 'lat1', errors: 0, read: side, write: { ...side, p99Ms: undefined } }
}

test('each number is the median of the rounds, of those that have it', () => {
  const { name, read, write } = medianJob([job(1, 9), job(4, undefined), job(2, 7)])
  expect(name).toBe('lat1')
  expect(read).toEqual({ iops: 2, bytesPerSecond: 8192, meanMs: 0.5, p99Ms: 8 })
  expect(write.p99Ms).toBeUndefined()
})

test('the seed’s table has the medians before and after, and beside them what was measured of the job', () => {
  const rounds = (...iops: number[]) => iops.map((each) => new Map([['lat1', job(each, 1)]]))
  const results = new Map([
    ['after', rounds(30, 20, 10)],
    ['before', rounds(10, 5, 20)],
    ['single', rounds(1)],
    ['best', rounds(25)],
    ['host direct', [new Map([['randrw_70_30', job(99, 1)]])]],
  ])
  expect(seedTable(results, 'lat1').split('\n').slice(0, 3)).toEqual([
    '| Metric | before | after | after / before | best |',
    '|---|---|---|---|---|',
    '| Read IOPS | 10 | 20 | 2.00x | 25 |',
  ])
})

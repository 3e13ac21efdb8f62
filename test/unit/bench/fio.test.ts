import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { comparisonTable, parseFio } from '../../../examples/bench-guest/fio.ts'

const recorded = readFileSync(new URL('fio-3.33.json', import.meta.url), 'utf8')

test('a report of fio 3.33 gives its jobs, whatever fio has printed before it', () => {
  const [job, ...others] = parseFio(`fio: io_u error\n${recorded}`)
  expect(others).toEqual([])
  const { read, write } = JSON.parse(recorded).jobs[0]
  expect(job).toEqual({
    name: 'randrw_70_30',
    errors: 0,
    read: {
      iops: read.iops,
      bytesPerSecond: read.bw_bytes,
      meanMs: read.lat_ns.mean / 1e6,
      p99Ms: read.clat_ns.percentile['99.000000'] / 1e6,
    },
    write: {
      iops: write.iops,
      bytesPerSecond: write.bw_bytes,
      meanMs: write.lat_ns.mean / 1e6,
      p99Ms: write.clat_ns.percentile['99.000000'] / 1e6,
    },
  })
})

test('a job that failed has errors', () => {
  const report = JSON.parse(recorded)
  report.jobs[0].error = 5
  expect(parseFio(JSON.stringify(report))[0]?.errors).toBe(1)
  report.jobs[0] = { ...report.jobs[0], error: 0, total_err: 7 }
  expect(parseFio(JSON.stringify(report))[0]?.errors).toBe(7)
})

test.each(['', 'fio: cannot open', '{}', '{"jobs": [{}]}', '{"jobs": 3}'])('%j is refused', (text) => {
  expect(() => parseFio(text)).toThrow('this is no JSON of fio')
})

test('the table compares the last setting with the first', () => {
  const job = (factor: number) => {
    const side = {
      iops: 2243 * factor,
      bytesPerSecond: 9227469 * factor,
      meanMs: 41.6 / factor,
      p99Ms: 75 / factor,
    }
    return { name: 'randrw_70_30', errors: 0, read: side, write: side }
  }
  expect(
    comparisonTable(
      new Map([
        ['before', job(1)],
        ['after', job(38)],
      ]),
    )
      .split('\n')
      .slice(0, 4),
  ).toEqual([
    '| Metric | before | after | last / first |',
    '|---|---|---|---|',
    '| Read IOPS | 2,243 | 85,234 | 38.00x |',
    '| Write IOPS | 2,243 | 85,234 | 38.00x |',
  ])
})

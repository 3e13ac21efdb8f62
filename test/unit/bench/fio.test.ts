import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseFio } from '../../../examples/bench-guest/fio.ts'

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

/** The recorded report with one thing changed. */
function changed(change: (job: typeof template) => void): string {
  const report = JSON.parse(recorded)
  change(report.jobs[0])
  return JSON.stringify(report, undefined, 2)
}
const template: {
  jobname: string
  read: { clat_ns: { percentile?: object }; lat_ns: { mean: number; percentile?: object } }
} = JSON.parse(recorded).jobs[0]

test.each([
  ['before it', `fio: {bad} "quote\n{ no JSON\n${recorded}`],
  ['after it', `${recorded}\nfio: {done}\n{`],
  ['on the line of its end', `${recorded.trimEnd()} fio: done }`],
  [
    'another report before it',
    `${changed((job) => (job.jobname = 'early'))}\nfio: {"jobs": []}\n${recorded}`,
  ],
])('text is passed over: %s', (_, text) => {
  expect(parseFio(text)).toEqual(parseFio(recorded))
})

test('without the percentile of completion that of the whole latency counts, then none', () => {
  const ofAll = changed(({ read }) => {
    delete read.clat_ns.percentile
    read.lat_ns.percentile = { '99.000000': 3_000_000 }
  })
  expect(parseFio(ofAll)[0]?.read.p99Ms).toBe(3)
  const none = changed(({ read }) => {
    delete read.clat_ns.percentile
    read.lat_ns.mean = 0
  })
  expect(parseFio(none)[0]?.read).toMatchObject({ p99Ms: undefined, meanMs: undefined })
})

test('entries of one name are refused', () => {
  const report = JSON.parse(recorded)
  report.jobs.push(report.jobs[0])
  expect(() => parseFio(JSON.stringify(report))).toThrow(
    'randrw_70_30 is there more than once: run fio with group_reporting',
  )
})

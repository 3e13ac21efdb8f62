import type { Direction, FioJob } from './fio.ts'

type Settings = ReadonlyMap<string, FioJob>

/**
 * The same job under several settings, as a Markdown table; its ratio compares the last setting with the first. Settings
 * to be seen `beside` them have their columns after it; the ratio then names what it compares, also when there are none.
 */
export function comparisonTable(settings: Settings, beside?: Settings): string {
  const [names, jobs] = [[...settings.keys()], [...settings.values()]]
  const [first, last] = [jobs[0], jobs.at(-1)]
  if (first === undefined || last === undefined) return ''
  const others = [...(beside?.values() ?? [])]
  const ratio = beside === undefined ? 'last / first' : `${names.at(-1)} / ${names[0]}`
  const lines = metrics.map(([name, value, format]) => {
    const cell = (job: FioJob) => said(value(job), format)
    return [name, ...jobs.map(cell), change(value(first), value(last)), ...others.map(cell)]
  })
  const head = ['Metric', ...names, ratio, ...(beside?.keys() ?? [])]
  return [tableRow(head), `|${'---|'.repeat(head.length)}`, ...lines.map(tableRow)].join('\n')
}

const metrics: readonly [string, (job: FioJob) => number | undefined, (value: number) => string][] = [
  ['Read IOPS', (job) => job.read.iops, grouped],
  ['Write IOPS', (job) => job.write.iops, grouped],
  ['Read BW', (job) => job.read.bytesPerSecond, mibs],
  ['Write BW', (job) => job.write.bytesPerSecond, mibs],
  ['Read avg latency', ({ read }) => latency(read, read.meanMs), milliseconds],
  ['Write avg latency', ({ write }) => latency(write, write.meanMs), milliseconds],
  ['Read p99 latency', ({ read }) => latency(read, read.p99Ms), milliseconds],
  ['Write p99 latency', ({ write }) => latency(write, write.p99Ms), milliseconds],
]

/** Where nothing is read, nothing takes its time. */
const latency = ({ iops }: Direction, ms: number | undefined) => (iops > 0 ? ms : undefined)

const mib = 1024 * 1024

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function mibs(value: number): string {
  return `${(value / mib).toFixed(1)} MiB/s`
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`
}

const said = (value: number | undefined, format: (value: number) => string) =>
  value === undefined ? '-' : format(value)

function change(before = 0, after = 0): string {
  return before > 0 && after > 0 ? `${(after / before).toFixed(2)}x` : '-'
}

const tableRow = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

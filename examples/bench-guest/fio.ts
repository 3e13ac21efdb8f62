/** One direction of a job. Times are from the request to its completion. */
export interface Direction {
  readonly iops: number
  readonly bytesPerSecond: number
  readonly meanMs: number
  readonly p99Ms: number
}

/** A job of fio, its threads taken together. */
export interface FioJob {
  readonly name: string
  /** Requests that failed. */
  readonly errors: number
  readonly read: Direction
  readonly write: Direction
}

/**
 * The jobs of fio's JSON (`--output-format=json`, with `group_reporting`), whatever fio has printed before it.
 * @throws Error when it is not that.
 */
export function parseFio(text: string): FioJob[] {
  const start = text.indexOf('{')
  const report: unknown = start < 0 ? undefined : JSON.parse(text.slice(start))
  const jobs = member(report, 'jobs')
  if (!Array.isArray(jobs)) throw new Error('this is no JSON of fio: run it with --output-format=json')
  return jobs.map((job: unknown) => ({
    name: String(member(job, 'jobname')),
    errors: number(job, 'error') === 0 ? number(job, 'total_err', 0) : 1,
    read: direction(member(job, 'read')),
    write: direction(member(job, 'write')),
  }))
}

function direction(data: unknown): Direction {
  const percentiles = member(member(data, 'clat_ns'), 'percentile')
  return {
    iops: number(data, 'iops'),
    bytesPerSecond: number(data, 'bw_bytes'),
    meanMs: number(member(data, 'lat_ns'), 'mean') / 1e6,
    p99Ms: number(percentiles, '99.000000', 0) / 1e6,
  }
}

const member = (data: unknown, key: string): unknown =>
  typeof data === 'object' && data !== null ? Reflect.get(data, key) : undefined

function number(data: unknown, key: string, absent?: number): number {
  const value = member(data, key) ?? absent
  if (typeof value !== 'number') throw new Error(`this is no JSON of fio: ${key} is ${String(value)}`)
  return value
}

const mib = 1024 * 1024
const metrics: readonly [string, (job: FioJob) => number, (value: number) => string][] = [
  ['Read IOPS', (job) => job.read.iops, grouped],
  ['Write IOPS', (job) => job.write.iops, grouped],
  ['Read BW', (job) => job.read.bytesPerSecond, mibs],
  ['Write BW', (job) => job.write.bytesPerSecond, mibs],
  ['Read avg latency', (job) => job.read.meanMs, milliseconds],
  ['Write avg latency', (job) => job.write.meanMs, milliseconds],
  ['Read p99 latency', (job) => job.read.p99Ms, milliseconds],
  ['Write p99 latency', (job) => job.write.p99Ms, milliseconds],
]

/** The same job under several settings, as a Markdown table; the last column compares the last setting with the first. */
export function comparisonTable(settings: ReadonlyMap<string, FioJob>): string {
  const jobs = [...settings.values()]
  const [first, last] = [jobs[0], jobs.at(-1)]
  if (first === undefined || last === undefined) return ''
  const lines = metrics.map(([name, value, format]) => {
    const cells = jobs.map((job) => format(value(job)))
    return `| ${name} | ${cells.join(' | ')} | ${change(value(first), value(last))} |`
  })
  const head = `| Metric | ${[...settings.keys()].join(' | ')} | last / first |`
  return [head, `|---|${jobs.map(() => '---').join('|')}|---|`, ...lines].join('\n')
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function mibs(value: number): string {
  return `${(value / mib).toFixed(1)} MiB/s`
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`
}

function change(before: number, after: number): string {
  return before > 0 ? `${(after / before).toFixed(2)}x` : '-'
}

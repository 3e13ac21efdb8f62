import { jsonDocuments } from './json-documents.ts'

/** One direction of a job. Times are from the request to its completion; undefined where fio did not tell them. */
export interface Direction {
  readonly iops: number
  readonly bytesPerSecond: number
  readonly meanMs: number | undefined
  readonly p99Ms: number | undefined
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
 * The jobs of fio's JSON (`--output-format=json`, with `group_reporting`), whatever fio has printed around it. Of several
 * reports (`--status-interval`) the last one counts.
 * @throws Error when it is not that.
 */
export function parseFio(text: string): FioJob[] {
  const entries = jsonDocuments(text)
    .map((document) => member(document, 'jobs'))
    .findLast((jobs) => Array.isArray(jobs) && jobs.length > 0)
  if (!Array.isArray(entries)) throw new Error('this is no JSON of fio: run it with --output-format=json')
  const jobs = entries.map((job: unknown) => ({
    name: String(member(job, 'jobname')),
    errors: number(job, 'error') === 0 ? number(job, 'total_err', 0) : 1,
    read: direction(member(job, 'read')),
    write: direction(member(job, 'write')),
  }))
  const names = jobs.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Error(`${twice} is there more than once: run fio with group_reporting`)
  return jobs
}

function direction(data: unknown): Direction {
  const [ofCompletion, ofAll] = ['clat_ns', 'lat_ns'].map((kind) => member(member(data, kind), 'percentile'))
  return {
    iops: number(data, 'iops'),
    bytesPerSecond: number(data, 'bw_bytes'),
    // Zero of what was not measured, as with `gtod_reduce` or without a request.
    meanMs: milliseconds(number(member(data, 'lat_ns'), 'mean', 0)),
    p99Ms: milliseconds(number(ofCompletion, p99, 0)) ?? milliseconds(number(ofAll, p99, 0)),
  }
}

const p99 = '99.000000'

const milliseconds = (ns: number) => (ns > 0 ? ns / 1e6 : undefined)

const member = (data: unknown, key: string): unknown =>
  typeof data === 'object' && data !== null ? Reflect.get(data, key) : undefined

function number(data: unknown, key: string, absent?: number): number {
  const value = member(data, key) ?? absent
  if (typeof value !== 'number') throw new Error(`this is no JSON of fio: ${key} is ${String(value)}`)
  return value
}

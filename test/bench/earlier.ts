import type { Row } from './rounds.ts'

/** A row as an earlier run wrote it: of any age, with null for a number that was not finite. */
export type EarlierRow = Pick<Row, 'name'> & { readonly [Key in keyof Row]?: Row[Key] | null }

/** The document of an earlier `--json`. */
export interface EarlierReport {
  readonly quick?: boolean
  readonly rows: readonly EarlierRow[]
}

/** @throws Error when it is no report. */
export function parseEarlier(text: string): EarlierReport {
  const report: unknown = JSON.parse(text)
  if (!isRecord(report) || !Array.isArray(report.rows))
    throw new Error('no report of a bench: it has no list `rows`')
  const rows: unknown[] = report.rows
  return {
    rows: rows.filter(isEarlierRow),
    ...(typeof report.quick === 'boolean' ? { quick: report.quick } : {}),
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const isEarlierRow = (value: unknown): value is EarlierRow =>
  isRecord(value) && typeof value.name === 'string'

/** What the target bounds, and the middle half of it over the rounds. */
export interface Judged {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** Undefined where the row has no number of it. Rows from before `judged` have the ratio and its spread instead. */
export function judgedOf(row: EarlierRow, bound: Row['bound']): Judged | undefined {
  if (isNumber(row.judged) && row.bound === bound) return between(row.judged, row.quartiles)
  if (bound !== 'excess')
    return isNumber(row.ratioToFloor) ? between(row.ratioToFloor, row.spread) : undefined
  return isNumber(row.ours) && isNumber(row.floor) ? between(row.ours - row.floor, undefined) : undefined
}

function between(median: number, ends: unknown): Judged {
  const [low, high]: unknown[] = Array.isArray(ends) ? ends : []
  return isNumber(low) && isNumber(high) ? { median, low, high } : { median, low: median, high: median }
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

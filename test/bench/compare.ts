import { type EarlierReport, type EarlierRow, type Judged, judgedOf } from './earlier.ts'
import type { Report } from './report.ts'
import type { Row } from './rounds.ts'

/** A row of two runs; where one has no number, NaN. */
export interface Change {
  readonly name: string
  readonly before: number
  readonly now: number
  readonly verdict: 'worse' | 'better' | 'same' | 'new' | 'gone'
}

// Two runs of the same code differ by as much on a noisy machine.
const noise = 0.1

/**
 * What became of each row by what its target bounds, which the speed of the machine hardly changes: the ratio to its floor,
 * or what is above the floor. A change counts when it is more than a tenth and each run's median lies outside of the other's
 * middle half; for a row that no longer meets its target, the latter alone. Rows that only the earlier run has are gone,
 * if they were asked for. Pure.
 */
export function compareReports(
  before: EarlierReport,
  now: Report,
  isAsked: (name: string) => boolean = () => true,
): Change[] {
  const known = new Map(before.rows.map((row) => [row.name, row]))
  const measured = new Set(now.rows.map(({ name }) => name))
  const gone = [...known.values()].filter(({ name }) => !measured.has(name) && isAsked(name))
  return [...now.rows.map((row) => change(known.get(row.name), row)), ...gone.map(leave)]
}

function change(old: EarlierRow | undefined, row: Row): Change {
  const { name } = row
  const was = old === undefined ? undefined : judgedOf(old, row.bound)
  const before = was?.median ?? Number.NaN
  const is = judgedOf(row, row.bound)
  if (is === undefined) return { name, before, now: Number.NaN, verdict: 'worse' }
  if (was === undefined) return { name, before, now: is.median, verdict: 'new' }
  return { name, before, now: is.median, verdict: verdict(was, is, row, old?.met === true && !row.met) }
}

function verdict(was: Judged, is: Judged, row: Row, isLost: boolean): Change['verdict'] {
  const moved = is.median - was.median
  const size = Math.abs(was.median)
  const least = noise * (row.bound === 'excess' ? Math.max(size, row.target) : size)
  if (isWithin(is.median, was) || isWithin(was.median, is)) return 'same'
  if (moved > 0 === (row.better === 'more')) return Math.abs(moved) > least ? 'better' : 'same'
  return isLost || Math.abs(moved) > least ? 'worse' : 'same'
}

const isWithin = (value: number, { low, high }: Judged) => value >= low && value <= high

function leave(row: EarlierRow): Change {
  const before = judgedOf(row, row.bound ?? 'ratio')?.median ?? Number.NaN
  return { name: row.name, before, now: Number.NaN, verdict: 'gone' }
}

export const isLoss = ({ verdict }: Change): boolean => verdict === 'worse' || verdict === 'gone'

export function formatComparison(changes: readonly Change[]): string {
  const lines = changes.map(
    ({ name, before, now, verdict }) => `${verdict.padEnd(6)}  ${name}  ${short(before)} -> ${short(now)}`,
  )
  const losses = changes.filter(isLoss).length
  return [...lines, losses === 0 ? 'nothing got worse' : `${losses} got worse`].join('\n')
}

/** What to say of two reports that were not measured alike; undefined when they were, or the earlier one does not tell. */
export function unlike(before: EarlierReport, now: Report): string | undefined {
  if (before.quick === undefined || before.quick === now.quick) return undefined
  const [quick, full] = now.quick ? ['this', 'the earlier'] : ['the earlier', 'this']
  return `${quick} run was a quick one and ${full} one was not: their rounds differ, and some rows are in one only`
}

const short = (value: number) => (Number.isNaN(value) ? '-' : value.toFixed(2))

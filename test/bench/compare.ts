import type { Report } from './report.ts'
import type { Row } from './rounds.ts'

/** A row of two runs. */
export interface Change {
  readonly name: string
  readonly before: number
  readonly now: number
  readonly verdict: 'worse' | 'better' | 'same' | 'new'
}

// Two runs of the same code differ by as much on a noisy machine.
const noise = 0.1

/**
 * What became of each row's ratio to its floor, which the speed of the machine does not change. A change counts when it
 * is more than a tenth and each run's median lies outside of what the other run saw. Pure.
 */
export function compareReports(before: Report, now: Report): Change[] {
  const known = new Map(before.rows.map((row) => [row.name, row]))
  return now.rows.map((row) => {
    const old = known.get(row.name)
    if (old === undefined)
      return { name: row.name, before: Number.NaN, now: row.ratioToFloor, verdict: 'new' }
    return { name: row.name, before: old.ratioToFloor, now: row.ratioToFloor, verdict: verdict(old, row) }
  })
}

function verdict(old: Row, row: Row): Change['verdict'] {
  const change = row.ratioToFloor / old.ratioToFloor - 1
  const overlap = within(row.ratioToFloor, old.spread) || within(old.ratioToFloor, row.spread)
  if (Math.abs(change) <= noise || overlap) return 'same'
  return change > 0 === (row.bound === 'rate') ? 'better' : 'worse'
}

const within = (value: number, [low, high]: Row['spread']) => value >= low && value <= high

export function formatComparison(changes: readonly Change[]): string {
  const lines = changes.map(
    ({ name, before, now, verdict }) =>
      `${verdict.padEnd(6)}  ${name}  ${Number.isNaN(before) ? '-' : before.toFixed(2)} -> ${now.toFixed(2)}`,
  )
  const worse = changes.filter(({ verdict }) => verdict === 'worse').length
  return [...lines, worse === 0 ? 'nothing got worse' : `${worse} got worse`].join('\n')
}

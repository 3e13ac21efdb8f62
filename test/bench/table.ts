import type { Row } from './rounds.ts'

const HEAD = ['row', 'ours', 'floor', 'ratio', 'spread', 'target', '', 'peers'] as const

export function formatTable(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)]
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cells(row: Row): string[] {
  return [
    row.name,
    `${row.ours} ${row.unit}`,
    `${row.floor} ${row.unit}`,
    row.ratioToFloor.toFixed(2),
    `${row.spread[0].toFixed(2)}–${row.spread[1].toFixed(2)} (n=${row.n})`,
    target(row),
    row.met ? 'met' : 'MISSED',
    Object.entries(row.peers)
      .map(([name, cost]) => `${name} ${cost}`)
      .join(', '),
  ]
}

/** A target as people read it. */
export function target({ target, bound, unit }: Row): string {
  if (bound === 'rate') return `≥ ${target}`
  return bound === 'excess' ? `≤ floor + ${target} ${unit}` : `≤ ${target}`
}

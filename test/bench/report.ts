import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Results } from './bench.ts'
import { chart } from './chart.ts'
import type { Row } from './rounds.ts'
import { target } from './table.ts'

/** The document of `--json`. */
export interface Report extends Results {
  readonly machine: Readonly<Record<string, string | number>>
  /** Measured with fewer and shorter rounds, and without some rows. */
  readonly quick: boolean
}

/** Writes `report.md` and a chart for each family of rows into a directory; gives the path of the former. */
export function writeReport(directory: string, report: Report): string {
  mkdirSync(directory, { recursive: true })
  const families = new Map<string, Row[]>()
  for (const row of report.rows) {
    const family = row.name.slice(0, row.name.indexOf('.'))
    families.set(family, [...(families.get(family) ?? []), row])
  }
  for (const [family, rows] of families) writeFileSync(join(directory, `${family}.svg`), chart(family, rows))
  const path = join(directory, 'report.md')
  writeFileSync(path, markdown(report, families))
  return path
}

const method =
  'Unless a row’s note says otherwise, each round measures every variant once, in a changing order; the ratio is the median of the rounds’ ratios of ours to the floor, the spread their least and greatest.'

function markdown({ machine, quick, failed }: Report, families: ReadonlyMap<string, readonly Row[]>): string {
  const host = Object.entries(machine).map(([key, value]) => `${key} ${value}`)
  const sections = [...families].map(
    ([family, rows]) =>
      `## ${family}\n\n![${family}](${family}.svg)\n\n${table(rows)}\n${notes(rows)}${tables(rows)}`,
  )
  return `# Benchmarks\n\n${host.join(' · ')}${quick ? ' · quick' : ''}\n\n${method}\n\n${failures(failed)}${sections.join('\n')}`
}

function table(rows: readonly Row[]): string {
  const head =
    '| row | ours | floor | ratio | spread | n | target | | peers |\n|---|---|---|---|---|---|---|---|---|'
  const lines = rows.map((row) => {
    const peers = Object.entries(row.peers).map(([name, cost]) => `${name} ${cost}`)
    const [low, high] = row.spread
    return `| ${row.name} | ${row.ours} ${row.unit} | ${row.floor} ${row.unit} | ${row.ratioToFloor.toFixed(2)} | ${low.toFixed(2)}–${high.toFixed(2)} | ${row.n} | ${target(row)} | ${row.met ? 'met' : '**missed**'} | ${peers.join(', ')} |`
  })
  return [head, ...lines].join('\n')
}

function notes(rows: readonly Row[]): string {
  return `${rows.flatMap(({ name, note }) => (note === undefined ? [] : [`\n- \`${name}\`: ${note}`])).join('')}\n`
}

function tables(rows: readonly Row[]): string {
  return rows
    .flatMap(({ name, table }) => (table === undefined ? [] : [`\n### ${name}\n\n${table}\n`]))
    .join('')
}

function failures(failed: Report['failed']): string {
  const lines = failed.map(({ name, message }) => `- \`${name}\`: ${message.replaceAll(/\s+/g, ' ')}\n`)
  return lines.length === 0 ? '' : `## failed\n\n${lines.join('')}\n`
}

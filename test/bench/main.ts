import { writeFileSync } from 'node:fs'
import { arch, cpus, release, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { qmpRows } from './qmp/rows.ts'
import type { Row } from './rounds.ts'
import { formatTable } from './table.ts'

/** A family of rows: what it is called, and what measures it. */
export interface Bench {
  readonly name: string
  run(quick: boolean): Promise<Row>
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
})

await using family = await qmpRows()
const chosen = family.rows.filter(
  ({ name }) => positionals.length === 0 || positionals.some((prefix) => name.startsWith(prefix)),
)
if (chosen.length === 0) {
  throw new Error(`no such row; there are ${family.rows.map(({ name }) => name).join(', ')}`)
}
const rows: Row[] = []
for (const bench of chosen) {
  console.error(`${bench.name} …`)
  rows.push(await bench.run(values.quick))
}
console.log(formatTable(rows))
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 1024 / 1024),
  kernel: release(),
  arch: arch(),
  node: process.version,
}
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ machine, rows }, undefined, 2)}\n`)

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { arch, cpus, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { endProcessesOf } from '../support/orphans.ts'
import { compareReports, formatComparison } from './compare.ts'
import { limitGuestRows } from './io/limit-guest.ts'
import { limitHostRows } from './io/limit-host.ts'
import { limitKernelRows } from './io/limit-kernel.ts'
import { ioRows } from './io/rows.ts'
import { qmpRows } from './qmp/rows.ts'
import { type Report, writeReport } from './report.ts'
import type { Row } from './rounds.ts'
import { formatTable } from './table.ts'
import { fleetRows } from './vm/fleet.ts'
import { hotplugRows } from './vm/hotplug.ts'
import { launchRow } from './vm/launch.ts'

/** One row, or several measured in one run. */
export interface Bench {
  /** The name of its row; of several, what their names begin with, apart by blanks. */
  readonly name: string
  run(quick: boolean): Promise<Row | readonly Row[]>
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    report: { type: 'string', default: 'bench-report' },
    compare: { type: 'string' },
  },
})
const temporary = mkdtempSync(join(tmpdir(), 'qlb-'))
process.env.TMPDIR = temporary
// The state of VMs is in memory, as /run is on most hosts.
const directory = existsSync('/dev/shm') ? mkdtempSync('/dev/shm/qlb-') : temporary
const clear = () => {
  for (const each of [directory, temporary]) rmSync(each, { recursive: true, force: true })
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const each of [directory, temporary]) endProcessesOf(each)
    clear()
    process.kill(process.pid, signal)
  })
}

/** A whole name, or its beginning, as people type it. */
const isChosen = (name: string) =>
  positionals.length === 0 ||
  name.split(' ').some((own) => positionals.some((asked) => own.startsWith(asked) || asked.startsWith(own)))

try {
  await using qmp = await qmpRows()
  const benches = [
    ...qmp.rows,
    launchRow(directory),
    hotplugRows(directory),
    ...fleetRows(directory),
    ...ioRows(directory),
    ...limitHostRows(),
    ...limitKernelRows(),
    ...limitGuestRows(directory),
  ]
  const chosen = benches.filter(({ name }) => isChosen(name))
  if (chosen.length === 0) {
    throw new Error(`no such row; there are ${benches.map(({ name }) => name).join(', ')}`)
  }
  const rows: Row[] = []
  for (const bench of chosen) {
    console.error(`${bench.name} …`)
    const start = performance.now()
    rows.push(...[await bench.run(values.quick)].flat())
    console.error(`  ${((performance.now() - start) / 1000).toFixed(1)} s`)
  }
  const report: Report = { machine: machine(), quick: values.quick, rows }
  console.log(formatTable(rows))
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
  console.error(`report: ${writeReport(values.report, report)}`)
  if (values.compare !== undefined) {
    const changes = compareReports(JSON.parse(readFileSync(values.compare, 'utf8')), report)
    console.log(`\n${formatComparison(changes)}`)
    if (changes.some(({ verdict }) => verdict === 'worse')) process.exitCode = 1
  }
} finally {
  clear()
}

function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    arch: arch(),
    node: process.version,
  }
}

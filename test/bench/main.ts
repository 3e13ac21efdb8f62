import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch, cpus, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { endProcessesOf } from '../support/orphans.ts'
import { type Arguments, readArguments } from './arguments.ts'
import { type Bench, type Results, runBenches } from './bench.ts'
import { compareReports, formatComparison, isLoss, unlike } from './compare.ts'
import { keepRun, nextNumber } from './history.ts'
import { limitGuestRows } from './io/limit-guest.ts'
import { limitHostRows } from './io/limit-host.ts'
import { limitKernelRows } from './io/limit-kernel.ts'
import { localCacheRows } from './io/local-cache.ts'
import { ioRows } from './io/rows.ts'
import { chosen, isAsked, unknownNames, withoutRow } from './names.ts'
import { qmpRows } from './qmp/rows.ts'
import { reason } from './reason.ts'
import { type Report, writeReport } from './report.ts'
import { formatTable } from './table.ts'
import { cloneRows } from './vm/clones.ts'
import { fleetRows } from './vm/fleet.ts'
import { hotplugRows } from './vm/hotplug.ts'
import { launchRow } from './vm/launch.ts'

const asked = argumentsOrExit()
if (asked.told !== undefined) {
  console.log(asked.told)
  process.exit(0)
}
const run = { number: nextNumber(asked.history), at: new Date().toISOString() }
const temporary = mkdtempSync(join(tmpdir(), 'qlb-'))
process.env.TMPDIR = temporary
// The state of VMs is in memory, as /run is on most hosts.
const directory = existsSync('/dev/shm') ? mkdtempSync('/dev/shm/qlb-') : temporary
const clear = () => {
  for (const each of [directory, temporary]) {
    endProcessesOf(each)
    rmSync(each, { recursive: true, force: true })
  }
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    clear()
    process.kill(process.pid, signal)
  })
}

try {
  await using qmp = await qmpRows()
  const benches = [
    ...qmp.rows,
    launchRow(directory),
    hotplugRows(directory),
    ...fleetRows(directory),
    cloneRows(directory),
    ...ioRows(directory),
    ...limitHostRows(),
    ...localCacheRows(),
    ...limitKernelRows(),
    ...limitGuestRows(directory),
  ]
  const unknown = unknownNames(benches, asked.names)
  if (unknown === undefined) process.exitCode = await measureAll(chosen(benches, asked.names))
  else {
    console.error(unknown)
    process.exitCode = 2
  }
} finally {
  clear()
}

/** Gives the exit status. */
async function measureAll(benches: readonly Bench[]): Promise<number> {
  const results = await runBenches(benches, asked.quick, keep)
  const missing = withoutRow(results.rows, asked.names)
  console.log(formatTable(results.rows))
  console.error(`report: ${join(asked.report, 'report.md')}; kept as run ${run.number}`)
  for (const { name, message } of results.failed) console.error(`${name} failed: ${message}`)
  if (missing.length > 0) console.error(`no row was measured of ${missing.join(', ')}`)
  const worse = compareWithEarlier(results)
  return results.failed.length > 0 || missing.length > 0 || worse ? 1 : 0
}

/** What an interrupted run leaves. */
function keep(results: Results): void {
  const report = reportOf(results)
  if (asked.json !== undefined) writeFileSync(asked.json, `${JSON.stringify(report, undefined, 2)}\n`)
  writeReport(asked.report, report)
  const note = asked.note === undefined ? {} : { note: asked.note }
  keepRun(asked.history, { ...run, ...note, ...report })
}

/** Whether something got worse; says what became of each row. */
function compareWithEarlier(results: Results): boolean {
  if (asked.earlier === undefined) return false
  const report = reportOf(results)
  const changes = compareReports(asked.earlier, report, (name) => isAsked(name, asked.names))
  const difference = unlike(asked.earlier, report)
  console.log(`\n${difference === undefined ? '' : `${difference}\n`}${formatComparison(changes)}`)
  return changes.some(isLoss)
}

function argumentsOrExit(): Arguments {
  try {
    return readArguments(process.argv.slice(2))
  } catch (error) {
    console.error(reason(error))
    process.exit(2)
  }
}

function reportOf(results: Results): Report {
  return { machine: machine(), quick: asked.quick, ...results }
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

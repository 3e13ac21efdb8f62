import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compareReports, formatComparison, unlike } from './compare.ts'
import { parseEarlier } from './earlier.ts'
import type { Report } from './report.ts'

/** A run that is kept: what it measured, on what, when, and what its maker says of it. */
export interface Kept extends Report {
  readonly number: number
  readonly at: string
  readonly note?: string
}

const fileName = /^(\d+)\.json$/

/** The numbers of the runs that are kept, the oldest first; none where there is no history. */
function numbersIn(directory: string): number[] {
  const names = existsSync(directory) ? readdirSync(directory) : []
  return names
    .flatMap((name) => fileName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((one, other) => one - other)
}

/** Keeps the report of a run under its number. */
export function keepRun(directory: string, run: Kept): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, `${run.number}.json`), `${JSON.stringify(run, undefined, 2)}\n`)
}

export const nextNumber = (directory: string): number => (numbersIn(directory).at(-1) ?? 0) + 1

/** @throws Error of one line when there is no such run. */
function runOf(directory: string, number: string): Kept {
  const path = join(directory, `${number}.json`)
  if (!/^\d+$/.test(number) || !existsSync(path)) {
    const known = numbersIn(directory)
    throw new Error(
      `there is no run ${number}; ${known.length === 0 ? 'none is kept' : `kept are ${known.join(', ')}`}`,
    )
  }
  const text = readFileSync(path, 'utf8')
  parseEarlier(text)
  return JSON.parse(text)
}

/** A line for each run that is kept: its number, when, on what, how many rows, and its note. */
export function listRuns(directory: string): string {
  const runs = numbersIn(directory).map((number) => runOf(directory, String(number)))
  if (runs.length === 0) return 'no run is kept'
  return runs.map(describe).join('\n')
}

function describe({ at, machine, note, number, quick, rows }: Kept): string {
  const { cores, cpu, kernel, memoryMiB, node } = machine
  const host = `${cores} × ${cpu}, ${memoryMiB} MiB, Linux ${kernel}, Node ${node}`
  const met = rows.filter((row) => row.met).length
  const said = note === undefined ? '' : `\n    ${note}`
  return `${String(number).padStart(3)}  ${at.slice(0, 16)}  ${quick ? 'quick' : 'whole'}  ${met} of ${rows.length} met  ${host}${said}`
}

/** What became of each row from one run to another, after what differs between their hosts. */
export function compareRuns(directory: string, first: string, second: string): string {
  const [before, now] = [runOf(directory, first), runOf(directory, second)]
  const facts = Object.keys({ ...before.machine, ...now.machine }) as (keyof Report['machine'])[]
  const hosts = facts
    .filter((fact) => before.machine[fact] !== now.machine[fact])
    .map((fact) => `another host: ${fact} ${before.machine[fact]} -> ${now.machine[fact]}`)
  const difference = unlike(before, now)
  const unequal = difference === undefined ? [] : [difference]
  return [
    describe(before),
    describe(now),
    ...hosts,
    ...unequal,
    formatComparison(compareReports(before, now)),
  ].join('\n')
}

/** What `list`, or `compare 7 9`, asks of the history; undefined when a bench is meant. */
export function askHistory(directory: string, words: readonly string[]): string | undefined {
  const [what, first, second, ...rest] = words
  if (what === 'list' && first === undefined) return listRuns(directory)
  if (what !== 'compare') return undefined
  if (first === undefined || second === undefined || rest.length > 0)
    throw new Error('compare takes the numbers of two runs, such as compare 7 9')
  return compareRuns(directory, first, second)
}

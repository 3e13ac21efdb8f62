import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type EarlierReport, parseEarlier } from './earlier.ts'
import { askHistory } from './history.ts'
import { reason } from './reason.ts'

/** What the command line asks for. */
export interface Arguments {
  readonly names: readonly string[]
  readonly quick: boolean
  readonly report: string
  readonly json?: string
  readonly earlier?: EarlierReport
  /** Where runs are kept. */
  readonly history: string
  /** What is said of the run there. */
  readonly note?: string
  /** What the history says, where only that is asked. */
  readonly told?: string
}

/**
 * Its files are looked at before anything is measured: what is compared with is read, what is written can be.
 * @throws Error of one line.
 */
export function readArguments(words: readonly string[]): Arguments {
  // npm takes the first `--` only, and people write one before each option.
  const args = words.filter((word) => word !== '--')
  const { values, positionals } = about('', () => parseArgs({ args, ...syntax }))
  // The rows of docs/clones.md are asked for by its name.
  const names = positionals.map((name) => (name === 'clones' ? 'clone.' : name))
  const { quick, report, json, compare, history, note } = values
  const told = about(`${positionals.join(' ')}: `, () => askHistory(history, positionals))
  if (told !== undefined) return { names: [], quick, report, history, told }
  const earlier =
    compare === undefined
      ? {}
      : { earlier: about(`--compare ${compare}: `, () => parseEarlier(readFileSync(compare, 'utf8'))) }
  if (json !== undefined) about(`--json ${json}: `, () => tryToWrite(json))
  about(`--report ${report}: `, () => {
    mkdirSync(report, { recursive: true })
    tryToWrite(join(report, 'report.md'))
  })
  const said = note === undefined ? {} : { note }
  return { names, quick, report, history, ...said, ...(json === undefined ? {} : { json }), ...earlier }
}

const syntax = {
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    report: { type: 'string', default: 'bench-report' },
    compare: { type: 'string' },
    history: { type: 'string', default: 'bench-history' },
    note: { type: 'string' },
  },
} as const

function about<T>(what: string, look: () => T): T {
  try {
    return look()
  } catch (error) {
    throw new Error(`${what}${reason(error)}`, { cause: error })
  }
}

/** Leaves what is there. */
function tryToWrite(path: string): void {
  const isThere = existsSync(path)
  closeSync(openSync(path, 'a'))
  if (!isThere) rmSync(path)
}

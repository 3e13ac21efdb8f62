import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freshName, testDirectory } from './vm.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Where the commands of this run keep their VMs. */
export const cliStateDirectory = () => testDirectory('c')

export interface CliResult {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface CliOptions {
  /** Written to standard input, which then ends; without it the input is at its end from the start. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

/** A command that goes on beside the test. */
export interface RunningCli extends AsyncDisposable {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly result: Promise<CliResult>
  readonly out: () => string
  readonly err: () => string
}

/** Starts the built command; `child.stdin` stays open. */
export function startCli(words: readonly string[], { cwd, env }: CliOptions = {}): RunningCli {
  const child = spawn(process.execPath, [main, ...words], {
    cwd,
    env: { ...process.env, QEMU_LAUNCH_STATE_DIR: cliStateDirectory(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const seen = { out: '', err: '' }
  child.stdin.on('error', () => {})
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    seen.err += text
  })
  const result = once(child, 'close').then(([code]) => ({ code: code as number | null, ...seen }))
  return {
    child,
    result,
    out: () => seen.out,
    err: () => seen.err,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await result
    },
  }
}

/** Runs the built command to its end. */
export function cli(words: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { child, result } = startCli(words, options)
  child.stdin.end(options.input ?? '')
  return result
}

/** The document a command printed; fails with what it said when it did not succeed. */
export async function cliJson<T = Record<string, unknown>>(...words: string[]): Promise<T> {
  const { code, out, err } = await cli(['--json', ...words])
  if (code !== 0) throw new Error(`qemu-launch ${words.join(' ')} ended with ${code}: ${err}`)
  return JSON.parse(out) as T
}

/** The state of a VM as `status` tells it. */
export const stateOf = async (id: string) => (await cliJson<{ state: string }>('status', id)).state

/** A file with this document. */
export function jsonFile(document: unknown): string {
  const path = join(testDirectory(), `${freshName('f')}.json`)
  writeFileSync(path, JSON.stringify(document))
  return path
}

/** Waits until something is so, and fails with what there was instead. */
export async function until(what: () => unknown, told: () => string = () => '', timeoutMs = 60_000) {
  const end = Date.now() + timeoutMs
  while (!(await what())) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for ${what}: ${told()}`)
    await sleep(20)
  }
}

/** Whether a process runs; one that has ended and that nobody has fetched yet does not. */
export function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

/** Whether anything of a VM is on the disk. */
export const hasDirectory = (id: string) => existsSync(join(cliStateDirectory(), id))

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const compare = fileURLToPath(new URL('../../../examples/bench-guest/compare.ts', import.meta.url))
const recorded = JSON.parse(readFileSync(new URL('fio-3.33.json', import.meta.url), 'utf8'))

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qlf-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** A result with these jobs, in a file. */
function result(name: string, ...jobs: string[]): string {
  const path = join(directory, name)
  mkdirSync(dirname(path), { recursive: true })
  const entries = jobs.map((jobname) => ({ ...recorded.jobs[0], jobname }))
  writeFileSync(path, JSON.stringify({ ...recorded, jobs: entries }))
  return path
}

const run = (...files: string[]) =>
  new Promise<{ status: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', compare, ...files], (error, stdout, stderr) =>
      resolve({ status: error?.code ?? 0, stdout, stderr }),
    )
  })

test('files of one name are told apart by their paths', async () => {
  const [before, after] = [result('before/seed.json', 'lat1'), result('after/seed.json', 'lat1')]
  const { status, stdout } = await run(before, after)
  expect(status).toBe(0)
  expect(stdout).toContain(`| Metric | ${before} | ${after} | last / first |`)
})

test('a job that a file lacks is told, and compared with nothing', async () => {
  const [before, after] = [result('before.json', 'lat1'), result('after.json', 'lat1', 'qdtest')]
  const { stdout } = await run(before, after)
  expect(stdout).toContain('| Metric | before | after | last / first |')
  expect(stdout).toMatch(/## qdtest\n\n.*before\.json has no such job\.\n\n$/)
})

test.each([
  ['that is not there', () => join(directory, 'none'), 'none: ENOENT.*'],
  ['that is no result', () => result('empty.json'), 'empty.json: this is no JSON of fio.*'],
  ['with a job twice', () => result('twice.json', 'lat1', 'lat1'), 'twice.json: lat1 .*group_reporting'],
])('a file %s is told in one line, with 2', async (_, file, line) => {
  const { status, stderr } = await run(result('before.json', 'lat1'), file())
  expect(status).toBe(2)
  expect(stderr).toMatch(new RegExp(`^.*${line}\n$`))
})

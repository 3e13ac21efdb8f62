import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readArguments } from '../../bench/arguments.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qla-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const inDirectory = (name: string, text?: string) => {
  const path = join(directory, name)
  if (text !== undefined) writeFileSync(path, text)
  return path
}
const read = (...words: string[]) => readArguments(['--report', inDirectory('report'), ...words])

test('a further -- before an option or a name says nothing', () => {
  const json = inDirectory('new.json')
  expect(read('--quick', '--', '--json', json, '--', 'qmp.')).toMatchObject({
    names: ['qmp.'],
    quick: true,
    json,
  })
})

test('what is compared with is read, and what is to be written is neither made nor lost', () => {
  const old = inDirectory('old.json', '{"quick": true, "rows": [{"name": "a"}]}')
  const json = inDirectory('new.json')
  expect(read('--quick', '--compare', old, '--json', json, 'launch.')).toEqual({
    names: ['launch.'],
    quick: true,
    report: inDirectory('report'),
    history: 'bench-history',
    json,
    earlier: { quick: true, rows: [{ name: 'a' }] },
  })
  expect(existsSync(json)).toBe(false)
  read('--json', old)
  expect(readFileSync(old, 'utf8')).not.toBe('')
})

test.each([
  ['an unknown option', () => ['--bogus'], /^Unknown option '--bogus'/],
  ['nothing to compare with', () => ['--compare', inDirectory('none')], /^--compare .*none: ENOENT/],
  ['no JSON', () => ['--compare', inDirectory('bad', 'a\nb')], /^--compare .*bad: .*not valid JSON/],
  ['no report', () => ['--compare', inDirectory('bad', '{}')], /^--compare .*bad: no report of a bench/],
  ['no place for the JSON', () => ['--json', inDirectory('no/where')], /^--json .*where: ENOENT/],
  ['a directory for the JSON', () => ['--json', directory], /^--json .*: EISDIR/],
  ['a file for the report', () => ['--report', inDirectory('file', '')], /^--report .*file: EEXIST/],
] as const)('%s is told in one line', (_, words, message) => {
  expect(() => read(...words())).toThrow(message)
  expect(() => read(...words())).toThrow(/^.*$/)
})

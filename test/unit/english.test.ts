import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Forms that have to be decoded. Say what is meant: "a server that …", "the process that …", "…, and most of them …". */
const worst: readonly RegExp[] = [
  /\bwho(?:so)?ever\b/i,
  /\bof which\b/i,
  /\bno more\b(?! than)/i,
  /(?<!\b(?:the|each|every|first|no|this|that|last|next) )\bone that\b/i,
]

function filesBelow(folder: string, ending: string): string[] {
  const names = readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith(ending)).map((name) => `${folder}/${name}`)
}

function found(file: string, lines: readonly string[]): string[] {
  return lines.flatMap((line, index) =>
    worst.some((form) => form.test(line)) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
  )
}

const linesOf = (file: string) => readFileSync(`${root}${file}`, 'utf8').split('\n')

test('comments, errors and pages are plain English', () => {
  const sources = filesBelow('src', '.ts').filter((file) => !file.includes('/generated/'))
  const pages = ['README.md', 'CONTRIBUTING.md', ...filesBelow('docs', '.md')]
  expect([...sources, ...pages].flatMap((file) => found(file, linesOf(file)))).toEqual([])
})

test('the titles of tests are plain English', () => {
  const titles = (file: string) =>
    linesOf(file).map((line) => /^\s*(?:test|describe)\b[^'`]*['`](.*)/.exec(line)?.[1] ?? '')
  const tests = filesBelow('test', '.test.ts').filter((file) => !file.endsWith('/english.test.ts'))
  expect(tests.flatMap((file) => found(file, titles(file)))).toEqual([])
})

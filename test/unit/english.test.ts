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
  /\bfor want of\b/i,
  /\b(?:as|to|over|from|than) which\b/i,
  /\bin the place of\b/i,
  /\bwhom\b/i,
  // "Except" says the same, and is read once.
  /[,;] but for\b/i,
]

/** A sentence of a page that has more words is read twice. */
const mostWords = 30

/** The sentences of a page, and of the cells of its tables. A piece of code counts as one word. */
function sentencesOf(page: string): string[] {
  const text = page.replace(/```[\s\S]*?```/g, '\n\n').replace(/`[^`]*`/g, 'X')
  const links = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
  const parts = links.split(/\n\s*\n|\n(?=\s*(?:[-*|#]|\d+\.))|\|/)
  return parts.flatMap((part) => part.split(/(?<=[.!?:;·])\s+/))
}

function filesBelow(folder: string, ending: string): string[] {
  const names = readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith(ending)).map((name) => `${folder}/${name}`)
}

function found(file: string, lines: readonly string[]): string[] {
  return lines.flatMap((line, index) =>
    worst.some((form) => form.test(line)) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
  )
}

const pages = ['README.md', 'CONTRIBUTING.md', 'examples/hive/README.md', ...filesBelow('docs', '.md')]

const linesOf = (file: string) => readFileSync(`${root}${file}`, 'utf8').split('\n')

test('comments, errors and pages are plain English', () => {
  const sources = filesBelow('src', '.ts').filter((file) => !file.includes('/generated/'))
  expect([...sources, ...pages].flatMap((file) => found(file, linesOf(file)))).toEqual([])
})

test('no sentence of a page is long', () => {
  const words = (sentence: string) => sentence.split(/\s+/).filter((word) => /\w/.test(word))
  const long = pages.flatMap((page) =>
    sentencesOf(readFileSync(`${root}${page}`, 'utf8')).filter((each) => words(each).length > mostWords),
  )
  expect(long).toEqual([])
})

test('the titles of tests are plain English', () => {
  const titles = (file: string) =>
    linesOf(file).map((line) => /^\s*(?:test|describe)\b[^'`]*['`](.*)/.exec(line)?.[1] ?? '')
  const tests = filesBelow('test', '.test.ts').filter((file) => !file.endsWith('/english.test.ts'))
  expect(tests.flatMap((file) => found(file, titles(file)))).toEqual([])
})

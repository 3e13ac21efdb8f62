import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('every error code is in the README and has an entry in docs/troubleshooting.md, and no other', () => {
  const source = read('src/errors.ts')
  const union = source.slice(
    source.indexOf('export type ErrorCode'),
    source.indexOf('/** What an error knows'),
  )
  const codes = [...union.matchAll(/'([A-Z]+_[A-Z_]+)'/g)].map(([, code]) => code)
  const table = read('README.md').split('## Errors')[1]?.split('## ')[0] ?? ''
  const documented = [...table.matchAll(/^\|([^|]+)\|/gm)].flatMap(([, cell]) =>
    [...(cell ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code),
  )
  expect(codes.length).toBeGreaterThan(20)
  expect(documented.sort()).toEqual(codes.sort())
  const entries = [...read('docs/troubleshooting.md').matchAll(/^### ([A-Z_]+)$/gm)].map(([, code]) => code)
  expect(entries.sort()).toEqual(codes)
})

test('what it shows of testing is what the example runs', () => {
  const section = read('README.md').split('## Testing your own program')[1]?.split('\n## ')[0] ?? ''
  const code = /```ts\n([\s\S]+?)\n```/.exec(section)?.[1] ?? ''
  expect(code).toContain('createFakeQmpServer')
  expect(read('examples/05-testing.ts')).toContain(code)
})

test('every own event is in docs/events.md, and no other', () => {
  const source = read('src/vm/events.ts').split('export interface OwnEvents')[1]?.split('\n}')[0] ?? ''
  const typed = [...source.matchAll(/^ {2}readonly ([A-Z_]+):/gm)].map(([, name]) => name)
  const table = read('docs/events.md')
  const documented = [...table.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
  expect(typed.length).toBeGreaterThan(15)
  expect(documented.sort()).toEqual(typed.sort())
})

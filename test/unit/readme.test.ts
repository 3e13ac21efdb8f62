import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseVmConfig } from '../../src/vm/index.ts'
import { parseVolumeSpec } from '../../src/volumes/index.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

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

test('every relative link of a page leads to a file, and to a heading that is there', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'examples/hive/README.md',
    ...readdirSync(new URL('docs', root))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ]
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /g, '-')
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
      ([link, file = '', heading]) => {
        const url = new URL(file === '' ? '' : file, new URL(page, root))
        if (!existsSync(url)) return [`${page}: ${link}`]
        if (heading === undefined) return []
        const headings = [...readFileSync(url, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
          slug(text),
        )
        return headings.includes(heading) ? [] : [`${page}: ${link}`]
      },
    ),
  )
  expect(broken).toEqual([])
})

test.each([
  ['web.json', 'config', parseVmConfig],
  ['volume.json', 'volume', parseVolumeSpec],
] as const)('examples/%s names its schema, and is right', (file, kind, parse) => {
  const document = JSON.parse(read(`examples/${file}`))
  expect(document.$schema).toBe(`../dist/schema/${kind}.json`)
  expect(parse(document)).not.toHaveProperty('$schema')
})

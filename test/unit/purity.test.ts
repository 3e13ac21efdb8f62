import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const src = fileURLToPath(new URL('../../src', import.meta.url))
const read = (file: string) => readFileSync(join(src, file), 'utf8')

interface Import {
  readonly names: readonly string[]
  readonly target: string
}

/** What a file imports or hands on, but for types, which do nothing. */
function importsOf(file: string): Import[] {
  const found = read(file).matchAll(/^(?:import|export) (?!type )([^'"]*?)\bfrom '([^']+)'/gm)
  return [...found].map(([, list = '', target = '']) => ({
    names: [...list.matchAll(/(type )?(\w+)(?: as \w+)?/g)].flatMap(([, type, name = '']) =>
      type ? [] : [name],
    ),
    target,
  }))
}

const inside = (file: string, target: string) => relative(src, resolve(src, dirname(file), target))

/** Every file that runs when these names of a file do: of the doors of a room only what the names are from. */
function reached(file: string, names: readonly string[], seen: Set<string>): Set<string> {
  const isIndex = /^\w+\/(?:index|forms)\.ts$/.test(file)
  if (!isIndex) {
    if (seen.has(file)) return seen
    seen.add(file)
  }
  for (const each of importsOf(file)) {
    const wanted = isIndex ? each.names.filter((name) => names.includes(name)) : each.names
    if (wanted.length === 0 || (isIndex && !each.target.startsWith('.'))) continue
    if (each.target.startsWith('.')) reached(inside(file, each.target), wanted, seen)
    else seen.add(each.target)
  }
  return seen
}

/** Outside packages that only compute. */
const harmless = ['zod', 'node:crypto', 'node:path', 'node:util', 'node:buffer', 'node:net']
const impure =
  /\bDate\b|\bMath\.random\b|\bprocess\.(?:env|argv|cwd|pid|hrtime|getuid|platform|arch)\b|\bperformance\b|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\(|\bimport\(|\brandom(?:UUID|Bytes|Int)\b/

test.each([
  ['renderArgv', 'vm/forms.ts'],
  ['planAttach', 'volumes/forms.ts'],
  ['planDetach', 'volumes/forms.ts'],
])('%s has no file, no process, no clock and no chance at hand', (name, index) => {
  const all = [...reached(index, [name], new Set())]
  const files = all.filter((file) => file.endsWith('.ts'))
  expect(files.length).toBeGreaterThan(5)
  expect(all.filter((file) => !files.includes(file) && !harmless.includes(file))).toEqual([])
  const code = (file: string) => read(file).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  expect(files.filter((file) => impure.test(code(file)))).toEqual([])
})

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('the package has declarations, and source maps that hold the sources themselves', () => {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' }),
  )
  const paths: string[] = packed.files.map(({ path }: { path: string }) => path)
  const programs = paths.filter((path) => path.endsWith('.js'))
  expect(programs).toContain('dist/index.js')
  for (const path of programs) {
    expect(paths).toContain(path.replace(/\.js$/, '.d.ts'))
    const map = JSON.parse(readFileSync(join(root, `${path}.map`), 'utf8'))
    const sources = map.sources.map((source: string) =>
      readFileSync(join(root, dirname(path), source), 'utf8'),
    )
    expect(map.sourcesContent).toEqual(sources)
  }
  // A declaration cannot hold its source, and `src` is not in the package: such a map would lead nowhere.
  const maps = paths.filter((path) => path.endsWith('.map'))
  expect(maps.sort()).toEqual(programs.map((path) => `${path}.map`).sort())
})

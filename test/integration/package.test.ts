import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { grantedNames, pageCode } from '../support/page-code.ts'
import { testDirectory } from '../support/vm.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** npm asks the registry for news of itself otherwise, and waits for the answer. */
const alone = ['--ignore-scripts', '--offline', '--no-update-notifier']

test('the package has declarations, and source maps that hold the sources themselves', () => {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', ...alone], { cwd: root, encoding: 'utf8' }),
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

test('a project that installs it compiles against every declaration of it, with the code of the pages, and runs by import and by require', async () => {
  const project = testDirectory('consumer')
  // Its error has what the program wrote.
  const run = async (command: string, ...words: string[]) =>
    (await execa(command, words, { cwd: project, stdin: 'ignore' })).stdout
  const write = (name: string, ...lines: string[]) => writeFileSync(join(project, name), lines.join('\n'))
  const entries = ['qemu-launch', 'qemu-launch/qmp', 'qemu-launch/volumes', 'qemu-launch/testing']

  // A copy as installed: npm may have no network in the middle of a test.
  const [packed] = JSON.parse(await run('npm', 'pack', root, '--json', ...alone))
  await run('tar', '-xf', packed.filename)
  const home = join(project, 'node_modules')
  mkdirSync(home)
  renameSync(join(project, 'package'), join(home, 'qemu-launch'))
  const { dependencies } = JSON.parse(readFileSync(join(home, 'qemu-launch/package.json'), 'utf8'))
  // Without its optional peers.
  linkInto(home, [...Object.keys(dependencies), '@types/node'])

  write('package.json', '{ "type": "module" }')
  write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2023',
        lib: ['es2023', 'esnext.disposable'],
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      },
      include: ['*.ts'],
    }),
  )
  write(
    'daemon.ts',
    "import { parseVmConfig, renderArgv, type Vm } from 'qemu-launch'",
    "import { QmpClient } from 'qemu-launch/qmp'",
    "import { FakeVm } from 'qemu-launch/testing'",
    "import { parseVolumeSpec } from 'qemu-launch/volumes'",
    "export const attach = (vm: Vm) => vm.volumes.attach(parseVolumeSpec({ id: 'v', uri: 'nbd:unix:/v.sock' }))",
    'export const kinds = [QmpClient, FakeVm]',
    "export const words: string[] = renderArgv(parseVmConfig({ name: 'web', kernel: { image: '/k' } }))",
  )
  // The code of the pages too.
  write('granted.d.ts', grantedNames)
  for (const [name, code] of pageCode()) write(name, code)
  await run(process.execPath, join(root, 'node_modules/typescript/bin/tsc'))

  write('esm.js', ...entries.map((name) => `console.log(typeof (await import('${name}')))`))
  write('cjs.cjs', ...entries.map((name) => `console.log(typeof require('${name}'))`))
  for (const program of ['esm.js', 'cjs.cjs'])
    expect((await run(process.execPath, program)).split('\n')).toEqual(entries.map(() => 'object'))
  for (const what of ['config', 'volume']) {
    const { properties } = JSON.parse(
      readFileSync(join(home, `qemu-launch/dist/schema/${what}.json`), 'utf8'),
    )
    expect(properties).toHaveProperty('$schema')
  }
})

/** The packages of this checkout, and all they need, in a project's node_modules. */
function linkInto(home: string, wanted: readonly string[]): void {
  const seen = new Set<string>()
  const link = (name: string): void => {
    const from = join(root, 'node_modules', name)
    if (seen.has(name) || !existsSync(from)) return
    seen.add(name)
    const to = join(home, name)
    mkdirSync(dirname(to), { recursive: true })
    execFileSync('cp', ['-r', from, to])
    const { dependencies = {} } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))
    for (const each of Object.keys(dependencies)) link(each)
  }
  for (const name of wanted) link(name)
}

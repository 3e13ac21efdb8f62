import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as main from '../../src/index.ts'
import * as qmp from '../../src/qmp/public.ts'
import * as testing from '../../src/testing/index.ts'
import * as volumes from '../../src/volumes/public.ts'

const root = new URL('../../', import.meta.url)
const json = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))

test('a package for Node 20.19 and newer, ESM, with one command', () => {
  expect(json).toMatchObject({
    name: 'qemu-launch',
    license: 'MIT',
    type: 'module',
    engines: { node: '>=20.19' },
    bin: { 'qemu-launch': './dist/cli/main.js' },
  })
  expect(existsSync(new URL('src/cli/main.ts', root))).toBe(true)
})

test('its entry points are these, each with its types, from a source that is there', () => {
  const { './package.json': self, './schema/*.json': schemas, ...entries } = json.exports
  expect(schemas).toBe('./dist/schema/*.json')
  expect(self).toBe('./package.json')
  expect(Object.keys(entries)).toEqual(['.', './qmp', './volumes', './testing'])
  for (const [name, target] of Object.entries(entries)) {
    const path = name === '.' ? 'index' : `${name.slice(2)}/${name === './testing' ? 'index' : 'public'}`
    expect(target).toEqual({ types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` })
    expect(existsSync(new URL(`src/${path}.ts`, root)), path).toBe(true)
  }
})

test('the build leaves its mark, by which it knows the records that it wrote itself', () => {
  const built = readFileSync(new URL('dist/vm/record/build-mark.js', root), 'utf8')
  expect(built).toMatch(/^export const buildMark = '[0-9a-f]{16}';$/m)
})

test('it has the runtime dependencies it should, and no other', () => {
  const lines = Object.entries(json.dependencies).map(([name, range]) => [
    name,
    /^\^(\d+)\./.exec(String(range))?.[1],
  ])
  expect(Object.fromEntries(lines)).toEqual({
    commander: '14',
    execa: '9',
    'p-retry': '7',
    ws: '8',
    zod: '4',
  })
})

test('the lock file holds the packages of every platform, so that `npm ci` works, and no address of a registry', () => {
  const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'))
  const missing = Object.entries<{ optionalDependencies?: object }>(packages).flatMap(([path, locked]) =>
    Object.keys(locked.optionalDependencies ?? {}).filter(
      (name) => !foldersAbove(path).some((folder) => `${folder}node_modules/${name}` in packages),
    ),
  )
  expect(missing).toEqual([])
  expect(JSON.stringify(packages)).not.toContain('"resolved"')
})

/** Where Node looks for what a locked package needs: `a/`, `a/node_modules/b/` and the top. */
function foldersAbove(path: string): string[] {
  const parts = path === '' ? [] : path.split('/node_modules/')
  return [...parts.keys()].map((at) => `${parts.slice(0, at + 1).join('/node_modules/')}/`).concat('')
}

test('everything that is built is in it', () => {
  expect(json.files).toEqual(['dist', 'CHANGELOG.md'])
})

const names: readonly [string, object, string][] = [
  [
    'qemu-launch',
    main,
    `parseVmConfig fromHiveConfig renderArgv launchVm reattachVm inspectVm listVms probeCapabilities Vm QemuLaunchError
     QmpClient QgaClient parseVolumeSpec parseNbdUri formatNbdUri cachePolicy startNbdkit planAttach planDetach applyPlan
     SlotTable bootDrive`,
  ],
  ['qemu-launch/qmp', qmp, 'QmpClient QgaClient QmpError QmpCommandError'],
  [
    'qemu-launch/volumes',
    volumes,
    `parseVolumeSpec parseNbdUri formatNbdUri cachePolicy startNbdkit planAttach planDetach applyPlan SlotTable bootDrive`,
  ],
  ['qemu-launch/testing', testing, 'createFakeQmpServer linkedPair NO_REPLY FakeQmpError'],
]

test.each(names)('%s exports what it promises', (_entry, exported, promised) => {
  const missing = promised.split(/\s+/).filter((name) => !Object.hasOwn(exported, name))
  expect(missing).toEqual([])
})

test('the clients have the methods they promise', () => {
  const has = (made: { readonly prototype: object }, list: string) =>
    list.split(/\s+/).filter((name) => !(name in made.prototype))
  expect(has(qmp.QmpClient, 'execute executeOob on off events waitFor close supports schema')).toEqual([])
  expect(has(main.Vm, 'pause resume reset shutdown kill events detach state')).toEqual([])
  for (const made of [qmp.QmpClient, main.Vm]) expect(Symbol.asyncDispose in made.prototype).toBe(true)
})

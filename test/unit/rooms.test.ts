import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const src = fileURLToPath(new URL('../../src', import.meta.url))

/** Which rooms a room may know. The single files of src are rooms of their own. */
const table: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  util: ['errors.ts'],
  process: ['util', 'errors.ts'],
  qmp: ['util', 'errors.ts'],
  testing: ['vm', 'volumes', 'qmp', 'util', 'errors.ts'],
  volumes: ['qmp', 'process', 'util', 'errors.ts'],
  vm: ['volumes', 'qmp', 'process', 'util', 'errors.ts'],
  cli: ['vm', 'volumes', 'qmp', 'process', 'util', 'errors.ts'],
  'index.ts': ['vm', 'volumes', 'qmp', 'errors.ts'],
}

/** The same inside `vm`, for its folders; its single files, but for the index, may be known by all. */
const vmTable: Readonly<Record<string, readonly string[]>> = {
  config: [],
  argv: ['config'],
  qemu: ['config'],
  record: ['config'],
  attachments: ['record'],
  backups: ['record'],
  disks: ['attachments', 'backups', 'record', 'qemu', 'config'],
  nics: ['attachments', 'record', 'config'],
  devices: ['attachments', 'record', 'qemu', 'config'],
  logs: ['record', 'config'],
  life: ['logs', 'backups', 'disks', 'nics', 'devices', 'attachments', 'record'],
  launch: ['life', 'logs', 'disks', 'qemu', 'record', 'argv', 'config'],
  doctor: ['qemu', 'life', 'record'],
  observe: ['life', 'disks', 'record'],
  tune: ['launch', 'life', 'config'],
  clones: ['launch', 'life', 'disks', 'qemu', 'record', 'config'],
}

/** The one file by which each outside package enters. */
const doors: Readonly<Record<string, RegExp>> = {
  zod: /^util\/schema\.ts$/,
  execa: /^process\/output\.ts$/,
  'p-retry': /^process\/readiness\.ts$/,
  ws: /^qmp\/transport\/websocket\.ts$/,
  commander: /^cli\/parser\.ts$/,
  '@opentelemetry/api': /^util\/telemetry\.ts$/,
}

/** Files that decide and do nothing: no file, no process, no network, and none of their neighbours that have. */
const pure = [
  ...[
    'backing-spec',
    'cache',
    'counters',
    'disk-options',
    'drive-faults',
    'drive',
    'disk-names',
    'errors',
    'image-head',
    'image-node',
    'latency',
    'limits',
    'local-cache',
    'nbd-handshake',
    'nbd-uri',
    'plan',
    'prometheus',
    'slots',
    'source',
    'spec',
    'tls-spec',
  ].map((name) => `volumes/${name}.ts`),
  ...[
    'address',
    'image',
    'nbdkit',
    'qemu-nbd',
    'restart-policy',
    'serve',
    'spec',
    'storage-daemon',
    'words',
  ].map((name) => `volumes/server/${name}.ts`),
  ...[
    'cloud-init',
    'config',
    'data-volumes',
    'disk-buses',
    'differences',
    'firmware',
    'hive',
    'keyval',
    'live-device',
    'machine',
    'nics',
    'open-monitors',
    'parts/channels',
    'parts/clock',
    'parts/devices',
    'parts/display',
    'parts/faults',
    'parts/helpers',
    'parts/identity',
    'parts/memory',
    'parts/parts',
    'parts/pinning',
    'parts/socket-path',
    'parts/words',
    'processor',
    'profile',
    'profile-names',
    'repeats',
    'reserved-words',
    'resolve',
    'rules',
    'sandbox',
    'socket-paths',
    'schema',
    'secret-file',
    'security-schema',
    'served',
    'sound',
  ].map((name) => `vm/config/${name}.ts`),
  ...['attachments/attachment', 'clones/clonable', 'errors', 'events', 'life/lifecycle', 'life/vm-exit'].map(
    (name) => `vm/${name}.ts`,
  ),
  ...['argv', 'disk', 'firmware', 'net', 'security', 'shell', 'volumes'].map((name) => `vm/argv/${name}.ts`),
  ...['candidates', 'decide'].map((name) => `vm/tune/${name}.ts`),
  ...['alerts', 'limit', 'load', 'prometheus', 'samples'].map((name) => `vm/observe/${name}.ts`),
  ...['check', 'facts', 'judge', 'judge-machine', 'judge-place', 'judge-programs', 'sysctl', 'tuning'].map(
    (name) => `vm/doctor/${name}.ts`,
  ),
]
const effects =
  /^(?:node:)?(?:fs|fs\/promises|net|tls|http|https|dgram|child_process|worker_threads|os|timers)$/

interface Import {
  readonly file: string
  readonly target: string
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

const imports: readonly Import[] = files.flatMap((file) => {
  const text = readFileSync(join(src, file), 'utf8')
  const found = text.matchAll(
    /^(?:import|export)\b[^'"]*?\bfrom\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  )
  return [...found].map((match) => ({ file, target: match[1] ?? match[2] ?? match[3] ?? '' }))
})

/** What Node loads together with a file: no types, and nothing that is asked for later. */
const loadedBy = (file: string): Import[] =>
  [
    ...readFileSync(join(src, file), 'utf8').matchAll(
      /^(?:import|export) (?!type )[^'"]*?\bfrom '([^']+)'/gm,
    ),
  ].map((match) => ({ file, target: match[1] ?? '' }))

/** The file and all that Node loads with it. */
function loadedWith(first: string): string[] {
  const loaded = new Set([first])
  for (const file of loaded) for (const each of loadedBy(file).filter(isRelative)) loaded.add(inside(each))
  return [...loaded]
}

const room = (file: string) => file.split('/')[0] ?? file
const inside = (of: Import) => relative(src, resolve(src, dirname(of.file), of.target))
/**
 * Where others enter a room: `forms.ts` has what needs no VM, no process and no connection, and `vm/running.ts` what launches no VM.
 */
const isDoor = (file: string, of: string) =>
  [`${of}/index.ts`, `${of}/forms.ts`, 'vm/running.ts'].includes(file)
const isRelative = ({ target }: Import) => target.startsWith('.')

function show(list: readonly Import[]): string[] {
  return list.map(({ file, target }) => `${file} imports ${target}`)
}

describe('rooms', () => {
  test('every file is in a room of the table', () => {
    expect(files.filter((file) => table[room(file)] === undefined)).toEqual([])
    expect(imports.length).toBeGreaterThan(20)
  })

  test('import only in the allowed direction', () => {
    const wrong = imports.filter(isRelative).filter((entry) => {
      const [from, to] = [room(entry.file), room(inside(entry))]
      return from !== to && table[from]?.includes(to) !== true
    })
    expect(show(wrong)).toEqual([])
  })

  test('have the same order inside vm', () => {
    const folder = (file: string) => /^vm\/([^/]+)\//.exec(file)?.[1]
    const wrong = imports.filter(isRelative).filter((entry) => {
      const [from, to] = [folder(entry.file), folder(inside(entry))]
      return from !== undefined && to !== undefined && from !== to && vmTable[from]?.includes(to) !== true
    })
    expect(show(wrong)).toEqual([])
  })

  test('meet only at index.ts, forms.ts and vm/running.ts; the files of util stand alone', () => {
    const wrong = imports.filter(isRelative).filter((entry) => {
      const [from, to] = [room(entry.file), room(inside(entry))]
      return from !== to && to !== 'util' && to !== 'errors.ts' && !isDoor(inside(entry), to)
    })
    expect(show(wrong)).toEqual([])
  })

  test.each([
    ['cli/context.ts', 85],
    ['cli/commands/words.ts', 85],
    ['cli/program.ts', 20],
  ])('%s loads no room as a whole before it has to, and %i files at most', (first, most) => {
    const loaded = loadedWith(first)
    expect(loaded.filter((file) => file.endsWith('/index.ts'))).toEqual([])
    expect(loaded.length).toBeLessThanOrEqual(most)
  })

  test('a command for a VM that is there loads nothing that launches one', () => {
    const launching = /^vm\/(?:index\.ts|launch\/|clones\/|doctor\/|tune\/|observe\/)/
    expect(loadedWith('cli/commands/fleet.ts').filter((file) => launching.test(file))).toEqual([])
  })

  test('do not import their own index', () => {
    const wrong = imports
      .filter(isRelative)
      .filter((entry) => entry.file.includes('/') && inside(entry) === `${room(entry.file)}/index.ts`)
    expect(show(wrong)).toEqual([])
  })

  test('let each outside package in by one door', () => {
    const outside = imports.filter((entry) => !isRelative(entry) && !entry.target.startsWith('node:'))
    const wrong = outside.filter(({ file, target }) => doors[target]?.test(file) !== true)
    expect(show(wrong)).toEqual([])
    for (const name of Object.keys(doors)) {
      expect(
        new Set(outside.filter(({ target }) => target === name).map(({ file }) => file)).size,
        name,
      ).toBeLessThan(2)
    }
  })

  test('keep their pure files pure', () => {
    expect(pure.filter((file) => !files.includes(file))).toEqual([])
    const wrong = imports.filter((entry) => {
      if (!pure.includes(entry.file)) return false
      if (!isRelative(entry)) return effects.test(entry.target)
      return room(inside(entry)) === room(entry.file) && !pure.includes(inside(entry))
    })
    expect(show(wrong)).toEqual([])
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { QmpClient, versionsOf } from 'qemu-launch/qmp'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  allMembers,
  type Branch,
  elementType,
  type Facts,
  type Member,
  type Model,
  type ObjectModel,
} from '../../src/qmp/codegen/model.ts'
import { AVAILABILITY } from '../../src/qmp/generated/availability.ts'
import { renderTypesFromIntrospection, type SchemaInfo } from '../../src/qmp/index.ts'

type Entity<K extends SchemaInfo['meta-type']> = SchemaInfo & { readonly 'meta-type': K }
type Form = { readonly type: string; readonly was?: readonly string[] }

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const modelFile = new URL('../../src/qmp/generator/model.json', import.meta.url)

let qemu: ChildProcess
let client: QmpClient
let model: Model

beforeAll(async () => {
  model = JSON.parse(await readFile(modelFile, 'utf8'))
  const idle = ['-machine', 'none', '-nodefaults', '-display', 'none', '-S']
  const monitor = ['-chardev', 'socket,id=m,fd=3', '-qmp', 'chardev:m']
  qemu = spawn('qemu-system-x86_64', [...idle, ...monitor], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  const stream = qemu.stdio[3]
  if (!(stream instanceof Duplex)) throw new Error('no inherited stream')
  client = await QmpClient.connect(stream)
})

afterAll(async () => {
  await client.close()
  const exited = once(qemu, 'exit')
  qemu.kill('SIGKILL')
  await exited
})

/** What JSON calls the model's builtins, as introspection does. */
const JSON_TYPES: Readonly<Record<string, string>> = {
  str: 'string',
  bool: 'boolean',
  null: 'null',
  any: 'value',
  number: 'number',
}

/** Came with a point release, so the first ones of their series do not have it. */
const LATE: ReadonlySet<string> = new Set(['blockdev-add/arg-type/+blkdebug/inject-error/delay-ns'])

/** Compares what a QEMU says of itself with the model, side by side from the commands and events. */
class Comparison {
  readonly faults: string[] = []
  compared = 0
  readonly #model: Model
  readonly #version: string
  readonly #live: ReadonlyMap<string, SchemaInfo>
  readonly #seen = new Set<string>()

  constructor(model: Model, version: string, live: readonly SchemaInfo[]) {
    this.#model = model
    this.#version = version
    this.#live = new Map(live.map((entity) => [entity.name, entity]))
  }

  run(): void {
    for (const entity of this.#live.values()) {
      if (entity['meta-type'] === 'command') this.#command(entity)
      if (entity['meta-type'] === 'event') this.#event(entity)
    }
    const { commands, events } = this.#model
    for (const [name, facts] of [...Object.entries(commands), ...Object.entries(events)]) {
      if (this.#isCertain(facts) && !this.#live.has(name)) this.#fault(name, 'is missing in QEMU')
    }
  }

  #command(live: Entity<'command'>): void {
    const known = this.#model.commands[live.name]
    if (known === undefined || !this.#isPresent(known)) {
      this.#fault(live.name, 'is not in the model')
      return
    }
    if ((live['allow-oob'] === true) !== (known.oob === true)) this.#fault(live.name, 'differs in OOB')
    this.#features(live, known, live.name)
    this.#payload(live['arg-type'], known.arguments, live.name)
    const result = this.#entity(live['ret-type'])
    if (known.returns === undefined) {
      if (result['meta-type'] !== 'object' || result.members.length > 0) {
        this.#fault(live.name, 'has an answer')
      }
      return
    }
    const [type = '', ...was] = known.returns
    this.#type(live['ret-type'], { type, was }, `${live.name}/ret-type`)
  }

  #event(live: Entity<'event'>): void {
    const known = this.#model.events[live.name]
    if (known === undefined || !this.#isPresent(known)) {
      this.#fault(live.name, 'is not in the model')
      return
    }
    this.#features(live, known, live.name)
    this.#payload(live['arg-type'], known.data, live.name)
  }

  #payload(liveName: string, known: string | readonly Member[] | undefined, path: string): void {
    if (typeof known === 'string') {
      this.#type(liveName, { type: known }, `${path}/arg-type`)
      return
    }
    const live = this.#entity(liveName)
    if (live['meta-type'] !== 'object') {
      this.#fault(path, 'takes no object')
      return
    }
    this.#members(live, known ?? [], `${path}/arg-type`)
    if (live.variants?.length) this.#fault(path, 'has variants')
  }

  /** One of the known forms has to fit. */
  #type(liveName: string, known: Form, path: string): void {
    const forms = [known.type, ...(known.was ?? [])]
    if (forms.some((form) => this.#attempt(() => this.#form(liveName, form, path)))) return
    this.#form(liveName, known.type, path)
  }

  /** Does it find no fault? If it does, it has not happened. */
  #attempt(compare: () => void): boolean {
    const [faults, seen] = [this.faults.length, this.#seen.size]
    compare()
    if (this.faults.length === faults) return true
    this.faults.length = faults
    for (const pair of [...this.#seen].slice(seen)) this.#seen.delete(pair)
    return false
  }

  #form(liveName: string, known: string, path: string): void {
    const pair = `${liveName} ${known}`
    if (this.#seen.has(pair)) return
    this.#seen.add(pair)
    this.compared++
    const live = this.#entity(liveName)
    const type = this.#model.types[known]
    switch (live['meta-type']) {
      case 'array':
        if (!known.startsWith('[')) {
          this.#fault(path, `is an array, not ${known}`)
          return
        }
        this.#type(live['element-type'], { type: elementType(known) }, path)
        return
      case 'builtin':
        if ((JSON_TYPES[known] ?? 'int') !== live['json-type'] || type !== undefined) {
          this.#fault(path, `is ${live['json-type']}, not ${known}`)
        }
        return
      case 'enum': {
        if (type?.kind !== 'enum') {
          this.#fault(path, `is an enum, not ${known}`)
          return
        }
        for (const value of live.members) this.#known(value, type.values, `${path}/^${value.name}`)
        this.#complete(type.values, live.members, path)
        return
      }
      case 'alternate': {
        if (type?.kind !== 'alternate') {
          this.#fault(path, `is an alternate, not ${known}`)
          return
        }
        for (const member of live.members) {
          const fits = type.branches.some((branch) =>
            this.#attempt(() => this.#form(member.type, branch.type, path)),
          )
          if (!fits) this.#fault(path, `has an alternative ${member.type} the model has not`)
        }
        return
      }
      case 'object':
        if (type?.kind !== 'object') {
          this.#fault(path, `is an object, not ${known}`)
          return
        }
        this.#members(live, allMembers(this.#model, type), path)
        this.#variants(live, type, path)
        return
      case 'command':
      case 'event':
        throw new Error(`${liveName} is no type`)
      default:
        live satisfies never
    }
  }

  #members(live: Entity<'object'>, known: readonly Member[], path: string): void {
    for (const member of live.members) {
      const at = `${path}/${member.name}`
      const found = this.#known(member, known, at)
      if (found === undefined) continue
      const optional = 'default' in member
      if (optional && found.optional === undefined) this.#fault(at, 'is optional')
      if (!optional && found.optional === true) this.#fault(at, 'is required')
      this.#type(member.type, found, at)
    }
    this.#complete(known, live.members, path)
  }

  #variants(live: Entity<'object'>, type: ObjectModel, path: string): void {
    for (const variant of live.variants ?? []) {
      const at = `${path}/+${variant.case}`
      const branch = (type.branches ?? []).find(({ name }) => name === variant.case)
      if (branch !== undefined) this.#branch(variant.type, branch, at)
      else if (!this.#isEmpty(variant.type)) this.#fault(at, 'is not in the model')
    }
  }

  #branch(liveName: string, branch: Branch, path: string): void {
    // A case that is not in this version's union yet.
    if (!this.#isPresent(branch) && this.#isEmpty(liveName)) return
    this.#type(liveName, branch, path)
  }

  #isEmpty(liveName: string): boolean {
    const live = this.#entity(liveName)
    return live['meta-type'] === 'object' && live.members.length === 0
  }

  #known<T extends Facts & { readonly name: string }>(
    live: { readonly name: string; readonly features?: readonly string[] },
    known: readonly T[],
    path: string,
  ): T | undefined {
    const found = known.find(({ name }) => name === live.name)
    if (found === undefined || !this.#isPresent(found)) {
      this.#fault(path, 'is not in the model')
      return undefined
    }
    this.#features(live, found, path)
    return found
  }

  /** The newest version's features are the model's, so only that one can be held against it. */
  #features(live: { readonly features?: readonly string[] }, known: Facts, path: string): void {
    if (this.#version !== (known.until ?? this.#model.versions.at(-1))) return
    for (const feature of live.features ?? []) {
      if (!known.features?.includes(feature)) this.#fault(path, `has the feature ${feature}`)
    }
  }

  #complete(
    known: readonly (Facts & { name: string })[],
    live: readonly { name: string }[],
    path: string,
  ): void {
    for (const item of known) {
      if (!this.#isCertain(item) || live.some(({ name }) => name === item.name)) continue
      if (!LATE.has(`${path}/${item.name}`)) this.#fault(`${path}/${item.name}`, 'is missing in QEMU')
    }
  }

  #isPresent({ from, until }: Facts): boolean {
    const { versions } = this.#model
    const at = versions.indexOf(this.#version)
    const first = from === undefined ? 0 : versions.indexOf(from)
    const last = until === undefined ? versions.length - 1 : versions.indexOf(until)
    return first <= at && at <= last
  }

  /** In every build of this version. */
  #isCertain(facts: Facts): boolean {
    return facts.if === undefined && this.#isPresent(facts)
  }

  #entity(name: string): SchemaInfo {
    const entity = this.#live.get(name)
    if (entity === undefined) throw new Error(`QEMU's schema has no ${name}`)
    return entity
  }

  #fault(path: string, what: string): void {
    this.faults.push(`${path} ${what}`)
  }
}

test('the model says of this version what QEMU says of itself', async () => {
  const { entities } = await client.schema()
  const { major, minor } = client.greeting.version.qemu
  const version = `${major}.${minor}`
  expect(model.versions).toContain(version)
  const comparison = new Comparison(model, version, entities)
  comparison.run()
  expect(comparison.faults).toEqual([])
  expect(comparison.compared).toBeGreaterThan(600)
})

test('a difference deep in a type shows', async () => {
  const { entities } = await client.schema()
  const { major, minor } = client.greeting.version.qemu
  const text = JSON.stringify(model)
  const faults = (changed: string): readonly string[] => {
    expect(changed).not.toBe(text)
    const comparison = new Comparison(JSON.parse(changed), `${major}.${minor}`, entities)
    comparison.run()
    return comparison.faults
  }
  expect(faults(text.replace('"name":"io_uring"', '"name":"io-uring"'))).not.toEqual([])
  expect(
    faults(text.replaceAll('{"name":"filename","type":"str"}', '{"name":"filename","type":"int"}')),
  ).not.toEqual([])
  expect(faults(text.replaceAll('"name":"tls-hostname",', '"name":"tls-hostname2",'))).not.toEqual([])
  expect(faults(text.replace(',"oob":true', ''))).not.toEqual([])
  expect(
    faults(text.replaceAll('"name":"id","type":"str"}', '"name":"id","type":"str","optional":true}')),
  ).not.toEqual([])
})

describe('the schema of a real QEMU', () => {
  test('answers paths', async () => {
    const schema = await client.schema()
    expect(schema.has('blockdev-add/arg-type/+nbd/*reconnect-delay')).toBe(true)
    expect(schema.has('blockdev-add/arg-type/+nbd/server/+unix/path/!string')).toBe(true)
    expect(schema.has('blockdev-add/arg-type/+file/aio/^io_uring')).toBe(true)
    expect(schema.has('blockdev-add/arg-type/+qcow2/backing/driver/^nbd')).toBe(true)
    expect(schema.has('query-named-block-nodes/ret-type/image/backing-image/filename')).toBe(true)
    expect(schema.has('drive-backup/$deprecated')).toBe(true)
    expect(schema.has('SHUTDOWN/arg-type/reason/^guest-panic')).toBe(true)
    expect(schema.has('blockdev-add/arg-type/+nbd/nope')).toBe(false)
    expect(await client.supports.command('yank')).toBe(true)
    expect(await client.supports.command('object-remove')).toBe(false)
    expect(await client.supports.event('DEVICE_UNPLUG_GUEST_ERROR')).toBe(true)
    expect(await client.supports.feature('drive-backup', 'deprecated')).toBe(true)
  })

  test('agrees with the table of versions', async () => {
    const schema = await client.schema()
    const { major, minor } = client.greeting.version.qemu
    const isHere = (release: string) => {
      const [ofMajor = 0, ofMinor = 0] = release.split('.').map(Number)
      return ofMajor < major || (ofMajor === major && ofMinor <= minor)
    }
    const paths = Object.keys(AVAILABILITY).filter((one) => {
      const { since, removed } = versionsOf(one) ?? {}
      return (since !== undefined && !isHere(since)) || (removed !== undefined && isHere(removed))
    })
    expect(paths.length).toBeGreaterThan(20)
    expect(paths.filter((one) => schema.has(one) && !LATE.has(one))).toEqual([])
    const [missing, why] = isHere('10.0')
      ? ['x-query-rdma', 'QEMU 10.0 has removed it']
      : ['blockdev-set-active', 'it needs QEMU 10.0']
    await expect(client.execute(missing)).rejects.toThrow(`; ${why}, and this is ${major}.${minor}.`)
  })

  test('makes types that compile', async () => {
    const text = renderTypesFromIntrospection(
      (await client.schema()).entities,
      client.greeting.version.package,
    )
    const directory = await mkdtemp(join(tmpdir(), 'qmp-types-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    await writeFile(join(directory, 'qmp.ts'), text)
    const use = `import { QmpClient } from 'qemu-launch/qmp'
import type { Commands, Events, Qmp } from './qmp.ts'
type Add = Commands['blockdev-add']['arguments']
export const good: Add = { driver: 'nbd', server: { type: 'unix', path: '/x' }, 'read-only': true }
// @ts-expect-error the wrong variant
export const bad: Add = { driver: 'nbd', server: { type: 'unix', path: '/x' }, filename: '/x' }
export const none: Commands['quit']['return'] = undefined
export const gone = (data: Events['DEVICE_DELETED']): string => data.device ?? data.path
export async function talk(): Promise<boolean> {
  await using client = await QmpClient.connect<Qmp>('unix:/x')
  await client.execute('blockdev-add', { driver: 'nbd', server: { type: 'unix', path: '/x' } })
  // @ts-expect-error the wrong variant
  await client.execute('blockdev-add', { driver: 'nbd', server: { type: 'unix', path: '/x' }, filename: '/x' })
  // @ts-expect-error this QEMU has no such command
  await client.execute('x-brand-new')
  client.on('DEVICE_DELETED', ({ data }) => gone(data))
  // @ts-expect-error nor such an event
  client.on('X_BRAND_NEW', () => {})
  return (await client.execute('query-status')).running
}
`
    const file = join(directory, 'use.ts')
    await writeFile(file, use)
    const program = ts.createProgram([file], {
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
      typeRoots: [path('node_modules/@types')],
      paths: { 'qemu-launch/qmp': [path('dist/qmp/index.d.ts')] },
    })
    const found = ts.getPreEmitDiagnostics(program)
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([])
  })
})

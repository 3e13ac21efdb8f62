import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  type QmpClient,
  QmpSchema,
  renderTypesFromIntrospection,
  type SchemaInfo,
} from '../../../src/qmp/index.ts'
import { NO_REPLY } from '../../../src/testing/index.ts'
import { connected } from './support.ts'

/** A schema in small: every kind of type, a recursive one, and the old and the new form of enums. */
const ENTITIES = [
  { 'meta-type': 'command', name: 'disk-add', 'arg-type': '1', 'ret-type': '0', features: ['unstable'] },
  { 'meta-type': 'command', name: 'query-disks', 'arg-type': '0', 'ret-type': '[7]', 'allow-oob': true },
  { 'meta-type': 'command', name: 'device_add', 'arg-type': '9', 'ret-type': '0' },
  { 'meta-type': 'event', name: 'DISK_GONE', 'arg-type': '8' },
  { 'meta-type': 'event', name: 'TICK', 'arg-type': '0' },
  { 'meta-type': 'object', name: '0', members: [] },
  {
    'meta-type': 'object',
    name: '1',
    members: [
      { name: 'driver', type: '2' },
      { name: 'size-limit', type: 'int', default: null, features: ['deprecated'] },
      { name: 'backing', type: '5', default: null },
    ],
    tag: 'driver',
    variants: [
      { case: 'file', type: '3' },
      { case: 'nbd', type: '4' },
      { case: 'null', type: '0' },
      { case: 'zero', type: '0' },
    ],
  },
  {
    'meta-type': 'enum',
    name: '2',
    members: [
      { name: 'file' },
      { name: 'nbd', features: ['deprecated'] },
      { name: 'null' },
      { name: 'zero' },
    ],
    values: ['file', 'nbd', 'null', 'zero'],
  },
  { 'meta-type': 'object', name: '3', members: [{ name: 'filename', type: 'str' }] },
  {
    'meta-type': 'object',
    name: '4',
    members: [
      { name: 'paths', type: '[str]' },
      { name: 'x', type: 'any' },
    ],
  },
  { 'meta-type': 'alternate', name: '5', members: [{ type: '1' }, { type: 'str' }, { type: 'null' }] },
  {
    'meta-type': 'object',
    name: '7',
    members: [
      { name: 'state', type: '6' },
      { name: 'on', type: 'bool' },
    ],
  },
  { 'meta-type': 'enum', name: '6', values: ['ok', 'failed'] },
  { 'meta-type': 'array', name: '[7]', 'element-type': '7' },
  { 'meta-type': 'array', name: '[str]', 'element-type': 'str' },
  { 'meta-type': 'object', name: '8', members: [{ name: 'state', type: '6', default: null }] },
  { 'meta-type': 'object', name: '9', members: [{ name: 'driver', type: 'str' }] },
  { 'meta-type': 'builtin', name: 'str', 'json-type': 'string' },
  { 'meta-type': 'builtin', name: 'int', 'json-type': 'int' },
  { 'meta-type': 'builtin', name: 'bool', 'json-type': 'boolean' },
  { 'meta-type': 'builtin', name: 'null', 'json-type': 'null' },
  { 'meta-type': 'builtin', name: 'any', 'json-type': 'value' },
] as readonly unknown[] as readonly SchemaInfo[]

const schema = new QmpSchema(ENTITIES)

describe('paths', () => {
  test.each([
    'disk-add',
    'disk-add/$unstable',
    'disk-add/arg-type',
    'disk-add/arg-type/driver/^nbd',
    'disk-add/arg-type/driver/^nbd/$deprecated',
    'disk-add/arg-type/*size-limit',
    'disk-add/arg-type/size-limit/$deprecated',
    'disk-add/arg-type/size-limit/!int',
    'disk-add/arg-type/+file/filename/!string',
    'disk-add/arg-type/+null',
    'disk-add/arg-type/+nbd/paths/!string',
    'disk-add/arg-type/backing/+nbd/x/!value',
    'disk-add/arg-type/backing/backing/backing/!null',
    'query-disks/ret-type/state/^failed',
    'DISK_GONE/arg-type/*state/^ok',
    'TICK/arg-type',
  ])('%s is there', (path) => expect(schema.has(path)).toBe(true))

  test.each([
    'disk-del',
    '1',
    'str',
    'disk-add/$deprecated',
    'disk-add/arg-type/driver/^nope',
    'disk-add/arg-type/driver/^file/$deprecated',
    'disk-add/arg-type/*driver',
    'disk-add/arg-type/driver/!string',
    'disk-add/arg-type/filename',
    'disk-add/arg-type/+file/paths',
    'disk-add/arg-type/+nope',
    'disk-add/arg-type/driver/file',
    'disk-add/ret-type/anything',
    'DISK_GONE/ret-type',
  ])('%s is not', (path) => expect(schema.has(path)).toBe(false))

  test.each([
    '',
    '/',
    'disk-add/',
    'disk-add/arg_type',
    'disk-add/driver',
    'disk-add/arg-type//x',
    'disk-add/arg-type/+',
    'disk-add/arg-type/driver/^nbd/x',
    'disk-add/arg-type/size-limit/!int/x',
    'disk-add/$unstable/x',
  ])('"%s" is no path', (path) => {
    expect(() => schema.has(path)).toThrow(expect.objectContaining({ code: 'QMP_INVALID_ARGUMENT' }))
  })

  test('single questions', () => {
    expect([schema.command('disk-add'), schema.command('TICK'), schema.command('2')]).toEqual([
      true,
      false,
      false,
    ])
    expect([schema.event('TICK'), schema.event('disk-add')]).toEqual([true, false])
    expect([schema.feature('disk-add', 'unstable'), schema.feature('TICK', 'unstable')]).toEqual([
      true,
      false,
    ])
  })
})

describe('client.schema', () => {
  const greeting = (name: string) => ({
    QMP: { version: { qemu: { micro: 2, minor: 0, major: 10 }, package: name }, capabilities: [] },
  })
  const entities = ENTITIES as never
  const count = (server: { received: readonly { execute: string }[] }) =>
    server.received.filter(({ execute }) => execute === 'query-qmp-schema').length

  test('is read once a connection, at the first question', async () => {
    const { client, server } = await connected({ commands: { 'query-qmp-schema': entities } })
    expect(count(server)).toBe(0)
    const answers = await Promise.all([
      client.supports.command('disk-add'),
      client.supports.event('NOPE'),
      client.supports.feature('disk-add', 'unstable'),
    ])
    expect(answers).toEqual([true, false, true])
    expect((await client.schema({ timeoutMs: 1000 })).has('disk-add/arg-type/+nbd')).toBe(true)
    expect(await client.schema()).toBe(await client.schema())
    expect(count(server)).toBe(1)
    await client.schema({ fresh: true })
    expect(count(server)).toBe(2)
  })

  test('is shared by packaged builds of one target, and by no others', async () => {
    const commands = (arch: string) => ({ 'query-qmp-schema': entities, 'query-target': { arch } })
    const [first, second, other, unnamed] = [
      await connected({ greeting: greeting('Test 1'), commands: commands('x86_64') }),
      await connected({ greeting: greeting('Test 1'), commands: commands('x86_64') }),
      await connected({ greeting: greeting('Test 1'), commands: commands('aarch64') }),
      await connected({ greeting: greeting(''), commands: commands('x86_64') }),
    ]
    const schema = await first.client.schema()
    expect(await second.client.schema()).toBe(schema)
    expect(await other.client.schema()).not.toBe(schema)
    expect(await unnamed.client.schema()).not.toBe(schema)
    expect([first, second, other, unnamed].map(({ server }) => count(server))).toEqual([1, 0, 1, 1])
  })

  test('is asked for again after a failure', async () => {
    const { client, server } = await connected({ greeting: greeting('Test 2') })
    for (const round of [1, 2]) {
      await expect(client.supports.command('x')).rejects.toThrow(
        expect.objectContaining({ code: 'QMP_COMMAND_FAILED', command: 'query-qmp-schema' }),
      )
      expect(count(server)).toBe(round)
    }
    await expect(client.schema({ signal: AbortSignal.abort() })).rejects.toThrow(
      expect.objectContaining({ code: 'QMP_ABORTED' }),
    )
  })

  test.each([
    ['schema', (client: QmpClient) => client.schema()],
    ['a fresh schema', (client: QmpClient) => client.schema({ fresh: true })],
    ['supports', (client: QmpClient) => client.supports.event('X', { signal: new AbortController().signal })],
  ])('%s has a limit of its own, for a QEMU that stands still', async (_what, ask) => {
    const { client, server } = await connected({ commands: { 'query-qmp-schema': () => NO_REPLY } })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const late = expect(ask(client)).rejects.toThrow(expect.objectContaining({ code: 'QMP_TIMEOUT' }))
    await server.whenReceived('query-qmp-schema')
    vi.advanceTimersByTime(31_000)
    await late
  })
})

test('types of one build are named by where they are met', () => {
  const text = renderTypesFromIntrospection(ENTITIES, '1.0 (test)')
  expect(text.slice(text.indexOf('/** What each command'))).toMatchInlineSnapshot(`
    "/** What each command takes and answers, and whether it may overtake others, of QEMU 1.0 (test). */
    export interface Commands {
      /** @unstable */
      'disk-add': {
        arguments: DiskAddArgs
        return: void
        oob: false
      }
      'query-disks': {
        arguments: NoArguments
        return: readonly QueryDisksResult[]
        oob: true
      }
      device_add: {
        arguments: {
          readonly driver: string
          readonly [member: string]: JsonValue | undefined
        }
        return: void
        oob: false
      }
    }

    /** What each event carries, of QEMU 1.0 (test). */
    export interface Events {
      DISK_GONE: {
        readonly state?: Open<DiskGoneEvent_state>
      }
      TICK: NoData
    }

    export type DiskAddArgs = {
      /** @deprecated */
      readonly 'size-limit'?: Int64 | undefined
      readonly backing?: DiskAddArgs_backing | undefined
    } & (
      | ({ readonly driver: 'file' } & DiskAddArgs_file)
      /** @deprecated */
      | ({ readonly driver: 'nbd' } & DiskAddArgs_nbd)
      | { readonly driver: 'null' | 'zero' }
    )

    export type QueryDisksResult = {
      readonly state: Open<DiskGoneEvent_state>
      readonly on: boolean
    }

    export type DiskGoneEvent_state = 'ok' | 'failed'

    export type DiskAddArgs_driver =
      | 'file'
      /** @deprecated */
      | 'nbd'
      | 'null'
      | 'zero'

    export type DiskAddArgs_backing = DiskAddArgs | string | null

    export type DiskAddArgs_file = {
      readonly filename: string
    }

    export type DiskAddArgs_nbd = {
      readonly paths: readonly string[]
      readonly x: JsonValue
    }
    "
  `)
  expect(() => renderTypesFromIntrospection(ENTITIES.slice(0, 5))).toThrow(/does not have/)
})

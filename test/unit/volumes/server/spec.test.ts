import { describe, expect, test } from 'vitest'
import { VolumeSpecError } from '../../../../src/volumes/errors.ts'
import { restartDelayMs, restartPolicySchema } from '../../../../src/volumes/server/restart-policy.ts'
import { parseServerSpec } from '../../../../src/volumes/server/spec.ts'

/** Each fault as `path: message`. */
function faultsOf(input: unknown, isRestarted = false): string[] {
  try {
    parseServerSpec(input, isRestarted)
  } catch (error) {
    if (error instanceof VolumeSpecError)
      return error.faults.map(({ path, message }) => `${path}: ${message}`)
    throw error
  }
  return []
}

describe('parseServerSpec', () => {
  test('tells every fault at once', () => {
    expect(
      faultsOf({
        type: 'nbdkit',
        plugin: '--dump-config',
        parameters: { '--run x': '1' },
        filters: ['-x', { name: 'cow', parametres: {} }],
        threads: 0,
        socket: `/tmp/${'x'.repeat(120)}`,
      }).join('\n'),
    ).toMatchInlineSnapshot(`
      "plugin: "--dump-config" is not the name of a plugin
      parameters.--run x: "--run x" is not the name of a parameter
      filters[0]: "-x" is not the name of a filter
      filters[1].parametres: is not a known key: did you mean parameters?
      threads: 0 should be at least 1
      socket: "/tmp/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" has a socket path of 125 bytes: should be at most 107, the limit of unix sockets"
    `)
  })

  test.each([
    [{ type: 'nbd-server' }, ['type: "nbd-server" should be one of nbdkit, qemu-nbd, storage-daemon']],
    [{ type: 'qemu-nbd' }, ['file: is required: should be a string']],
    [
      { type: 'nbdkit', plugin: 'file', parameters: { file: 'x' }, secrets: { file: 'y' } },
      ['parameters.file: is given twice: nbdkit has one list for all'],
    ],
  ])('%j', (input, faults) => {
    expect(faultsOf(input)).toEqual(faults)
  })

  test.each([
    [{ filters: ['cache'], parameters: { 'cache-max-size': '4M' } }, 'parameters'],
    [{ filters: [{ name: 'cache', parameters: { 'cache-max-size': '4M', cache: 'unsafe' } }] }, 'filters'],
  ])('a write cache that forgets is refused: %j', (cache, where) => {
    const spec = { type: 'nbdkit', plugin: 'file', ...cache }
    expect(faultsOf(spec)).toEqual([
      `${where}.cache-max-size: makes nbdkit forget writes that it has confirmed: should be left out, or with cache=writethrough, or the server read-only`,
    ])
    expect(faultsOf({ ...spec, readOnly: true })).toEqual([])
  })

  test('a write cache that holds all, or none, is not', () => {
    const through = { 'cache-max-size': '4M', cache: 'writethrough' }
    expect(faultsOf({ type: 'nbdkit', plugin: 'file', filters: ['cache'], parameters: through })).toEqual([])
    expect(faultsOf({ type: 'nbdkit', plugin: 'file', filters: ['cache'] })).toEqual([])
  })

  test('never shows a secret', () => {
    const faults = faultsOf({
      type: 'nbdkit',
      plugin: 'curl',
      secrets: { password: 'hunter2\nx', 'a=b': 'hunter2' },
    })
    expect(faults).toEqual([
      'secrets.password: should be one line: nbdkit reads no further',
      'secrets.a=b: "a=b" is not the name of a parameter',
    ])
  })

  test('makes paths absolute, so that another process can start it again', () => {
    expect(parseServerSpec({ type: 'qemu-nbd', file: 'a.raw', socket: 's' })).toMatchObject({
      file: `${process.cwd()}/a.raw`,
      socket: `${process.cwd()}/s`,
    })
  })
})

describe('a restart is refused where it would lose what was written', () => {
  const nbdkit = (rest: object) => ({ type: 'nbdkit', plugin: 'file', parameters: { file: '/f' }, ...rest })
  const image = (rest: object) => ({ type: 'qemu-nbd', file: '/f.qcow2', ...rest })

  test.each([
    [
      'a disk of memory',
      { type: 'nbdkit', plugin: 'memory' },
      'plugin: "memory" loses what it holds when it ends',
    ],
    ['an overlay', nbdkit({ filters: ['cow'] }), 'filters: "cow" keeps writes that are lost'],
    ['a cache', nbdkit({ filters: [{ name: 'cache' }] }), 'filters: "cache" keeps writes that are lost'],
    [
      'qcow2 without write-through',
      image({ cache: 'writeback' }),
      'cache: "writeback" loses confirmed writes',
    ],
    [
      'qcow2, cache none',
      image({ type: 'storage-daemon', cache: 'none' }),
      'cache: "none" loses confirmed writes',
    ],
  ])('%s', (_name, input, fault) => {
    expect(faultsOf(input, true)).toEqual([expect.stringContaining(fault)])
    expect(faultsOf(input, false)).toEqual([])
    expect(faultsOf({ ...input, readOnly: true }, true)).toEqual([])
  })

  test.each([
    ['a file', nbdkit({})],
    [
      'a cache that writes through',
      nbdkit({ filters: [{ name: 'cache', parameters: { cache: 'writethrough' } }] }),
    ],
    ['raw, whatever its cache', image({ file: '/f.raw', cache: 'writeback' })],
  ])('not for %s', (_name, input) => {
    expect(faultsOf(input, true)).toEqual([])
  })

  test('and qcow2 is served write-through unasked', () => {
    expect(parseServerSpec(image({}), true)).toMatchObject({ cache: 'writethrough' })
    expect(parseServerSpec(image({}), false)).not.toHaveProperty('cache')
  })
})

test('the tries of a restart come at once, then ever later, then not at all', () => {
  const policy = restartPolicySchema.parse({ initialDelayMs: 100, maxDelayMs: 500, maxRestarts: 6 })
  expect([0, 1, 2, 3, 4, 5, 6].map((tries) => restartDelayMs(policy, tries))).toEqual([
    0,
    100,
    200,
    400,
    500,
    500,
    undefined,
  ])
})

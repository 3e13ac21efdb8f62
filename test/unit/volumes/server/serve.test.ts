import { expect, test } from 'vitest'
import { serveAt } from '../../../../src/vm/config/served.ts'
import { renderArgv } from '../../../../src/vm/index.ts'
import { type ServeSpec, settleServe } from '../../../../src/volumes/index.ts'
import { isSameServe, withoutServeSecrets } from '../../../../src/volumes/server/serve.ts'
import { parseVolumeSpec } from '../../../../src/volumes/spec.ts'

const serve = { type: 'nbdkit', plugin: 'file', parameters: { file: '/srv/a.raw' } } as const
const given = { serveAt: serveAt('web', '/run/q') }

test('a served volume has the address of its server, by state directory, VM and volume', () => {
  const uri = 'nbd:unix:/run/q/.servers/web+v.sock'
  const spec = parseVolumeSpec({ id: 'v', serve }, given)
  expect(spec).toMatchObject({ id: 'v', serve, uri })
  expect(parseVolumeSpec(spec)).toEqual(spec)
  expect(parseVolumeSpec(spec, given)).toEqual(spec)
  const at = (own: object) => parseVolumeSpec({ id: 'v', serve: { ...serve, ...own } }, given).uri
  expect(at({ socket: '/srv/own.sock' })).toBe('nbd:unix:/srv/own.sock')
  expect(at({ socket: { host: '127.0.0.1', port: 10810 } })).toBe('nbd://127.0.0.1:10810')
  expect(at({ exportName: 'x' })).toBe(`${uri}:exportname=x`)
})

test('where the names do not fit into the path of a socket its own is a hash, another for each volume', () => {
  const long = serveAt('w'.repeat(64), `/run/${'d'.repeat(30)}`)
  const [one, two] = [long('v', serve), long('w', serve)]
  expect(one).toMatch(/\/\.servers\/[0-9a-f]{24}\.sock$/)
  expect(two).not.toBe(one)
  expect(long('v', serve)).toBe(one)
  // The id of a boot volume is any text.
  expect(given.serveAt('../../x', serve)).toMatch(/^nbd:unix:\/run\/q\/\.servers\/[0-9a-f]{24}\.sock$/)
})

test.each<[string, object, string[]]>([
  ['neither', { id: 'v' }, ['uri']],
  ['both', { id: 'v', uri: '/a.raw', serve }, ['uri']],
  ['an unknown key', { id: 'v', serve: { ...serve, plugn: 'x' } }, ['serve.plugn']],
  ['no kind', { id: 'v', serve: { file: '/a' } }, ['serve.type']],
  ['a file twice', { id: 'v', serve: { ...serve, secrets: { file: 'x' } } }, ['serve.parameters.file']],
  [
    'a restart that loses',
    { id: 'v', serve: { type: 'nbdkit', plugin: 'memory', restart: true } },
    ['serve.plugin'],
  ],
  ['an unknown policy', { id: 'v', serve: { ...serve, restart: { tries: 3 } } }, ['serve.restart.tries']],
])('a volume with %s has its fault by name', (_, volume, paths) => {
  const faults = (parse: () => unknown) => {
    try {
      return parse()
    } catch (error) {
      return (error as { details: { faults: { path: string }[] } }).details.faults.map(({ path }) => path)
    }
  }
  expect(faults(() => parseVolumeSpec(volume, given))).toEqual(paths)
  for (const role of ['data', 'boot', 'cloud-init']) {
    const config = {
      name: 'web',
      cpus: 1,
      memoryMiB: 64,
      kernel: { image: '/k' },
      volumes: [{ ...volume, role }],
    } as never
    expect(
      faults(() => renderArgv(config, { stateDir: '/run/q' })),
      role,
    ).toEqual(paths.map((path) => `volumes[0].${path}`))
  }
})

test('without a VM a served volume has no address', () => {
  expect(() => parseVolumeSpec({ id: 'v', serve })).toThrowError(/serve: has an address only in a VM/)
})

test('two servers are the same by what they serve, their secrets apart', () => {
  const secret: ServeSpec = { type: 'nbdkit', plugin: 'curl', secrets: { password: 'x' } }
  expect(JSON.stringify(withoutServeSecrets(secret))).toBe('{"type":"nbdkit","plugin":"curl"}')
  expect(isSameServe(secret, { ...secret, secrets: { password: 'y' } })).toBe(true)
  expect(isSameServe(secret, { ...secret, readOnly: true })).toBe(false)
  const image: ServeSpec = { type: 'qemu-nbd', file: 'a.qcow2' }
  expect(settleServe(image)).toEqual({ ...image, file: `${process.cwd()}/a.qcow2`, format: 'qcow2' })
  expect(settleServe({ ...image, restart: true })).toMatchObject({ cache: 'writethrough', restart: true })
})

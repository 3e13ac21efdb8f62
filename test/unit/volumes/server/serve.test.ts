import { expect, test } from 'vitest'
import { serveAt } from '../../../../src/vm/config/served.ts'
import { renderArgv } from '../../../../src/vm/index.ts'
import { type ServeSpec, settleServe } from '../../../../src/volumes/index.ts'
import { isSameServe, serverOf, withoutServeSecrets } from '../../../../src/volumes/server/serve.ts'
import { readNbdkitWords, requestsOf } from '../../../../src/volumes/server/traits.ts'
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
  expect(() => parseVolumeSpec({ id: 'v', serve })).toThrowError(/serve: works only in a VM/)
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

test('an nbdkit gets the size of its cache by the name of its volume, in blocks or bytes', () => {
  const sized: ServeSpec = { ...serve, cachePolicy: { parameter: 'cache_size', unit: 'blocks' } }
  const at = (of: ServeSpec, name: string) => (serverOf(of, name) as { parameters: object }).parameters
  expect(at(sized, 'vol-1')).toEqual({ file: '/srv/a.raw', cache_size: 32_768 })
  expect(at(sized, 'web-cloudinit')).toEqual({ file: '/srv/a.raw', cache_size: 0 })
  const bytes: ServeSpec = { ...serve, cachePolicy: { parameter: 'cache', unit: 'bytes' } }
  expect(at(bytes, 'vol-1')).toEqual({ file: '/srv/a.raw', cache: 134_217_728 })
  expect(settleServe(sized)).toEqual(sized)
  const twice = { ...serve, cachePolicy: { parameter: 'file' } }
  expect(() => parseVolumeSpec({ id: 'v', serve: twice }, given)).toThrowError(
    /serve\.cachePolicy\.parameter: "file" is given by parameters too/,
  )
})

test('what an nbdkit handles at once is told by its threads and its thread model', () => {
  const words = ['/usr/sbin/nbdkit', '--foreground', '--pidfile=/p', '--unix=/s', '--threads=4']
  const rest = ['file=/a=b', 'cache_size=0']
  expect(readNbdkitWords([...words, '--filter=rate', 'file', ...rest])).toEqual({
    plugin: 'file',
    rest,
    filters: ['--filter=rate'],
    threads: 4,
    parameters: new Map([
      ['file', '/a=b'],
      ['cache_size', '0'],
    ]),
  })
  expect(readNbdkitWords(['/bin/sleep', '300'])).toBeUndefined()
  expect(requestsOf('name=file\nmax_thread_model=parallel\nthread_model=parallel\n', 4)).toBe(4)
  expect(requestsOf('max_thread_model=parallel\nthread_model=serialize_requests\n', 16)).toBe(1)
  expect(requestsOf('', 16)).toBeUndefined()
})

test.each<[string, unknown]>([
  ['a line too many', { password: 'hunter2\nx' }],
  ['a number', { password: 271828 }],
  ['a text in their place', 'hunter2'],
  ['a list in their place', ['hunter2']],
])('what is wrong with secrets is told without them: %s', (_, secrets) => {
  const served = { type: 'nbdkit', plugin: 'curl', secrets }
  const volumes = [{ id: 'v', role: 'boot', serve: served }]
  for (const parse of [
    () => parseVolumeSpec({ id: 'v', serve: served }, given),
    () => renderArgv({ name: 'web', cpus: 1, memoryMiB: 64, volumes } as never),
    () => settleServe(served as never),
  ]) {
    let failure: unknown
    try {
      parse()
    } catch (error) {
      failure = error
    }
    const { message, details } = failure as { message: string; details: object }
    expect(message).toMatch(/secrets/)
    expect(message + JSON.stringify(details)).not.toMatch(/hunter2|271828/)
  }
})

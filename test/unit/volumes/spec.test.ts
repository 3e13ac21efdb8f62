import { describe, expect, test } from 'vitest'
import { formatOfFile, readVolumeUri, volumeFrom } from '../../../src/volumes/source.ts'
import { parseVolumeSpec, portOfSpec, volumeJsonSchema, volumeNames } from '../../../src/volumes/spec.ts'

const uri = 'nbd:unix:/run/a.sock'

describe('parseVolumeSpec', () => {
  test('fills in what is not said', () => {
    expect(parseVolumeSpec({ id: 'vol-1', uri })).toEqual({
      id: 'vol-1',
      uri,
      readOnly: false,
      iothread: true,
      removable: true,
    })
  })

  test('takes a bare address with the id beside it', () => {
    expect(parseVolumeSpec(uri, { id: 'vol-1' })).toEqual(parseVolumeSpec({ id: 'vol-1', uri }))
    expect(parseVolumeSpec({ uri }, { id: 'vol-1' })).toEqual(parseVolumeSpec({ id: 'vol-1', uri }))
    expect(parseVolumeSpec({ id: 'vol-2', uri }, { id: 'vol-1' }).id).toBe('vol-1')
    expect(() => parseVolumeSpec(uri)).toThrowError(/id: is required/)
  })

  test('takes its own result again', () => {
    const spec = parseVolumeSpec({
      id: 'vol-1',
      uri,
      device: 'sdf',
      cache: 'none',
      queueSize: 4,
      numQueues: 1024,
    })
    expect(parseVolumeSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec)
  })

  test('gives the faults as data too', () => {
    expect(() => parseVolumeSpec({ id: 'vol-1', uri, numQueues: 0, seriel: 'x' })).toThrowError(
      expect.objectContaining({
        code: 'VOLUME_SPEC',
        details: {
          faults: [
            { path: 'numQueues', message: '0 should be at least 1', value: 0 },
            { path: 'seriel', message: 'is not a known key: did you mean serial?' },
          ],
        },
      }),
    )
  })

  test.each([
    ['v'.repeat(27), true],
    ['v'.repeat(28), false],
    ['vol-1.a_b', true],
    ['1vol', false],
    ['vol 1', false],
    ['vol/1', false],
    ['völ', false],
  ])('id %s: %s', (id, right) => {
    if (right) expect(Buffer.byteLength(volumeNames(parseVolumeSpec({ id, uri }).id).node)).toBeLessThan(32)
    else expect(() => parseVolumeSpec({ id, uri })).toThrowError(/^The volume is not right:\nid: /)
  })

  test.each([4, 8, 256, 1024])('takes queue size %i', (queueSize) => {
    expect(parseVolumeSpec({ id: 'v', uri, queueSize }).queueSize).toBe(queueSize)
  })

  test.each([0, 1, 2, 3, 5, 100, 2048, 4.5, -4])('refuses queue size %d', (queueSize) => {
    expect(() => parseVolumeSpec({ id: 'v', uri, queueSize })).toThrowError(
      /queueSize: .* power of 2 from 4 to 1024/,
    )
  })

  test.each([
    ['x'.repeat(20), true],
    ['x'.repeat(21), false],
    ['ä'.repeat(11), false],
    ['', false],
    ['a\nb', false],
  ])('serial %j: %s', (serial, right) => {
    const parse = () => parseVolumeSpec({ id: 'v', uri, serial })
    if (right) expect(parse().serial).toBe(serial)
    else expect(parse).toThrowError(/serial: /)
  })
})

test.each([
  [{}, undefined],
  [{ device: '/dev/sdg' }, 'hotplug2'],
  [{ bus: 'pcie.7' }, 'pcie.7'],
  [{ bus: 'hotplug4', device: '/dev/sdg' }, 'hotplug4'],
])('the port of %j is %s', (spec, port) => {
  expect(portOfSpec(spec)).toBe(port)
})

test.each([
  ['/srv/a.img', '/srv/a.img'],
  ['a b,c=d.img', 'a b,c=d.img'],
  ['./odd:name', './odd:name'],
  ['file:/srv/a', '/srv/a'],
  ['file:///srv/a%20b', '/srv/a b'],
])('%s is the file %s', (text, path) => {
  expect(readVolumeUri(text)).toEqual({ type: 'file', path })
})

test.each(['http://x/y', 'odd:name', 'file:relative', 'file:///%zz', 'nbd:x'])(
  '%s is neither a server nor a file',
  (text) => {
    expect(readVolumeUri(text)).toBeTypeOf('string')
  },
)

test.each([
  ['disk.raw', '/srv/vms/disk.raw'],
  ['../a b,c.img', '/srv/a b,c.img'],
  ['./odd:name', '/srv/vms/odd:name'],
  ['nbd:unix:a.sock:exportname=x', 'nbd:unix:/srv/vms/a.sock:exportname=x'],
  ['nbd+unix:///x?socket=a.sock', 'nbd:unix:/srv/vms/a.sock:exportname=x'],
  ['nbds+unix:///x?socket=a.sock', 'nbds+unix:///x?socket=/srv/vms/a.sock'],
])('%s of the directory /srv/vms is %s', (written, named) => {
  expect(volumeFrom('/srv/vms', { uri: written })).toEqual({ uri: named })
})

test.each([
  '/a.raw',
  'file:///a%20b',
  'nbd:unix:/a.sock',
  'nbd+unix:///?socket=/a.sock',
  'nbd://h/x',
  'odd:x',
])('%s is the same in every directory', (text) => {
  const volume = { uri: text }
  expect(volumeFrom('/srv/vms', volume)).toBe(volume)
})

test('a file is qcow2 by its ending', () => {
  expect(['a.qcow2', 'a.QCOW2', 'a.raw', 'a.img', 'qcow2'].map(formatOfFile)).toEqual([
    'qcow2',
    'qcow2',
    'raw',
    'raw',
    'raw',
  ])
})

test('the JSON Schema knows every key and no other', () => {
  const schema = volumeJsonSchema()
  expect(schema).toMatchObject({
    type: 'object',
    additionalProperties: false,
    required: ['id'],
    anyOf: [{ required: ['uri'] }, { required: ['serve'] }],
  })
})

test.each([
  ['no list', { boundariesUs: [] }],
  ['a boundary that is not larger', { boundariesUs: [100, 100] }],
  ['part of a microsecond', { boundariesUs: [0.5] }],
  ['no histogram', false],
])('latency histograms with %s are refused', (_what, latencyHistogram) => {
  expect(() => parseVolumeSpec({ id: 'vol-1', uri, latencyHistogram })).toThrowError(/latencyHistogram/)
})

describe('a local cache', () => {
  const localCache = { directory: '/ssd/cache' }
  test.each([
    ['a file', { uri: '/srv/a.img' }, 'localCache'],
    ['a volume nobody writes', { readOnly: true }, 'localCache'],
    ['errors that the guest sees', { onIoError: 'report' }, 'onIoError'],
    ['writes that fail on', { werror: 'report' }, 'werror'],
    ['blocks given back', { discard: 'unmap' }, 'discard'],
    ['others who write it', { shareable: true }, 'shareable'],
    ['a relative directory', { localCache: { directory: 'cache' } }, 'localCache.directory'],
    ['no room at all', { localCache: { ...localCache, sizeMiB: 1 } }, 'localCache.sizeMiB'],
  ])('is refused with %s', (_what, more, path) => {
    const parse = () => parseVolumeSpec({ id: 'vol-1', uri, localCache, ...more })
    expect(parse).toThrowError(
      expect.objectContaining({ faults: [expect.objectContaining({ path })] as unknown }),
    )
  })

  test('is taken with what stops the VM', () => {
    const spec = { id: 'vol-1', uri, localCache, onIoError: 'pause-and-resume', werror: 'stop' }
    expect(parseVolumeSpec(spec)).toMatchObject({ localCache })
  })
})

import { describe, expect, test } from 'vitest'
import { inverse } from '../../../src/volumes/inverse.ts'
import { planAttach, planDetach } from '../../../src/volumes/plan.ts'
import { parseVolumeSpec } from '../../../src/volumes/spec.ts'

const spec = parseVolumeSpec({
  id: 'vol-abc123',
  uri: 'nbd:unix:/run/user/1000/nbd-vol-abc123.sock',
  bus: 'hotplug1',
})
const lines = (plan: readonly unknown[]) => plan.map((command) => JSON.stringify(command))

describe('preset hive', () => {
  test('attaches with exactly these three lines', () => {
    expect(lines(planAttach(spec, { preset: 'hive', vcpus: 4 }))).toEqual([
      '{"execute":"object-add","arguments":{"qom-type":"iothread","id":"ioth-vol-abc123"}}',
      '{"execute":"blockdev-add","arguments":{"node-name":"nbd-vol-abc123","driver":"nbd","server":{"type":"unix","path":"/run/user/1000/nbd-vol-abc123.sock"},"export":"","read-only":false}}',
      '{"execute":"device_add","arguments":{"driver":"virtio-blk-pci","id":"vdisk-vol-abc123","drive":"nbd-vol-abc123","iothread":"ioth-vol-abc123","bus":"hotplug1"}}',
    ])
  })

  test.each(['hive', 'safe'] as const)('%s detaches with exactly these three lines', (preset) => {
    expect(lines(planDetach('vol-abc123', { preset }))).toEqual([
      '{"execute":"device_del","arguments":{"id":"vdisk-vol-abc123"}}',
      '{"execute":"blockdev-del","arguments":{"node-name":"nbd-vol-abc123"}}',
      '{"execute":"object-del","arguments":{"id":"ioth-vol-abc123"}}',
    ])
  })
})

describe('preset safe', () => {
  test('is the default, and says all that hive says, in its order', () => {
    const safe = planAttach(spec, { vcpus: 4 })
    expect(safe).toEqual(planAttach(spec, { preset: 'safe', vcpus: 4 }))
    for (const [index, command] of planAttach(spec, { preset: 'hive' }).entries()) {
      expect(safe[index]?.execute).toBe(command.execute)
      const keys = Object.keys(command.arguments)
      expect(Object.keys(safe[index]?.arguments ?? {}).slice(0, keys.length)).toEqual(keys)
      expect(safe[index]?.arguments).toMatchObject(command.arguments)
    }
  })

  test('protects the VM, with the JSON types QEMU wants', () => {
    const [, node, disk] = planAttach({ ...spec, cache: 'directsync' }, { vcpus: 4 })
    expect(node?.arguments).toMatchObject({
      'open-timeout': 3,
      'reconnect-delay': 10,
      cache: { direct: true, 'no-flush': false },
    })
    expect(disk?.arguments).toMatchObject({
      addr: '0x0',
      serial: 'volabc123',
      'num-queues': 4,
      'write-cache': 'off',
    })
  })

  test.each([
    [undefined, undefined, undefined],
    [undefined, 4, 4],
    [undefined, 4096, 1024],
    [undefined, 0, 1],
    [2, 4, 2],
  ])('numQueues %s on a VM with %s vCPUs gives %s queues', (numQueues, vcpus, queues) => {
    const plan = planAttach({ ...spec, numQueues }, vcpus === undefined ? {} : { vcpus })
    expect(plan[2]?.arguments['num-queues']).toBe(queues)
  })

  test.each([
    ['vol-0123456789abcdef0', undefined, 'vol0123456789abcdef0'],
    ['vol-0123456789abcdef01', undefined, undefined],
    ['vol-1', 'mine', 'mine'],
  ])('the serial number of %s (%s asked) is %s', (id, serial, expected) => {
    expect(planAttach({ ...spec, id, serial })[2]?.arguments.serial).toBe(expected)
  })

  test('says the address of a port in the spec, and none without', () => {
    expect(planAttach({ id: 'v', uri: spec.uri, device: '/dev/sdh' })[2]?.arguments).toMatchObject({
      bus: 'hotplug3',
      addr: '0x0',
    })
    expect(planAttach({ id: 'v', uri: spec.uri })[2]?.arguments).not.toHaveProperty('bus')
    expect(planAttach({ id: 'v', uri: spec.uri })[2]?.arguments).not.toHaveProperty('addr')
  })
})

test('plans are the same for the same input, and their input is left alone', () => {
  const frozen = Object.freeze({ ...spec })
  expect(planAttach(frozen)).toEqual(planAttach(frozen))
})

test('a volume without an iothread has a plan without one', () => {
  expect(planAttach({ ...spec, iothread: false }).map(({ execute }) => execute)).toEqual([
    'blockdev-add',
    'device_add',
  ])
  expect(planAttach({ ...spec, iothread: false })[1]?.arguments).not.toHaveProperty('iothread')
})

test('the detach of a volume undoes its attach, in reverse', () => {
  for (const volume of [spec, parseVolumeSpec({ id: 'f', uri: '/srv/a.qcow2', bus: 'hotplug1' })]) {
    expect(planAttach(volume).toReversed().map(inverse)).toEqual(planDetach(volume.id))
  }
  const limited = { ...spec, limits: { operationsPerSecond: 100 } }
  expect(planAttach(limited).toReversed().map(inverse)).toEqual(planDetach(spec.id, { limited: true }))
})

test('what is no attach step has no inverse', () => {
  expect(planDetach('v').map(inverse)).toEqual([undefined, undefined, undefined])
  expect(inverse({ execute: 'blockdev-add', arguments: { driver: 'null-co' } })).toBeUndefined()
})

test('what was never checked is checked', () => {
  expect(() => planAttach({ id: '1', uri: 'x:y' })).toThrowError(/id: .*\nuri: /)
  expect(() => planDetach('1')).toThrowError(expect.objectContaining({ code: 'VOLUME_SPEC' }))
})

test('a preset that there is not is a fault, and no plan without protection', () => {
  const options = { preset: 'Safe' as 'safe' }
  const fault = expect.objectContaining({
    message: expect.stringMatching(/preset: "Safe" should be one of hive, safe/),
  })
  expect(() => planAttach(spec, options)).toThrowError(fault)
  expect(() => planDetach('vol-abc123', options)).toThrowError(fault)
})

test.each([
  [{}, undefined, undefined],
  [{ onIoError: 'pause-and-resume' as const }, 'stop', 'stop'],
  [{ onIoError: 'report' as const }, 'report', 'report'],
  [{ onIoError: 'report' as const, werror: 'enospc' as const }, 'enospc', 'report'],
])('%j makes werror %s and rerror %s', (options, werror, rerror) => {
  const disk = planAttach({ ...spec, ...options }).at(-1)?.arguments
  expect([disk?.werror, disk?.rerror]).toEqual([werror, rerror])
})

test('onIoError pause-and-resume beside an error action that does not stop is a fault', () => {
  expect(() =>
    planAttach({ ...spec, onIoError: 'pause-and-resume', rerror: 'report', werror: 'stop' }),
  ).toThrowError(expect.objectContaining({ faults: [expect.objectContaining({ path: 'rerror' })] }))
})

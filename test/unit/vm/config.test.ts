import { describe, expect, test } from 'vitest'
import { VmConfigError } from '../../../src/vm/errors.ts'
import { parseVmConfig, vmConfigJsonSchema } from '../../../src/vm/index.ts'

const source = { type: 'file', path: '/srv/a.raw' }
const drive = { id: 'os', source }
const config = { name: 'vm', cpus: 2, memoryMiB: 256, drives: [drive] }

function faults(document: unknown): string[] {
  try {
    parseVmConfig(document)
  } catch (error) {
    if (error instanceof VmConfigError) return error.faults.map((fault) => fault.path)
    throw error
  }
  return []
}

describe('parseVmConfig', () => {
  test('fills in what is not said', () => {
    expect(parseVmConfig(config)).toMatchObject({
      arch: 'x86_64',
      accelerator: 'auto',
      layout: 'hive',
      display: 'default',
    })
  })

  test('gives its faults as data, with code VM_CONFIG', () => {
    expect(() => parseVmConfig({ ...config, memoryMib: 1 })).toThrowError(
      expect.objectContaining({
        code: 'VM_CONFIG',
        details: {
          faults: [{ path: 'memoryMib', message: 'is not a known key: did you mean memoryMiB?', value: 1 }],
        },
      }),
    )
  })

  test.each<[string, object, string[]]>([
    ['a sound config', {}, []],
    ['a kernel instead of a drive', { drives: [], kernel: { image: '/k' } }, []],
    ['neither drive nor kernel', { drives: [] }, ['drives']],
    ['only an EFI volume', { drives: [], volumes: [{ id: 'e', uri: '/e', role: 'efi' }] }, ['drives']],
    ['a boot volume beside a drive of its name', { volumes: [{ id: 'v', uri: '/v' }] }, ['volumes[0].id']],
    ['a thread that is not there', { drives: [{ ...drive, iothread: 'x' }] }, ['drives[0].iothread']],
    [
      'a thread that extraArgs make',
      { drives: [{ ...drive, iothread: 'x' }], extraArgs: ['-object', 'iothread,id=x'] },
      [],
    ],
    ['as many queues as vCPUs', { drives: [{ ...drive, numQueues: 2 }] }, []],
    ['more queues than vCPUs', { drives: [{ ...drive, numQueues: 3 }] }, ['drives[0].numQueues']],
    [
      'as many queues as vCPUs to come',
      { cpus: { count: 1, maxCpus: 4 }, drives: [{ ...drive, numQueues: 4 }] },
      [],
    ],
    ['a full topology', { cpus: { count: 8, sockets: 2, cores: 2, threads: 2 } }, []],
    ['a topology QEMU completes', { cpus: { count: 8, cores: 4 } }, []],
    ['a topology that does not fit', { cpus: { count: 8, sockets: 1, cores: 4, threads: 1 } }, ['cpus']],
    ['fewer CPUs in all than at start', { cpus: { count: 8, maxCpus: 4 } }, ['cpus.maxCpus']],
    ['a fault in the topology object', { cpus: { count: 8, core: 4 } }, ['cpus.core']],
    ['aio native with cache none', { drives: [{ ...drive, aio: 'native', cache: 'none' }] }, []],
    [
      'aio native with writeback',
      { drives: [{ ...drive, aio: 'native', cache: 'writeback' }] },
      ['drives[0].aio'],
    ],
    [
      'a thread on a drive without device',
      { iothreads: [{ id: 'io' }], drives: [{ ...drive, interface: 'virtio', iothread: 'io' }] },
      ['drives[0].iothread'],
    ],
    ['host under tcg', { cpu: 'host', accelerator: 'tcg' }, ['cpu']],
    ['a CPU that is an option string', { cpu: 'host,-device,x y' }, ['cpu']],
    ['28 ports beside what q35 has', { hotplugPorts: 28 }, ['hotplugPorts']],
    ['27 ports beside what q35 has', { hotplugPorts: 27 }, []],
    [
      'forwards of one port on two addresses',
      {
        nics: [
          {
            type: 'user',
            id: 'n',
            hostForwards: [
              { hostAddress: '127.0.0.1', hostPort: 1, guestPort: 1 },
              { hostAddress: '127.0.0.2', hostPort: 1, guestPort: 1 },
            ],
          },
        ],
      },
      [],
    ],
    [
      'forwards of one port by two protocols',
      {
        nics: [
          {
            type: 'user',
            id: 'n',
            hostForwards: [
              { hostPort: 1, guestPort: 1 },
              { protocol: 'udp', hostPort: 1, guestPort: 1 },
            ],
          },
        ],
      },
      [],
    ],
    [
      'a raw device that takes a port name',
      { hotplugPorts: 1, rawDevices: ['pcie-root-port,id=hotplug1'] },
      ['rawDevices[0]'],
    ],
    ['a raw netdev and its device', { rawNetdevs: ['user,id=n'], rawDevices: ['e1000,netdev=n'] }, []],
    [
      'a drive with its device elsewhere',
      { drives: [{ ...drive, device: false }], rawDevices: ['virtio-blk-pci,drive=os'] },
      [],
    ],
    ['a socket path of 107 bytes', { qmp: [{ path: `/${'x'.repeat(106)}` }] }, []],
    ['a socket path of 108 bytes', { qmp: [{ path: `/${'x'.repeat(107)}` }] }, ['qmp[0].path']],
    [
      'a fault in one list and one between keys',
      { drives: [{ ...drive, cache: 'x', iothread: 'y' }, drive] },
      ['drives[0].cache', 'drives[0].iothread', 'drives[1].id'],
    ],
  ])('judges %s', (_name, change, paths) => {
    expect(faults({ ...config, ...change }).toSorted()).toEqual(paths)
  })

  test.each(['', 'a b', '-a', 'x'.repeat(65), 'a/b', '..'])('refuses the name %j', (name) => {
    expect(faults({ ...config, name })).toEqual(['name'])
  })
})

test('the JSON Schema asks for what parseVmConfig asks for', () => {
  expect(vmConfigJsonSchema()).toMatchObject({
    type: 'object',
    additionalProperties: false,
    required: ['name', 'cpus', 'memoryMiB'],
  })
})

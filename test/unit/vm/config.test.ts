import { describe, expect, test } from 'vitest'
import { VmConfigError } from '../../../src/vm/errors.ts'
import { parseVmConfig, resolveVm, type VmConfigInput, vmConfigJsonSchema } from '../../../src/vm/index.ts'

const source = { type: 'file', path: '/srv/a.raw' }
const drive = { id: 'os', source }
const config = { name: 'vm', cpus: 2, memoryMiB: 256, drives: [drive] }
const nic = (id: string, more: object = {}) => ({ type: 'user', id, ...more })

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
          faults: [{ path: 'memoryMib', message: 'is not a known key: did you mean memoryMiB?' }],
        },
      }),
    )
  })

  test.each([
    ['cpuCount', 'cpus'],
    ['cpu_cunt', 'cpus'],
    ['vCPUs', 'cpus'],
    ['cpu_model', 'cpu'],
    ['mem', 'memoryMiB'],
    ['ram', 'memoryMiB'],
    ['disks', 'drives'],
    ['kvm', 'accelerator'],
    ['enable_kvm', 'accelerator'],
    ['qmpSocket', 'qmp'],
    ['qmp_socket', 'qmp'],
    ['console_log_path', 'console'],
    ['network', 'nics'],
    ['volume', 'volumes'],
    ['hotplug', 'hotplugPorts'],
    ['pid_file', 'pidFile'],
  ])('takes %s for %s', (key, meant) => {
    expect(() => parseVmConfig({ ...config, [key]: 1 })).toThrowError(
      new RegExp(`${key}: is not a known key: did you mean ${meant}\\?$`),
    )
  })

  test('says what the name of a label should be', () => {
    expect(() => parseVmConfig({ ...config, labels: { 'a b': 'x' } })).toThrowError(
      /labels\.a b: "a b" should be 1 to 63 letters/,
    )
  })

  test('tells the faults of every volume at once, and misses no disk that one of them brings', () => {
    const uri = 'nbd:unix:/p'
    const volumes = [
      { uri: 'zz:', role: 'boot' },
      { id: '1', uri: 'nbd:', role: 'data' },
      { id: 'v', uri, role: 'boot', numQueues: 0 },
      { id: 'w', uri: 'foo:bar', role: 'cloud-init' },
      { id: 'x', role: 'data', serve: { type: 'nbdkit' } },
      { id: 'y', role: 'data', readOnly: 1 },
    ]
    expect(faults({ name: 'vm', cpus: 2, memoryMiB: 256, volumes }).sort()).toEqual([
      'volumes[0].id',
      'volumes[0].uri',
      'volumes[1].id',
      'volumes[1].uri',
      'volumes[2].numQueues',
      'volumes[3].uri',
      'volumes[4].serve.plugin',
      'volumes[5].readOnly',
      'volumes[5].uri',
    ])
    const unsure = { id: 'v', uri, role: 'root' }
    expect(faults({ name: 'vm', cpus: 2, memoryMiB: 256, volumes: [unsure] })).toEqual(['volumes[0].role'])
    const data = { id: 'v', uri: 'zz:', role: 'data' }
    expect(faults({ name: 'vm', cpus: 2, memoryMiB: 256, volumes: [data] }).sort()).toEqual([
      'drives',
      'volumes[0].uri',
    ])
  })

  test('names all keys for a key that none is near to, and shows nothing below what is none', () => {
    expect(() => parseVmConfig({ ...config, zebra: 1 })).toThrowError(
      /zebra: is not a known key: should be one of name, arch/,
    )
    const secret = [{ id: 's', data: 'hunter2' }]
    expect(() => parseVmConfig({ ...config, secret })).toThrowError(
      expect.objectContaining({
        details: { faults: [{ path: 'secret', message: 'is not a known key: did you mean secrets?' }] },
      }),
    )
  })

  test('the value of an unknown key, arguments given as one text, and the key of an address are not shown', () => {
    const told = (key: string, value: unknown) => {
      try {
        parseVmConfig({ ...config, [key]: value })
      } catch (error) {
        return JSON.stringify(error)
      }
      return ''
    }
    const rbd = [{ id: 'v', uri: 'rbd:pool/image:id=admin:key=hunter2:mon_host=a', role: 'boot' }]
    for (const [key, value] of [
      ['pasword', 'hunter2'],
      ['extraArgs', '-object secret,id=s,data=hunter2'],
      ['rawDevices', 'x,password=hunter2'],
      ['volumes', rbd],
    ] as const) {
      expect(told(key, value)).toContain(key)
      expect(told(key, value)).not.toContain('hunter2')
    }
  })

  test.each<[unknown, string, string]>([
    ['hunter2', 'secrets', 'should be a list'],
    [[{ id: 's', data: 'hunter2' }, 'hunter2'], 'secrets[1]', 'should be an object'],
    [[{ id: 's', data: 1234 }], 'secrets[0].data', 'should be a text'],
  ])('a secret in the wrong place is not shown: %j', (secrets, path, message) => {
    expect(() => parseVmConfig({ ...config, secrets })).toThrowError(
      expect.objectContaining({ details: { faults: [{ path, message }] } }),
    )
  })

  test.each([0, 1e15, 2 ** 53 + 2, 'much'])('says once how much memory there may be, not %j', (memoryMiB) => {
    const message = `${JSON.stringify(memoryMiB)} should be a number of MiB from 1 to 4294967296`
    expect(() => parseVmConfig({ ...config, memoryMiB })).toThrowError(
      expect.objectContaining({
        details: { faults: [{ path: 'memoryMiB', message, value: memoryMiB }] },
      }),
    )
  })

  test.each<[string, object, string[]]>([
    ['a sound config', {}, []],
    [
      'a kernel that is wrong, and is one',
      { drives: [], kernel: { image: '/k', append: 'a\0b' } },
      ['kernel.append'],
    ],
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
    ['UEFI with nothing named', { firmware: { type: 'uefi' } }, []],
    [
      'a broken NBD address for variables',
      { firmware: { type: 'uefi', vars: 'nbd:unix:' } },
      ['firmware.vars'],
    ],
    [
      'a template for variables on a server',
      { firmware: { type: 'uefi', varsTemplate: '/t', vars: 'nbd:unix:/s' } },
      ['firmware.varsTemplate'],
    ],
    ['a seed of texts and files', { cloudInit: { userData: '#cloud-config', metaData: { file: '/m' } } }, []],
    ['a seed without user data', { cloudInit: {} }, ['cloudInit.userData']],
    [
      'a seed beside a volume with one',
      { cloudInit: { userData: 'x' }, volumes: [{ id: 'v', uri: '/v', role: 'cloud-init' }] },
      ['cloudInit'],
    ],
    ['30 ports on virt', { arch: 'aarch64', drives: [], kernel: { image: '/k' }, hotplugPorts: 30 }, []],
    ['30 ports and a disk on virt', { arch: 'aarch64', hotplugPorts: 30 }, ['hotplugPorts']],
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
    ['cards without addresses', { nics: [nic('a'), nic('b')] }, []],
    [
      'an address twice, however it is spelled',
      { nics: [nic('a', { mac: '52:54:00:AA:00:01' }), nic('b', { mac: '52:54:00:aa:00:01' })] },
      ['nics[1].mac'],
    ],
    [
      'an address that a raw device has',
      {
        nics: [nic('a', { mac: '52:54:00:00:00:01' })],
        rawDevices: ['e1000,mac=52:54:00:00:00:01,netdev=a'],
      },
      ['rawDevices[0]'],
    ],
    ['a card that is called like a port', { hotplugPorts: 1, nics: [nic('hotplug1')] }, ['nics[0].id']],
    ['two cards of one name', { nics: [nic('a'), nic('a')] }, ['nics[1].id']],
    ['a multicast address', { nics: [nic('a', { mac: '53:54:00:12:34:56' })] }, ['nics[0].mac']],
    ['the address that means none', { nics: [nic('a', { mac: '00:00:00:00:00:00' })] }, ['nics[0].mac']],
    [
      'a card that boots when a disk does',
      { drives: [{ ...drive, bootIndex: 1 }], nics: [nic('a', { bootIndex: 1 })] },
      ['nics[0].bootIndex'],
    ],
    [
      'what only virtio cards have',
      { nics: [{ ...nic('a', { model: 'e1000', mtu: 9000 }), type: 'tap', ifname: 't', queues: 2 }] },
      ['nics[0].mtu', 'nics[0].queues'],
    ],
    ['queues of a user network', { nics: [nic('a', { queues: 2 })] }, ['nics[0].queues']],
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

test.each([
  ['a seed that is a text', 'hunter2'],
  ['a key that is not known', { userData: 'x', userdata: 'hunter2' }],
  ['user data of another form', { userData: { text: 'hunter2' } }],
  ['user data that is a list', { userData: ['hunter2'] }],
])('a fault in a seed does not quote it: %s', (_name, cloudInit) => {
  try {
    parseVmConfig({ ...config, cloudInit })
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(VmConfigError)
    expect(JSON.stringify(error)).not.toContain('hunter2')
  }
})

test('the JSON Schema asks for what parseVmConfig asks for', () => {
  expect(vmConfigJsonSchema()).toMatchObject({
    type: 'object',
    additionalProperties: false,
    required: ['name', 'cpus', 'memoryMiB'],
  })
})

describe('data volumes', () => {
  const config = (volumes: object[], more: object = {}) => ({
    name: 'd',
    cpus: 1,
    memoryMiB: 64,
    kernel: { image: '/k' },
    volumes,
    ...more,
  })
  const localCache = { directory: '/ssd' }
  const root = { id: 'root', uri: 'nbd://h/e', localCache }
  const data = (id: string, more: object = {}) => ({ id, uri: `/srv/${id}`, role: 'data', ...more })
  const file = { type: 'file', path: '/a' }
  const drive = (more: object = {}) => ({
    id: 'd',
    source: { type: 'nbd', uri: 'nbd://h/d' },
    localCache,
    ...more,
  })

  test('have no key that a boot disk has not', () => {
    const keys: Record<string, unknown> = {
      ...{ bus: 'hotplug3', device: '/dev/sdh', iothread: false, removable: true, latencyHistogram: true },
      ...{ onIoError: 'pause-and-resume', openTimeoutSeconds: 2, interface: 'virtio' },
    }
    const { oneOf } =
      (vmConfigJsonSchema().properties as Record<string, { items: { oneOf: object[] } }>).volumes?.items ?? {}
    const [boot = [], , live = []] =
      oneOf?.map((each) => Object.keys((each as { properties: object }).properties)) ?? []
    expect(live).toContain('onIoError')
    const missing = live.filter((key) => !boot.includes(key))
    expect(missing).toEqual([])
    for (const [key, value] of Object.entries(keys)) {
      const { dataVolumes, bootIndexes, drives } = resolveVm(
        config([{ id: 'root', uri: 'nbd://h/e', [key]: value }]) as VmConfigInput,
      )
      const isPlain = key === 'interface'
      expect([key, dataVolumes.length, drives.length]).toEqual([key, isPlain ? 0 : 1, isPlain ? 1 : 0])
      expect(bootIndexes?.get('root')).toBe(isPlain ? undefined : 1)
    }
    const plain = { id: 'root', uri: 'nbd://h/e', iothread: true, removable: false }
    expect(resolveVm(config([plain]) as VmConfigInput).drives).toMatchObject([{ id: 'os' }])
    const both = { id: 'root', uri: 'nbd://h/e', bus: 'hotplug1', limitGroup: 'g', interface: 'scsi' }
    expect(faults(config([both])).sort()).toEqual(['volumes[0].interface', 'volumes[0].limitGroup'])
  })

  test('take the ports they name, and the others those that are left', () => {
    const { dataVolumes, hotplugPorts } = resolveVm(
      config([data('a'), data('b', { bus: 'hotplug1' }), data('c', { device: '/dev/sdg' })]) as VmConfigInput,
    )
    expect(dataVolumes.map(({ id, bus }) => [id, bus])).toEqual([
      ['a', 'hotplug3'],
      ['b', 'hotplug1'],
      ['c', 'hotplug2'],
    ])
    expect(hotplugPorts).toHaveLength(11)
  })

  test.each<[string, object[], object, string, RegExp]>([
    [
      'one port for two',
      [data('a', { bus: 'hotplug1' }), data('b', { bus: 'hotplug1' })],
      {},
      'volumes[1].bus',
      /holds volume a/,
    ],
    [
      'more than there are ports',
      [data('a'), data('b')],
      { hotplugPorts: 1 },
      'volumes[1].bus',
      /all 1 ports/,
    ],
    ['one name twice', [data('a'), data('a')], {}, 'volumes[1].id', /taken by volumes\[0\]\.id/],
    ['an option that is none', [data('a', { serail: 'x' })], {}, 'volumes[0].serail', /did you mean serial/],
    [
      'options that do not go together',
      [data('a', { detectZeroes: 'unmap' })],
      {},
      'volumes[0].detectZeroes',
      /without discard/,
    ],
    [
      'an id that another volume has',
      [root, data('root')],
      {},
      'volumes[1].id',
      /"root" is taken by volumes\[0\]/,
    ],
    [
      'a second volume to boot from',
      [root, { id: 'b', uri: '/b' }],
      {},
      'volumes[1].role',
      /is the role of volumes\[0\] already/,
    ],
    ['a role that is none', [data('a', { role: 'date' })], {}, 'volumes[0].role', /did you mean data/],
    [
      'a volume of cloud-init with the options of another',
      [{ id: 'a', uri: '/a', role: 'cloud-init', bus: 'hotplug1' }],
      {},
      'volumes[0].bus',
      /not a known key/,
    ],
    [
      'a cache of a file',
      [{ id: 'a', uri: '/a', localCache }],
      {},
      'volumes[0].localCache',
      /is for NBD servers/,
    ],
    [
      'a cache of a disk with several threads',
      [{ ...root, iothreads: ['x', 'y'] }],
      { iothreads: [{ id: 'x' }, { id: 'y' }] },
      'volumes[0].iothreads',
      /together with localCache/,
    ],
    [
      'a cache whose file QEMU may not open',
      [root],
      { process: { user: 'nobody' } },
      'volumes[0].localCache',
      /"nobody"/,
    ],
    [
      'a cached disk beside another that boots first',
      [root],
      { drives: [{ id: 'os', source: { type: 'file', path: '/a' }, bootIndex: 1 }] },
      'volumes[0]',
      /boot index/,
    ],
    ['a cached disk without a port', [root], { hotplugPorts: 0 }, 'volumes[0].bus', /port/],
    [
      'a cached drive without a port',
      [],
      { drives: [drive()], hotplugPorts: 0 },
      'drives[0].localCache',
      /port/,
    ],
    [
      'a cache of a drive in a file',
      [],
      { drives: [drive({ source: file })] },
      'drives[0].localCache',
      /NBD/,
    ],
    [
      'a cache of a CD-ROM',
      [],
      { drives: [drive({ media: 'cdrom' })] },
      'drives[0].localCache',
      /virtio disk/,
    ],
    [
      'a cache of a SCSI disk',
      [],
      { drives: [drive({ interface: 'scsi' })] },
      'drives[0].localCache',
      /virtio/,
    ],
    [
      'a cache of a disk without a device',
      [],
      { drives: [drive({ device: false })] },
      'drives[0].localCache',
      /device/,
    ],
    [
      'a cache of a drive whose changes are forgotten',
      [],
      { drives: [drive({ snapshot: true })] },
      'drives[0].snapshot',
      /localCache/,
    ],
    [
      'a cache of a drive that gives blocks back',
      [],
      { drives: [drive({ discard: 'on' })] },
      'drives[0].discard',
      /frees no blocks/,
    ],
    [
      'a cache of a drive with a long name',
      [],
      { drives: [drive({ id: 'd'.repeat(28) })] },
      'drives[0].id',
      /27 bytes/,
    ],
    [
      'a cached drive by the name of a volume',
      [root],
      { drives: [drive({ id: 'root' })] },
      'volumes[0].id',
      /taken by drives/,
    ],
    [
      'a cached drive that boots as another does',
      [root],
      { drives: [drive({ bootIndex: 1 })] },
      'volumes[0]',
      /boot index/,
    ],
    [
      'a cache of a drive whose file QEMU may not open',
      [],
      { drives: [drive()], process: { user: 'nobody' } },
      'drives[0].localCache',
      /"nobody"/,
    ],
  ])('%s is a fault', (_what, volumes, more, path, message) => {
    expect(() => parseVmConfig(config(volumes, more))).toThrowError(
      expect.objectContaining({
        faults: [expect.objectContaining({ path, message: expect.stringMatching(message) })],
      }),
    )
  })
})

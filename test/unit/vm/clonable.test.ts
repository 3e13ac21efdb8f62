import { expect, test } from 'vitest'
import { cloneFaults, disksOf, templateConfig, withDisks } from '../../../src/vm/clones/clonable.ts'
import { parseVmConfig } from '../../../src/vm/config/config.ts'
import type { VmConfigInput } from '../../../src/vm/config/schema.ts'

const config = (fields: Partial<VmConfigInput> = {}) =>
  parseVmConfig({
    name: 'web',
    cpus: 2,
    memoryMiB: 512,
    drives: [{ id: 'os', source: { type: 'file', path: '/srv/os.qcow2' } }],
    ...fields,
  })

const faulty: [string, Partial<VmConfigInput>][] = [
  ['drives[0]', { drives: [{ id: 'os', source: { type: 'nbd', uri: 'nbd://h/e' } }] }],
  ['drives[0]', { drives: [{ id: 'os', source: { type: 'file', path: '/srv/a.vmdk' }, format: 'vmdk' }] }],
  ['volumes[0]', { drives: [], volumes: [{ id: 'v', uri: 'nbd://h/e', role: 'boot' }] }],
  ['nics[0]', { nics: [{ type: 'tap', id: 'n', ifname: 'tap0' }] }],
  ['nics[0].mac', { nics: [{ type: 'user', id: 'n', mac: '52:54:00:00:00:01' }] }],
  [
    'nics[0].hostForwards',
    { nics: [{ type: 'user', id: 'n', hostForwards: [{ hostPort: 22, guestPort: 22 }] }] },
  ],
  ['firmware', { firmware: { type: 'uefi' } }],
  ['memory.balloon', { memory: { balloon: true } }],
  ['memory.hugePages', { memory: { hugePages: true } }],
  ['extraArgs', { extraArgs: ['-incoming', 'defer'] }],
  ['secrets', { secrets: [{ id: 's', file: '/srv/s' }] }],
  ['vsock', { vsock: { cid: 3 } }],
  ['rawDevices[0]', { rawDevices: ['virtio-balloon-pci'] }],
  ['display', { display: { type: 'vnc', socket: '/run/vnc' } }],
]

test.each(faulty)('%s cannot be cloned and is named', (path, fields) => {
  expect(cloneFaults(config(fields)).map((fault) => fault.path)).toEqual([path])
})

test('a VM that runs with a card that cannot be cloned is told how to be copied', () => {
  const nics: VmConfigInput['nics'] = [{ type: 'tap', id: 'n', ifname: 'tap0' }]
  expect(cloneFaults(config({ nics }), 'runs')).toEqual([
    {
      path: 'nics[0]',
      message:
        'two VMs cannot have one tap interface: should be left out when the VM starts. Attach such a card live, detach it before the VM is copied, and give the copy its own in nics',
    },
  ])
})

test('a server that is only read, a CD-ROM and a card without an address can be cloned', () => {
  const shared = config({
    drives: [
      { id: 'cd', source: { type: 'nbd', uri: 'nbd://h/e' }, media: 'cdrom', interface: 'ide' },
      { id: 'ro', source: { type: 'nbd', uri: 'nbd://h/e' }, readOnly: true },
    ],
    nics: [{ type: 'user', id: 'n' }],
  })
  expect(cloneFaults(shared)).toEqual([])
})

test('each disk that is written is found and replaced, and no other', () => {
  const all = config({
    volumes: [
      { id: 'data', uri: '/srv/data', role: 'data' },
      { id: 'seed', uri: '/srv/seed', role: 'cloud-init' },
    ],
  })
  const places = disksOf(all)
  expect(places.map(({ file, isShared, path }) => [path, file, isShared])).toEqual([
    ['drives[0]', '/srv/os.qcow2', false],
    ['volumes[0]', '/srv/data', false],
    ['volumes[1]', '/srv/seed', true],
  ])
  const own = { path: '/t/0', format: 'qcow2', backing: { uri: '/srv/os.qcow2' } }
  const replaced = withDisks(all, new Map(places.map(({ path }) => [path, own])))
  expect(replaced.drives[0]).toMatchObject({
    source: { type: 'file', path: '/t/0' },
    format: 'qcow2',
    backing: own.backing,
  })
  expect(replaced.volumes).toMatchObject([{ uri: '/t/0', format: 'qcow2' }, { uri: '/srv/seed' }])
})

test('what two VMs cannot both have is left to each, and the generation of each is its own', () => {
  const made = templateConfig(
    config({ pidFile: '/run/x', qmp: [{ path: '/run/q' }], guestAgent: { socket: '/run/a' } }),
  )
  expect(made).toMatchObject({ qmp: [], guestAgent: true, vmGenId: 'auto' })
  expect(made).not.toHaveProperty('pidFile')
})

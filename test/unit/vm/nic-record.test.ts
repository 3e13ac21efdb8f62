import { expect, test } from 'vitest'
import { parseVmConfig } from '../../../src/vm/config/config.ts'
import { macOf } from '../../../src/vm/config/nics.ts'
import { planNicAttach, planNicDetach } from '../../../src/vm/nics/nic-plan.ts'
import { parseNic, removableNic, reserveNic } from '../../../src/vm/nics/nic-record.ts'
import type { VmRecord } from '../../../src/vm/record/state.ts'

const record = {
  id: 'vm',
  argv: [],
  ports: ['hotplug1'],
  attachments: [],
  generations: 0,
  config: parseVmConfig({
    name: 'vm',
    cpus: 1,
    memoryMiB: 64,
    drives: [{ id: 'os', source: { type: 'file', path: '/os.raw' } }],
    nics: [{ type: 'user', id: 'net0' }],
  }),
} as unknown as VmRecord

const nic = (more: object = {}) => parseNic({ type: 'user', id: 'net1', ...more })

test('a card gets the first free port, and an address of its own where it names none', () => {
  const { record: after, value } = reserveNic(record, nic())
  expect(value).toMatchObject({
    generation: 1,
    phase: 'attaching',
    port: 'hotplug1',
    spec: { mac: macOf('vm', 'net1') },
  })
  expect(() => reserveNic(after, nic())).toThrow(/is attached already/)
  expect(() => reserveNic(after, nic({ id: 'net2' }))).toThrow(/finds no free port/)
  expect(() => reserveNic(record, nic({ id: 'net0' }))).toThrow(/exists already/)
  expect(() => reserveNic(record, nic({ mac: macOf('vm', 'net0').toUpperCase() }))).toThrow(/NIC net0 has it/)
})

test('only what was attached is detached', () => {
  const { record: after } = reserveNic(record, nic())
  expect(removableNic(after, 'net1')).toMatchObject({ id: 'net1' })
  expect(() => removableNic(after, 'net0')).toThrow(/cannot be detached/)
  expect(() => removableNic(after, 'net2')).toThrow(/is not attached/)
})

test('the commands are as QEMU takes them', () => {
  const forward = { protocol: 'tcp', hostPort: 2222, guestPort: 22 }
  const { spec } = reserveNic(
    record,
    nic({ hostForwards: [forward], mtu: 1400, mac: '52:54:00:00:00:01' }),
  ).value
  expect(planNicAttach({ port: 'hotplug1', spec })).toEqual([
    { execute: 'netdev_add', arguments: { type: 'user', id: 'net1', hostfwd: [{ str: 'tcp::2222-:22' }] } },
    {
      execute: 'device_add',
      arguments: {
        driver: 'virtio-net-pci',
        netdev: 'net1',
        id: 'net1',
        mac: '52:54:00:00:00:01',
        bus: 'hotplug1',
        addr: '0x0',
        host_mtu: 1400,
      },
    },
  ])
  const tap = parseNic({ type: 'tap', id: 'net2', ifname: 'tap0', queues: 2 })
  expect(planNicAttach({ port: 'hotplug2', spec: tap })).toEqual([
    {
      execute: 'netdev_add',
      arguments: { type: 'tap', id: 'net2', ifname: 'tap0', script: 'no', downscript: 'no', queues: 2 },
    },
    {
      execute: 'device_add',
      arguments: {
        driver: 'virtio-net-pci',
        netdev: 'net2',
        id: 'net2',
        bus: 'hotplug2',
        addr: '0x0',
        mq: true,
        vectors: 6,
      },
    },
  ])
  expect(planNicDetach('net1').map(({ execute }) => execute)).toEqual(['device_del', 'netdev_del'])
})

import { expect, test } from 'vitest'
import { planDeviceAttach, planDeviceDetach } from '../../../src/vm/devices/device-plan.ts'
import { parseDevice, removableDevice, reserveDevice } from '../../../src/vm/devices/device-record.ts'
import { queuedAfter } from '../../../src/vm/launch/queued.ts'
import { takenPorts } from '../../../src/vm/record/attachments.ts'
import { deviceIds } from '../../../src/vm/record/compare.ts'
import type { VmRecord } from '../../../src/vm/record/state.ts'

const record = {
  id: 'vm',
  argv: ['-device', 'qemu-xhci,id=usb0', '-device', 'pcie-root-port,id=hotplug1'],
  vcpus: 1,
  ports: ['hotplug1'],
  attachments: [],
  generations: 0,
  config: { name: 'vm', drives: [], nics: [], volumes: [] },
} as unknown as VmRecord

const rng = parseDevice({ driver: 'virtio-rng-pci', id: 'rng1' })
const pci = { isPci: true }

test('a PCI device takes the first free port, another one the bus that it names or QEMU finds', () => {
  const { record: after, value } = reserveDevice(record, rng, pci)
  expect(value).toMatchObject({ kind: 'device', phase: 'attaching', port: 'hotplug1', generation: 1 })
  expect(() => reserveDevice(after, rng, pci)).toThrow(/is attached already/)
  const more = (device: object, isPci = true) => reserveDevice(after, parseDevice(device), { isPci })
  expect(() => more({ driver: 'virtio-rng-pci' })).toThrow(/finds no free port/)
  expect(() => more({ driver: 'virtio-rng-pci', bus: 'hotplug1' })).toThrow(/taken by device rng1/)
  expect(() => more({ driver: 'usb-kbd', id: 'usb0' }, false)).toThrow(/another device of the VM has it/)
  expect(more({ driver: 'usb-kbd' }, false).value.port).toBeUndefined()
  // Any number may be on a bus that is no port.
  const one = more({ driver: 'usb-kbd', id: 'kbd1', bus: 'usb0.0' }, false).record
  expect([...takenPorts(one)]).toEqual([['hotplug1', 'device rng1']])
  expect(
    reserveDevice(one, parseDevice({ driver: 'usb-kbd', bus: 'usb0.0' }), { isPci: false }).value.port,
  ).toBe('usb0.0')
  expect(deviceIds(one)).toEqual(['usb0', 'hotplug1', 'rng1', 'kbd1'])
})

test('a device that names no id gets one of its own', () => {
  const { id } = parseDevice({ driver: 'usb-tablet' })
  expect(id).toMatch(/^device-[0-9a-f]{8}$/)
  expect(parseDevice({ driver: 'usb-tablet' }).id).not.toBe(id)
})

test('what it needs comes before it and goes after it, last first', () => {
  const spec = parseDevice({
    driver: 'vhost-user-fs-pci',
    id: 'fs',
    tag: 'data',
    chardev: 'fs-socket',
    objects: [{ 'qom-type': 'rng-random', id: 'fs-object' }],
    chardevs: [{ id: 'fs-socket', backend: { type: 'null' } }],
  })
  expect(planDeviceAttach({ port: 'hotplug1', spec })).toEqual([
    { execute: 'object-add', arguments: { 'qom-type': 'rng-random', id: 'fs-object' } },
    { execute: 'chardev-add', arguments: { id: 'fs-socket', backend: { type: 'null', data: {} } } },
    {
      execute: 'device_add',
      arguments: {
        driver: 'vhost-user-fs-pci',
        id: 'fs',
        tag: 'data',
        chardev: 'fs-socket',
        bus: 'hotplug1',
        addr: '0x0',
      },
    },
  ])
  expect(planDeviceDetach(spec)).toEqual([
    { execute: 'device_del', arguments: { id: 'fs' } },
    { execute: 'chardev-remove', arguments: { id: 'fs-socket' } },
    { execute: 'object-del', arguments: { id: 'fs-object' } },
  ])
})

test('only what was attached is detached, and a restart brings back what was not on its way out', () => {
  const { record: after, value } = reserveDevice(record, rng, pci)
  expect(removableDevice(after, 'rng1')).toEqual(value)
  expect(() => removableDevice(after, 'usb0')).toThrow(/cannot be detached/)
  expect(() => removableDevice(after, 'rng2')).toThrow(/is not attached/)
  const crashed = (phase: 'attached' | 'detaching') => ({ ...after, attachments: [{ ...value, phase }] })
  const { generation: _, ...queued } = { ...value, phase: 'queued' }
  expect(queuedAfter(crashed('attached'), record.config)).toEqual([queued])
  expect(queuedAfter(crashed('detaching'), record.config)).toEqual([])
})

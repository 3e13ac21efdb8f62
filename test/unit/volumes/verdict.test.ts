import { expect, test } from 'vitest'
import { QmpCommandError, QmpError } from '../../../src/qmp/index.ts'
import { type RemovalVerdict, removalVerdict } from '../../../src/volumes/verdict.ts'

/** QEMU's words, 7.2 to 10.0, and what each of them means to somebody who takes a volume away. */
const table: readonly (readonly [string, string, string, RemovalVerdict])[] = [
  ['device_del', 'DeviceNotFound', "Device 'vdisk-v' not found", 'gone'],
  ['device_del', 'GenericError', 'Device vdisk-v is already in the process of unplug', 'asked'],
  ['device_del', 'GenericError', 'Hot-unplug failed: guest is busy (power indicator blinking)', 'later'],
  ['device_del', 'GenericError', 'device_del not allowed while migrating', 'migrating'],
  ['device_del', 'GenericError', "Bus 'hotplug1' does not support hotplugging", 'refused'],
  ['device_del', 'GenericError', "Device 'virtio-blk-pci' does not support hotplugging", 'refused'],
  ['device_del', 'GenericError', "Hot-unplug failed: unsupported by the port device 'hotplug1'", 'refused'],
  ['blockdev-del', 'GenericError', "Failed to find node with node-name='nbd-v'", 'gone'],
  ['blockdev-del', 'GenericError', 'Node nbd-v is in use', 'busy'],
  ['blockdev-del', 'GenericError', 'Block device nbd-v is in use', 'busy'],
  [
    'blockdev-del',
    'GenericError',
    "Node 'nbd-v' is busy: block device is in use by block job: mirror",
    'refused',
  ],
  ['blockdev-del', 'GenericError', 'Node child1 is not owned by the monitor', 'refused'],
  ['object-del', 'GenericError', "object 'ioth-v' not found", 'gone'],
  ['object-del', 'GenericError', "object 'thr-v' is in use, can not be deleted", 'busy'],
]

test.each(table)('%s: %s: %s', (command, qmpClass, desc, verdict) => {
  expect(removalVerdict(new QmpCommandError({ command, qmpClass, desc }))).toBe(verdict)
})

test('what is no answer of QEMU is no verdict', () => {
  expect(removalVerdict(new QmpError('QMP_TIMEOUT', 'late'))).toBeUndefined()
  expect(removalVerdict(new Error('Node nbd-v is in use'))).toBeUndefined()
})

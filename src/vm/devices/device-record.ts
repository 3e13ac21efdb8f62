import { randomBytes } from 'node:crypto'
import { check } from '../../util/schema.ts'
import { isQueued } from '../attachments/ledger.ts'
import { plugError } from '../attachments/plugs.ts'
import { type LiveDevice, liveDeviceFaults, liveDeviceSchema } from '../config/live-device.ts'
import { VmConfigError } from '../errors.ts'
import { attachmentOf, takenPorts, withAttachment } from '../record/attachments.ts'
import { deviceIds } from '../record/compare.ts'
import type { DeviceAttachment, VmRecord } from '../record/state.ts'

/** A device with QEMU's own names, as `device_add` takes it. Every key that is not named here is a property of its driver. */
export interface DeviceInput {
  /** QEMU's name of the device: `vfio-pci`, `usb-tablet`, `virtio-rng-pci`. */
  readonly driver: string
  /** Drawn when absent. */
  readonly id?: string | undefined
  /** A hot-plug port, or another bus of the VM; absent: the first free port for a PCI device, any fitting bus for another one. */
  readonly bus?: string | undefined
  /** Objects that it needs, as `object-add` takes them, with ids that begin with its own and a dash. */
  readonly objects?: readonly Readonly<Record<string, unknown>>[] | undefined
  /** Character devices that it needs, as `chardev-add` takes them; the same for their ids. */
  readonly chardevs?: readonly Readonly<Record<string, unknown>>[] | undefined
  readonly [property: string]: unknown
}

/** A device that was attached to a running VM; the states are as those of a volume. */
export interface AttachedDevice {
  readonly id: string
  readonly driver: string
  readonly state: 'queued' | 'attached' | 'attaching' | 'detaching' | 'missing'
  /** The bus it is on; absent where QEMU has chosen it. */
  readonly port?: string | undefined
}

/** What people call it. */
export const deviceNoun = 'device'

const deviceError = plugError.bind(undefined, { noun: deviceNoun })

/** A device as it is to be attached. @throws VmConfigError with every fault at once. */
export function parseDevice(input: unknown): LiveDevice {
  const isNamed = typeof input !== 'object' || input === null || ('id' in input && input.id !== undefined)
  const named = isNamed ? input : { ...input, id: `device-${randomBytes(4).toString('hex')}` }
  const checked = check(liveDeviceSchema, named)
  if (!checked.ok) throw new VmConfigError(checked.faults)
  const faults = liveDeviceFaults(checked.value)
  if (faults.length > 0) throw new VmConfigError(faults)
  return checked.value
}

/**
 * The record with a new device: a PCI device that names no bus at the first free port, which is its own from then on.
 * Throws VM_DEVICE_EXISTS, VM_DEVICE_NO_PORT.
 */
export function reserveDevice(record: VmRecord, spec: LiveDevice, { isPci }: { readonly isPci: boolean }) {
  const { id: vm } = record
  const { bus, id } = spec
  if (attachmentOf(record, 'device', id) !== undefined)
    throw deviceError('VM_DEVICE_EXISTS', vm, id, 'is attached already')
  if (deviceIds(record).includes(id))
    throw deviceError('VM_DEVICE_EXISTS', vm, id, 'cannot have this id: another device of the VM has it')
  const taken = takenPorts(record)
  if (bus !== undefined && taken.has(bus)) {
    const what = `cannot use port ${bus}: it is taken by ${taken.get(bus)}. Name another port, or none`
    throw deviceError('VM_DEVICE_NO_PORT', vm, id, what)
  }
  const free = isPci ? record.ports.find((each) => !taken.has(each)) : undefined
  const port = bus ?? free
  if (port === undefined && isPci)
    throw deviceError(
      'VM_DEVICE_NO_PORT',
      vm,
      id,
      'finds no free port: detach something, or launch with more hotplugPorts',
    )
  return withAttachment(record, { kind: 'device', id, phase: 'attaching', port, spec } as const)
}

/** The device when it may be detached. Throws VM_DEVICE_NOT_REMOVABLE, VM_DEVICE_NOT_FOUND, VM_DEVICE_BUSY. */
export function removableDevice(record: VmRecord, id: string): DeviceAttachment {
  const { id: vm } = record
  const entry = attachmentOf(record, 'device', id)
  if (entry?.phase === 'queued') throw deviceError('VM_DEVICE_BUSY', vm, id, isQueued)
  if (entry !== undefined) return entry
  if (deviceIds(record).includes(id))
    throw deviceError(
      'VM_DEVICE_NOT_REMOVABLE',
      vm,
      id,
      'cannot be detached: it was not attached by vm.devices',
    )
  throw deviceError('VM_DEVICE_NOT_FOUND', vm, id, 'is not attached')
}

/** A device as callers see it; `isPresent` says whether QEMU has it. */
export function viewDevice(
  { how, id, phase, port, spec }: DeviceAttachment,
  isPresent: boolean,
): AttachedDevice {
  const isGone = phase === 'attached' ? !isPresent : phase === 'removing' && how === 'ejected'
  const state = phase === 'removing' ? 'detaching' : phase
  return {
    id,
    driver: spec.driver,
    state: isGone ? 'missing' : state,
    ...(port === undefined ? {} : { port }),
  }
}

import { check } from '../../util/schema.ts'
import { isQueued } from '../attachments/ledger.ts'
import { plugError } from '../attachments/plugs.ts'
import { macOf, nicFaults } from '../config/nics.ts'
import { nicSchema, type VmConfig } from '../config/schema.ts'
import { VmConfigError } from '../errors.ts'
import { attachmentOf, liveOf, takenPorts, withAttachment } from '../record/attachments.ts'
import { deviceIds } from '../record/compare.ts'
import type { NicAttachment, VmRecord } from '../record/state.ts'

/** A network card of a running VM. `boot`: the VM started with it and keeps it; the other states are as those of a volume. */
export interface AttachedNic {
  readonly id: string
  readonly state: 'queued' | 'attached' | 'attaching' | 'detaching' | 'missing' | 'boot'
  readonly type: 'user' | 'tap'
  readonly model: string
  readonly mac: string
  readonly port?: string | undefined
}

type NicSpec = VmConfig['nics'][number]

/** A card as the config would have it. @throws VmConfigError with every fault at once. */
export function parseNic(input: unknown): NicSpec {
  const checked = check(nicSchema, input)
  if (!checked.ok) throw new VmConfigError(checked.faults)
  const nic = checked.value
  const { bootIndex } = nic
  const unheard =
    bootIndex === undefined
      ? []
      : [
          {
            path: 'bootIndex',
            message: 'is heeded at the start of a VM only: should be left out',
            value: bootIndex,
          },
        ]
  const faults = [...nicFaults(nic), ...unheard]
  if (faults.length > 0) throw new VmConfigError(faults)
  return nic
}

/** What people call a card. */
export const nicNoun = 'NIC'

const nicError = plugError.bind(undefined, { noun: nicNoun })

/** The record with a new card at the first free port, which is its own from then on. Throws VM_DEVICE_EXISTS, VM_DEVICE_NO_PORT. */
export function reserveNic(record: VmRecord, asked: NicSpec) {
  const { id: vm } = record
  const { id } = asked
  const refuse = (what: string) => nicError('VM_DEVICE_EXISTS', vm, id, what)
  if (record.config.nics.some((nic) => nic.id === id)) throw refuse('exists already: the VM started with it')
  if (attachmentOf(record, 'nic', id) !== undefined) throw refuse('is attached already')
  if (deviceIds(record).includes(id)) throw refuse('cannot have this id: another device of the VM has it')
  const mac = asked.mac ?? macOf(vm, id)
  const others = [...record.config.nics, ...liveOf(record, 'nic').map(({ spec }) => spec)]
  const twin = others.find((nic) => (nic.mac ?? macOf(vm, nic.id)).toLowerCase() === mac.toLowerCase())
  if (twin !== undefined) throw refuse(`cannot have the address ${mac}: NIC ${twin.id} has it`)
  const taken = takenPorts(record)
  const port = record.ports.find((each) => !taken.has(each))
  if (port === undefined)
    throw nicError(
      'VM_DEVICE_NO_PORT',
      vm,
      id,
      'finds no free port: detach something, or launch with more hotplugPorts',
    )
  return withAttachment(record, {
    kind: 'nic',
    id,
    phase: 'attaching',
    port,
    spec: { ...asked, mac },
  } as const)
}

/** The card when it may be detached. Throws VM_DEVICE_NOT_REMOVABLE, VM_DEVICE_NOT_FOUND, VM_DEVICE_BUSY. */
export function removableNic(record: VmRecord, id: string): NicAttachment {
  const { id: vm } = record
  if (record.config.nics.some((nic) => nic.id === id))
    throw nicError('VM_DEVICE_NOT_REMOVABLE', vm, id, 'cannot be detached: the VM started with it')
  const entry = attachmentOf(record, 'nic', id)
  if (entry === undefined) throw nicError('VM_DEVICE_NOT_FOUND', vm, id, 'is not attached')
  if (entry.phase === 'queued') throw nicError('VM_DEVICE_BUSY', vm, id, isQueued)
  return entry
}

/** A card as callers see it; `present` says whether QEMU has it. */
export function viewNic(
  vm: string,
  { how, id, phase, port, spec }: NicAttachment,
  present: boolean,
): AttachedNic {
  const isGone = phase === 'attached' ? !present : phase === 'removing' && how === 'ejected'
  const state = phase === 'removing' ? 'detaching' : phase
  const { mac = macOf(vm, id), model, type } = spec
  return { id, state: isGone ? 'missing' : state, type, model, mac, port }
}

/** The cards the VM started with. */
export function bootNics({ config, id }: VmRecord): AttachedNic[] {
  return config.nics.map(({ id: nic, mac = macOf(id, nic), model, type }) => ({
    ...{ id: nic, state: 'boot' as const, type, model, mac },
  }))
}

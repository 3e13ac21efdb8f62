import { createHash } from 'node:crypto'
import type { Fault } from '../../errors.ts'
import { show } from '../../util/schema.ts'
import { readKeyval } from './keyval.ts'
import type { VmConfig } from './schema.ts'
import type { At } from './sound.ts'

/** A network card with every choice made. */
export type Nic = VmConfig['nics'][number] & {
  readonly mac: string
  /** Its slot of the root bus; absent where the machine or the card has none. */
  readonly slot?: number
}

/** The last slot of the root bus that is free on q35, pc and virt. */
const lastSlot = 30

/**
 * The cards of a VM. One without an address has one of QEMU's own (`52:54:00:…`), the same for the same names of VM and card.
 * Slots are given from the last down, since QEMU gives those of all other devices from the first up: so no port
 * and no disk moves a card, by whose slot the guest names it. Pure.
 */
export function resolveNics(
  { name, nics, rawDevices }: Pick<VmConfig, 'name' | 'nics' | 'rawDevices'>,
  machine: string | undefined,
): Nic[] {
  const taken = new Set(
    rawDevices.map((value) => Number.parseInt(readKeyval(value).options.get('addr') ?? '', 16)),
  )
  let slot = lastSlot + 1
  return nics.map((nic) => {
    const mac = nic.mac ?? macOf(name, nic.id)
    if (!hasSlots(machine) || !isPci(nic.model)) return { ...nic, mac }
    do slot--
    while (taken.has(slot))
    return { ...nic, mac, slot }
  })
}

/** The address of a card that is given none: by the names of its VM and its own. */
export function macOf(vm: string, nic: string): string {
  const hash = createHash('sha256').update(`${vm}\0${nic}`).digest()
  return `52:54:00:${[...hash.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`
}

function hasSlots(machine = ''): boolean {
  return /^(?:(?:pc-)?q35|pc|virt)\b/.test(machine)
}

function isPci(model: string): boolean {
  return /^(?:virtio-net(?:-pci.*)?|e1000.*|igb|rtl8139|vmxnet3|pcnet|ne2k_pci|tulip|i8\d+\w*)$/.test(model)
}

function isVirtio(model: string): boolean {
  return model.startsWith('virtio-net')
}

/** What cannot be the address of a card, undefined when it can. */
export function macFault(mac: string): string | undefined {
  const first = Number.parseInt(mac.slice(0, 2), 16)
  if (first % 2 === 1) return 'is a multicast address: the first byte should be even'
  return /^[0:]*$/.test(mac) ? 'is taken by QEMU for none: should be another one, or be left out' : undefined
}

/** What only one card or device of a VM may have. Of a card that has the id of another only that is told. */
export function nicNames(nics: readonly At<Partial<VmConfig['nics'][number]>>[], vm: string | undefined) {
  const own = nics.filter(
    ({ value: { id } }, index) => nics.findIndex(({ value }) => value.id === id) === index,
  )
  const each = <T>(key: string, valueIn: (nic: Partial<VmConfig['nics'][number]>) => T | undefined) =>
    own.flatMap(({ path, value }) => {
      const found = valueIn(value)
      return found === undefined ? [] : [{ path: `${path}.${key}`, value: found }]
    })
  return {
    ids: each('id', ({ id }) => id),
    bootIndexes: each('bootIndex', ({ bootIndex }) => bootIndex),
    macs: each('mac', ({ id, mac }) =>
      (mac ?? (vm === undefined || id === undefined ? undefined : macOf(vm, id)))?.toLowerCase(),
    ),
  }
}

/** Options of one card that its model or its network does not have. */
export function nicFaults(nic: Partial<Tap> | Partial<VmConfig['nics'][number]>): Fault[] {
  return [...modelFaults(nic), ...(nic.type === 'tap' ? tapFaults(nic) : [])]
}

type Tap = Extract<VmConfig['nics'][number], { type: 'tap' }>

function modelFaults(nic: Partial<Tap> | Partial<VmConfig['nics'][number]>): Fault[] {
  const { model = 'virtio-net-pci', mtu } = nic
  const queues = 'queues' in nic ? nic.queues : undefined
  if (isVirtio(model)) return []
  return Object.entries({ mtu, queues }).flatMap(([path, value]) => {
    const message = `${show(value)} needs a virtio card, and ${model} is none: should be left out`
    return value === undefined ? [] : [{ path, message, value }]
  })
}

/** QEMU's helper makes a tap and nothing else. */
function tapFaults({ bridge, downScript, ifname, queues, script }: Partial<Tap>): Fault[] {
  if (bridge === undefined) {
    const message =
      'is required: should be the name of an interface, or bridge should be the name of a bridge'
    return ifname === undefined ? [{ path: 'ifname', message }] : []
  }
  return Object.entries({ ifname, script, downScript, queues }).flatMap(([path, value]) => {
    const message = `${show(value)} does not work with bridge, since QEMU's helper makes the tap interface: should be left out`
    return value === undefined ? [] : [{ path, message, value }]
  })
}

/**
 * Whether the kernel carries the packets of a tap: as the config says, else under KVM for a virtio card. A launch takes it back
 * where the host has no /dev/vhost-net.
 */
export function hasVhost(nic: Nic, accelerator: string): boolean | undefined {
  if (nic.type !== 'tap') return undefined
  return nic.vhost ?? (accelerator === 'kvm' && isVirtio(nic.model) ? true : undefined)
}

import type { VmConfig } from './schema.ts'

/** A choice that means: say nothing, let QEMU choose. */
export const qemuDefault = 'qemu-default'

const armFirmware = '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd'

/** The name of the QEMU that runs an architecture. */
export function binaryOf(arch: VmConfig['arch']): string {
  return `qemu-system-${arch}`
}

/**
 * The machine type to write (none for `qemu-default`) and the firmware that comes with the choice.
 * ARM has no q35, so a config written for x86 gets `virt` there; `virt` boots nothing without a firmware or a kernel.
 */
export function machineOf(config: Pick<VmConfig, 'arch' | 'machine' | 'firmware' | 'kernel'>): {
  readonly machine?: string
  readonly firmware?: VmConfig['firmware']
} {
  const { arch, machine, firmware, kernel } = config
  const given = firmware === undefined ? {} : { firmware }
  if (machine === qemuDefault) return given
  if (arch === 'x86_64') return { machine: machine ?? 'q35', ...given }
  const arm = { type: 'bios' as const, path: armFirmware }
  if (machine === 'q35') return { machine: 'virt', firmware: firmware ?? arm }
  if (machine !== undefined) return { machine, ...given }
  return { machine: 'virt', ...(kernel === undefined ? { firmware: firmware ?? arm } : given) }
}

/** The CPU that can do most: `host` under KVM. The emulated one signs pointers by a plain hash, not QARMA, for its speed. */
export function bestCpu(arch: VmConfig['arch'], accelerator: 'kvm' | 'tcg'): string {
  return arch === 'aarch64' && accelerator === 'tcg' ? 'max,pauth-impdef=on' : 'max'
}

/**
 * The PCI slots that are free for devices: 32 less the host bridge and, of q35, the chipset's own; and the devices that
 * come unasked beside the network card.
 */
const pciSlots = { q35: { free: 30, unasked: 1 }, virt: { free: 31, unasked: 0 } }

/** How many devices of ours fit beside what q35 or virt brings along; undefined for other machines. */
export function deviceSlots(config: {
  readonly machine?: string | undefined
  readonly hasNic: boolean
  /** Without the devices that QEMU adds by itself. */
  readonly bare: boolean
}): number | undefined {
  const { machine = '', hasNic, bare } = config
  const [, kind] = /^(?:pc-)?(q35|virt)\b/.exec(machine) ?? []
  if (kind !== 'q35' && kind !== 'virt') return undefined
  const { free, unasked } = pciSlots[kind]
  return bare ? free : free - unasked - (hasNic ? 0 : 1)
}

/**
 * The machine type of a VM that has been started before: what its name stood for then, so that the guest finds the
 * same hardware under a newer QEMU. A config that names another machine than it did gets that one.
 */
export function pinMachine(
  machine: string | undefined,
  before: { readonly asked: string | undefined; readonly got: string | undefined },
): string | undefined {
  if (before.got === undefined || machine !== before.asked) return machine
  const [, ...options] = (machine ?? '').split(',')
  return [before.got, ...options].join(',')
}

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

/** The PCI slots of a plain q35 machine that are free for devices: 32 less the host bridge and the chipset's own. */
const q35Slots = 30

/** How many devices of ours fit beside what q35 brings along; undefined for other machines. */
export function deviceSlots(config: {
  readonly arch: VmConfig['arch']
  readonly machine?: string | undefined
  readonly hasNic: boolean
  readonly extraArgs: readonly string[]
}): number | undefined {
  const { arch, machine = 'q35', hasNic, extraArgs } = config
  if (arch !== 'x86_64' || !/^(?:pc-)?q35\b/.test(machine)) return undefined
  if (extraArgs.includes('-nodefaults')) return q35Slots
  return q35Slots - 1 - (hasNic ? 0 : 1)
}

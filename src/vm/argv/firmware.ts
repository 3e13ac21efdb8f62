import type { Pair } from '../config/keyval.ts'
import type { ResolvedVm } from '../config/resolve.ts'

/** What Secure Boot asks of the machine: only code in system management mode writes the variables. ARM has no such mode. */
export function secureMachine(vm: ResolvedVm): readonly Pair[] {
  return needsSmm(vm) ? [['smm', true]] : []
}

/** What Secure Boot asks of the flash. */
export function secureFlash(vm: ResolvedVm): string[] {
  return needsSmm(vm) ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []
}

function needsSmm({ arch, firmware }: ResolvedVm): boolean {
  return arch === 'x86_64' && firmware?.type === 'uefi' && firmware.secureBoot === true
}

import { readFile } from 'node:fs/promises'
import { readKeyval } from '../config/keyval.ts'
import type { ResolvedVm } from '../config/resolve.ts'
import { VmError } from '../errors.ts'

/** What the kernel says of this process, and so of the QEMU that it starts. */
export interface LockLimits {
  /** Infinity without a limit. */
  readonly bytes: number
  /** Whether it may lock more than that all the same. */
  readonly isExempt: boolean
}

const mib = 1024 * 1024
/** CAP_IPC_LOCK, https://man7.org/linux/man-pages/man7/capabilities.7.html. */
const ipcLock = 1n << 14n

/**
 * Refuses a VM that gets devices of the host by VFIO and whose memory cannot be locked here: for such a device all of it has to be.
 * @throws VmError VM_UNSUPPORTED.
 */
export async function requireLockableMemory(vm: ResolvedVm): Promise<void> {
  if (!hasVfio(vm)) return
  const [limits, status] = await Promise.all(
    ['limits', 'status'].map((name) => readFile(`/proc/self/${name}`, 'utf8').catch(() => '')),
  )
  const fault = lockFault(vm, readLockLimits(limits ?? '', status ?? ''))
  if (fault !== undefined)
    throw new VmError('VM_UNSUPPORTED', `VM ${vm.name}: ${fault}`, { details: { vm: vm.name } })
}

/** Of `/proc/PID/limits` and `/proc/PID/status`; nothing is held against what they do not say. Pure. */
export function readLockLimits(limits: string, status: string): LockLimits {
  const [, soft] = /^Max locked memory\s+(\S+)/m.exec(limits) ?? []
  const [, capabilities = '0'] = /^CapEff:\s+([0-9a-f]+)$/m.exec(status) ?? []
  const bytes = soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
  return { bytes, isExempt: (BigInt(`0x${capabilities}`) & ipcLock) !== 0n }
}

/** What stands against locking the memory of a VM. Pure. */
export function lockFault(
  { memoryMiB, parts }: Pick<ResolvedVm, 'memoryMiB' | 'parts'>,
  { bytes, isExempt }: LockLimits,
): string | undefined {
  const neededMiB = parts.memory?.maxMiB ?? memoryMiB
  if (isExempt || bytes >= neededMiB * mib) return undefined
  const limitMiB = Math.trunc(bytes / mib)
  return `its devices of the host (VFIO) need all of its memory locked, ${neededMiB} MiB, and the limit here is ${limitMiB} MiB: raise it (ulimit -l unlimited, or LimitMEMLOCK=infinity in the unit of the service)`
}

/** With an IOMMU of its own the guest says how much is locked. */
function hasVfio({ parts, rawDevices }: ResolvedVm): boolean {
  const drivers = rawDevices.map((value) => {
    const { head, options } = readKeyval(value)
    return options.get('driver') ?? head
  })
  const hasIommu = drivers.some((driver) => /iommu/.test(driver))
  return !hasIommu && (parts.passthrough.length > 0 || drivers.some((driver) => driver.startsWith('vfio-')))
}

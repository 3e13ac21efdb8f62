import { readFile } from 'node:fs/promises'
import { readKeyval } from '../config/keyval.ts'
import type { ResolvedVm } from '../config/resolve.ts'
import type { VmConfig } from '../config/schema.ts'
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
  if (hasVfio(vm)) refuse(vm.name, lockFault(vm, await lockLimitsOf('self')))
}

/**
 * The same for a device that a running VM is to get, by what the kernel says of its QEMU.
 * @throws VmError VM_UNSUPPORTED.
 */
export async function requireLockableFor(
  driver: string,
  { config, pid }: { readonly config: VmConfig; readonly pid: number },
): Promise<void> {
  if (isVfio(driver) && !config.rawDevices.map(driverOf).some(isIommu))
    refuse(config.name, lockFault({ ...config, parts: config }, await lockLimitsOf(String(pid))))
}

async function lockLimitsOf(process: string): Promise<LockLimits> {
  const [limits, status] = await Promise.all(
    ['limits', 'status'].map((name) => readFile(`/proc/${process}/${name}`, 'utf8').catch(() => '')),
  )
  return readLockLimits(limits ?? '', status ?? '')
}

function refuse(vm: string, fault: string | undefined): void {
  if (fault !== undefined) throw new VmError('VM_UNSUPPORTED', `VM ${vm}: ${fault}`, { details: { vm } })
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
  { memoryMiB, parts }: { readonly memoryMiB: number; readonly parts: Pick<ResolvedVm['parts'], 'memory'> },
  { bytes, isExempt }: LockLimits,
): string | undefined {
  const neededMiB = parts.memory?.maxMiB ?? memoryMiB
  if (isExempt || bytes >= neededMiB * mib) return undefined
  const limitMiB = Math.trunc(bytes / mib)
  return `its devices of the host (VFIO) need all of its memory locked, ${neededMiB} MiB, and the limit here is ${limitMiB} MiB: raise it (ulimit -l unlimited, or LimitMEMLOCK=infinity in the unit of the service)`
}

/** With an IOMMU of its own the guest says how much is locked. */
function hasVfio({ parts, rawDevices }: ResolvedVm): boolean {
  const drivers = rawDevices.map(driverOf)
  return !drivers.some(isIommu) && (parts.passthrough.length > 0 || drivers.some(isVfio))
}

const isIommu = (driver: string) => driver.includes('iommu')
const isVfio = (driver: string) => driver.startsWith('vfio-')

function driverOf(device: string): string {
  const { head, options } = readKeyval(device)
  return options.get('driver') ?? head
}

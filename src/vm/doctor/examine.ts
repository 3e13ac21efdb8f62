import { VmError } from '../errors.ts'
import type { HostCheck } from './check.ts'
import { type HostOptions, readHost, readSysctls } from './host.ts'
import { judge } from './judge.ts'
import { recommendSysctls, renderSysctlFile } from './sysctl.ts'
import { type SizeClass, sizeFor } from './tuning.ts'

export interface ExamineOptions extends HostOptions {
  /** How many VMs the host is to carry, one or more; 1 when absent. */
  readonly vms?: number | undefined
}

/** What a host has and lacks. */
export interface HostReport {
  readonly host: {
    readonly arch: string
    readonly kernel: string
    readonly cpus: number
    readonly memoryMiB: number | undefined
    /** The hypervisor whose guest it itself is. */
    readonly hypervisor: string | 'none' | undefined
  }
  readonly vms: number
  readonly class: SizeClass
  /** Whether VMs can run: no check has failed. */
  readonly ready: boolean
  readonly checks: readonly HostCheck[]
}

/**
 * Says what this host lacks to run VMs: asks QEMU and nbdkit, tries KVM, reads the kernel's settings and the limits of
 * this process. Needs no root and changes nothing; what cannot be read is `unknown`.
 * @throws VmError VM_ABORTED on abort; nothing that is wrong with the host throws.
 */
export async function examineHost({ vms = 1, ...options }: ExamineOptions = {}): Promise<HostReport> {
  const facts = await readHost(options).catch((error: unknown) => {
    if (options.signal?.aborted !== true) throw error
    throw new VmError('VM_ABORTED', 'examining the host was aborted', { cause: options.signal.reason })
  })
  const checks = judge(facts, vms)
  const { arch, kernel, cpus, hypervisor, memory } = facts
  return {
    host: { arch, kernel, cpus, memoryMiB: memory?.totalMiB, hypervisor },
    vms,
    class: sizeFor(vms).size,
    ready: checks.every(({ status }) => status !== 'fail'),
    checks,
  }
}

/** The kernel settings a host for so many VMs should have: by key, and as a file for /etc/sysctl.d. Runs nothing. */
export async function adviseSysctls(
  vms: number,
): Promise<{ settings: Record<string, string>; file: string }> {
  const found = await readSysctls()
  const size = sizeFor(vms)
  return { settings: recommendSysctls(found, size.size), file: renderSysctlFile(found, size) }
}

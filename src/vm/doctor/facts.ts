/** What was learnt of a program: its version, or why it cannot be used. */
export type ProgramFacts = { readonly version: string } | { readonly fault: string }

/** What a host says of itself. Undefined is what could not be read. */
export interface HostFacts {
  /** As QEMU names it. */
  readonly arch: string
  readonly kernel: string
  readonly cpus: number
  /** Texts of /proc/sys by key. */
  readonly sysctls: Readonly<Record<string, string | undefined>>
  /** Of this process, which QEMU and nbdkit inherit; Infinity for unlimited. */
  readonly limits: Limits
  /** The smallest pids.max of the control groups this process is in; Infinity for none. */
  readonly pidsMax: number | undefined
  readonly memory: MemoryFacts | undefined
  /** Text of /sys/kernel/mm/transparent_hugepage/enabled. */
  readonly transparentHugePages: string | undefined
  readonly qemu: ProgramFacts
  readonly nbdkit: ProgramFacts
  /** Why a guest does not run under KVM; undefined when it does. */
  readonly kvmFault: string | undefined
  /** What QEMU says against io_uring; `unasked` without QEMU. */
  readonly ioUring: 'works' | 'unasked' | { readonly fault: string }
  readonly stateDir: { readonly path: string; readonly freeMiB: number } | { readonly fault: string }
  readonly shmFreeMiB: number | undefined
  readonly governor: { readonly name: string; readonly driver: string } | undefined
  readonly hasTun: boolean
  readonly hasNbdModule: boolean
  readonly cgroup: 'v1' | 'v2' | undefined
  /** How to name each orphaned server to `qemu-launch servers end`. */
  readonly orphans: readonly string[] | undefined
  /** Whether what is below /run/user outlives the sessions of its user. */
  readonly linger: 'on' | 'off' | 'not needed' | undefined
  /** The hypervisor whose guest this host itself is. */
  readonly hypervisor: string | 'none' | undefined
}

export interface Limits {
  readonly openFiles?: number | undefined
  readonly processes?: number | undefined
  readonly lockedBytes?: number | undefined
}

export interface MemoryFacts {
  readonly totalMiB: number
  readonly swapMiB: number
  readonly hugePages: { readonly total: number; readonly free: number; readonly sizeMiB: number }
}

/** The soft limits in /proc/self/limits. Pure. */
export function parseLimits(text: string): Limits {
  const soft = (name: string) => {
    const word = new RegExp(`^${name} +(\\d+|unlimited) `, 'm').exec(text)?.[1]
    return word === undefined ? undefined : parseLimit(word)
  }
  return {
    openFiles: soft('Max open files'),
    processes: soft('Max processes'),
    lockedBytes: soft('Max locked memory'),
  }
}

/** A number, or Infinity for `unlimited` and the `max` of control groups; undefined for anything else. Pure. */
export function parseLimit(text: string): number | undefined {
  const word = text.trim()
  if (word === 'unlimited' || word === 'max') return Number.POSITIVE_INFINITY
  return /^\d+$/.test(word) ? Number(word) : undefined
}

/** /proc/meminfo; undefined when it has no total. Pure. */
export function parseMeminfo(text: string): MemoryFacts | undefined {
  const entry = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(text)?.[1] ?? 0)
  const totalKiB = entry('MemTotal')
  if (totalKiB === 0) return undefined
  const hugePages = {
    total: entry('HugePages_Total'),
    free: entry('HugePages_Free'),
    sizeMiB: entry('Hugepagesize') / 1024,
  }
  return { totalMiB: Math.floor(totalKiB / 1024), swapMiB: Math.floor(entry('SwapTotal') / 1024), hugePages }
}

/**
 * Whose guest a host is. The CPU of x86 has a flag for it; elsewhere the vendor in the firmware's tables tells. Undefined when
 * neither can be read. Pure.
 */
export function parseHypervisor(cpuinfo: string | undefined, vendor: string | undefined): string | undefined {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo ?? '')?.[1]?.split(' ')
  const name = vendor?.trim()
  const known =
    name !== undefined &&
    /qemu|kvm|xen|vmware|virtualbox|innotek|amazon ec2|google|parallels|bhyve/i.test(name)
  if (flags !== undefined) return flags.includes('hypervisor') ? (name ?? 'hypervisor') : 'none'
  return name === undefined ? undefined : known ? name : 'none'
}

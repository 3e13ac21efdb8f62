/** How many VMs a host is to carry. */
export type SizeClass = 'small' | 'medium' | 'large' | 'extra-large'

/** What a host of each size should have, smallest first. */
export type Wanted = readonly [small: number, medium: number, large: number, extraLarge: number]

/** A kernel setting under /proc/sys. */
export interface Setting {
  readonly key: string
  readonly direction: 'at least' | 'at most'
  readonly wanted: Wanted
  /** Which number is meant where the setting has several. */
  readonly position?: { readonly index: number; readonly name: string }
  readonly why: string
}

interface Size {
  readonly size: SizeClass
  /** Its bounds in words. */
  readonly range: string
}

const bounded: readonly (Size & { readonly upTo: number })[] = [
  { size: 'small', upTo: 16, range: '1 to 16' },
  { size: 'medium', upTo: 64, range: '17 to 64' },
  { size: 'large', upTo: 256, range: '65 to 256' },
]

/** The class of a host for so many VMs. Pure. */
export function sizeFor(vms: number): Size {
  return bounded.find(({ upTo }) => vms <= upTo) ?? { size: 'extra-large', range: '257 or more' }
}

export function wantedFor(wanted: Wanted, size: SizeClass): number {
  const [small, medium, large, extraLarge] = wanted
  return { small, medium, large, 'extra-large': extraLarge }[size]
}

/** A value of a setting against what is wanted; undefined when the value cannot be understood. Pure. */
export function settle(
  { position, direction, wanted }: Setting,
  size: SizeClass,
  found: string,
): { readonly enough: boolean; readonly value: string } | undefined {
  const words = found.trim().split(/\s+/)
  const index = position?.index ?? 0
  const word = words[index] ?? ''
  if (!/^\d+$/.test(word)) return undefined
  const limit = wantedFor(wanted, size)
  const enough = direction === 'at least' ? Number(word) >= limit : Number(word) <= limit
  // The kernel's own words are kept: file-max may be larger than a number here can say.
  return { enough, value: (enough ? words : words.with(index, String(limit))).join(' ') }
}

const mib = 1024 * 1024

/**
 * The small class asks for what a current kernel has anyway. The others reckon with 100 connections to the store, 100
 * threads and four iothreads with `aio=native` for each VM.
 */
export const settings: readonly Setting[] = [
  {
    key: 'fs.file-max',
    direction: 'at least',
    wanted: [262_144, 524_288, 1_048_576, 2_097_152],
    why: 'the open files of all processes together; systemd sets the largest number',
  },
  {
    key: 'fs.nr_open',
    direction: 'at least',
    wanted: [1_048_576, 1_048_576, 1_048_576, 1_048_576],
    why: 'the most open files that the limits of a process can allow',
  },
  {
    key: 'fs.aio-max-nr',
    direction: 'at least',
    wanted: [65_536, 262_144, 1_048_576, 4_194_304],
    why: 'each event loop of a QEMU with an aio=native disk takes 1024, or QEMU does not start; NBD takes none',
  },
  {
    key: 'fs.inotify.max_user_instances',
    direction: 'at least',
    wanted: [128, 512, 1024, 8192],
    why: 'each VM takes one for its console log; programs that follow logs take more',
  },
  {
    key: 'fs.inotify.max_user_watches',
    direction: 'at least',
    wanted: [8192, 524_288, 524_288, 524_288],
    why: 'programs that follow the logs of VMs take them; QEMU and qemu-launch take none',
  },
  {
    key: 'kernel.pid_max',
    direction: 'at least',
    wanted: [32_768, 32_768, 65_536, 4_194_304],
    why: 'each vCPU, iothread, I/O worker and nbdkit thread takes a number; a VM has up to a hundred',
  },
  {
    key: 'kernel.threads-max',
    direction: 'at least',
    wanted: [8192, 16_384, 65_536, 262_144],
    why: 'the threads of all processes together; a VM has up to a hundred, with its I/O workers',
  },
  {
    key: 'net.core.somaxconn',
    direction: 'at least',
    wanted: [4096, 8192, 32_768, 65_535],
    why: 'when a server comes back all its clients connect at once; it limits unix sockets too',
  },
  {
    key: 'net.core.netdev_max_backlog',
    direction: 'at least',
    wanted: [1000, 4096, 16_384, 65_535],
    why: 'packets from tap and loopback that wait for a CPU; column 2 of /proc/net/softnet_stat counts lost ones',
  },
  {
    key: 'net.core.rmem_max',
    direction: 'at least',
    wanted: [212_992, 16 * mib, 16 * mib, 16 * mib],
    why: 'how large a receive buffer a program may ask for; QUIC asks for 7.5 MB',
  },
  {
    key: 'net.core.wmem_max',
    direction: 'at least',
    wanted: [2 * mib, 16 * mib, 16 * mib, 16 * mib],
    why: 'how large a send buffer a program may ask for, on unix sockets too: QEMU 10.1 and newer ask for 2 MiB for NBD',
  },
  {
    key: 'net.core.wmem_default',
    direction: 'at least',
    wanted: [212_992, mib, mib, mib],
    why: 'the buffer of a unix socket, so how much NBD data is on its way at once; few programs set it',
  },
  {
    key: 'net.ipv4.tcp_rmem',
    direction: 'at least',
    wanted: [6 * mib, 16 * mib, 16 * mib, 16 * mib],
    position: { index: 2, name: 'last' },
    why: 'how far a TCP connection to a remote volume may grow its window',
  },
  {
    key: 'net.ipv4.tcp_wmem',
    direction: 'at least',
    wanted: [4 * mib, 16 * mib, 16 * mib, 16 * mib],
    position: { index: 2, name: 'last' },
    why: 'how far a TCP connection to a remote volume may grow its send buffer',
  },
  {
    key: 'net.ipv4.tcp_max_syn_backlog',
    direction: 'at least',
    wanted: [512, 8192, 32_768, 65_535],
    why: 'half-open TCP connections while all clients of a server connect at once',
  },
  {
    key: 'net.ipv4.ip_local_port_range',
    direction: 'at most',
    wanted: [32_768, 32_768, 32_768, 16_384],
    position: { index: 0, name: 'first' },
    why: 'ports for connections to one server; from 1024 on, as some advise, they would be those of services',
  },
  {
    key: 'vm.overcommit_memory',
    direction: 'at most',
    wanted: [1, 1, 1, 1],
    why: 'with 2 the kernel refuses a guest when its whole memory is more than what is left',
  },
  {
    key: 'vm.swappiness',
    direction: 'at most',
    wanted: [60, 10, 10, 10],
    why: 'a guest whose memory is swapped out stands still; without swap it means nothing',
  },
  {
    key: 'vm.dirty_background_ratio',
    direction: 'at most',
    wanted: [10, 5, 5, 5],
    why: 'written earlier, less piles up until a flush of some guest waits for it all (0: told in bytes)',
  },
]

/** What tuning guides for such hosts often have, and what it does today. */
export const leftOut: readonly { readonly keys: string; readonly why: string }[] = [
  { keys: 'net.core.rmem_default', why: 'TCP and unix sockets do not look at it' },
  { keys: 'net.core.optmem_max', why: "65535 is less than a current kernel's own 131072" },
  { keys: 'net.ipv4.tcp_mem', why: 'the kernel reckons it from the memory there is' },
  { keys: 'net.ipv4.tcp_fin_timeout', why: 'it does not shorten TIME_WAIT, which is 60 s in any case' },
  {
    keys: 'net.ipv4.tcp_tw_reuse, tcp_max_tw_buckets, tcp_max_orphans',
    why: 'for many short connections; those of volumes live long',
  },
  {
    keys: 'net.ipv4.tcp_keepalive_*',
    why: 'only for sockets that ask for keep-alive, and those say how often',
  },
  { keys: 'net.ipv4.tcp_fastopen', why: 'neither QEMU nor nbdkit asks for it' },
  {
    keys: 'rmem_max and wmem_max once more, 2500000 for QUIC',
    why: 'the last line of a file wins, so that would lower them',
  },
  { keys: 'vm.dirty_ratio', why: "the advised 20 is the kernel's own" },
]

/** What is no kernel setting. Memory a little under the round number, as the firmware keeps some. */
export const needs = {
  cpus: [4, 8, 16, 16],
  memoryMiB: [15_000, 30_000, 60_000, 60_000],
  openFiles: [16_384, 65_536, 262_144, 1_048_576],
  tasks: [4096, 8192, 32_768, 65_536],
  lockedBytes: [8 * mib, 8 * mib, 8 * mib, 8 * mib],
  stateMiB: [256, 1024, 4096, 8192],
  shmMiB: [1024, 1024, 1024, 1024],
} as const satisfies Readonly<Record<string, Wanted>>

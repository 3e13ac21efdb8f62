import type { HostFacts } from '../../src/vm/doctor/facts.ts'

/** What a fresh Debian has, by the kernel's own defaults. */
const defaults: Readonly<Record<string, string>> = {
  'fs.file-max': '9223372036854775807\n',
  'fs.nr_open': '1048576\n',
  'fs.aio-max-nr': '65536\n',
  'fs.inotify.max_user_instances': '128\n',
  'fs.inotify.max_user_watches': '65536\n',
  'kernel.io_uring_disabled': '0\n',
  'kernel.pid_max': '32768\n',
  'kernel.threads-max': '63700\n',
  'net.core.somaxconn': '4096\n',
  'net.core.netdev_max_backlog': '1000\n',
  'net.core.rmem_max': '212992\n',
  'net.core.wmem_max': '212992\n',
  'net.core.wmem_default': '212992\n',
  'net.ipv4.tcp_rmem': '4096\t131072\t6291456\n',
  'net.ipv4.tcp_wmem': '4096\t16384\t4194304\n',
  'net.ipv4.tcp_max_syn_backlog': '1024\n',
  'net.ipv4.ip_local_port_range': '32768\t60999\n',
  'vm.overcommit_memory': '0\n',
  'vm.swappiness': '60\n',
  'vm.dirty_background_ratio': '10\n',
}

/** A made-up host on which VMs run well, as Debian sets it up. */
export const plainHost: HostFacts = {
  arch: 'x86_64',
  kernel: '6.1.0-56-amd64',
  cpus: 64,
  sysctls: defaults,
  limits: { openFiles: 1_048_576, processes: 127_000, lockedBytes: Number.POSITIVE_INFINITY },
  pidsMax: Number.POSITIVE_INFINITY,
  memory: { totalMiB: 257_000, swapMiB: 8192, hugePages: { total: 0, free: 0, sizeMiB: 2 } },
  transparentHugePages: 'always [madvise] never\n',
  qemu: { version: '7.2.22' },
  nbdkit: { version: '1.32.5' },
  kvmFault: undefined,
  ioUring: 'works',
  stateDir: { path: '/run/qemu-launch', freeMiB: 25_000 },
  shmFreeMiB: 128_000,
  governor: { name: 'powersave', driver: 'intel_pstate' },
  hasTun: true,
  hasNbdModule: false,
  cgroup: 'v2',
}

/** A made-up host that has nothing. */
export const poorHost: HostFacts = {
  ...plainHost,
  cpus: 1,
  sysctls: {
    ...Object.fromEntries(Object.keys(defaults).map((key) => [key, '1\n'])),
    'kernel.io_uring_disabled': '2\n',
    'net.ipv4.tcp_rmem': '1 1 1\n',
    'net.ipv4.tcp_wmem': '1 1 1\n',
    'net.ipv4.ip_local_port_range': '60000 60999\n',
    'vm.overcommit_memory': '2\n',
    'vm.swappiness': '100\n',
    'vm.dirty_background_ratio': '50\n',
  },
  limits: { openFiles: 1024, processes: 100, lockedBytes: 65_536 },
  pidsMax: 100,
  memory: { totalMiB: 512, swapMiB: 512, hugePages: { total: 64, free: 60, sizeMiB: 2 } },
  transparentHugePages: 'always madvise [never]\n',
  qemu: { fault: 'cannot start qemu-system-x86_64: ENOENT' },
  nbdkit: { fault: 'cannot start nbdkit: ENOENT' },
  kvmFault: '/dev/kvm cannot be opened: EACCES: permission denied',
  ioUring: 'unasked',
  stateDir: { fault: "EACCES: permission denied, access '/run'" },
  shmFreeMiB: 64,
  governor: { name: 'powersave', driver: 'acpi-cpufreq' },
  hasTun: false,
  cgroup: 'v1',
}

/** A made-up host where nothing could be read or asked. */
export const silentHost: HostFacts = {
  ...plainHost,
  sysctls: {},
  limits: {},
  pidsMax: undefined,
  memory: undefined,
  transparentHugePages: undefined,
  ioUring: 'unasked',
  shmFreeMiB: undefined,
  governor: undefined,
  cgroup: undefined,
}

import type { HostCheck } from './check.ts'
import type { HostFacts } from './facts.ts'

const oldestQemu = [7, 2]

/** What VMs need to run, to run fast, and to have disks. Pure. */
export function judgePrograms(facts: HostFacts): HostCheck[] {
  return [judgeQemu(facts), judgeKvm(facts), judgeNbdkit(facts), judgeIoUring(facts), judgeTun(facts)]
}

function judgeQemu({ qemu, arch }: HostFacts): HostCheck {
  const check = { name: 'QEMU', wanted: `${oldestQemu.join('.')} or newer` }
  const install = {
    kind: 'command',
    text: `sudo apt-get install ${arch === 'aarch64' ? 'qemu-system-arm' : 'qemu-system-x86'}`,
  } as const
  if ('fault' in qemu) return { ...check, status: 'fail', found: 'not usable', why: qemu.fault, fix: install }
  const [major = 0, minor = 0] = qemu.version.split('.').map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = oldestQemu
  const recent = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
  const why = 'older ones are not tested, and lack commands that a safe detach needs'
  const found = qemu.version
  return recent
    ? { ...check, status: 'ok', found, why }
    : { ...check, status: 'warn', found, why, fix: install }
}

function judgeKvm({ kvmFault, qemu }: HostFacts): HostCheck {
  const check = { name: 'KVM', wanted: 'runs a guest' }
  if (kvmFault === undefined) {
    return { ...check, status: 'ok', found: 'runs a guest', why: 'guests run at the speed of the host' }
  }
  return { ...check, status: 'warn', found: 'does not work', why: kvmFault, fix: fixOfKvm(kvmFault, qemu) }
}

function fixOfKvm(fault: string, qemu: HostFacts['qemu']): NonNullable<HostCheck['fix']> {
  if (/EACCES|EPERM|permission/i.test(fault)) {
    return { kind: 'command', text: 'sudo adduser "$USER" kvm   # then log in again' }
  }
  if ('fault' in qemu) return { kind: 'advice', text: 'install QEMU, which tries it, and look again' }
  const text = 'turn virtualization on in the firmware or, in a VM, nested virtualization on its host'
  return { kind: 'advice', text }
}

function judgeNbdkit({ nbdkit }: HostFacts): HostCheck {
  const check = { name: 'nbdkit', wanted: 'any' }
  if ('version' in nbdkit) {
    return { ...check, status: 'ok', found: nbdkit.version, why: 'serves volumes to VMs, see startNbdkit' }
  }
  const why = `this host cannot serve volumes; volumes on servers elsewhere work (${nbdkit.fault})`
  const fix = { kind: 'command', text: 'sudo apt-get install nbdkit' } as const
  return { ...check, status: 'warn', found: 'not usable', why, fix }
}

function judgeIoUring({ ioUring, sysctls }: HostFacts): HostCheck {
  const check = { name: 'io_uring', wanted: 'works' }
  const why = 'drives in files use it (aio=io_uring); NBD volumes do not'
  // Newer QEMUs fall back without a word, so that a kernel that forbids it speaks first.
  if (sysctls['kernel.io_uring_disabled']?.trim() === '2') {
    const fix = { kind: 'sysctl', text: 'kernel.io_uring_disabled = 0' } as const
    return { ...check, status: 'warn', found: 'off', why, fix }
  }
  if (ioUring === 'unasked') return { ...check, status: 'unknown', found: 'unknown', why }
  if (ioUring === 'works') return { ...check, status: 'ok', found: 'works', why }
  const fix = {
    kind: 'advice',
    text: 'allow io_uring in the seccomp profile of this container or service, or use a QEMU built with it',
  } as const
  return { ...check, status: 'warn', found: 'does not work', why: `${why} (${ioUring.fault})`, fix }
}

function judgeTun({ hasTun }: HostFacts): HostCheck {
  const check = {
    name: '/dev/net/tun',
    wanted: 'there',
    why: 'nics of type tap need it; type user does not',
  }
  if (hasTun) return { ...check, status: 'ok', found: 'there' }
  return { ...check, status: 'warn', found: 'missing', fix: { kind: 'command', text: 'sudo modprobe tun' } }
}

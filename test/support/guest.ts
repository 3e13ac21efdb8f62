import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The small Linux guest, as QEMU's direct kernel boot takes it. */
export interface Guest {
  readonly kernel: string
  readonly initrd: string
  /** Kernel arguments for a shell on the serial console. It needs 128 MiB at least. */
  readonly append: string
}

/**
 * On a busy host under TCG the timer's interrupts come late, and the kernel would panic ("IO-APIC + timer doesn't work").
 * The other CPUs come at the end of the boot, by the guest's init: TCG takes a third less time for it.
 */
const forX86 = 'console=ttyS0 no_timer_check maxcpus=1 noreplace-smp'

type Arch = 'x86_64' | 'x86_64-generic' | 'aarch64'

const built = new Map<Arch, Guest>()

/** The guest built by guest/build.sh, which is quick when it was built before. Throws with what the script said. */
export function testGuest(arch: Arch = 'x86_64'): Guest {
  const guest = built.get(arch) ?? build(arch)
  built.set(arch, guest)
  return guest
}

function build(arch: Arch): Guest {
  const script = fileURLToPath(new URL('guest/build.sh', import.meta.url))
  const { status, stdout, stderr, error } = spawnSync('bash', [script, arch], { encoding: 'utf8' })
  const directory = stdout?.trimEnd().split('\n').at(-1)
  if (status !== 0 || !directory) {
    throw new Error(`${script} failed: ${error?.message ?? stderr}`, { cause: error })
  }
  return {
    kernel: join(directory, 'vmlinuz'),
    initrd: join(directory, 'initramfs.cpio'),
    append: `quiet panic=-1 cryptomgr.notests ${arch === 'aarch64' ? 'console=ttyAMA0' : forX86}`,
  }
}

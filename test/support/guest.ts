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

/** The guest built by guest/build.sh, which is quick when it was built before. Throws with what the script said. */
export function testGuest(arch: 'x86_64' | 'x86_64-generic' | 'aarch64' = 'x86_64'): Guest {
  const script = fileURLToPath(new URL('guest/build.sh', import.meta.url))
  const { status, stdout, stderr, error } = spawnSync('bash', [script, arch], { encoding: 'utf8' })
  const directory = stdout?.trimEnd().split('\n').at(-1)
  if (status !== 0 || !directory) {
    throw new Error(`${script} failed: ${error?.message ?? stderr}`, { cause: error })
  }
  return {
    kernel: join(directory, 'vmlinuz'),
    initrd: join(directory, 'initramfs.cpio.gz'),
    // On a busy host under TCG the timer's interrupts come late, and the kernel would panic ("IO-APIC + timer doesn't work").
    append:
      arch === 'aarch64' ? 'console=ttyAMA0 quiet panic=-1' : 'console=ttyS0 quiet panic=-1 no_timer_check',
  }
}

import { readFileSync, writeFileSync } from 'node:fs'
import type { VmConfigInput } from 'qemu-launch'
import { testGuest } from './guest.ts'
import { freshPath, guestAgent } from './qemu.ts'
import { guestConfig } from './vm.ts'

/** The test guest with the guest agent, which runs by itself. */
export function agentConfig(config: Partial<VmConfigInput> = {}): VmConfigInput {
  const { append, initrd, kernel: image } = testGuest()
  const whole = freshPath('i')
  writeFileSync(whole, Buffer.concat([readFileSync(initrd), readFileSync(guestAgent().initramfs)]))
  const kernel = { image, initrd: whole, append: `${append} rdinit=/agent/init` }
  return guestConfig({ kernel, guestAgent: true, ...config })
}

/**
 * Boots a Linux guest from its kernel, reads what it says on its console, and powers it down. KERNEL and INITRD are its files; READY is
 * a text that its console prints when it is up.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { launchVm } from 'qemu-launch'

const stateDir = mkdtempSync(join(tmpdir(), 'qemu-launch-boot-'))
const { KERNEL = '/boot/vmlinuz', INITRD, APPEND = 'console=ttyS0', READY = 'login:' } = process.env
const vm = await launchVm(
  {
    name: 'boot',
    cpu: 'host',
    cpus: 1,
    memoryMiB: 256,
    kernel: { image: KERNEL, initrd: INITRD, append: APPEND },
  },
  { stateDir, onWarning: (text) => console.log('warning:', text) },
)
try {
  console.log(`${vm.id} is ${vm.state}, pid ${vm.pid}`)

  // The library reads the console in any case: a serial port that nobody reads stalls the guest.
  const serial = connect({ path: vm.paths.console, signal: AbortSignal.timeout(120_000) }).setEncoding('utf8')
  let said = ''
  for await (const text of serial) {
    said += text
    if (said.includes(READY)) break
  }
  console.log('the guest is up')

  const exit = await vm.shutdown({ timeoutMs: 30_000, onStep: (step) => console.log('step', step) })
  console.log('it ended:', exit.reason)
  assert.equal(exit.reason, 'guest-shutdown')
  assert.equal(await vm.exited, exit)
} finally {
  if (vm.state !== 'exited') await vm.kill()
  rmSync(stateDir, { recursive: true, force: true })
}

/**
 * Attaches an NBD volume to a running guest, which finds it by its serial number, and detaches it again. KERNEL and INITRD are the
 * files of a Linux guest with a shell on its serial console; READY is a text that the console prints when the shell is there.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { launchVm } from 'qemu-launch'
import { startNbdkit } from 'qemu-launch/volumes'

const stateDir = mkdtempSync(join(tmpdir(), 'qemu-launch-hotplug-'))
const { KERNEL = '/boot/vmlinuz', INITRD, APPEND = 'console=ttyS0', READY = '#' } = process.env
const kernel = { image: KERNEL, initrd: INITRD, append: APPEND }
const vm = await launchVm({ name: 'hotplug', cpu: 'host', cpus: 2, memoryMiB: 256, kernel }, { stateDir })
try {
  const shell = connect({ path: vm.paths.console, signal: AbortSignal.timeout(120_000) }).setEncoding('utf8')
  let said = ''
  shell.on('data', (text: string) => {
    said += text
  })
  const heard = async (text: string) => {
    while (!said.includes(text)) await once(shell, 'data')
  }
  await heard(READY)
  let commands = 0
  /** Runs a command in the guest; resolves with what it has printed. */
  const run = async (command: string) => {
    commands++
    said = ''
    // A shell that repeats what is typed does not repeat this.
    shell.write(`${command}; echo "en""d ${commands}"\n`)
    await heard(`end ${commands}`)
    return said
  }

  const server = await startNbdkit({ plugin: 'memory', parameters: { size: '16M' }, exitWithParent: true })
  // Handed over, the server is stopped when its volume has been detached, and not before.
  const volume = await vm.volumes.attach({ id: 'vol-data', uri: server.uri }, { server })
  console.log(`attached at ${volume.port}`)

  // The kernel takes a moment to find it.
  const find = `cd /sys/block; grep -ls ${volume.serial} */serial`
  const found = await run(`until ${find}; do sleep 1; done`)
  const [, disk] = /(vd\w+)\/serial/.exec(found) ?? []
  console.log(`the guest has it as /dev/${disk}, with the serial number ${volume.serial}`)
  await run(`echo hello >/dev/${disk}; sync`)

  // A guest that takes longer gives `pending`: nothing is lost, and calling it again goes on.
  const { outcome } = await vm.volumes.detach('vol-data', { waitMs: 20_000 })
  console.log(outcome)
  assert.equal(outcome, 'detached')
  assert.doesNotMatch(await run(find), /vd\w+\/serial/)
  assert.deepEqual(await vm.volumes.list(), [])
  await server.exited
} finally {
  if (vm.state !== 'exited') await vm.kill()
  rmSync(stateDir, { recursive: true, force: true })
}

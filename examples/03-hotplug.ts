/** Attaches an NBD volume to a running guest, which finds it by its serial number, and detaches it again. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchVm } from 'qemu-launch'
import { startNbdkit } from 'qemu-launch/volumes'
import { testGuest } from '../test/support/guest.ts'
import { GuestConsole } from '../test/support/guest-console.ts'

const stateDir = mkdtempSync(join(tmpdir(), 'qemu-launch-hotplug-'))
const { kernel, initrd, append } = testGuest()
const vm = await launchVm(
  { name: 'hotplug', cpu: 'host', cpus: 2, memoryMiB: 256, kernel: { image: kernel, initrd, append } },
  { stateDir },
)
try {
  const socket = connect(vm.paths.console)
  await once(socket, 'connect')
  using guest = GuestConsole.attach(socket)
  await guest.waitForReady()

  const server = await startNbdkit({ plugin: 'memory', parameters: { size: '16M' }, exitWithParent: true })
  // Handed over, the server is stopped when its volume has been detached, and not before.
  const volume = await vm.volumes.attach({ id: 'vol-data', uri: server.uri }, { server })
  console.log(`attached at ${volume.port}`)

  const disk = await guest.waitForDisk('voldata')
  console.log(`the guest has it as /dev/${disk}, with ${await guest.queueCount(disk)} queues`)
  await guest.check(`echo hello >/dev/${disk}; sync`)

  // A guest that takes longer gives `pending`: nothing is lost, and calling it again goes on.
  const { outcome } = await vm.volumes.detach('vol-data', { waitMs: 20_000 })
  console.log(outcome)
  assert.equal(outcome, 'detached')
  assert.equal(await guest.diskBySerial('voldata'), undefined)
  assert.deepEqual(await vm.volumes.list(), [])
  await server.exited
} finally {
  if (vm.state !== 'exited') await vm.kill()
  rmSync(stateDir, { recursive: true, force: true })
}

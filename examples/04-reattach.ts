/** Leaves a VM running, as a daemon does that is restarted, and takes it up again with what is attached to it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspectVm, launchVm, listVms, reattachVm } from 'qemu-launch'

const stateDir = mkdtempSync(join(tmpdir(), 'qemu-launch-reattach-'))
const image = (name: string) => {
  const path = join(stateDir, name)
  writeFileSync(path, '')
  truncateSync(path, 1024 * 1024)
  return path
}
const first = await launchVm(
  {
    name: 'reattach',
    cpus: 1,
    memoryMiB: 64,
    drives: [{ id: 'os', source: { type: 'file', path: image('os.img') }, format: 'raw' }],
  },
  { stateDir },
)
let vm = first
try {
  await first.volumes.attach({ id: 'vol-data', uri: image('data.raw'), bus: 'hotplug3' })
  await first.detach()
  console.log(`left ${first.id} running:`, (await first.exited).reason)
  assert.equal((await inspectVm('reattach', { stateDir })).alive, true)

  vm = await reattachVm('reattach', { stateDir })
  console.log(`took it up again: ${vm.state}, pid ${vm.pid}`)
  assert.equal(vm.pid, first.pid)
  const volumes = await vm.volumes.list()
  console.log(volumes.map(({ id, state, port }) => `${id} ${state} ${port ?? ''}`).join(', '))
  assert.deepEqual(
    volumes.map(({ id, state }) => [id, state]),
    [
      ['os', 'boot'],
      ['vol-data', 'attached'],
    ],
  )
  // There is no guest that would hear the power button: QEMU itself is asked next.
  const exit = await vm.shutdown({ timeoutMs: 200, onStep: (step) => console.log('step', step) })
  assert.equal(exit.reason, 'host-qmp-quit')
  assert.deepEqual(
    (await listVms({ stateDir })).filter(({ id }) => id === 'reattach'),
    [],
  )
} finally {
  if (vm.state !== 'exited') await vm.kill()
  rmSync(stateDir, { recursive: true, force: true })
}

import { dirname } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { dying, runElsewhere } from '../support/elsewhere.ts'
import { oneClientDisk } from '../support/one-client.ts'
import { bareConfig, bootGuest, startVm } from '../support/vm.ts'

test('a volume that was there at boot is detached although its server lets in nobody but QEMU', async () => {
  const { start, uri } = oneClientDisk()
  await start()
  await using guest = await bootGuest({ config: { volumes: [{ id: 'data', uri, role: 'data' }] } })
  const { vm, console } = guest
  await console.waitForDisk('data')
  await vm.volumes.throttle('data', { operationsPerSecond: 1000 })
  expect(await vm.volumes.detach('data')).toEqual({ outcome: 'detached', id: 'data' })
})

test('so is one whose attach had not come to its end', async () => {
  const { start, uri } = oneClientDisk()
  await start()
  const vm = await startVm(bareConfig(), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const program = `
    import { reattachVm } from 'qemu-launch'
    ${dying}
    const vm = await reattachVm(id, { stateDir, owner: false })
    await vm.volumes.attach({ id: 'v', uri }, dieAt(2, 'after'))`
  expect(await runElsewhere(program, { id: vm.id, stateDir: dirname(vm.paths.dir), uri })).toBe('SIGKILL')
  expect(await vm.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v' })
})

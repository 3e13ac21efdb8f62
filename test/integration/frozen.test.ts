import { reattachVm } from 'qemu-launch'
import { expect, test } from 'vitest'
import { cli, cliJson, jsonFile } from '../support/cli.ts'
import { bareConfig, startDisk, startVm, stateDirectory, testDirectory } from '../support/vm.ts'

const stateDir = stateDirectory()

test('a QEMU that was stopped is told as one that does not answer, and goes on where it was', async () => {
  const vm = await startVm()
  process.kill(vm.pid, 'SIGSTOP')
  const pause = vm.pause()
  await expect(reattachVm(vm.id, { stateDir, owner: false })).rejects.toMatchObject({ code: 'QMP_GREETING' })
  process.kill(vm.pid, 'SIGCONT')
  await pause
  expect(vm.state).toBe('paused')
  const visitor = await reattachVm(vm.id, { stateDir, owner: false })
  expect(visitor.state).toBe('paused')
  await visitor.detach()
  await vm.kill()
})

test('a QEMU that waits for a disk is freed by its owner, and by nobody who comes later', async () => {
  await using server = await startDisk({
    filters: ['delay'],
    parameters: { size: '16M', 'delay-read': 100 },
  })
  if (server.address.type !== 'unix') throw new Error('not on a unix socket')
  const vm = await startVm(bareConfig(), { paused: true })
  const node = { type: 'unix' as const, path: server.address.path }
  await vm.qmp.execute('blockdev-add', { driver: 'nbd', 'node-name': 'slow', server: node })
  const disk = { driver: 'virtio-blk-pci', id: 'slow0', drive: 'slow', bus: 'hotplug1' }
  // It reads the first sector, on the thread that answers everybody.
  const plugged = vm.qmp.execute('device_add', disk).then(
    () => 'plugged',
    () => 'refused',
  )
  const asked = { timeoutMs: 300 }
  await expect(vm.qmp.execute('query-status', undefined, asked)).rejects.toMatchObject({
    code: 'QMP_TIMEOUT',
  })
  const frozen = await cli(['qmp', vm.id, 'query-yank', '--json', '--state-dir', stateDir])
  expect({ code: frozen.code, error: JSON.parse(frozen.err) }).toMatchObject({
    code: 4,
    error: { code: 'QMP_NEGOTIATION' },
  })

  const instance = { type: 'block-node' as const, 'node-name': 'slow' }
  expect(await vm.qmp.executeOob('query-yank')).toContainEqual(instance)
  await vm.qmp.executeOob('yank', { instances: [instance] })
  expect(await plugged).toMatch(/^(?:plugged|refused)$/)
  expect(await vm.qmp.execute('query-status')).toMatchObject({ status: 'prelaunch' })
  await vm.kill()
})

test('the command sends out of band what may overtake others', async () => {
  const config = bareConfig()
  await cliJson('run', '--detach', jsonFile(config))
  try {
    await using server = await startDisk({ socket: `${testDirectory()}/nbd-vol-yank.sock` })
    await cliJson('attach', config.name, server.uri)
    const instances = await cliJson<unknown[]>('qmp', config.name, 'query-yank')
    expect(instances).toContainEqual({ type: 'block-node', 'node-name': 'nbd-vol-yank' })
    const yank = JSON.stringify({ instances: [{ type: 'block-node', 'node-name': 'nbd-vol-yank' }] })
    expect((await cli(['qmp', config.name, 'yank', yank])).out).toBe('{}\n')
  } finally {
    await cli(['kill', config.name])
  }
})

import { keepRunning, launchVm, QmpClient, reattachVm, type VmEvent } from 'qemu-launch'
import { expect, onTestFinished, test, vi } from 'vitest'
import { askState } from '../../src/vm/index.ts'
import { cli, cliJson, jsonFile } from '../support/cli.ts'
import { bareConfig, startDisk, startVm, stateDirectory, testDirectory } from '../support/vm.ts'

const stateDir = stateDirectory()

test('reattachVm keeps its limit with a stopped QEMU, says that it is stopped, and works after SIGCONT', async () => {
  const vm = await startVm()
  process.kill(vm.pid, 'SIGSTOP')
  const pause = vm.pause()
  const began = performance.now()
  await expect(reattachVm(vm.id, { stateDir, owner: false, timeoutMs: 1_000 })).rejects.toMatchObject({
    code: 'VM_TIMEOUT',
    message: expect.stringMatching(/did not answer within 1000 ms: it is stopped, by SIGSTOP/),
    details: { vm: vm.id, pid: vm.pid, timeoutMs: 1_000, transient: true },
  })
  // A caller who gives no limit waits 10 s.
  expect(performance.now() - began).toBeLessThan(8_000)
  expect(await askState(vm.id, { stateDir, timeoutMs: 300 })).toBe(undefined)
  process.kill(vm.pid, 'SIGCONT')
  await pause
  expect(vm.state).toBe('paused')
  const visitor = await reattachVm(vm.id, { stateDir, owner: false })
  expect(visitor.state).toBe('paused')
  await visitor.detach()
  expect(await askState(vm.id, { stateDir, timeoutMs: 10_000 })).toBe('paused')
  await vm.kill()
  expect(await askState(vm.id, { stateDir, timeoutMs: 10_000 })).toBe(undefined)
})

test('the next owner of a stopped QEMU is told the truth within its limit, and can own it afterwards', async () => {
  const config = bareConfig()
  const vm = await launchVm(config, { stateDir })
  await vm.leave()
  process.kill(vm.pid, 'SIGSTOP')
  const stopped = { code: 'VM_TIMEOUT', details: { vm: vm.id, transient: true } }
  await expect(reattachVm(vm.id, { stateDir, timeoutMs: 500 })).rejects.toMatchObject(stopped)
  await expect(keepRunning(config, { stateDir, timeoutMs: 500 })).rejects.toMatchObject(stopped)
  process.kill(vm.pid, 'SIGCONT')
  const owner = await reattachVm(vm.id, { stateDir })
  expect(owner.state).toBe('running')
  await owner.kill()
})

test('clients that hold both monitors are told as such, not as a QEMU that stands still', async () => {
  const vm = await startVm()
  const sockets = [vm.paths.qmp, vm.paths.monitor]
  const others = await Promise.all(sockets.map((path) => QmpClient.connect(`unix:${path}`)))
  await expect(reattachVm(vm.id, { stateDir, owner: false, timeoutMs: 500 })).rejects.toMatchObject({
    code: 'QMP_GREETING',
    message: expect.stringContaining(`other clients hold all monitors of VM ${vm.id}`),
    details: { vm: vm.id, transient: true },
  })
  await others[0]?.close()
  const visitor = await reattachVm(vm.id, { stateDir, owner: false })
  await visitor.leave()
  await others[1]?.close()
  await vm.kill()
})

test('a supervisor tells that its QEMU stands still, and that it answers again', async () => {
  const events: VmEvent[] = []
  const supervisor = await keepRunning(bareConfig(), {
    stateDir,
    unresponsiveAfterMs: 2_000,
    onEvent: (event) => events.push(event),
  })
  onTestFinished(async () => {
    await supervisor.stop({ timeoutMs: 0 })
  })
  const { id, pid } = supervisor.current
  const told = (name: string) => events.filter(({ event }) => event === name).map(({ data }) => data)
  process.kill(pid, 'SIGSTOP')
  await vi.waitFor(() => expect(told('VM_UNRESPONSIVE')).toEqual([{ vm: id, pid, limitMs: 2_000 }]), 60_000)
  expect(supervisor.current.state).toBe('running')
  process.kill(pid, 'SIGCONT')
  await vi.waitFor(() => expect(told('VM_RESPONSIVE')).toHaveLength(1), 60_000)
  expect(told('VM_RESPONSIVE')[0]).toMatchObject({ vm: id, pid, silentMs: expect.any(Number) })
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
    error: {
      code: 'VM_TIMEOUT',
      message: expect.stringContaining('it stands still'),
      details: { vm: vm.id },
    },
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

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inspectVm, reattachVm, type Vm } from 'qemu-launch'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  bareConfig,
  bootGuest,
  connectConsole,
  isRunning,
  qemuDisks,
  recorded,
  socketsBelow,
  startDisk,
  startVm,
  stateDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()
const packageRoot = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a program that uses the package, as a process of its own, and resolves when it has ended. */
async function runProgram(program: string, values: object): Promise<NodeJS.Signals | number> {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--input-type=module', '--eval', program, JSON.stringify({ stateDir, ...values })],
    { cwd: packageRoot, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const [code, signal]: (number | NodeJS.Signals | null)[] = await once(child, 'exit')
  return signal ?? code ?? -1
}

const prelude = `
  import { launchVm, reattachVm } from 'qemu-launch'
  const { stateDir, config, name, uri, step } = JSON.parse(process.argv[1])
  const die = () => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => {}) }
  const dieAt = { onStep: ({ execute }) => execute === step && die() }
`

function endWithTest(vm: Vm): Vm {
  onTestFinished(async () => {
    if (vm.state !== 'exited') await vm.kill()
  })
  return vm
}

describe('a VM that was left', () => {
  test('runs on, and is taken up with its volumes, console and all its verbs', async () => {
    await using server = await startDisk()
    await using guest = await bootGuest()
    const { vm } = guest
    const empty = await qemuDisks(vm.qmp)
    await vm.volumes.attach({ id: 'kept', uri: server.uri })
    await guest.console.waitForDisk('kept')
    guest.console.close()
    await vm.detach()
    expect(await vm.exited).toMatchObject({ reason: 'detached', clean: true })
    expect(isRunning(vm.pid)).toBe(true)
    expect(await inspectVm(vm.id, { stateDir })).toMatchObject({ state: 'alive', volumes: ['kept'] })

    const again = endWithTest(await reattachVm(vm.id, { stateDir }))
    expect(again).toMatchObject({ id: vm.id, pid: vm.pid, state: 'running' })
    expect(await again.volumes.list()).toMatchObject([
      { id: 'kept', state: 'attached', port: 'hotplug1', serial: 'kept' },
    ])
    using console = await connectConsole(again)
    await console.waitForReady()
    await again.volumes.attach({ id: 'added', uri: server.uri })
    await console.waitForDisk('added')
    expect(await again.volumes.detach('kept')).toMatchObject({ outcome: 'detached' })
    expect(await again.volumes.detach('added')).toMatchObject({ outcome: 'detached' })
    await console.waitForDiskGone('kept')
    expect(await qemuDisks(again.qmp)).toEqual(empty)
    expect(await again.shutdown()).toMatchObject({ reason: 'guest-shutdown', clean: true })
    expect(isRunning(vm.pid)).toBe(false)
    expect(existsSync(vm.paths.dir)).toBe(false)
  })

  test('has one owner; visitors come and go beside it', async () => {
    const vm = endWithTest(await startVm())
    await expect(reattachVm(vm.id, { stateDir })).rejects.toMatchObject({
      code: 'VM_LOCKED',
      details: { vm: vm.id },
    })
    await using server = await startDisk()
    const visitor = await reattachVm(vm.id, { stateDir, owner: false })
    await visitor.volumes.attach({ id: 'v', uri: server.uri })
    await visitor.detach()
    expect(await vm.volumes.list()).toMatchObject([{ id: 'os' }, { id: 'v', state: 'attached' }])
    await vm.detach()
    const next = endWithTest(await reattachVm(vm.id, { stateDir }))
    await expect(reattachVm(vm.id, { stateDir })).rejects.toMatchObject({ code: 'VM_LOCKED' })
    await next.kill()
    expect(await next.exited).toMatchObject({ clean: false })
    expect(socketsBelow(vm.paths.dir)).toEqual([])
  })

  test('that detaches a volume for a visitor lets the owner finish', async () => {
    const server = await startDisk()
    const vm = endWithTest(await startVm(bareConfig(), { paused: true }))
    await vm.volumes.attach({ id: 'v', uri: server.uri }, { server })
    const visitor = await reattachVm(vm.id, { stateDir, owner: false })
    expect(await visitor.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
    await visitor.detach()
    expect(recorded(vm)).toEqual([])
    await server.exited
  })

  test('and is no more is told apart from one that never was', async () => {
    const vm = await startVm()
    await vm.detach()
    process.kill(vm.pid, 'SIGKILL')
    while (isRunning(vm.pid)) await new Promise((resolve) => setTimeout(resolve, 5))
    await expect(reattachVm(vm.id, { stateDir })).rejects.toMatchObject({ code: 'VM_NOT_RUNNING' })
    await expect(reattachVm('never', { stateDir })).rejects.toMatchObject({ code: 'VM_NOT_FOUND' })
  })
})

describe('a process that dies', () => {
  const launchThenDie = `${prelude}
    await launchVm(config, { stateDir })
    await die()`

  test('leaves its VM to whoever takes it up', async () => {
    const config = bareConfig()
    expect(await runProgram(launchThenDie, { config })).toBe('SIGKILL')
    const vm = endWithTest(await reattachVm(config.name, { stateDir }))
    expect(vm.state).toBe('running')
    await expect(startVm(config)).rejects.toMatchObject({ code: 'VM_EXISTS' })
    expect(await vm.shutdown({ timeoutMs: 50 })).toMatchObject({ reason: 'host-qmp-quit', clean: true })
    expect(isRunning(vm.pid)).toBe(false)
  })

  const attachThenDie = `${prelude}
    const vm = await reattachVm(name, { stateDir })
    await vm.volumes.attach({ id: 'v', uri }, dieAt)
    await die()`

  test.each(['object-add', 'blockdev-add', 'device_add', 'none'])(
    'in the middle of attach (%s) leaves nothing half done to whoever comes next',
    async (step) => {
      await using server = await startDisk()
      const first = await startVm(bareConfig(), { paused: true })
      const empty = await qemuDisks(first.qmp)
      await first.detach()
      expect(await runProgram(attachThenDie, { name: first.id, uri: server.uri, step })).toBe('SIGKILL')
      expect(recorded(first)).toEqual([['v', step === 'none' ? 'attached' : 'attaching']])

      const vm = endWithTest(await reattachVm(first.id, { stateDir }))
      if (step !== 'none') {
        expect(recorded(vm)).toEqual([])
        expect(await qemuDisks(vm.qmp)).toEqual(empty)
      }
      expect(await vm.volumes.attach({ id: 'v', uri: server.uri })).toMatchObject({ state: 'attached' })
      expect(await vm.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
      expect(await qemuDisks(vm.qmp)).toEqual(empty)
      await vm.kill()
    },
  )

  const detachThenDie = `${prelude}
    const vm = await reattachVm(name, { stateDir })
    await vm.volumes.detach('v', dieAt)`

  test.each(['device_del', 'blockdev-del', 'object-del'])(
    'in the middle of detach (%s) leaves what can be ended',
    async (step) => {
      await using server = await startDisk()
      const first = await startVm(bareConfig(), { paused: true })
      const empty = await qemuDisks(first.qmp)
      await first.volumes.attach({ id: 'v', uri: server.uri })
      await first.detach()
      expect(await runProgram(detachThenDie, { name: first.id, step })).toBe('SIGKILL')
      expect(recorded(first)).toEqual([['v', 'detaching']])

      const vm = endWithTest(await reattachVm(first.id, { stateDir }))
      // What the guest had let go of is ended by then; what it was not asked for is asked for again.
      if (step === 'device_del') {
        expect(await vm.volumes.list()).toMatchObject([{ id: 'os' }, { id: 'v', state: 'detaching' }])
        expect(await vm.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
      }
      expect(recorded(vm)).toEqual([])
      expect(await qemuDisks(vm.qmp)).toEqual(empty)
      await vm.kill()
    },
  )
})

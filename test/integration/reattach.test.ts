import { existsSync, readdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { inspectVm, QmpClient, reattachVm, type Vm, type VmEvent } from 'qemu-launch'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { dying, runElsewhere } from '../support/elsewhere.ts'
import {
  attachmentsOf,
  bareConfig,
  blankFile,
  bootGuest,
  connectConsole,
  freshName,
  isRunning,
  qemuDisks,
  recorded,
  socketsBelow,
  startDisk,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()

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
    expect(await vm.exited).toMatchObject({ reason: 'left', left: true, clean: false })
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

  test('talks into its log while nobody listens, and is heard again', async () => {
    await using guest = await bootGuest()
    const { vm, console } = guest
    // A hundred times what QEMU keeps for a client that does not read.
    console.run('(sleep 1; seq 1 8000; echo said to nobody) >/dev/ttyS0 </dev/null &').catch(() => {})
    await console.check('true')
    console.close()
    await vm.detach()
    const log = () => readFileSync(vm.paths.consoleLog, 'utf8')
    await vi.waitFor(() => expect(log()).toMatch(/said to nobody\n$/), { timeout: 60_000 })
    expect(log()).toContain(Array.from({ length: 8_000 }, (_, index) => `${index + 1}\n`).join(''))
    const again = endWithTest(await reattachVm(vm.id, { stateDir }))
    using heard = await connectConsole(again)
    await heard.waitForReady()
    expect(await heard.check('echo once more')).toBe('once more')
    await again.kill()
  })

  test('tells what QEMU has otherwise than the record says', async () => {
    await using server = await startDisk()
    const vm = endWithTest(await startVm(bareConfig(), { paused: true }))
    await vm.volumes.attach({ id: 'v', uri: server.uri })
    expect(await vm.discrepancies()).toEqual([])
    await vm.detach()
    const again = endWithTest(await reattachVm(vm.id, { stateDir }))
    expect(await again.discrepancies()).toEqual([])
    await again.qmp.execute('object-add', { 'qom-type': 'iothread', id: 'strange' })
    await again.qmp.execute('blockdev-add', { driver: 'null-co', 'node-name': 'strange-node' })
    const device = { driver: 'virtio-blk-pci', id: 'strange-disk', drive: 'strange-node', bus: 'hotplug2' }
    await again.qmp.execute('device_add', device)
    expect(await again.discrepancies()).toEqual([
      { kind: 'device', id: 'strange-disk', how: 'unrecorded' },
      { kind: 'node', id: 'strange-node', how: 'unrecorded' },
      { kind: 'iothread', id: 'strange', how: 'unrecorded' },
    ])
    await again.kill()
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

  test('is taken up without its console when the console socket is gone, says so, and shuts down', async () => {
    const socket = join(testDirectory(), `${freshName('con')}.sock`)
    const vm = await startVm(bareConfig({ console: { socket } }))
    expect(vm.paths).toMatchObject({
      serial: socket,
      consoleLog: join(stateDir, '.logs', vm.id, 'console.log'),
    })
    await vm.detach()
    unlinkSync(socket)
    const events: VmEvent[] = []
    const again = endWithTest(await reattachVm(vm.id, { stateDir, onEvent: (event) => events.push(event) }))
    expect(events).toMatchObject([
      { event: 'VM_CONSOLE_LOST', data: { message: expect.stringContaining('ENOENT') } },
    ])
    await again.volumes.attach({ id: 'v', uri: blankFile() })
    expect(await again.shutdown({ timeoutMs: 100 })).toMatchObject({ reason: 'host-qmp-quit' })
  })

  test('with a log of its own keeps its console, at the paths that it names', async () => {
    const logFile = join(testDirectory(), `${freshName('con')}.log`)
    const vm = endWithTest(await startVm(bareConfig({ console: { logFile } })))
    expect(vm.paths.consoleLog).toBe(logFile)
    expect(existsSync(logFile)).toBe(true)
    for (const path of [vm.paths.serial, vm.paths.console]) expect(existsSync(path)).toBe(true)
    await vm.detach()
    const again = endWithTest(await reattachVm(vm.id, { stateDir }))
    expect(again.paths).toEqual(vm.paths)
  })

  test('runs on after a visitor is disposed of, and its owner loses nothing', async () => {
    const vm = endWithTest(await startVm())
    {
      await using visitor = await reattachVm(vm.id, { stateDir, owner: false })
      await visitor.volumes.attach({ id: 'v', uri: blankFile() })
    }
    expect(isRunning(vm.pid)).toBe(true)
    expect(existsSync(vm.paths.state)).toBe(true)
    expect(vm.state).toBe('running')
    expect(await vm.volumes.list()).toMatchObject([{ id: 'os' }, { id: 'v', state: 'attached' }])
    expect(await vm.qmp.execute('query-status')).toMatchObject({ status: 'running' })
  })

  test('has one owner, however its state directory is spelled', async () => {
    const link = join(testDirectory(), freshName('link'))
    symlinkSync(stateDir, link)
    const spellings = [link, relative(process.cwd(), stateDir), `${stateDir}/../s/`]
    for (const spelling of spellings) {
      const vm = endWithTest(await startVm(bareConfig(), { stateDir: spelling, paused: true }))
      expect(isAbsolute(vm.paths.dir)).toBe(true)
      const argv: string[] = JSON.parse(readFileSync(vm.paths.state, 'utf8')).argv
      expect(argv).toContain(vm.paths.pid)
      for (const other of [stateDir, ...spellings]) {
        await expect(reattachVm(vm.id, { stateDir: other })).rejects.toMatchObject({ code: 'VM_LOCKED' })
      }
      const visitor = await reattachVm(vm.id, { stateDir, owner: false })
      await visitor.detach()
      await vm.kill()
    }
    const config = bareConfig()
    const launches = [stateDir, ...spellings].map((spelling) => startVm(config, { stateDir: spelling }))
    const ended = await Promise.allSettled(launches)
    for (const launch of ended) if (launch.status === 'fulfilled') endWithTest(launch.value)
    const codes = ended.map((launch) => (launch.status === 'rejected' ? launch.reason.code : 'launched'))
    expect(codes.sort()).toEqual(['VM_EXISTS', 'VM_EXISTS', 'VM_EXISTS', 'launched'])
  })

  test('has the end of its launch made up for: its machine on record, its secrets gone', async () => {
    const first = await startVm(bareConfig({ secrets: [{ id: 'pw', data: 'hush' }] }), { paused: true })
    await first.detach()
    // As a launcher leaves it that dies before its last steps.
    const { machine, ...record } = JSON.parse(readFileSync(first.paths.state, 'utf8'))
    writeFileSync(first.paths.state, JSON.stringify(record))
    const secret = join(first.paths.dir, 'secret-pw')
    writeFileSync(secret, 'hush', { mode: 0o600 })
    const vm = endWithTest(await reattachVm(first.id, { stateDir }))
    expect(machine).toBe(vm.machine)
    expect(await inspectVm(first.id, { stateDir })).toMatchObject({ machine })
    expect(existsSync(secret)).toBe(false)
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

  test('finishes a detach that was pending when the guest lets go after that', async () => {
    await using server = await startDisk()
    const first = await startVm()
    const empty = await qemuDisks(first.qmp)
    await first.volumes.attach({ id: 'late', uri: server.uri })
    expect(await first.volumes.detach('late', { waitMs: 50 })).toMatchObject({ outcome: 'pending' })
    await first.detach()
    const second = endWithTest(await reattachVm(first.id, { stateDir }))
    const told = second.events({ names: ['VOLUME_DETACHED'], signal: AbortSignal.timeout(60_000) })
    await second.reset()
    expect(await told.next()).toMatchObject({ value: { data: { id: 'late' } } })
    expect(recorded(second)).toEqual([])
    expect(await qemuDisks(second.qmp)).toEqual(empty)
  })

  test('is cleaned of what the guest let go of while nobody looked', async () => {
    await using server = await startDisk()
    const first = await startVm()
    const empty = await qemuDisks(first.qmp)
    await first.volumes.attach({ id: 'asked', uri: server.uri, limits: { operationsPerSecond: 1000 } })
    expect(await first.volumes.detach('asked', { waitMs: 50 })).toMatchObject({ outcome: 'pending' })
    await first.volumes.attach({ id: 'unasked', uri: server.uri })
    await first.detach()
    const other = await QmpClient.connect(`unix:${first.paths.monitor}`)
    await other.execute('device_del', { id: 'vdisk-unasked' })
    const gone = ['vdisk-asked', 'vdisk-unasked'].map((device) =>
      other.waitFor('DEVICE_DELETED', ({ data }) => data.device === device),
    )
    await other.execute('system_reset')
    await Promise.all(gone)
    await other.close()
    const second = endWithTest(await reattachVm(first.id, { stateDir }))
    expect(recorded(second)).toEqual([])
    expect(await qemuDisks(second.qmp)).toEqual(empty)
    const ends = attachmentsOf(second.paths).map(({ id, phase, how }) => `${id} ${phase} ${how}`)
    expect(ends.sort()).toEqual(['asked ended detached', 'unasked ended ejected'])
  })

  test('and has ended is told apart from a VM that never was', async () => {
    const vm = await startVm()
    await vm.detach()
    process.kill(vm.pid, 'SIGKILL')
    while (isRunning(vm.pid)) await new Promise((resolve) => setTimeout(resolve, 5))
    await expect(reattachVm(vm.id, { stateDir })).rejects.toMatchObject({ code: 'VM_NOT_RUNNING' })
    await expect(reattachVm('never', { stateDir })).rejects.toMatchObject({ code: 'VM_NOT_FOUND' })
  })
})

describe('a process that dies', () => {
  const launchThenDie = `${dying}
    import { launchVm } from 'qemu-launch'
    await launchVm(config, { stateDir })
    await die()`

  test('leaves its VM to the next owner', async () => {
    const config = bareConfig()
    expect(await runElsewhere(launchThenDie, { stateDir, config })).toBe('SIGKILL')
    const vm = endWithTest(await reattachVm(config.name, { stateDir }))
    expect(vm.state).toBe('running')
    await expect(startVm(config)).rejects.toMatchObject({ code: 'VM_EXISTS' })
    expect(await vm.shutdown({ timeoutMs: 50 })).toMatchObject({ reason: 'host-qmp-quit', forced: true })
    expect(isRunning(vm.pid)).toBe(false)
  })

  test('leaves no lock behind when it ends in order', async () => {
    const first = await startVm(bareConfig())
    await first.detach()
    const ownThenExit =
      "import { reattachVm } from 'qemu-launch'; await reattachVm(name, { stateDir }); process.exit(0)"
    expect(await runElsewhere(ownThenExit, { stateDir, name: first.id })).toBe(0)
    const locks = readdirSync(join(stateDir, '.locks'))
    endWithTest(await reattachVm(first.id, { stateDir }))
    expect(locks).not.toContain(`owner of ${first.id}`)
  })

  test('is not ended any more by who has left it', async () => {
    const former = await startVm(bareConfig())
    await former.detach()
    const vm = endWithTest(await reattachVm(former.id, { stateDir }))
    const left = { reason: 'left', left: true, clean: false }
    expect(await former.shutdown({ timeoutMs: 0 })).toMatchObject(left)
    expect(await former.kill()).toMatchObject(left)
    await former[Symbol.asyncDispose]()
    expect(await vm.qmp.execute('query-status')).toMatchObject({ running: true })
    expect(isRunning(vm.pid)).toBe(true)
  })

  const attachThenDie = `${dying}
    import { reattachVm } from 'qemu-launch'
    const vm = await reattachVm(name, { stateDir })
    await vm.volumes.attach({ id: 'v', uri }, dieAt(step, 'before'))
    await die()`

  test.each([...['object-add', 'blockdev-add', 'device_add', 'none'].entries()])(
    'in the middle of attach (step %i, %s) leaves nothing half done to whoever comes next',
    async (step, command) => {
      await using server = await startDisk()
      const first = await startVm(bareConfig(), { paused: true })
      const empty = await qemuDisks(first.qmp)
      await first.detach()
      expect(await runElsewhere(attachThenDie, { stateDir, name: first.id, uri: server.uri, step })).toBe(
        'SIGKILL',
      )
      expect(recorded(first)).toEqual([['v', command === 'none' ? 'attached' : 'attaching']])

      const vm = endWithTest(await reattachVm(first.id, { stateDir }))
      if (command !== 'none') {
        expect(recorded(vm)).toEqual([])
        expect(await qemuDisks(vm.qmp)).toEqual(empty)
      }
      expect(await vm.volumes.attach({ id: 'v', uri: server.uri })).toMatchObject({ state: 'attached' })
      expect(await vm.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
      expect(await qemuDisks(vm.qmp)).toEqual(empty)
      await vm.kill()
    },
  )

  const detachThenDie = `${dying}
    import { reattachVm } from 'qemu-launch'
    const vm = await reattachVm(name, { stateDir })
    await vm.volumes.detach('v', dieAt(step, 'before'))`

  test.each([...['device_del', 'blockdev-del', 'object-del'].entries()])(
    'in the middle of detach (step %i, %s) leaves what can be ended',
    async (step, command) => {
      await using server = await startDisk()
      const first = await startVm(bareConfig(), { paused: true })
      const empty = await qemuDisks(first.qmp)
      await first.volumes.attach({ id: 'v', uri: server.uri })
      await first.detach()
      expect(await runElsewhere(detachThenDie, { stateDir, name: first.id, step })).toBe('SIGKILL')
      expect(recorded(first)).toEqual([['v', 'detaching']])

      const vm = endWithTest(await reattachVm(first.id, { stateDir }))
      // What the guest had let go of is ended by then; what it was not asked for is asked for again.
      if (command === 'device_del') {
        expect(await vm.volumes.list()).toMatchObject([{ id: 'os' }, { id: 'v', state: 'detaching' }])
        expect(await vm.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
      }
      expect(recorded(vm)).toEqual([])
      expect(await qemuDisks(vm.qmp)).toEqual(empty)
      await vm.kill()
    },
  )
})

import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspectVm, type QmpEvent, reattachVm, type Vm, type VmConfigInput, type VmState } from 'qemu-launch'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { recordLock } from '../../src/vm/record/ownership.ts'
import { VmStore } from '../../src/vm/record/vm-store.ts'
import { sectorConfig, sectorImage } from '../support/boot-sector.ts'
import {
  bareConfig,
  bootGuest,
  freshName,
  isRunning,
  startDisk,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

type Move = readonly [VmState, VmState, string]

/** A VM that is started paused, with every move it makes. */
async function watched(config: VmConfigInput): Promise<{ vm: Vm; moves: Move[]; events: QmpEvent[] }> {
  const vm = await startVm(config, { paused: true })
  const moves: Move[] = []
  const events: QmpEvent[] = []
  const stream = vm.events()
  void (async () => {
    for await (const event of stream) {
      events.push(event)
      if (event.event !== 'VM_STATE_CHANGED') continue
      const { from, to, reason } = event.data as { from: VmState; to: VmState; reason: string }
      moves.push([from, to, reason])
    }
  })()
  onTestFinished(async () => {
    if (vm.state !== 'exited') await vm.kill()
  })
  return { vm, moves, events }
}

/** Waits for the state, and that QEMU itself says the same. */
async function reaches(vm: Vm, state: VmState): Promise<void> {
  await vi.waitFor(() => expect(vm.state).toBe(state), { timeout: 60_000 })
  const { status } = await vm.qmp.execute('query-status')
  const words: Partial<Record<VmState, RegExp>> = {
    prelaunch: /^prelaunch$/,
    running: /^running$/,
    paused: /^(?:paused|io-error|watchdog)$/,
    suspended: /^suspended$/,
    panicked: /^guest-panicked$/,
    stopping: /^shutdown$/,
  }
  expect(status).toMatch(words[state] ?? /^never$/)
}

/** How many reads the VM's disk has answered. */
async function readsOf(vm: Vm): Promise<number> {
  const [disk] = await vm.qmp.execute('query-blockstats')
  return Number(disk?.stats.rd_operations)
}

describe('a guest that', () => {
  test('is paused, reset and resumed', async () => {
    const { vm, moves } = await watched(sectorConfig('halts'))
    await vm.resume()
    await reaches(vm, 'running')
    await vm.reset()
    await reaches(vm, 'running')
    await vm.pause()
    await reaches(vm, 'paused')
    await vm.reset()
    await reaches(vm, 'prelaunch')
    await vm.resume()
    await reaches(vm, 'running')
    await vm.kill()
    expect(moves).toEqual([
      ['prelaunch', 'running', 'resume'],
      ['running', 'paused', 'stop'],
      ['paused', 'prelaunch', 'host-qmp-system-reset'],
      ['prelaunch', 'running', 'resume'],
      ['running', 'exited', 'killed'],
    ])
  })

  test('panics is stopped, may be reset, and is ended at once', async () => {
    const config = { rawDevices: ['pvpanic'], extraArgs: ['-action', 'panic=pause'] }
    const { vm, moves } = await watched(sectorConfig('panics', config))
    await vm.resume()
    await reaches(vm, 'panicked')
    expect(vm.stateReason).toBe('guest-panicked')
    await vm.reset()
    await reaches(vm, 'prelaunch')
    await vm.resume()
    await reaches(vm, 'panicked')
    const steps: string[] = []
    expect(await vm.shutdown({ onStep: (step) => steps.push(step) })).toMatchObject({ forced: true })
    expect(steps).toEqual(['quit'])
    expect(moves.slice(0, 2)).toEqual([
      ['prelaunch', 'running', 'resume'],
      ['running', 'panicked', 'guest-panicked'],
    ])
  })

  test('panics ends with a reason that is not clean where QEMU is left to it', async () => {
    const { vm, moves } = await watched(sectorConfig('panics', { rawDevices: ['pvpanic'] }))
    await vm.resume()
    expect(await vm.exited).toMatchObject({ reason: 'guest-panic', clean: false, exitCode: 0 })
    expect(existsSync(vm.paths.consoleLog)).toBe(true)
    expect(moves).toEqual([
      ['prelaunch', 'running', 'resume'],
      ['running', 'panicked', 'guest-panicked'],
      ['panicked', 'stopping', 'guest-panic'],
      ['stopping', 'exited', 'guest-panic'],
    ])
    expect(await inspectVm(vm.id, { stateDir: stateDirectory() })).toMatchObject({
      state: 'exited',
      exit: { reason: 'guest-panic' },
    })
  })

  test('loads its crash kernel runs on, and its event is seen', async () => {
    const { vm, events } = await watched(sectorConfig('loadsCrashKernel', { rawDevices: ['pvpanic'] }))
    await vm.resume()
    await vi.waitFor(() => expect(events.map(({ event }) => event)).toContain('GUEST_CRASHLOADED'), {
      timeout: 60_000,
    })
    await reaches(vm, 'running')
  })

  test('sleeps is woken, reset, and woken to be shut down', async () => {
    const { vm, moves } = await watched(sectorConfig('sleeps'))
    await vm.resume()
    await reaches(vm, 'suspended')
    await vm.qmp.execute('system_wakeup')
    await vi.waitFor(() => expect(moves).toContainEqual(['suspended', 'running', 'wakeup']), {
      timeout: 60_000,
    })
    await reaches(vm, 'suspended')
    await vm.reset()
    await reaches(vm, 'prelaunch')
    await vm.resume()
    await reaches(vm, 'suspended')
    const steps: string[] = []
    expect(await vm.shutdown({ timeoutMs: 100, onStep: (step) => steps.push(step) })).toMatchObject({
      reason: 'host-qmp-quit',
    })
    expect(steps).toEqual(['system_powerdown', 'quit'])
  })

  test('sleeps and is paused is where QEMU says, sleeps on when it is resumed, and is woken to be shut down', async () => {
    const { vm } = await watched(sectorConfig('sleeps'))
    const paused = async (): Promise<VmState> => {
      await vm.pause()
      // QEMU 7.2 takes no notice.
      const state = (await vm.qmp.execute('query-status')).status === 'paused' ? 'paused' : 'suspended'
      await reaches(vm, state)
      return state
    }
    await vm.resume()
    await reaches(vm, 'suspended')
    await paused()
    await vm.resume()
    await reaches(vm, 'suspended')
    const state = await paused()
    // Whoever takes it up does not know that it slept.
    await vm.detach()
    const again = await reattachVm(vm.id, { stateDir: stateDirectory() })
    expect(again.state).toBe(state)
    const woken = again.qmp.waitFor('WAKEUP')
    const steps: string[] = []
    await again.shutdown({ timeoutMs: 3_000, onStep: (step) => steps.push(step) })
    expect((await woken).event).toBe('WAKEUP')
    expect(steps).toEqual(['system_powerdown', 'quit'])
  })

  test('has a watchdog that bites is paused by it', async () => {
    const config = { rawDevices: ['ib700'], extraArgs: ['-action', 'watchdog=pause'] }
    const { vm } = await watched(sectorConfig('startsWatchdog', config))
    await vm.resume()
    await reaches(vm, 'paused')
    expect(vm.stateReason).toBe('watchdog')
    await vm.detach()
    const again = await reattachVm(vm.id, { stateDir: stateDirectory() })
    expect([again.state, again.stateReason]).toEqual(['paused', 'watchdog'])
    await again.kill()
  })

  test('reads a disk that fails is paused with the reason, and runs on when it is mended', async () => {
    const file = sectorImage('readsForEver')
    const broken = join(testDirectory(), freshName('broken'))
    await using server = await startDisk({
      plugin: 'file',
      filters: ['error'],
      parameters: {
        file,
        'error-pread': 'EIO',
        'error-pread-rate': '100%',
        'error-file': broken,
      },
    })
    const { vm, events } = await watched(
      bareConfig({
        drives: [{ id: 'os', source: { type: 'nbd', uri: server.uri }, format: 'raw', rerror: 'stop' }],
      }),
    )
    const first = await readsOf(vm)
    await vm.resume()
    await vi.waitFor(async () => expect(await readsOf(vm)).toBeGreaterThan(first + 20), { timeout: 60_000 })
    writeFileSync(broken, '')
    await reaches(vm, 'paused')
    expect(vm.stateReason).toBe('io-error')
    expect(events.find(({ event }) => event === 'BLOCK_IO_ERROR')?.data).toMatchObject({ action: 'stop' })
    rmSync(broken)
    const before = await readsOf(vm)
    await vm.resume()
    await reaches(vm, 'running')
    await vi.waitFor(async () => expect(await readsOf(vm)).toBeGreaterThan(before + 20), { timeout: 60_000 })
  })

  test('powers off ends, or with -no-shutdown stays until it is reset', async () => {
    const { vm } = await watched(sectorConfig('powersOff', { extraArgs: ['-no-shutdown'] }))
    await vm.resume()
    await reaches(vm, 'stopping')
    expect(vm.stateReason).toBe('guest-shutdown')
    await vm.reset()
    await reaches(vm, 'prelaunch')
    await vm.resume()
    await reaches(vm, 'stopping')
    // Whoever takes it up finds the guest down.
    await vm.leave()
    expect(await vm.exited).toMatchObject({ reason: 'left', left: true, clean: false })
    const again = await reattachVm(vm.id, { stateDir: stateDirectory() })
    const steps: string[] = []
    const down = await again.shutdown({ force: false, onStep: (step) => steps.push(step) })
    expect(down).toMatchObject({ reason: 'guest-shutdown', clean: true, forced: false })
    expect(steps).toEqual(['quit'])

    const other = await watched(sectorConfig('powersOff'))
    await other.vm.resume()
    expect(await other.vm.exited).toMatchObject({ reason: 'guest-shutdown', clean: true, exitCode: 0 })
    expect(other.moves).toEqual([
      ['prelaunch', 'running', 'resume'],
      ['running', 'stopping', 'guest-shutdown'],
      ['stopping', 'exited', 'guest-shutdown'],
    ])
  })

  test('reboots does not end, unless QEMU was told that it shall', async () => {
    const { vm, moves, events } = await watched(sectorConfig('reboots'))
    await vm.resume()
    const resets = () => events.filter(({ event, data }) => event === 'RESET' && data.guest === true)
    await vi.waitFor(() => expect(resets().length).toBeGreaterThan(3), { timeout: 60_000 })
    await reaches(vm, 'running')
    expect(moves).toEqual([['prelaunch', 'running', 'resume']])

    const once = await startVm(sectorConfig('reboots', { extraArgs: ['-no-reboot'] }))
    expect(await once.exited).toMatchObject({ reason: 'guest-reset', clean: true, exitCode: 0 })
  })
})

test('the loss of its monitor is told while QEMU lives, and mended by taking the VM up again', async () => {
  const { vm, events } = await watched(bareConfig())
  await vm.qmp.close()
  const lost = { event: 'VM_MONITOR_LOST', data: { message: 'it was closed by this side' } }
  await vi.waitFor(() => expect(events).toMatchObject([lost]), { timeout: 60_000 })
  await vm.detach()
  const again = await reattachVm(vm.id, { stateDir: stateDirectory() })
  await again.resume()
  expect(again.state).toBe('running')
  // What is let go of, or ends, is not lost.
  const others: string[] = []
  const stream = again.events()
  process.kill(again.pid, 'SIGKILL')
  for await (const { event } of stream) others.push(event)
  expect(others).toEqual(['VM_STATE_CHANGED'])
})

describe('the end of a VM is told', () => {
  test('with the last words of QEMU and of the guest', async () => {
    await using guest = await bootGuest()
    const { vm, console } = guest
    await console.check('echo these are my last words')
    process.kill(vm.pid, 'SIGSEGV')
    expect(await vm.exited).toMatchObject({
      reason: 'crashed',
      clean: false,
      signal: 'SIGSEGV',
      console: expect.stringMatching(/these are my last words/),
    })
    expect(await inspectVm(vm.id, { stateDir: stateDirectory() })).toMatchObject({
      exit: { reason: 'crashed', console: expect.stringMatching(/these are my last words/) },
    })
  })

  test('with what could not be taken away, to all the same', async () => {
    const vm = await startVm()
    const events = vm.events()
    // Names too long for the system, unless one goes down step by step.
    const deep =
      'name=$(printf "d%.0s" $(seq 200)); for i in $(seq 25); do mkdir $name && cd $name || exit 1; done'
    execFileSync('bash', ['-c', deep], { cwd: vm.paths.dir })
    onTestFinished(() => void execFileSync('rm', ['-rf', vm.paths.dir]))
    process.kill(vm.pid, 'SIGTERM')
    const exit = await vm.exited
    expect(exit).toMatchObject({
      reason: 'host-signal',
      forced: true,
      fault: expect.stringMatching(/ENAMETOOLONG/),
    })
    for await (const _event of events);
    // And the ownership is let go of: whoever comes next gets the name.
    execFileSync('rm', ['-rf', vm.paths.dir])
    const next = await startVm(bareConfig({ name: vm.id }))
    await next.kill()
  })

  test('and written down beside a change of the record, which stays', async () => {
    const vm = await startVm()
    const store = new VmStore(vm)
    const ended = { kind: 'volume', id: 'v', generation: 1, phase: 'ended', how: 'detached' } as const
    let change: Promise<unknown> | undefined
    {
      await using _lock = await recordLock(vm.paths)
      process.kill(vm.pid, 'SIGKILL')
      await vi.waitFor(() => expect(vm.state).toBe('exited'), { timeout: 60_000 })
      // It waits for its turn, for a good while.
      const turn = new Promise((resolve) => setTimeout(resolve, 300, 'not yet'))
      expect(await Promise.race([vm.exited, turn])).toBe('not yet')
      change = store.set({ attachments: [ended], generations: 1 })
    }
    await Promise.all([vm.exited, change])
    expect(await store.read()).toMatchObject({ attachments: [ended], exit: { reason: 'killed' } })
  })

  /** By a process that is not its parent. */
  async function adopted(config?: VmConfigInput): Promise<Vm> {
    const vm = await startVm(config, { paused: true })
    await vm.detach()
    const again = await reattachVm(vm.id, { stateDir: stateDirectory() })
    onTestFinished(async () => {
      if (again.state !== 'exited') await again.kill()
    })
    return again
  }

  test('by what QEMU said, to a process that is not its parent', async () => {
    const off = await adopted(sectorConfig('powersOff'))
    await off.resume()
    expect(await off.exited).toMatchObject({ reason: 'guest-shutdown', clean: true })
    const quit = await adopted()
    await quit.qmp.execute('quit').catch(() => {})
    expect(await quit.exited).toMatchObject({ reason: 'host-qmp-quit', clean: false, forced: true })
    const terminated = await adopted()
    process.kill(terminated.pid, 'SIGTERM')
    expect(await terminated.exited).toMatchObject({
      reason: 'host-signal',
      clean: false,
      forced: true,
      log: expect.stringMatching(/terminating on signal 15/),
    })
  })

  test('not by what QEMU said before it was reset', async () => {
    const vm = await adopted(sectorConfig('powersOff', { extraArgs: ['-no-shutdown'] }))
    await vm.resume()
    await reaches(vm, 'stopping')
    await vm.reset()
    await reaches(vm, 'prelaunch')
    process.kill(vm.pid, 'SIGKILL')
    expect(await vm.exited).toMatchObject({ reason: 'vanished', clean: false })
    expect(existsSync(vm.paths.dir)).toBe(true)
  })

  test('as vanished, to a process that is not its parent, when QEMU said nothing', async () => {
    const vm = await adopted()
    process.kill(vm.pid, 'SIGKILL')
    const exit = await vm.exited
    expect(exit).toMatchObject({ reason: 'vanished', clean: false })
    expect([exit.exitCode, exit.signal]).toEqual([undefined, undefined])
  })

  test('as killed, to a process that is not its parent and killed it', async () => {
    const vm = await adopted()
    expect(await vm.kill()).toMatchObject({ reason: 'killed', clean: false, forced: true, killed: true })
  })

  test('as in order when nobody was there and QEMU has cleared up', async () => {
    const vm = await startVm(sectorConfig('powersOff'), { paused: true })
    await vm.leave()
    const visitor = await reattachVm(vm.id, { stateDir: stateDirectory(), owner: false })
    await visitor.resume()
    await visitor.exited
    expect(await inspectVm(vm.id, { stateDir: stateDirectory() })).toMatchObject({
      state: 'exited',
      exit: { reason: 'unknown', clean: true, killed: false },
    })
  })

  test('as vanished when nobody was there', async () => {
    const vm = await startVm()
    await vm.detach()
    process.kill(vm.pid, 'SIGKILL')
    await vi.waitFor(() => expect(isRunning(vm.pid)).toBe(false), 60_000)
    expect(await inspectVm(vm.id, { stateDir: stateDirectory() })).toMatchObject({
      state: 'exited',
      exit: { reason: 'vanished', clean: false },
    })
    await expect(reattachVm(vm.id, { stateDir: stateDirectory() })).rejects.toMatchObject({
      code: 'VM_NOT_RUNNING',
      details: { exit: { reason: 'vanished' } },
    })
  })
})

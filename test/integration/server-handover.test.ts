import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { type QmpEvent, reattachVm, type Vm, type VmConfigInput, type VmVisitor } from 'qemu-launch'
import { type NbdServer, probeNbd, type ServerRecord, startServer } from 'qemu-launch/volumes'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { cli } from '../support/cli.ts'
import { boundaries, dying, type Moment, runElsewhere } from '../support/elsewhere.ts'
import {
  attachmentsOf,
  bareConfig,
  blankFile,
  freshName,
  isRunning,
  qemuDisks,
  recorded,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()
const attachSteps = ['object-add', 'blockdev-add', 'device_add']
const detachSteps = ['device_del', 'blockdev-del', 'object-del']

/** Where the servers of a test have their directories: empty when none is left. */
let servers: string
beforeEach(() => {
  servers = testDirectory(freshName('h'))
})

/** Owns a VM, or visits it, attaches a volume and hands its server over, detaches it; dies by SIGKILL where it is told to. */
const program = `${dying}
  import { reattachVm } from 'qemu-launch'
  import { startServer } from 'qemu-launch/volumes'
  const vm = await reattachVm(name, { stateDir, owner })
  const server = await startServer(
    { type: 'nbdkit', plugin: 'file', parameters: { file } },
    { restart, stateDir: servers },
  )
  const hooks = dieAt(step, moment)
  await vm.volumes.attach({ id: 'v', uri: server.uri }, { server, ...(verb === 'attach' ? hooks : {}) })
  if (verb === 'detach') await vm.volumes.detach('v', hooks)
  if (verb === 'leave') await vm.detach()
  else await die()
`

interface Owner {
  readonly verb: 'attach' | 'detach' | 'leave' | 'die'
  /** False: only visits it. */
  readonly owner?: boolean
  readonly restart?: boolean
  readonly step?: number
  readonly moment?: Moment
}

/** Lets another process own the VM, until it dies or leaves. */
async function ownedElsewhere(
  name: string,
  { verb, owner = true, restart = true, step, moment }: Owner,
): Promise<void> {
  const values = { stateDir, servers, name, file: blankFile(), owner, restart, verb, step, moment }
  expect(await runElsewhere(program, values)).toBe(verb === 'leave' ? 0 : 'SIGKILL')
}

const kill = (id: string) => cli(['--state-dir', stateDir, 'kill', id])

/** A VM that nobody owns. */
async function ownerless(config: VmConfigInput = bareConfig()): Promise<Vm> {
  const vm = await startVm(config, { paused: true })
  onTestFinished(async () => void (await kill(vm.id)))
  await vm.detach()
  return vm
}

async function takeUp(name: string): Promise<{ vm: Vm; events: QmpEvent[] }> {
  const events: QmpEvent[] = []
  const vm = await reattachVm(name, { stateDir, onEvent: (event) => events.push(event) })
  return { vm, events }
}

const told = (events: readonly QmpEvent[], name: string) =>
  events.filter(({ event }) => event === name).map(({ data }) => data)

/** Empty when the process ends in this moment. */
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

/** The nbdkit processes whose files are in the directory of this test. */
function running(): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || !isRunning(Number(name))) return []
    const words = commandLine(name)
    return words.startsWith('nbdkit') && words.includes(servers) ? [Number(name)] : []
  })
}

const expectNothingLeft = () =>
  expect({ pids: running(), files: readdirSync(servers) }).toEqual({ pids: [], files: [] })

async function expectWatched(events: readonly QmpEvent[]): Promise<void> {
  const [pid = 0] = running()
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(told(events, 'SERVER_RESTARTED')).toMatchObject([{ id: 'v' }]), {
    timeout: 60_000,
  })
  expect(told(events, 'SERVER_DIED')).toMatchObject([{ id: 'v', pid }])
  expect(running()).toHaveLength(1)
}

describe('an owner that is killed in the middle leaves the server to the next one', () => {
  test.each(boundaries(attachSteps))('of attach, step %i, %s, %s', async (step, _name, moment) => {
    const { id } = await ownerless()
    await ownedElsewhere(id, { verb: 'attach', step, moment })
    const { vm, events } = await takeUp(id)
    const isAttached = recorded(vm).length > 0
    expect((await qemuDisks(vm.qmp)).devices.includes('vdisk-v')).toBe(isAttached)
    if (isAttached) {
      await expectWatched(events)
      expect(await vm.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v' })
    }
    expectNothingLeft()
    await vm.detach()
  })

  test.each(boundaries(detachSteps))('of detach, step %i, %s, %s', async (step, _name, moment) => {
    const { id } = await ownerless()
    await ownedElsewhere(id, { verb: 'detach', step, moment })
    const { vm } = await takeUp(id)
    const outcome = await vm.volumes.detach('v').catch((error: { code?: string }) => error.code)
    expect([{ outcome: 'detached', id: 'v' }, 'VOLUME_NOT_FOUND']).toContainEqual(outcome)
    expect((await qemuDisks(vm.qmp)).nodes).not.toContain('nbd-v')
    expectNothingLeft()
    await vm.detach()
  })
})

describe('the server of a volume', () => {
  test('that has died while nobody owned the VM comes back', async () => {
    const { id } = await ownerless()
    await ownedElsewhere(id, { verb: 'die' })
    process.kill(running()[0] ?? 0, 'SIGKILL')
    const { vm, events } = await takeUp(id)
    await vi.waitFor(() => expect(told(events, 'SERVER_RESTARTED')).toMatchObject([{ id: 'v' }]), {
      timeout: 60_000,
    })
    expect(await vm.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v' })
    expectNothingLeft()
  })

  test('that has died and is not to be restarted is told, and cleaned up with its volume', async () => {
    const { id } = await ownerless()
    await ownedElsewhere(id, { verb: 'die', restart: false })
    process.kill(running()[0] ?? 0, 'SIGKILL')
    const { vm, events } = await takeUp(id)
    await expect
      .poll(() => told(events, 'SERVER_LOST'))
      .toMatchObject([{ id: 'v', message: expect.stringContaining('SIGKILL') }])
    expect(await vm.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
    expectNothingLeft()
  })

  test('is released by who leaves the VM, and watched by the next', async () => {
    const { id } = await ownerless()
    await ownedElsewhere(id, { verb: 'leave' })
    const [pid] = running()
    const { vm, events } = await takeUp(id)
    expect(running()).toEqual([pid])
    await expectWatched(events)
    await vm.detach()
    expect(running()).toHaveLength(1)
    await kill(id)
    expectNothingLeft()
  })

  test.each(['detach', 'stop', 'kill'])('without an owner ends by the command %s', async (verb) => {
    const { id } = await ownerless()
    await ownedElsewhere(id, { verb: 'die' })
    const words =
      { detach: ['detach', id, 'v'], stop: ['stop', id, '--force'], kill: ['kill', id] }[verb] ?? []
    expect(await cli(['--state-dir', stateDir, ...words])).toMatchObject({ code: 0 })
    expectNothingLeft()
  })

  test('ends with a QEMU that crashed, when its VM is cleared away', async () => {
    const config = bareConfig()
    const { id, pid } = await ownerless(config)
    await ownedElsewhere(id, { verb: 'die' })
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 60_000)
    expect(running()).toHaveLength(1)
    const vm = await startVm(config, { paused: true })
    expectNothingLeft()
    await vm.kill()
  })

  test('whose attach fails stays with the caller', async () => {
    const vm = await startVm(bareConfig(), { paused: true })
    onTestFinished(async () => void (await vm.kill()))
    const file = blankFile()
    const server: NbdServer = await startServer(
      { type: 'nbdkit', plugin: 'file', parameters: { file } },
      { restart: true, stateDir: servers },
    )
    onTestFinished(() => server.stop())
    const onStep = () => {
      throw new Error('no')
    }
    const spec = { id: 'v', uri: server.uri }
    await expect(vm.volumes.attach(spec, { server, onStep })).rejects.toMatchObject({
      code: 'VOLUME_ATTACH_FAILED',
    })
    await vm.kill()
    expect(await probeNbd(server.address)).toMatchObject({ readOnly: false })
  })

  test('a visitor detaches by a server that a living owner watches: the owner ends it', async () => {
    const vm = await startVm(bareConfig(), { paused: true })
    onTestFinished(async () => void (await vm.kill()))
    const server = await startServer(
      { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } },
      { restart: true, stateDir: servers },
    )
    await vm.volumes.attach({ id: 'v', uri: server.uri }, { server })
    expect(server.record satisfies ServerRecord | undefined).toBeDefined()
    expect(await cli(['--state-dir', stateDir, 'detach', vm.id, 'v'])).toMatchObject({ code: 0 })
    await server.exited
    await vi.waitFor(expectNothingLeft, 60_000)
    const ended = { id: 'v', phase: 'ended', how: 'detached' }
    await vi.waitFor(() => expect(attachmentsOf(vm.paths)).toEqual([expect.objectContaining(ended)]), 60_000)
    expect(attachmentsOf(vm.paths)).not.toContainEqual(expect.objectContaining({ server: expect.anything() }))
  })
})

describe('the server that a visitor hands over', () => {
  /** A VM owned here, and what happens to it. */
  async function owned(): Promise<{ vm: Vm; events: QmpEvent[] }> {
    const { id } = await ownerless()
    const taken = await takeUp(id)
    onTestFinished(() => taken.vm.detach())
    return taken
  }

  /** A visitor with a volume it has attached, and its server handed over. */
  async function visit(id: string): Promise<VmVisitor> {
    const visitor = await reattachVm(id, { stateDir, owner: false })
    onTestFinished(() => visitor.detach())
    const file = blankFile()
    const server = await startServer(
      { type: 'nbdkit', plugin: 'file', parameters: { file } },
      { restart: true, stateDir: servers },
    )
    await visitor.volumes.attach({ id: 'v', uri: server.uri }, { server })
    return visitor
  }

  const serverEvents = (events: readonly QmpEvent[]) =>
    events.filter(({ event }) => event.startsWith('SERVER_'))

  async function expectRestarted(events: readonly QmpEvent[]): Promise<void> {
    process.kill(running()[0] ?? 0, 'SIGKILL')
    await vi.waitFor(() => expect(told(events, 'SERVER_RESTARTED')).toMatchObject([{ id: 'v' }]), {
      timeout: 60_000,
    })
    expect(running()).toHaveLength(1)
  }

  test.each(['leave', 'die'] as const)(
    'is watched by the owner from then on: visitors that %s',
    async (verb) => {
      const { vm, events } = await owned()
      await ownedElsewhere(vm.id, { verb, owner: false })
      await expectRestarted(events)
      expect(await vm.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v' })
      expectNothingLeft()
    },
  )

  test('is left to the visitor until that leaves', async () => {
    const { vm, events } = await owned()
    const visitor = await visit(vm.id)
    const seen: QmpEvent[] = []
    void (async () => {
      for await (const event of visitor.events()) seen.push(event)
    })()
    await expectRestarted(seen)
    expect(serverEvents(events)).toEqual([])
    await visitor.detach()
    await expectRestarted(events)
  })

  test('ends with its volume, detached by the visitor', async () => {
    const { vm, events } = await owned()
    const visitor = await visit(vm.id)
    expect(await visitor.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v' })
    await vi.waitFor(() => expect(told(events, 'VOLUME_DETACHED')).toEqual([{ id: 'v' }]), 60_000)
    await vi.waitFor(expectNothingLeft, 60_000)
    expect(serverEvents(events)).toEqual([])
    await visitor.detach()
    const again = await visit(vm.id)
    await again.detach()
    await expectRestarted(events)
  })

  test('is watched by an owner that comes before the visitor leaves', async () => {
    const { id } = await ownerless()
    const visitor = await visit(id)
    const { vm, events } = await takeUp(id)
    onTestFinished(() => vm.detach())
    await visitor.detach()
    await expectRestarted(events)
  })

  test('is left running by an owner that leaves before the visitor', async () => {
    const { vm, events } = await owned()
    const visitor = await visit(vm.id)
    await vm.detach()
    await visitor.detach()
    expect(running()).toHaveLength(1)
    expect(serverEvents(events)).toEqual([])
  })
})

/** A server of a test's own, which no other process knows. */
const ownServer = (end: () => void) => ({
  [Symbol.asyncDispose]: async () => end(),
})

test('a volume that comes anew has nothing to do with what was waited for before it', async () => {
  const start = () => startServer({ type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } })
  process.env.TMPDIR = testDirectory('t')
  const [silent, other] = [await start(), await start()]
  onTestFinished(async () => {
    process.kill(silent.pid, 'SIGCONT')
    await Promise.all([silent.stop(), other.stop()])
  })
  const vm = await startVm(bareConfig(), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const waiting = { outcome: 'pending', id: 'v', waitsFor: 'server' }

  await vm.volumes.attach({ id: 'v', uri: silent.uri })
  process.kill(silent.pid, 'SIGSTOP')
  expect(await vm.volumes.detach('v')).toEqual(waiting)
  expect(await vm.volumes.detach('v', { force: true })).toMatchObject({ outcome: 'detached', severed: true })

  const end = vi.fn()
  await vm.volumes.attach({ id: 'v', uri: other.uri }, { server: ownServer(end) })
  expect(await vm.volumes.list()).toContainEqual(expect.objectContaining({ id: 'v', state: 'attached' }))
  expect(end).not.toHaveBeenCalled()

  process.kill(other.pid, 'SIGSTOP')
  expect(await vm.volumes.detach('v')).toEqual(waiting)
  const over = vm
    .events({ names: ['VOLUME_DETACHED'] })
    [Symbol.asyncIterator]()
    .next()
  process.kill(other.pid, 'SIGCONT')
  expect(await over).toMatchObject({ value: { event: 'VOLUME_DETACHED', data: { id: 'v' } } })
  expect(recorded(vm)).toEqual([])
  await vi.waitFor(() => expect(end).toHaveBeenCalledOnce(), { timeout: 60_000 })
})

test('a volume is detached also when its server does not end, which is told', async () => {
  const vm = await startVm(bareConfig(), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const events: QmpEvent[] = []
  void (async () => {
    for await (const event of vm.events()) events.push(event)
  })()
  const end = () => {
    throw new Error('not I')
  }
  await vm.volumes.attach({ id: 'v', uri: blankFile() }, { server: ownServer(end) })
  expect(await vm.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v' })
  expect(told(events, 'SERVER_LEFT_BEHIND')).toEqual([{ id: 'v', message: 'not I' }])
})

test('a detach that is aborted while the guest unmounts leaves the volume attached', async () => {
  const vm = await startVm(bareConfig(), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  await vm.volumes.attach({ id: 'v', uri: blankFile() })
  const stop = new AbortController()
  const agent = {
    execute: async (command: string) => {
      if (command === 'guest-exec') return { pid: 1 }
      setTimeout(() => stop.abort(), 20)
      return { exited: false }
    },
  }
  const detached = vm.volumes.detach('v', { unmount: agent as never, signal: stop.signal })
  await expect(detached).rejects.toMatchObject({
    code: 'VOLUME_ABORTED',
    details: { vm: vm.id, volume: 'v' },
  })
  expect(recorded(vm)).toEqual([['v', 'attached']])
})

describe('a server is handed over', () => {
  const lastStep = (what: () => void) => ({
    onAnswer: ({ execute }: { execute: string }) => {
      if (execute === 'device_add') what()
    },
  })

  test('while its VM is left, and ends with its volume all the same', async () => {
    const vm = await startVm(bareConfig(), { paused: true })
    onTestFinished(async () => void (await kill(vm.id)))
    const server = await startServer(
      { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } },
      { stateDir: servers },
    )
    let left: Promise<void> | undefined
    const leave = () => {
      left = vm.detach()
    }
    await vm.volumes.attach({ id: 'v', uri: server.uri }, { server, ...lastStep(leave) })
    await left
    expect(running()).toHaveLength(1)
    const { vm: again } = await takeUp(vm.id)
    expect(await again.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v' })
    await vi.waitFor(() => expect(running()).toEqual([]), { timeout: 60_000 })
  })

  test('while its VM dies, and ends with it', async () => {
    const vm = await startVm(bareConfig(), { paused: true })
    const server = await startServer(
      {
        type: 'nbdkit',
        plugin: 'file',
        parameters: { file: blankFile(), serialize: 'connections' },
        filters: ['noparallel'],
      },
      { stateDir: servers },
    )
    const die = () => process.kill(vm.pid, 'SIGKILL')
    // A server of one client is looked at for a moment after the last step.
    await vm.volumes.attach({ id: 'v', uri: server.uri }, { server, ...lastStep(die) }).catch(() => {})
    await vm.exited
    await vi.waitFor(() => expect(running()).toEqual([]), { timeout: 60_000 })
    await server.stop()
  })
})

test('what happens to a server that was handed over is told once, by its VM', async () => {
  const vm = await startVm(bareConfig(), { stateDir, paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const [byServer, byVm]: [string[], string[]] = [[], []]
  const server = await startServer(
    { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } },
    { restart: true, stateDir: servers, onEvent: ({ event }) => byServer.push(event) },
  )
  const isBack = new AbortController()
  vm.on('*', ({ event }) => {
    if (event.startsWith('SERVER_')) byVm.push(event)
    if (event === 'SERVER_RESTARTED') isBack.abort()
  })
  await vm.volumes.attach({ id: 'v', uri: server.uri }, { server })
  process.kill(server.pid, 'SIGKILL')
  await once(isBack.signal, 'abort')
  expect(byVm).toEqual(['SERVER_DIED', 'SERVER_RESTARTED'])
  expect(byServer).toEqual([])
})

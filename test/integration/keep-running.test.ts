import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import {
  inspectVm,
  type KeepRunningOptions,
  keepRunning,
  killVm,
  launchVm,
  type QmpEvent,
  type Supervisor,
  type VmConfigInput,
  type VmEvent,
  type VmExit,
} from 'qemu-launch'
import { adoptServer, endServer, startServer } from 'qemu-launch/volumes'
import { expect, onTestFinished, test, vi } from 'vitest'
import { recordLock } from '../../src/vm/record/ownership.ts'
import { sectorConfig } from '../support/boot-sector.ts'
import { startElsewhere } from '../support/elsewhere.ts'
import {
  bareConfig,
  blankFile,
  freshName,
  isRunning,
  qemuDisks,
  recorded,
  startDisk,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()
const quick = { initialMs: 20, factor: 4, maxMs: 1_000 }

async function supervise(config: VmConfigInput, options: KeepRunningOptions = {}) {
  const supervisor = await keepRunning(config, { stateDir, ...options })
  onTestFinished(async () => {
    await supervisor.stop({ timeoutMs: 0 })
  })
  const events: QmpEvent[] = []
  const stream = supervisor.events()
  void (async () => {
    for await (const event of stream) events.push(event)
  })()
  const told = (name: string) => events.filter(({ event }) => event === name).map(({ data }) => data)
  return { supervisor, told }
}

/** Kills the VM and waits for the one that comes in its place. */
async function killed(supervisor: Supervisor): Promise<number> {
  const { pid } = supervisor.current
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(supervisor.current.pid).not.toBe(pid), { timeout: 60_000 })
  return supervisor.current.pid
}

test('a config that differs from that of a VM that runs is told, and counts from its next start', async () => {
  const config = bareConfig()
  const before = await launchVm(config, { stateDir })
  await before.leave()
  const warnings: string[] = []
  const found: VmEvent[] = []
  const onEvent = (event: VmEvent) => void found.push(event)
  const given = { ...config, memoryMiB: 80, rng: true }
  const { supervisor } = await supervise(given, {
    onEvent,
    onWarning: (text) => warnings.push(text),
    restart: { backoff: quick },
  })
  const differing = found.filter(({ event }) => event === 'VM_CONFIG_DIFFERS').map(({ data }) => data)
  expect(differing).toEqual([{ vm: config.name, paths: ['memoryMiB', 'rng'] }])
  expect(warnings).toContainEqual(
    expect.stringContaining('a config that differs from the given one (memoryMiB, rng)'),
  )
  const size = async () => (await supervisor.current.qmp.execute('query-memory-size-summary'))['base-memory']
  expect(await size()).toBe(64 * 1024 ** 2)
  await killed(supervisor)
  expect(await size()).toBe(80 * 1024 ** 2)
  await supervisor.leave()
  const same = await supervise(given, { onEvent: (event) => void found.push(event) })
  expect(found.filter(({ event }) => event === 'VM_CONFIG_DIFFERS')).toHaveLength(1)
  expect(same.supervisor.origin).toBe('reattached')
})

test('a VM that is killed comes back, each time later, and is given up at the cap', async () => {
  const config = bareConfig()
  const { supervisor, told } = await supervise(config, { restart: { maxRestarts: 3, backoff: quick } })
  const pids = [supervisor.current.pid]
  for (let time = 0; time < 3; time++) pids.push(await killed(supervisor))
  expect(new Set(pids).size).toBe(4)
  expect(await supervisor.current.qmp.execute('query-status')).toMatchObject({ status: 'running' })
  process.kill(supervisor.current.pid, 'SIGKILL')
  await expect(supervisor.ended).rejects.toMatchObject({
    code: 'VM_RESTARTS',
    details: { vm: config.name, restarts: 3, exit: { reason: 'killed' } },
  })
  expect(told('VM_RESTARTING').map(({ attempt, delayMs }) => [attempt, delayMs])).toEqual([
    [1, 20],
    [2, 80],
    [3, 320],
  ])
  expect(told('VM_RESTARTED').map(({ pid }) => pid)).toEqual(pids.slice(1))
  expect(told('VM_ENDED')).toHaveLength(4)
  expect(pids.filter(isRunning)).toEqual([])
})

test('events of the first start tell whether the VM was launched or found running, and what it has lost', async () => {
  const config = bareConfig()
  const gone = await startDisk()
  const start = async () => {
    const heard: VmEvent[] = []
    const supervisor = await keepRunning(config, { stateDir, onEvent: (event) => heard.push(event) })
    return { supervisor, heard }
  }
  const first = await start()
  expect(first.supervisor.origin).toBe('launched')
  const { pid } = first.supervisor.current
  const launched = { vm: config.name, pid, origin: 'launched' }
  expect(first.heard).toMatchObject([{ event: 'VM_STARTED', data: launched }])
  await first.supervisor.current.volumes.attach({ id: 'gone', uri: gone.uri })
  expect(first.heard).toMatchObject([{}, { event: 'VOLUME_ATTACHED', data: { id: 'gone' } }])
  await first.supervisor.leave()

  const second = await start()
  expect(second.supervisor.origin).toBe('reattached')
  expect(second.heard).toMatchObject([{ event: 'VM_STARTED', data: { ...launched, origin: 'reattached' } }])
  await second.supervisor.leave()

  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 60_000 })
  await gone[Symbol.asyncDispose]()
  const third = await start()
  expect(third.heard).toMatchObject([
    { event: 'VOLUME_LOST', data: { id: 'gone', message: expect.any(String) } },
    { event: 'VM_STARTED', data: { vm: config.name, origin: 'launched' } },
  ])
  await third.supervisor.stop({ timeoutMs: 0 })
})

test('a first start that is aborted leaves nothing', async () => {
  const config = bareConfig()
  const stop = new AbortController()
  const starting = keepRunning(config, { stateDir, signal: stop.signal })
  stop.abort()
  await expect(starting).rejects.toMatchObject({ code: 'VM_ABORTED' })
  expect(existsSync(`${stateDir}/${config.name}`)).toBe(false)
})

test('a guest that powers itself off stays off under crash, and begins anew under always', async () => {
  const { supervisor, told } = await supervise(sectorConfig('powersOff'))
  expect(await supervisor.ended).toMatchObject({ reason: 'guest-shutdown', clean: true })
  expect(told('VM_RESTARTING')).toEqual([])

  const other = await supervise(sectorConfig('powersOff'), {
    restart: { on: 'always', maxRestarts: 2, backoff: quick },
  })
  await expect(other.supervisor.ended).rejects.toMatchObject({ code: 'VM_RESTARTS' })
  expect(other.told('VM_RESTARTED')).toHaveLength(2)
})

test('a guest that panics is started again', async () => {
  const config = sectorConfig('panics', { rawDevices: ['pvpanic'] })
  const { supervisor, told } = await supervise(config, { restart: { maxRestarts: 1, backoff: quick } })
  await expect(supervisor.ended).rejects.toMatchObject({ details: { exit: { reason: 'guest-panic' } } })
  expect(told('VM_RESTARTED')).toHaveLength(1)
})

test('volumes are attached again before the guest begins; one without a server is told', async () => {
  await using kept = await startDisk()
  const gone = await startDisk()
  const { supervisor, told } = await supervise(bareConfig(), { restart: { backoff: quick } })
  const { volumes } = supervisor.current
  await volumes.attach({ id: 'kept', uri: kept.uri, bus: 'hotplug7' })
  await volumes.attach({ id: 'gone', uri: gone.uri })
  await gone[Symbol.asyncDispose]()
  await killed(supervisor)
  expect(told('VOLUME_LOST')).toMatchObject([{ id: 'gone', message: expect.any(String) }])
  expect(supervisor.current.state).toBe('running')
  expect(await supervisor.current.volumes.list()).toMatchObject([
    { id: 'os' },
    { id: 'kept', state: 'attached', port: 'hotplug7' },
  ])
  expect((await qemuDisks(supervisor.current.qmp)).devices).toContain('vdisk-kept')
})

test('a server that was handed over outlives a crash of its VM, and ends with it', async () => {
  const directory = testDirectory(freshName('k'))
  const start = () =>
    startServer(
      { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } },
      { restart: true, stateDir: directory },
    )
  const [kept, dying] = [await start(), await start()]
  const { supervisor, told } = await supervise(bareConfig(), {
    restart: { backoff: { ...quick, initialMs: 500 } },
  })
  const { volumes } = supervisor.current
  await volumes.attach({ id: 'kept', uri: kept.uri }, { server: kept })
  await volumes.attach({ id: 'dying', uri: dying.uri }, { server: dying })
  const { pid } = kept
  process.kill(supervisor.current.pid, 'SIGKILL')
  // While nobody watches it.
  await vi.waitFor(() => expect(told('VM_RESTARTING')).toHaveLength(1), { timeout: 60_000 })
  process.kill(dying.pid, 'SIGKILL')
  await vi.waitFor(() => expect(told('VM_RESTARTED')).toHaveLength(1), { timeout: 60_000 })
  expect(told('VOLUME_LOST')).toEqual([])
  expect(isRunning(pid)).toBe(true)
  expect(await supervisor.current.volumes.list()).toMatchObject([
    { id: 'os' },
    { id: 'kept', state: 'attached' },
    { id: 'dying', state: 'attached' },
  ])
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(
    () => expect(told('SERVER_RESTARTED')).toContainEqual(expect.objectContaining({ id: 'kept' })),
    {
      timeout: 60_000,
    },
  )
  await supervisor.stop({ timeoutMs: 0 })
  expect(readdirSync(directory)).toEqual([])
})

test('servers that wait for a restart end when it is called off', async () => {
  const directory = testDirectory(freshName('k'))
  const server = await startServer(
    { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } },
    { restart: true, stateDir: directory },
  )
  const { supervisor, told } = await supervise(bareConfig(), { restart: { backoff: { initialMs: 60_000 } } })
  await supervisor.current.volumes.attach({ id: 'v', uri: server.uri }, { server })
  process.kill(supervisor.current.pid, 'SIGKILL')
  await vi.waitFor(() => expect(told('VM_RESTARTING')).toHaveLength(1), { timeout: 60_000 })
  expect(isRunning(server.pid)).toBe(true)
  await supervisor.stop()
  expect(isRunning(server.pid)).toBe(false)
  expect(readdirSync(directory)).toEqual([])
})

test('a restart that fails is tried again, and the volumes wait for it', async () => {
  await using server = await startDisk()
  const config = bareConfig()
  const { source } = config.drives?.[0] ?? {}
  const path = source?.type === 'file' ? source.path : ''
  const { supervisor, told } = await supervise(config, {
    restart: { maxRestarts: 20, backoff: { ...quick, factor: 1 } },
  })
  await supervisor.current.volumes.attach({ id: 'v', uri: server.uri })
  const { pid } = supervisor.current
  renameSync(path, `${path}.away`)
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(told('VM_RESTART_FAILED').length).toBeGreaterThan(0), { timeout: 60_000 })
  renameSync(`${path}.away`, path)
  await vi.waitFor(() => expect(told('VM_RESTARTED')).toHaveLength(1), { timeout: 60_000 })
  expect(await supervisor.current.volumes.list()).toMatchObject([
    { id: 'os' },
    { id: 'v', state: 'attached' },
  ])
})

test('stop ends it at any time, leave leaves the VM to the next', async () => {
  const config = bareConfig()
  const { supervisor, told } = await supervise(config, { restart: { backoff: { initialMs: 60_000 } } })
  const { pid, paths } = supervisor.current
  await supervisor.leave()
  expect(await supervisor.ended).toMatchObject({ reason: 'left', left: true })
  expect(told('VM_ENDED')).toEqual([])
  expect(isRunning(pid)).toBe(true)

  const next = await supervise(config, { restart: { backoff: { initialMs: 60_000 } } })
  expect(next.supervisor.current.pid).toBe(pid)
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(next.told('VM_RESTARTING')).toHaveLength(1), { timeout: 60_000 })
  const exit = await next.supervisor.stop()
  expect(exit).toMatchObject({ reason: 'vanished', clean: false })
  expect(await next.supervisor.ended).toBe(exit)
  expect(next.told('VM_ENDED')).toMatchObject([{ vm: config.name, reason: 'vanished', log: '', console: '' }])
  expect(existsSync(paths.dir)).toBe(false)

  const third = await supervise(config)
  const { dir } = third.supervisor.current.paths
  expect(await third.supervisor.stop({ timeoutMs: 0 })).toMatchObject({ reason: 'host-qmp-quit' })
  expect(existsSync(dir)).toBe(false)
})

/** A QEMU that starts once, and hangs when it is started again: `begun` has its pid then. */
function hangingQemu(): { readonly binary: string; readonly begun: string } {
  const path = join(testDirectory(), freshName('q'))
  const [mark, begun] = [`${path}.mark`, `${path}.begun`]
  const script = `#!/bin/sh
case "$*" in *guest=*) [ ! -e ${mark} ] || { echo $$ >${begun}; exec sleep 300; }; : >${mark} ;; esac
exec qemu-system-x86_64 "$@"
`
  writeFileSync(path, script, { mode: 0o755 })
  return { binary: path, begun }
}

test.each(['before', 'in', 'after'] as const)('stopped %s a restart nothing is left', async (moment) => {
  const { binary, begun } = hangingQemu()
  const config = moment === 'in' ? bareConfig({ binary }) : bareConfig()
  const { supervisor } = await supervise(config, { restart: { backoff: { initialMs: 0 } } })
  const stop = () => supervisor.stop({ timeoutMs: 0 })
  const stopped = new Promise<VmExit>((resolve) => {
    if (moment !== 'in')
      supervisor.on(moment === 'before' ? 'VM_RESTARTING' : 'VM_RESTARTED', () => resolve(stop()))
  })
  process.kill(supervisor.current.pid, 'SIGKILL')
  if (moment === 'in') await vi.waitFor(() => expect(existsSync(begun)).toBe(true), { timeout: 60_000 })
  const exit = await (moment === 'in' ? stop() : stopped)
  expect(await supervisor.ended).toBe(exit)
  expect(exit.reason).toBe(moment === 'after' ? 'host-qmp-quit' : 'killed')
  expect(isRunning(supervisor.current.pid)).toBe(false)
  if (moment === 'in') expect(isRunning(Number(readFileSync(begun, 'utf8')))).toBe(false)
  expect(existsSync(supervisor.current.paths.dir)).toBe(false)
})

test('left while it waits to restart it says so, and what it had crashed with is there for the next', async () => {
  const { supervisor, told } = await supervise(bareConfig(), {
    restart: { backoff: { initialMs: 60_000 } },
  })
  process.kill(supervisor.current.pid, 'SIGKILL')
  await vi.waitFor(() => expect(told('VM_RESTARTING')).toHaveLength(1), { timeout: 60_000 })
  await supervisor.leave()
  expect(await supervisor.ended).toMatchObject({ reason: 'left', left: true, clean: false })
  expect(told('VM_ENDED')).toMatchObject([{ reason: 'killed', killed: true, signal: 'SIGKILL' }])
  expect(existsSync(supervisor.current.paths.state)).toBe(true)
})

test('a VM that starts paused runs after a crash when it had been let run', async () => {
  const config = bareConfig()
  const options = { paused: true, restart: { backoff: quick } }
  const { supervisor } = await supervise(config, options)
  await killed(supervisor)
  expect(supervisor.current.state).toBe('prelaunch')
  await supervisor.current.resume()
  await killed(supervisor)
  expect(supervisor.current.state).toBe('running')
  // Nor does it wait when nobody saw the crash.
  await supervisor.leave()
  process.kill(supervisor.current.pid, 'SIGKILL')
  await vi.waitFor(() => expect(isRunning(supervisor.current.pid)).toBe(false), { timeout: 60_000 })
  const next = await supervise(config, options)
  expect(next.supervisor.current.state).toBe('running')
})

test('left in the middle of a restart its volumes are not: the next has them', async () => {
  const servers = testDirectory(freshName('k'))
  const server = await startServer(
    { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } },
    { stateDir: servers },
  )
  const config = bareConfig()
  const { supervisor } = await supervise(config, { restart: { backoff: { initialMs: 0 } } })
  const { pid, paths, volumes } = supervisor.current
  await volumes.attach({ id: 'v', uri: server.uri }, { server })
  process.kill(pid, 'SIGKILL')
  const onRecord = () => JSON.parse(readFileSync(paths.state, 'utf8'))
  while (onRecord().process?.pid === pid) await setImmediate()
  expect(onRecord().attachments).toMatchObject([{ id: 'v', phase: 'queued' }])
  await supervisor.leave()
  expect(readdirSync(servers)).toHaveLength(1)
  const next = await supervise(config)
  expect(next.supervisor.current.state).toBe('running')
  expect(recorded(next.supervisor.current)).toEqual([['v', 'attached']])
  await next.supervisor.stop({ timeoutMs: 0 })
  expect(readdirSync(servers)).toEqual([])
})

const data = (id: string, uri: string) => ({ id, uri, role: 'data' as const })

test('data volumes of the config come back as they were: attached, detached or lost', async () => {
  await using kept = await startDisk()
  await using detached = await startDisk()
  const dying = await startDisk()
  await using added = await startDisk()
  const stay = blankFile()
  const config = bareConfig({
    volumes: [
      data('detached', detached.uri),
      data('kept', kept.uri),
      data('dying', dying.uri),
      { ...data('stay', stay), removable: false },
    ],
  })
  const { supervisor, told } = await supervise(config, { restart: { backoff: quick }, paused: true })
  // Before the guest begins it has not to be asked.
  await supervisor.current.volumes.detach('detached')
  await dying.stop()
  const held = ['os', 'kept', 'stay']
  for (let time = 0; time < 2; time++) {
    await killed(supervisor)
    expect(told('VOLUME_LOST')).toMatchObject([{ id: 'dying', message: expect.any(String) }])
    const listed = await supervisor.current.volumes.list()
    expect(listed.map(({ id }) => id).sort()).toEqual(held.toSorted())
    expect(listed).toContainEqual(expect.objectContaining({ id: 'kept', port: 'hotplug2' }))
    expect(await supervisor.current.discrepancies()).toEqual([])
    expect(supervisor.current.state).toBe('prelaunch')
  }
  await supervisor.leave()
  process.kill(supervisor.current.pid, 'SIGKILL')
  await vi.waitFor(() => expect(isRunning(supervisor.current.pid)).toBe(false), { timeout: 60_000 })

  const more = { ...config, volumes: [...(config.volumes ?? []), data('added', added.uri)] }
  const next = await supervise(more)
  expect(
    recorded(next.supervisor.current)
      .map(([id]) => id)
      .sort(),
  ).toEqual(['added', 'kept', 'stay'])
  await next.supervisor.stop({ timeoutMs: 0 })
  await expect(keepRunning(more, { stateDir })).rejects.toMatchObject({ code: 'VM_LAUNCH' })
})

test('a volume that is being detached when the VM crashes stays away, and its server ends', async () => {
  const servers = testDirectory(freshName('k'))
  const server = await startServer(
    { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } },
    { stateDir: servers },
  )
  const { supervisor, told } = await supervise(bareConfig(), { restart: { backoff: quick } })
  const { volumes } = supervisor.current
  await volumes.attach({ id: 'v', uri: server.uri }, { server })
  // There is no guest that lets go.
  expect(await volumes.detach('v', { waitMs: 0 })).toMatchObject({ outcome: 'pending' })
  expect(recorded(supervisor.current)).toEqual([['v', 'detaching']])
  await killed(supervisor)
  expect(recorded(supervisor.current)).toEqual([])
  expect(told('VOLUME_LOST')).toEqual([])
  expect(readdirSync(servers)).toEqual([])
  expect(isRunning(server.pid)).toBe(false)
})

test('a restart that is given up at its end leaves the volumes to who comes next, and their servers', async () => {
  const servers = testDirectory(freshName('k'))
  const server = await startServer(
    { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } },
    { stateDir: servers },
  )
  const config = bareConfig()
  const { supervisor, told } = await supervise(config, {
    restart: { backoff: { initialMs: 500 } },
    paused: true,
  })
  const { paths, pid, volumes } = supervisor.current
  await volumes.attach({ id: 'v', uri: server.uri }, { server })
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(told('VM_RESTARTING')).toHaveLength(1), { timeout: 60_000 })
  const isOnRecord = () => JSON.parse(readFileSync(paths.state, 'utf8')).process?.pid !== pid
  {
    await vi.waitFor(() => expect(isOnRecord()).toBe(true), { timeout: 60_000, interval: 1 })
    // QEMU begins; it, or its machine, cannot be put on record yet.
    await using _lock = await recordLock(paths)
    await vi.waitFor(() => expect(existsSync(paths.monitor)).toBe(true), { timeout: 60_000 })
    await sleep(100)
    void supervisor.leave()
    await setImmediate()
  }
  await supervisor.leave()
  // What came up nevertheless would have ended by then.
  await sleep(1_000)
  expect(isRunning(server.pid)).toBe(true)
  expect(recorded(supervisor.current)).toEqual([['v', 'attached']])

  const next = await supervise(config, { paused: true })
  expect(recorded(next.supervisor.current)).toEqual([['v', 'attached']])
  expect(await next.supervisor.current.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
})

/** Visits a VM, attaches a volume and hands its server over; says how the VM has ended. */
const visiting = `
  import { writeSync } from 'node:fs'
  import { reattachVm } from 'qemu-launch'
  import { startServer } from 'qemu-launch/volumes'
  const vm = await reattachVm(name, { stateDir, owner: false })
  const server = await startServer({ type: 'nbdkit', plugin: 'file', parameters: { file } }, { stateDir: servers })
  await vm.volumes.attach({ id, uri: server.uri }, { server })
  writeSync(1, server.pid + ' ')
  writeSync(1, JSON.stringify(await vm.exited))
`

/** A visitor in a process of its own, which is stopped when the VM ends and goes on when that is seen to. */
async function visitElsewhere(name: string, id = 'v') {
  const servers = testDirectory(freshName('k'))
  const visitor = startElsewhere(visiting, { stateDir, servers, name, id, file: blankFile() }, 'pipe')
  const closed = once(visitor, 'close')
  let said = ''
  visitor.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await vi.waitFor(() => expect(said).toMatch(/ $/), { timeout: 60_000 })
  const server = Number.parseInt(said, 10)
  visitor.kill('SIGSTOP')
  const goOn = async () => {
    visitor.kill('SIGCONT')
    await closed
    return JSON.parse(said.slice(said.indexOf(' '))) as VmExit
  }
  return { goOn, server, servers }
}

test('a server that a visitor handed over outlives a crash of the VM too, however late the visitor sees it', async () => {
  const config = bareConfig()
  const { supervisor, told } = await supervise(config, { restart: { backoff: { initialMs: 60_000 } } })
  const { goOn, server, servers } = await visitElsewhere(config.name)
  process.kill(supervisor.current.pid, 'SIGKILL')
  // The owner has cleared up after it.
  await vi.waitFor(() => expect(told('VM_RESTARTING')).toHaveLength(1), { timeout: 60_000 })
  expect(await goOn()).toMatchObject({ reason: 'killed', signal: 'SIGKILL', clean: false })
  expect(isRunning(server)).toBe(true)
  await supervisor.leave()
  const warnings: string[] = []
  const next = await supervise(config, { onWarning: (text) => warnings.push(text) })
  expect(warnings).toEqual([])
  expect(recorded(next.supervisor.current)).toEqual([['v', 'attached']])
  await next.supervisor.stop({ timeoutMs: 0 })
  expect(readdirSync(servers)).toEqual([])
})

test('a crash that nobody saw is one also after a restart that failed, for a visitor too', async () => {
  const config = bareConfig()
  const vm = await launchVm(config, { stateDir })
  const { goOn, server } = await visitElsewhere(config.name)
  await vm.leave()
  process.kill(vm.pid, 'SIGKILL')
  await vi.waitFor(() => expect(isRunning(vm.pid)).toBe(false), { timeout: 60_000 })
  const { source } = config.drives?.[0] ?? {}
  const path = source?.type === 'file' ? source.path : ''
  renameSync(path, `${path}.away`)
  await expect(keepRunning(config, { stateDir })).rejects.toMatchObject({ code: 'VM_LAUNCH' })
  renameSync(`${path}.away`, path)
  const vanished = { reason: 'vanished', clean: false }
  expect(await inspectVm(config.name, { stateDir })).toMatchObject({ exit: vanished })
  expect(await goOn()).toMatchObject(vanished)
  expect(isRunning(server)).toBe(true)
  const { supervisor } = await supervise(config)
  expect(recorded(supervisor.current)).toEqual([['v', 'attached']])
})

test('a server that a visitor watches ends when its VM was cleared away meanwhile, unless somebody uses it', async () => {
  const vm = await launchVm(bareConfig(), { stateDir })
  const [idle, used] = [await visitElsewhere(vm.id, 'idle'), await visitElsewhere(vm.id, 'used')]
  await vm.leave()
  await killVm(vm.id, { stateDir })
  expect(existsSync(vm.paths.dir)).toBe(false)
  expect([idle, used].map(({ server }) => isRunning(server))).toEqual([true, true])
  const [directory = ''] = readdirSync(used.servers).map((name) => join(used.servers, name))
  const client = connect({ path: join(directory, 'nbd.sock') })
  await once(client, 'data')
  await Promise.all([idle.goOn(), used.goOn()])
  expect([idle, used].map(({ server }) => isRunning(server))).toEqual([false, true])
  expect(readdirSync(idle.servers)).toEqual([])
  client.destroy()
  await endServer({ directory })
  expect(isRunning(used.server)).toBe(false)
})

test('a VM that dies while it is taken up comes back with its volumes', async () => {
  const config = bareConfig()
  const first = await launchVm(config, { stateDir })
  const start = () => startServer({ type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } })
  const [server, watched] = [await start(), await start()]
  await first.volumes.attach({ id: 'v', uri: server.uri }, { server })
  await first.volumes.attach({ id: 'w', uri: watched.uri }, { server: watched })
  await first.detach()
  // For a server that somebody else watches a moment is waited.
  const watcher = await adoptServer({ directory: watched.record?.directory ?? '' })
  const taking = keepRunning(config, { stateDir })
  await vi.waitFor(() => expect(existsSync(first.paths.console)).toBe(true), {
    interval: 1,
    timeout: 60_000,
  })
  process.kill(first.pid, 'SIGKILL')
  const took = await taking.catch(() => undefined)
  await watcher.release()
  await took?.leave()
  expect([server, watched].map(({ pid }) => isRunning(pid))).toEqual([true, true])
  const { supervisor } = await supervise(config)
  await expect
    .poll(() => recorded(supervisor.current).sort())
    .toEqual([
      ['v', 'attached'],
      ['w', 'attached'],
    ])
})

test('a VM with UEFI comes back with the variables it had', async () => {
  const config = bareConfig({ firmware: { type: 'uefi' }, memoryMiB: 128 })
  const { supervisor } = await supervise(config, { restart: { backoff: quick } })
  const { paths, pid } = supervisor.current
  process.kill(pid, 'SIGSTOP')
  writeFileSync(paths.efiVars, 'ours', { flag: 'r+' })
  await killed(supervisor)
  expect(readFileSync(paths.efiVars).subarray(0, 4).toString()).toBe('ours')
})

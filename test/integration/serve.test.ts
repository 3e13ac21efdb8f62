import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  keepRunning,
  launchVm,
  listServers,
  listVms,
  reattachVm,
  renderArgv,
  type Vm,
  type VmConfigInput,
  type VmEvent,
} from 'qemu-launch'
import { startServer } from 'qemu-launch/volumes'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { killVm } from '../../src/vm/index.ts'
import { cli } from '../support/cli.ts'
import { startElsewhere } from '../support/elsewhere.ts'
import {
  attachmentsOf,
  bareConfig,
  blankFile,
  failureOf,
  freshName,
  isRunning,
  qemuDisks,
  recorded,
  startVm,
  testDirectory,
} from '../support/vm.ts'

let stateDir: string
beforeEach(() => {
  stateDir = testDirectory(freshName('s'))
})

const folder = () => join(stateDir, '.servers')
const servers = () => listServers(folder())
/** What a server leaves: its directory, its socket; locks are let go of. */
const remains = () =>
  existsSync(folder()) ? readdirSync(folder()).filter((name) => !name.startsWith('.')) : []
const kill = (id: string) => cli(['--state-dir', stateDir, 'kill', id])

async function pidOf(volume: string): Promise<number> {
  const pid = (await servers()).find(({ servedTo }) => servedTo?.volume === volume)?.pid
  if (pid === undefined) throw new Error(`${volume} has no server`)
  return pid
}

/** Does not begin its guest: whatever is plugged out is so at once. */
async function bareVm(config: Partial<VmConfigInput> = {}): Promise<Vm> {
  const vm = await startVm(bareConfig(config), { stateDir, paused: true })
  onTestFinished(async () => void (await kill(vm.id)))
  return vm
}

/** Has QEMU read a volume; what comes of it stands in its log. */
async function read(vm: Vm, volume: string, node = `nbd-${volume}`): Promise<void> {
  const words = { 'command-line': `qemu-io ${node} "read 0 4k"` }
  const count = () => readFileSync(vm.paths.log, 'utf8').split('read 4096/4096').length
  const before = count()
  await vm.qmp.execute('human-monitor-command', words)
  if (count() === before)
    throw new Error(`${volume} is not read: ${readFileSync(vm.paths.log, 'utf8').slice(-200)}`)
}

test('a volume attached with serve has its server started, told, ended with it; what asks for another is refused', async () => {
  const vm = await bareVm()
  const file = blankFile()
  const serve = { type: 'nbdkit', plugin: 'file', parameters: { file } } as const
  const volume = await vm.volumes.attach({ id: 'v', serve })
  const uri = `nbd:unix:${join(folder(), `${vm.id}+v.sock`)}`
  expect(volume).toMatchObject({ id: 'v', state: 'attached', uri })
  expect(await servers()).toMatchObject([
    {
      state: 'running',
      uri,
      type: 'nbdkit',
      watched: true,
      connected: true,
      servedTo: { vm: vm.id, volume: 'v' },
    },
  ])
  await read(vm, 'v')
  expect((await listVms({ stateDir })).map(({ id }) => id)).toEqual([vm.id])

  const pid = await pidOf('v')
  expect(await vm.volumes.attach({ id: 'v' }, { serve })).toMatchObject({ state: 'attached', uri })
  expect(await pidOf('v')).toBe(pid)
  const other = { ...serve, readOnly: true }
  expect(await failureOf(vm.volumes.attach({ id: 'v', serve: other }))).toMatchObject({
    code: 'VOLUME_EXISTS',
    message: expect.stringContaining('is attached with another server'),
  })
  await using elsewhere = await startServer(serve, { stateDir: testDirectory(freshName('e')) })
  const handed = vm.volumes.attach({ id: 'v', serve }, { server: elsewhere })
  expect(await failureOf(handed)).toMatchObject({
    code: 'VOLUME_EXISTS',
    message: expect.stringContaining(`not at ${elsewhere.uri}`),
  })
  expect(await vm.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v' })
  expect(isRunning(pid)).toBe(false)
  expect(remains()).toEqual([])
})

test('a failed attach with serve leaves neither server nor record; a volume that another device keeps from its port takes the next', async () => {
  const vm = await bareVm()
  const before = await qemuDisks(vm.qmp)
  const missing = { type: 'qemu-nbd', file: '/nowhere/disk.img' } as const
  expect(await failureOf(vm.volumes.attach({ id: 'v', serve: missing }))).toMatchObject({
    code: 'VOLUME_BACKEND',
    details: { vm: vm.id, volume: 'v' },
  })
  expect(
    await failureOf(vm.volumes.attach({ id: 'v', serve: { type: 'nbdkit', plugin: 'no such' } })),
  ).toMatchObject({ code: 'VOLUME_BACKEND' })
  await vm.qmp.execute('device_add', {
    driver: 'virtio-rng-pci',
    id: 'alien',
    bus: 'hotplug1',
    addr: '0',
  } as never)
  const serve = { type: 'qemu-nbd', file: blankFile() } as const
  expect(await failureOf(vm.volumes.attach({ id: 'v', bus: 'hotplug1', serve }))).toMatchObject({
    code: 'VOLUME_PORT_OCCUPIED',
  })
  expect(recorded(vm)).toEqual([])
  expect(remains()).toEqual([])
  expect(await qemuDisks(vm.qmp)).toEqual({ ...before, devices: [...before.devices, 'alien'].sort() })
  expect(await vm.volumes.attach({ id: 'v', serve })).toMatchObject({ port: 'hotplug2' })
  expect(await servers()).toHaveLength(1)
  // A VM that is killed takes its servers along.
  await vm.kill()
  expect(remains()).toEqual([])
})

test('a lost server is replaced: by the same call again, in whatever process, or by another server at its address', async () => {
  const vm = await bareVm()
  const serve = { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } } as const
  await vm.volumes.attach({ id: 'v', serve })
  const lose = async () => {
    const lost = new Promise((resolve) => vm.on('SERVER_LOST', resolve))
    await vi.waitFor(() => read(vm, 'v'), { timeout: 60_000 })
    process.kill(await pidOf('v'), 'SIGKILL')
    await lost
  }
  await lose()
  expect(await vm.volumes.attach({ id: 'v', serve })).toMatchObject({ state: 'attached' })
  expect(await servers()).toMatchObject([{ state: 'running' }])
  await lose()
  const file = join(testDirectory(), `${freshName('v')}.json`)
  writeFileSync(file, JSON.stringify({ id: 'v', serve }))
  expect(await cli(['--state-dir', stateDir, 'attach', vm.id, file])).toMatchObject({ code: 0 })
  // Its maker has left: the owner watches it.
  await expect.poll(servers).toMatchObject([{ state: 'running', watched: true }])
  await lose()
  const socket = join(folder(), `${vm.id}+v.sock`)
  const other = await startServer({ ...serve, socket }, { stateDir: testDirectory(freshName('e')) })
  await vm.volumes.attach({ id: 'v', serve }, { server: other })
  await vi.waitFor(() => read(vm, 'v'), { timeout: 60_000 })
  expect(await servers()).toEqual([])
  await vm.volumes.detach('v')
  expect(isRunning(other.pid)).toBe(false)
  expect(remains()).toEqual([])
})

test('who dies while a server starts leaves it on record: the next owner of its VM ends it, and kill does', async () => {
  const vm = await bareVm()
  await vm.detach()
  const script = join(testDirectory(), freshName('sh'))
  // It never answers, and says that it has begun.
  writeFileSync(script, `#!/bin/sh\necho begun; exec sleep 300\n`, { mode: 0o755 })
  const program = `
    import { reattachVm } from 'qemu-launch'
    const vm = await reattachVm(name, { stateDir })
    const serve = { type: 'qemu-nbd', file, binary: script }
    await vm.volumes.attach({ id: 'v', serve }).catch(() => {})
  `
  const dieInStart = async () => {
    const child = startElsewhere(program, { stateDir, name: vm.id, file: blankFile(), script }, 'inherit')
    const server = () => attachmentsOf(vm.paths).find(({ phase }) => phase !== 'ended')?.server
    const log = () => readFileSync(join(server()?.directory ?? '', 'server.log'), 'utf8')
    await vi.waitFor(() => expect(log()).toContain('begun'), { timeout: 60_000 })
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    expect(await servers()).toMatchObject([{ state: 'unfinished', servedTo: { vm: vm.id, volume: 'v' } }])
    return pidOf('v')
  }
  const first = await dieInStart()
  const again = await reattachVm(vm.id, { stateDir })
  expect(isRunning(first)).toBe(false)
  expect(remains()).toEqual([])
  expect(recorded(again)).toEqual([])
  await again.detach()
  const second = await dieInStart()
  expect(await kill(vm.id)).toMatchObject({ code: 0 })
  expect(isRunning(second)).toBe(false)
  expect(remains()).toEqual([])
})

/** A VM whose root disk and data volume are served. */
function servedConfig(restart = false): VmConfigInput {
  const root = { type: 'qemu-nbd', file: blankFile(), restart } as const
  const data = { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() }, restart } as const
  return bareConfig({
    drives: [],
    volumes: [
      { id: 'vol-root', role: 'boot', serve: root },
      { id: 'vol-data', role: 'data', serve: data },
    ],
  })
}

test('the servers of a config start before QEMU at addresses that render knows, are adopted, and end with the VM', async () => {
  const config = servedConfig(true)
  const socket = (id: string) => join(folder(), `${config.name}+${id}.sock`)
  const words = renderArgv(config, { stateDir }).join('\n')
  expect(words).toContain(`file=nbd:unix:${socket('vol-root')}`)
  expect(words).toContain(`"path":"${socket('vol-data')}"`)
  const vm = await startVm(config, { stateDir })
  onTestFinished(async () => void (await kill(vm.id)))
  const argv: string[] = JSON.parse(readFileSync(vm.paths.state, 'utf8')).argv
  expect(argv.join('\n')).toContain(`file=nbd:unix:${socket('vol-root')}`)
  expect(await vm.volumes.list()).toMatchObject([
    { id: 'vol-root', drive: 'os', uri: `nbd:unix:${socket('vol-root')}` },
    { id: 'vol-data', uri: `nbd:unix:${socket('vol-data')}` },
  ])
  const running = { state: 'running', watched: true, connected: true }
  expect(await servers()).toMatchObject([running, running])
  await vm.detach()
  expect(await servers()).toMatchObject([
    { state: 'running', watched: false },
    { state: 'running', watched: false },
  ])
  const events: VmEvent[] = []
  const again = await reattachVm(vm.id, { stateDir, onEvent: (event) => events.push(event) })
  expect(await servers()).toMatchObject([running, running])
  process.kill(await pidOf('vol-root'), 'SIGKILL')
  const back = expect.objectContaining({
    event: 'SERVER_RESTARTED',
    data: expect.objectContaining({ id: 'vol-root' }),
  })
  await vi.waitFor(() => expect(events).toContainEqual(back), { timeout: 60_000 })
  await again.shutdown({ timeoutMs: 100 })
  expect(remains()).toEqual([])
  expect(await listVms({ stateDir })).toEqual([])
})

test('a launch that fails, at its servers or after them, leaves no server', async () => {
  const config = servedConfig()
  const broken = { type: 'nbdkit', plugin: 'file', parameters: { file: '/nowhere' } } as const
  const [root] = config.volumes ?? []
  const launch = (change: Partial<VmConfigInput>) =>
    failureOf(launchVm({ ...config, ...change }, { stateDir }))
  const volumes = root && [root, { id: 'vol-data', role: 'data' as const, serve: broken }]
  expect(await launch({ volumes })).toMatchObject({
    code: 'VM_LAUNCH',
    message: expect.stringContaining('nbdkit file did not start'),
  })
  expect(remains()).toEqual([])
  expect(await launch({ extraArgs: ['-device', 'no-such-device'] })).toMatchObject({ code: 'VM_LAUNCH' })
  expect(remains()).toEqual([])
  expect(await listVms({ stateDir })).toEqual([])
})

test('a disk that the VM started with gets another server when it has lost its own, and no other one', async () => {
  const config = servedConfig()
  const vm = await startVm(config, { stateDir, paused: true })
  onTestFinished(async () => void (await kill(vm.id)))
  const [root] = config.volumes ?? []
  const serve = root?.serve
  if (serve === undefined) throw new Error('not served')
  const pid = await pidOf('vol-root')
  const disk = { id: 'vol-root', drive: 'os', state: 'boot' }
  expect(await vm.volumes.attach({ id: 'vol-root', serve })).toMatchObject(disk)
  expect(await pidOf('vol-root')).toBe(pid)
  const other = { type: 'qemu-nbd', file: blankFile() } as const
  expect(await failureOf(vm.volumes.attach({ id: 'vol-root', serve: other }))).toMatchObject({
    code: 'VOLUME_EXISTS',
  })
  const file = join(testDirectory(), `${freshName('v')}.json`)
  writeFileSync(file, JSON.stringify({ id: 'vol-root', serve }))
  for (const by of ['owner', 'command']) {
    const lost = new Promise((resolve) => vm.on('SERVER_LOST', resolve))
    process.kill(await pidOf('vol-root'), 'SIGKILL')
    await lost
    if (by === 'owner') await vm.volumes.attach({ id: 'vol-root', serve })
    else expect(await cli(['--state-dir', stateDir, 'attach', vm.id, file])).toMatchObject({ code: 0 })
    await vi.waitFor(() => read(vm, 'vol-root', 'os'), { timeout: 60_000 })
    await vi.waitFor(
      async () => expect((await servers()).map(({ watched }) => watched)).toEqual([true, true]),
      {
        timeout: 60_000,
      },
    )
  }
  await vm.kill()
  expect(remains()).toEqual([])
})

test('a VM that comes back has the servers that outlived its crash, and new ones for those that did not', async () => {
  const config = servedConfig()
  const events: string[] = []
  const keep = () =>
    keepRunning(config, {
      ...{ stateDir, restart: { backoff: { initialMs: 1 } } },
      onEvent: ({ event }) => events.push(event),
    })
  await (await keep()).leave()
  const supervisor = await keep()
  expect(supervisor.origin).toBe('reattached')
  // The form in which a server is on record is no difference.
  expect(events).not.toContain('VM_CONFIG_DIFFERS')
  onTestFinished(async () => void (await supervisor.stop({ timeoutMs: 100 })))
  const crash = async () => {
    const restarted = new Promise((resolve) => supervisor.on('VM_RESTARTED', resolve))
    process.kill(supervisor.current.pid, 'SIGKILL')
    await restarted
  }
  const pids = [await pidOf('vol-root'), await pidOf('vol-data')]
  await crash()
  expect([await pidOf('vol-root'), await pidOf('vol-data')]).toEqual(pids)
  for (const volume of ['vol-root', 'vol-data']) {
    const lost = new Promise((resolve) => supervisor.on('SERVER_LOST', resolve))
    process.kill(await pidOf(volume), 'SIGKILL')
    await lost
  }
  await crash()
  expect(await servers()).toMatchObject([{ state: 'running' }, { state: 'running' }])
  const next = [await pidOf('vol-root'), await pidOf('vol-data')]
  expect(next.filter((pid) => pids.includes(pid))).toEqual([])
  expect(await supervisor.current.volumes.list()).toMatchObject([{ id: 'vol-root' }, { id: 'vol-data' }])
  await supervisor.stop({ timeoutMs: 100 })
  expect(remains()).toEqual([])
})

test('a QEMU of another user reaches the servers of its VM, at its start, live and after a loss, and nobody else does', async () => {
  const isRoot = process.getuid?.() === 0
  const config = { ...servedConfig(true), process: { user: 'nobody' } }
  if (!isRoot) {
    expect(await failureOf(launchVm(config, { stateDir }))).toMatchObject({ code: 'VM_LAUNCH' })
    return
  }
  for (let path = stateDir; path !== '/tmp'; path = dirname(path)) chmodSync(path, 0o711)
  chmodSync(stateDir, 0o700)
  const vm = await startVm(config, { stateDir, paused: true })
  onTestFinished(async () => void (await kill(vm.id)))
  const nobody = execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).trim()
  expect(readFileSync(`/proc/${vm.pid}/status`, 'utf8')).toMatch(new RegExp(`^Uid:\t${nobody}\t`, 'm'))
  const serve = { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() }, restart: true } as const
  await vm.volumes.attach({ id: 'live', serve })
  const { restart: _, ...plain } = serve
  const own = await startServer({ ...plain, socketUser: 'nobody' }, { stateDir: folder() })
  await vm.volumes.attach({ id: 'own', uri: own.uri }, { server: own })
  await read(vm, 'own')
  for (const [volume, node] of [['vol-root', 'os'], ['vol-data'], ['live']] as const) {
    await read(vm, volume, node)
    const back = new Promise((resolve) => vm.on('SERVER_RESTARTED', resolve))
    process.kill(await pidOf(volume), 'SIGKILL')
    await back
    await vi.waitFor(() => read(vm, volume, node), { timeout: 60_000 })
  }
  // Its group only: neither the directories nor the sockets are open to others.
  const connect = (uid: string, gid: string) =>
    spawnSync('setpriv', [
      ...[`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', 'nbdinfo', '--size'],
      `nbd+unix:///?socket=${join(folder(), `${vm.id}+live.sock`)}`,
    ]).status
  expect(connect('65534', '65534')).toBe(0)
  expect(connect('1234', '1234')).not.toBe(0)
  expect(statSync(stateDir).mode & 0o777).toBe(0o711)
  expect(statSync(join(stateDir, '.locks')).mode & 0o777).toBe(0o700)

  // A directory that others cannot pass is named.
  const closed = testDirectory(freshName('s'))
  const hidden = join(closed, 'hidden')
  mkdirSync(hidden, { mode: 0o700 })
  const failure = await failureOf(
    launchVm({ ...config, name: freshName('b') }, { stateDir: join(hidden, 's') }),
  )
  expect(failure).toMatchObject({
    code: 'VM_LAUNCH',
    message: expect.stringContaining(`${closed} lets no other user`),
  })
})

test('a server that handles fewer requests than QEMU sends, or has not got its cache, is told', async () => {
  const plugin = join(testDirectory(), freshName('plugin'))
  const lines = ['#!/bin/sh', 'case $1 in', 'get_size) echo 1M ;;', 'config) exit 0 ;;']
  writeFileSync(plugin, [...lines, 'pread) head -c $3 /dev/zero ;;', '*) exit 2 ;;', 'esac', ''].join('\n'), {
    mode: 0o755,
  })
  // It loses the parameter on the way, as a script between may.
  const forgetful = join(testDirectory(), freshName('nbdkit'))
  const dropping = 'for word do shift; case $word in cache_size=*) ;; *) set -- "$@" "$word" ;; esac; done'
  writeFileSync(forgetful, `#!/bin/sh\n${dropping}\nexec nbdkit "$@"\n`, { mode: 0o755 })
  const warnings: string[] = []
  const cachePolicy = { parameter: 'cache_size' }
  const sized = {
    type: 'nbdkit',
    plugin: 'sh',
    parameters: { script: plugin },
    cachePolicy,
    readOnly: true,
  } as const
  const file = { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } } as const
  const vm = await startVm(
    bareConfig({ volumes: [{ id: 'sized', role: 'data', readOnly: true, serve: sized }] }),
    { stateDir, paused: true, onWarning: (text) => warnings.push(text) },
  )
  onTestFinished(async () => void (await kill(vm.id)))
  const one = 'handles one request of a connection at once'
  expect(warnings.filter((text) => text.startsWith('volume '))).toEqual([
    expect.stringContaining(`volume sized: its server ${one}`),
  ])
  const words = readFileSync(`/proc/${await pidOf('sized')}/cmdline`, 'utf8').split('\0')
  expect(words).toContain('cache_size=32768')
  const told: string[] = []
  vm.on('SERVER_LIMITED', ({ data }) => told.push(`${data.id}: ${data.message}`))
  await vm.volumes.attach({ id: 'plain', serve: file })
  await vm.volumes.attach({ id: 'image', serve: { type: 'qemu-nbd', file: blankFile() } })
  expect(told).toEqual([])
  await vm.volumes.attach({ id: 'few', serve: { ...file, threads: 4 } })
  await vm.volumes.attach({ id: 'lost', readOnly: true, serve: { ...sized, binary: forgetful } })
  expect(told).toEqual([
    expect.stringContaining('few: its server handles 4 requests'),
    expect.stringContaining(`lost: its server ${one}`),
    expect.stringContaining('cache_size=32768 for its cache, and it has none'),
  ])
})

const rounds = process.env.QEMU_LAUNCH_LONG === '1' ? 15 : 3

/** Attaches a served volume, or launches a VM with one, and stays. */
const makers = {
  attach: `
    import { reattachVm } from 'qemu-launch'
    const vm = await reattachVm(name, { stateDir })
    console.log('now')
    await vm.volumes.attach({ id: 'v', serve })
    await new Promise(() => setInterval(() => {}, 1000))
  `,
  launch: `
    import { launchVm } from 'qemu-launch'
    console.log('now')
    await launchVm({ ...config, volumes: [{ id: 'v', role: 'boot', serve }] }, { stateDir, paused: true })
    await new Promise(() => setInterval(() => {}, 1000))
  `,
}

test.each(['attach', 'launch'] as const)(
  'whenever who calls %s dies, each server that lives is on the record of its VM, and ends with that',
  async (kind) => {
    const serve = { type: 'nbdkit', plugin: 'file', parameters: { file: blankFile() } }
    for (let round = 0; round < rounds; round++) {
      const { drives, ...config } = bareConfig()
      if (kind === 'attach') await (await startVm({ ...config, drives }, { stateDir, paused: true })).detach()
      const { name } = config
      const maker = startElsewhere(makers[kind], { stateDir, name, config, serve }, 'pipe')
      await new Promise((resolve) => maker.stdout?.once('data', resolve))
      await sleep((400 * round) / (rounds - 1))
      const ended = once(maker, 'exit')
      maker.kill('SIGKILL')
      await ended
      const living = (await servers()).filter(({ pid }) => pid !== undefined)
      const state = join(stateDir, name, 'state.json')
      const text = existsSync(state) ? readFileSync(state, 'utf8') : ''
      expect(living.filter(({ directory }) => !text.includes(directory))).toEqual([])
      await killVm(name, { stateDir })
      expect((await servers()).filter(({ pid }) => pid !== undefined)).toEqual([])
    }
  },
)

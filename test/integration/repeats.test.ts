import { createServer } from 'node:net'
import { join } from 'node:path'
import { inspectVm, killVm, reattachVm, type Vm, type VmEvent, type VmVisitor } from 'qemu-launch'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { oneClientDisk } from '../support/one-client.ts'
import {
  bareConfig,
  blankFile,
  failureOf,
  freshName,
  qemuDisks,
  recorded,
  startDisk,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()
let vm: Vm | VmVisitor

beforeEach(async () => {
  // A machine that has not begun lets go at once when it is asked.
  vm = await startVm(bareConfig(), { paused: true })
})

afterEach(async () => {
  if (vm.state !== 'exited') await vm.kill()
})

const file = () => ({ uri: blankFile(), format: 'raw' as const })

/** The guest lets go by itself: nobody asked the library. */
async function eject(id: string): Promise<void> {
  const deleted = vm.qmp.waitFor('DEVICE_DELETED', ({ data }) => data.device === `vdisk-${id}`)
  await vm.qmp.execute('device_del', { id: `vdisk-${id}` })
  await vm.reset()
  await deleted
}

const addExport = async (node: string) => {
  const path = join(testDirectory(), `${freshName('x')}.sock`)
  await vm.qmp.execute('nbd-server-start', { addr: { type: 'unix', data: { path } } })
  await vm.qmp.execute('block-export-add', { type: 'nbd', id: 'x', 'node-name': node })
}

describe('an attach is repeated', () => {
  test('while QEMU has the only place its server has', async () => {
    const { start, uri } = oneClientDisk()
    await start()
    const first = await vm.volumes.attach({ id: 'v', uri })
    expect(await vm.volumes.attach({ id: 'v', uri })).toEqual(first)
    expect(await vm.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
  })

  test('in another spelling of its address', async () => {
    const { address, uri } = await startDisk()
    const first = await vm.volumes.attach({ id: 'v', uri })
    const path = address.type === 'unix' ? address.path : ''
    expect(await vm.volumes.attach({ id: 'v', uri: `nbd+unix:///?socket=${path}` })).toEqual(first)
    const other = `nbd:unix:${path}:exportname=other`
    expect(await failureOf(vm.volumes.attach({ id: 'v', uri: other }))).toMatchObject({
      code: 'VOLUME_EXISTS',
    })
  })

  test('while its server is gone', async () => {
    const server = await startDisk()
    const first = await vm.volumes.attach({ id: 'v', uri: server.uri })
    await server.stop()
    expect(await vm.volumes.attach({ id: 'v', uri: server.uri })).toEqual(first)
  })

  test('after the guest let go of it: it is attached anew', async () => {
    const volume = { id: 'v', ...file() }
    await vm.volumes.attach(volume)
    await addExport('nbd-v')
    await eject('v')
    // The export holds the node, so the volume cannot be ended.
    expect(await failureOf(vm.volumes.attach(volume))).toMatchObject({
      code: 'VOLUME_DETACH_FAILED',
      details: { vm: vm.id, volume: 'v' },
    })
    expect(await vm.volumes.list()).toContainEqual(expect.objectContaining({ id: 'v', state: 'missing' }))
    await vm.qmp.execute('block-export-del', { id: 'x' })
    expect(await vm.volumes.attach(volume)).toMatchObject({ state: 'attached' })
    expect((await qemuDisks(vm.qmp)).devices).toContain('vdisk-v')
  })
})

test('a detach that was pending, and has ended since, is done for the one who repeats it', async () => {
  await vm.resume()
  await vm.volumes.attach({ id: 'v', ...file() })
  // Its firmware finds no system, and hears nothing.
  expect(await vm.volumes.detach('v', { waitMs: 50 })).toEqual({ outcome: 'pending', id: 'v' })
  const ended = vm.events()
  await vm.reset()
  for await (const { event } of ended) if (event === 'VOLUME_DETACHED') break
  expect(await vm.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v' })
  expect(await failureOf(vm.volumes.detach('v'))).toMatchObject({ code: 'VOLUME_NOT_FOUND' })
})

test('a forced detach that was pending, and has ended since, tells its repeat that the volume was cut off', async () => {
  await using server = await startDisk()
  await vm.resume()
  await vm.volumes.attach({ id: 'v', uri: server.uri })
  const pending = { outcome: 'pending', id: 'v', severed: true }
  expect(await vm.volumes.detach('v', { force: true, waitMs: 50 })).toEqual(pending)
  expect(await vm.volumes.detach('v', { waitMs: 50 })).toEqual(pending)
  const ended = vm.events()
  await vm.reset()
  for await (const { event } of ended) if (event === 'VOLUME_DETACHED') break
  expect(await vm.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v', severed: true })
})

describe('a detach that ends before the guest is asked leaves the volume attached', () => {
  test('by abort', async () => {
    await vm.volumes.attach({ id: 'v', ...file() })
    const failure = await failureOf(vm.volumes.detach('v', { signal: AbortSignal.abort() }))
    expect(failure).toMatchObject({ code: 'VOLUME_ABORTED', details: { vm: vm.id, volume: 'v' } })
    expect(recorded(vm)).toEqual([['v', 'attached']])
  })

  test('by what the caller does at the step', async () => {
    await vm.volumes.attach({ id: 'v', ...file() })
    const stop = () => {
      throw new Error('not now')
    }
    await failureOf(vm.volumes.detach('v', { onStep: stop }))
    expect(recorded(vm)).toEqual([['v', 'attached']])
  })

  test('by a migration', async () => {
    await vm.resume()
    await vm.volumes.attach({ id: 'v', ...file() })
    const path = join(testDirectory(), `${freshName('m')}.sock`)
    const sink = createServer((socket) => socket.on('error', () => {}).resume()).listen(path)
    onTestFinished(() => void sink.close())
    await vm.qmp.execute('migrate-set-parameters', { 'max-bandwidth': 20_000 })
    await vm.qmp.execute('migrate', { uri: `unix:${path}` })
    expect(await failureOf(vm.volumes.detach('v', { waitMs: 700 }))).toMatchObject({
      code: 'VOLUME_DETACH_FAILED',
      message: expect.stringMatching(/migrating/),
    })
    expect(recorded(vm)).toEqual([['v', 'attached']])
    await vm.kill()
  })
})

test('a volume that QEMU holds on to does not keep the VM from being taken up, and is ended when it lets go', async () => {
  await vm.volumes.attach({ id: 'v', ...file() })
  await vm.volumes.attach({ id: 'w', ...file() })
  await addExport('nbd-v')
  await vm.detach()
  const other = await reattachVm(vm.id, { stateDir, owner: false })
  vm = other
  await eject('v')
  await other.detach()
  const told: string[] = []
  const onEvent = ({ event, data }: VmEvent) => told.push(`${event} ${'id' in data ? data.id : ''}`)
  vm = await reattachVm(vm.id, { stateDir, onEvent })
  expect(recorded(vm).map(([id]) => id)).toEqual(['v', 'w'])
  expect(told).toContain('VOLUME_LEFT_BEHIND v')
  const events = vm.events()
  await vm.qmp.execute('block-export-del', { id: 'x' })
  for await (const { event, data } of events) if (event === 'VOLUME_EJECTED' && data.id === 'v') break
  expect(recorded(vm)).toEqual([['w', 'attached']])
  expect((await qemuDisks(vm.qmp)).nodes).not.toContain('nbd-v')
})

test('a kill that is aborted ends the VM all the same', async () => {
  const { id } = vm
  const details = { vm: id }
  const early = killVm(id, { stateDir, signal: AbortSignal.abort() })
  expect(await failureOf(early)).toMatchObject({ code: 'VM_ABORTED', details })
  expect(await inspectVm(id, { stateDir })).toMatchObject({ state: 'alive' })
  const waiting = new AbortController()
  const killing = killVm(id, { stateDir, signal: waiting.signal })
  waiting.abort()
  expect(await failureOf(killing)).toMatchObject({ code: 'VM_ABORTED', details })
  expect(await vm.exited).toMatchObject({ reason: 'killed' })
})

test('two detaches of one volume, of two processes, leave one alone that is attached anew meanwhile', async () => {
  const visitor = await reattachVm(vm.id, { stateDir, owner: false })
  const volume = { id: 'v', ...file() }
  for (let round = 0; round < 12; round++) {
    await vm.volumes.attach(volume)
    const detaches = [vm, visitor].map((each) => each.volumes.detach('v'))
    const again = Promise.any(detaches).then(() => vm.volumes.attach(volume))
    for (const end of await Promise.allSettled(detaches)) {
      const told = end.status === 'fulfilled' ? end.value.outcome : end.reason.code
      expect(['detached', 'VOLUME_NOT_FOUND']).toContain(told)
    }
    await again.catch((error: { code: string }) => expect(error.code).toBe('VOLUME_EXISTS'))
    await vm.volumes.detach('v').catch(() => {})
    expect(recorded(vm)).toEqual([])
  }
  await visitor.detach()
})

test('a volume whose server answers again is ended, however many others have left meanwhile', async () => {
  const server = await startDisk()
  onTestFinished(() => server.stop())
  await vm.volumes.attach({ id: 'v', uri: server.uri })
  await vm.volumes.detach('v')
  await vm.volumes.attach({ id: 'v', uri: server.uri })
  process.kill(server.pid, 'SIGSTOP')
  expect(await vm.volumes.detach('v')).toMatchObject({ outcome: 'pending', waitsFor: 'server' })
  const uri = blankFile()
  // As many as are remembered, and more.
  for (let first = 0; first < 260; first += 10) {
    const ids = Array.from({ length: 10 }, (_, index) => `w${first + index}`)
    await Promise.all(ids.map((id) => vm.volumes.attach({ id, uri, readOnly: true })))
    await Promise.all(ids.map((id) => vm.volumes.detach(id)))
  }
  const ended = vm.events({ names: ['VOLUME_DETACHED'], signal: AbortSignal.timeout(60_000) })
  process.kill(server.pid, 'SIGCONT')
  expect(await ended.next()).toMatchObject({ value: { data: { id: 'v' } } })
  expect(recorded(vm)).toEqual([])
})

test('a volume that is attached to be written is not said to be attached to be read', async () => {
  const uri = blankFile()
  await vm.volumes.attach({ id: 'v', uri })
  expect(await failureOf(vm.volumes.attach({ id: 'v', uri, readOnly: true }))).toMatchObject({
    code: 'VOLUME_EXISTS',
    message: /is attached already, with readOnly: false/,
  })
})

test('a device of others at the first free port is no reason not to attach', async () => {
  await vm.qmp.execute('device_add', {
    driver: 'virtio-rng-pci',
    id: 'other',
    bus: 'hotplug1',
    addr: '0x0',
  })
  expect(await vm.volumes.attach({ id: 'v', ...file() })).toMatchObject({ port: 'hotplug2' })
  const named = { id: 'w', ...file(), bus: 'hotplug1' }
  for (const preset of ['safe', 'hive'] as const) {
    expect(await failureOf(vm.volumes.attach(named, { preset }))).toMatchObject({
      code: 'VOLUME_PORT_OCCUPIED',
      details: { vm: vm.id, volume: 'w' },
    })
  }
  expect(recorded(vm)).toEqual([['v', 'attached']])
})

test('a volume does not get the serial number of another one unasked', async () => {
  await vm.volumes.attach({ id: 'data-1', ...file() })
  expect(await failureOf(vm.volumes.attach({ id: 'data1', ...file() }))).toMatchObject({
    code: 'VOLUME_EXISTS',
    message: expect.stringMatching(/serial number data1, which disk data-1 has/),
  })
  expect(await vm.volumes.attach({ id: 'data1', ...file(), serial: 'other' })).toMatchObject({
    serial: 'other',
  })
})

test('a server that hangs does not stop QEMU at a change of its volume', async () => {
  const server = await startDisk()
  onTestFinished(() => void process.kill(server.pid, 'SIGKILL'))
  await vm.volumes.attach({ id: 'v', uri: server.uri })
  process.kill(server.pid, 'SIGSTOP')
  const resize = () => vm.volumes.resize('v', 32 * 1024 * 1024)
  for (const change of [resize, () => vm.volumes.throttle('v', {})])
    expect(await failureOf(change())).toMatchObject({ code: 'VOLUME_BACKEND', details: { vm: vm.id } })
  await vm.qmp.execute('query-status', undefined, { timeoutMs: 10_000 })
})

test('a QEMU that does not answer is waited for as long as was said', async () => {
  await vm.volumes.attach({ id: 'v', ...file() })
  process.kill(vm.pid, 'SIGSTOP')
  const { volumes } = vm
  const limits = { timeoutMs: 200 }
  const asked = [
    volumes.list(limits),
    volumes.metrics(limits),
    volumes.throttle('v', {}, limits),
    volumes.resize('v', 2 * 1024 * 1024, limits),
  ]
  for (const each of asked) expect(await failureOf(each)).toMatchObject({ code: 'QMP_TIMEOUT' })
  const signal = AbortSignal.timeout(200)
  expect(await failureOf(volumes.list({ signal }))).toMatchObject({ code: 'QMP_ABORTED' })
  expect(await failureOf(volumes.detach('v', { signal }))).toMatchObject({ code: 'VOLUME_ABORTED' })
  process.kill(vm.pid, 'SIGCONT')
})

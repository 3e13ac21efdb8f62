import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type QmpCommand, reattachVm, type Vm } from 'qemu-launch'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { attachmentLock } from '../../src/vm/record/ownership.ts'
import { NastyNbd } from '../support/nasty-nbd.ts'
import { bareConfig, latch, qemuDisks, recorded, startDisk, startVm } from '../support/vm.ts'

let vm: Vm
let empty: Awaited<ReturnType<typeof qemuDisks>>

// One that has not begun lets go of its disks without a guest.
beforeEach(async () => {
  vm = await startVm(bareConfig(), { paused: true })
  empty = await qemuDisks(vm.qmp)
})

afterEach(async () => {
  await vm.kill()
})

async function disk() {
  const server = await startDisk()
  onTestFinished(() => server.stop())
  return server
}

/** Holds a plan before a command until told to go on. */
function holdAt(step: string) {
  const reached = latch()
  const goOn = latch()
  const onStep = async ({ execute }: QmpCommand) => {
    if (execute !== step) return
    reached.open()
    await goOn.opened
  }
  return { reached: reached.opened, goOn: goOn.open, onStep }
}

test('an attach that takes long does not hold up that of another volume, whose port is another one', async () => {
  const [slow, quick] = [await disk(), await disk()]
  const hold = holdAt('blockdev-add')
  const first = vm.volumes.attach({ id: 'slow', uri: slow.uri }, { onStep: hold.onStep })
  await hold.reached
  expect(await vm.volumes.attach({ id: 'quick', uri: quick.uri })).toMatchObject({ port: 'hotplug2' })
  expect(recorded(vm)).toEqual([
    ['slow', 'attaching'],
    ['quick', 'attached'],
  ])
  await expect(vm.volumes.attach({ id: 'third', uri: quick.uri, bus: 'hotplug1' })).rejects.toMatchObject({
    code: 'VOLUME_PORT_OCCUPIED',
    details: { occupant: 'slow' },
  })
  hold.goOn()
  expect(await first).toMatchObject({ port: 'hotplug1', state: 'attached' })
})

test('an attach asks its server while it waits for its turn, and asks again when that was long ago', async () => {
  const server = await new NastyNbd().listen()
  const steps: string[] = []
  const turn = await attachmentLock(vm.paths, 'volume', 'v')
  const late = vm.volumes.attach(
    { id: 'v', uri: server.uri },
    { onStep: (step) => void steps.push(step.execute) },
  )
  await expect.poll(() => server.counts.connections).toBe(1)
  // Longer than what was found holds.
  await sleep(1_500)
  await server.leave()
  turn[Symbol.dispose]()
  await expect(late).rejects.toMatchObject({ code: 'VOLUME_BACKEND' })
  expect(steps).toEqual([])
  expect(recorded(vm)).toEqual([])
})

test('attaches that wait for a silent server hold no port', async () => {
  const asked = latch()
  const silent = createServer(asked.open)
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void silent.close())
  const { port } = silent.address() as AddressInfo
  const over = new AbortController()
  const waiting = Array.from({ length: 11 }, (_, index) =>
    vm.volumes.attach({ id: `w${index}`, uri: `nbd://127.0.0.1:${port}` }, { signal: over.signal }),
  )
  await asked.opened
  const server = await disk()
  expect(await vm.volumes.attach({ id: 'v', uri: server.uri })).toMatchObject({ port: 'hotplug1' })
  over.abort()
  for (const { status } of await Promise.allSettled(waiting)) expect(status).toBe('rejected')
  expect(recorded(vm)).toEqual([['v', 'attached']])
})

test('a second attach of the same volume waits for the first, in this process and in another', async () => {
  const server = await disk()
  const visitor = await reattachVm(vm.id, { stateDir: dirname(vm.paths.dir), owner: false })
  const hold = holdAt('device_add')
  const first = vm.volumes.attach({ id: 'v', uri: server.uri }, { onStep: hold.onStep })
  await hold.reached
  let others = 0
  const counted = (attach: Promise<unknown>) => attach.finally(() => others++)
  const again = counted(vm.volumes.attach({ id: 'v', uri: server.uri }))
  const elsewhere = counted(visitor.volumes.attach({ id: 'v', uri: server.uri }))
  await vm.qmp.execute('query-status')
  expect(others).toBe(0)
  hold.goOn()
  expect(await again).toEqual(await first)
  expect(await elsewhere).toEqual(await first)
  expect((await qemuDisks(vm.qmp)).nodes).toHaveLength(empty.nodes.length + 1)
  await visitor.detach()
})

test('a detach of a volume that is being attached waits, and then takes it away', async () => {
  const server = await disk()
  const hold = holdAt('device_add')
  const attach = vm.volumes.attach({ id: 'v', uri: server.uri }, { onStep: hold.onStep })
  await hold.reached
  const detach = vm.volumes.detach('v')
  hold.goOn()
  expect(await attach).toMatchObject({ state: 'attached' })
  expect(await detach).toEqual({ outcome: 'detached', id: 'v' })
  expect(await qemuDisks(vm.qmp)).toEqual(empty)
  expect(recorded(vm)).toEqual([])
})

test('when attaches overlap, a failing attach takes back only what is its own', async () => {
  const server = await disk()
  const hold = holdAt('device_add')
  const failing = vm.volumes
    .attach(
      { id: 'bad', uri: server.uri },
      {
        onStep: async (command) => {
          await hold.onStep(command)
          if (command.execute === 'device_add') throw new Error('no')
        },
      },
    )
    .catch((error: unknown) => error)
  await hold.reached
  const good = ['g1', 'g2', 'g3'].map((id) => vm.volumes.attach({ id, uri: server.uri }))
  await Promise.all(good)
  hold.goOn()
  expect(await failing).toMatchObject({ code: 'VOLUME_ATTACH_FAILED', clean: true })
  expect(recorded(vm).sort()).toEqual(good.map((_, index) => [`g${index + 1}`, 'attached']))
  expect(await vm.volumes.attach({ id: 'bad', uri: server.uri })).toMatchObject({ port: 'hotplug1' })
})

test('a detach by a visitor is told of by the owner too, which ends the server it holds', async () => {
  const server = await startDisk()
  await vm.volumes.attach({ id: 'v', uri: server.uri }, { server })
  const told = vm.events({ names: ['VOLUME_DETACHED'], signal: AbortSignal.timeout(60_000) })
  const visitor = await reattachVm(vm.id, { stateDir: dirname(vm.paths.dir), owner: false })
  expect(await visitor.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
  expect(await told.next()).toMatchObject({ value: { data: { id: 'v' } } })
  await server.exited
  expect(recorded(vm)).toEqual([])
  await visitor.detach()
})

test('a volume that is let go of at the moment the waiting ends is not forgotten', async () => {
  const server = await disk()
  const outcomes: string[] = []
  for (let round = 0; round < 20; round++) {
    await vm.volumes.attach({ id: 'v', uri: server.uri })
    const told = vm.events({ names: ['VOLUME_DETACHED'], signal: AbortSignal.timeout(60_000) })
    outcomes.push((await vm.volumes.detach('v', { waitMs: 0 })).outcome)
    expect(await told.next()).toMatchObject({ value: { data: { id: 'v' } } })
    await told.return()
    expect(recorded(vm)).toEqual([])
  }
  expect(outcomes).toContain('pending')
  expect(await qemuDisks(vm.qmp)).toEqual(empty)
})

test('a detach that a visitor is quicker with is told of by the owner all the same', async () => {
  const server = await startDisk()
  await vm.volumes.attach({ id: 'v', uri: server.uri }, { server })
  const told = vm.events({ names: ['VOLUME_DETACHED'], signal: AbortSignal.timeout(60_000) })
  const hold = holdAt('device_del')
  const detach = vm.volumes.detach('v', { onStep: hold.onStep })
  await hold.reached
  const visitor = await reattachVm(vm.id, { stateDir: dirname(vm.paths.dir), owner: false })
  expect(await visitor.volumes.detach('v')).toMatchObject({ outcome: 'detached' })
  await visitor.detach()
  hold.goOn()
  expect(await detach).toEqual({ outcome: 'detached', id: 'v' })
  expect(await told.next()).toMatchObject({ value: { data: { id: 'v' } } })
  await server.exited
})

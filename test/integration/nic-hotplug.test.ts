import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepRunning, type QmpEvent, reattachVm, type Vm } from 'qemu-launch'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { cli } from '../support/cli.ts'
import { boundaries, dying, type Moment, runElsewhere } from '../support/elsewhere.ts'
import { eventually } from '../support/qemu.ts'
import {
  attachmentsOf,
  bareConfig,
  blankFile,
  bootGuest,
  failureOf,
  freshName,
  recorded,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()

/** The cards and backends that QEMU has. */
async function cardsOf({ qmp }: Vm) {
  const devices = await qmp.execute('qom-list', { path: '/machine/peripheral' })
  const network = await qmp.execute('human-monitor-command', { 'command-line': 'info network' })
  return {
    devices: devices.map(({ name }) => name).filter((name) => name.startsWith('net')),
    backends: [
      ...new Set([...network.matchAll(/\b(net\w*): index=0,type=(?:user|nic)/g)].map(([, name]) => name)),
    ],
  }
}

const nothing = { devices: [], backends: [] }
const one = (id: string) => ({ devices: [id], backends: [id] })

test('a card comes into a running guest, which finds it by its address, and goes again', async () => {
  await using guest = await bootGuest()
  const { console, vm } = guest
  const told: QmpEvent[] = []
  vm.on('*', (event) => told.push(event))
  const links = () => console.check('ls /sys/class/net | wc -l')
  const before = await links()
  const card = await vm.nics.attach({ type: 'user', id: 'net1', mac: '52:54:00:00:00:11' })
  expect(card).toMatchObject({ id: 'net1', state: 'attached', port: 'hotplug1', mac: '52:54:00:00:00:11' })
  await eventually(async () =>
    expect(await console.check('cat /sys/class/net/*/address')).toContain('00:00:00:11'),
  )
  expect(await cardsOf(vm)).toEqual(one('net1'))
  expect(await vm.discrepancies()).toEqual([])
  // Ports are shared with volumes.
  expect(await vm.volumes.attach({ id: 'v', uri: blankFile() })).toMatchObject({ port: 'hotplug2' })
  // A repeat is no fault; anything else of this name is.
  expect(await vm.nics.attach({ type: 'user', id: 'net1' })).toMatchObject({ port: 'hotplug1' })
  const other = vm.nics.attach({ type: 'user', id: 'net1', model: 'e1000' })
  expect(await failureOf(other)).toMatchObject({ code: 'VM_DEVICE_EXISTS', details: { device: 'net1' } })
  const twin = vm.nics.attach({ type: 'user', id: 'net2', mac: '52:54:00:00:00:11' })
  expect(await failureOf(twin)).toMatchObject({ code: 'VM_DEVICE_EXISTS' })
  expect(await vm.nics.detach('net1')).toEqual({ outcome: 'detached', id: 'net1' })
  expect(await cardsOf(vm)).toEqual(nothing)
  expect(await links()).toBe(before)
  expect(await failureOf(vm.nics.detach('net1'))).toMatchObject({ code: 'VM_DEVICE_NOT_FOUND' })
  expect(told.map(({ event }) => event).filter((name) => name.startsWith('NIC_'))).toEqual([
    'NIC_ATTACHED',
    'NIC_DETACHED',
  ])
  // By another hand.
  await vm.nics.attach({ type: 'user', id: 'net3' })
  await eventually(async () => expect(await links()).not.toBe(before))
  await vm.qmp.execute('device_del', { id: 'net3' })
  await vi.waitFor(async () => expect(await cardsOf(vm)).toEqual(nothing), { timeout: 60_000 })
  const ejected = { event: 'NIC_EJECTED', data: { id: 'net3' } }
  await vi.waitFor(() => expect(told).toContainEqual(expect.objectContaining(ejected)), 60_000)
  expect(recorded(vm)).toEqual([['v', 'attached']])
})

test('what QEMU refuses is undone, what the VM started with stays, and a wrong card is told with every fault', async () => {
  const boot = { type: 'user', id: 'net0' } as const
  const vm = await startVm(bareConfig({ nics: [boot], hotplugPorts: 1 }), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const refused = vm.nics.attach({ type: 'user', id: 'net1', model: 'no-such-card' })
  expect(await failureOf(refused)).toMatchObject({
    code: 'VM_DEVICE_FAILED',
    details: { vm: vm.id, device: 'net1', step: 'device_add', leftovers: [] },
  })
  expect(await cardsOf(vm)).toEqual(one('net0'))
  expect(attachmentsOf(vm.paths)).toEqual([])
  expect(await failureOf(vm.nics.detach('net0'))).toMatchObject({ code: 'VM_DEVICE_NOT_REMOVABLE' })
  expect(await failureOf(vm.nics.attach(boot))).toMatchObject({ code: 'VM_DEVICE_EXISTS' })
  const wrong = vm.nics.attach({ type: 'tap', id: 'net1', bootIndex: 1 } as never)
  expect(await failureOf(wrong)).toMatchObject({
    code: 'VM_CONFIG',
    details: { faults: [{ path: 'ifname' }, { path: 'bootIndex' }] },
  })
  await vm.nics.attach({ type: 'user', id: 'net1', link: 'down', hostForwards: [] })
  expect(await failureOf(vm.nics.attach({ type: 'user', id: 'net2' }))).toMatchObject({
    code: 'VM_DEVICE_NO_PORT',
  })
  expect(await failureOf(vm.volumes.attach({ id: 'v', uri: blankFile() }))).toMatchObject({
    code: 'VOLUME_NO_PORT',
  })
  expect(await vm.nics.list()).toMatchObject([
    { id: 'net0', state: 'boot' },
    { id: 'net1', state: 'attached', port: 'hotplug1' },
  ])
})

test('a card that the guest does not let go of is pending; the late event ends it, and the first to repeat is told', async () => {
  const vm = await startVm(bareConfig())
  onTestFinished(async () => void (await vm.kill()))
  await vm.nics.attach({ type: 'user', id: 'net1' })
  const pending = { outcome: 'pending', id: 'net1' }
  expect(await vm.nics.detach('net1', { waitMs: 50 })).toEqual(pending)
  expect(await vm.nics.list()).toMatchObject([{ id: 'net1', state: 'detaching' }])
  expect(await failureOf(vm.nics.attach({ type: 'user', id: 'net1' }))).toMatchObject({
    code: 'VM_DEVICE_EXISTS',
  })
  await vm.reset()
  await vi.waitFor(async () => expect(await cardsOf(vm)).toEqual(nothing), { timeout: 60_000 })
  expect(await vm.nics.detach('net1')).toEqual({ outcome: 'detached', id: 'net1' })
  expect(await failureOf(vm.nics.detach('net1'))).toMatchObject({ code: 'VM_DEVICE_NOT_FOUND' })
})

test('a card is attached again when its VM is started again after a crash', async () => {
  const config = bareConfig()
  const supervisor = await keepRunning(config, { stateDir, restart: { backoff: { initialMs: 10 } } })
  onTestFinished(async () => void (await supervisor.stop({ timeoutMs: 0 })))
  const { current } = supervisor
  const { mac } = await current.nics.attach({ type: 'user', id: 'net1' })
  await current.nics.attach({ type: 'user', id: 'net2' })
  await current.nics.detach('net2', { waitMs: 10 })
  const again = supervisor.events({ names: ['VM_RESTARTED'], signal: AbortSignal.timeout(60_000) }).next()
  process.kill(current.pid, 'SIGKILL')
  await again
  expect(await supervisor.current.nics.list()).toMatchObject([
    { id: 'net1', state: 'attached', mac, port: 'hotplug1' },
  ])
  expect(await cardsOf(supervisor.current)).toEqual(one('net1'))
  expect(supervisor.current.state).toBe('running')
})

test('the command attaches a card by a file and detaches it by its id', async () => {
  const vm = await startVm(bareConfig(), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const file = join(testDirectory(), freshName('nic'))
  writeFileSync(file, JSON.stringify({ type: 'user', id: 'net1' }))
  const run = (...words: string[]) => cli(['--state-dir', stateDir, '--json', 'nic', ...words])
  const attached = await run('attach', vm.id, file)
  expect(attached.code).toBe(0)
  expect(JSON.parse(attached.out)).toMatchObject({ outcome: 'attached', id: 'net1', port: 'hotplug1' })
  expect(await run('detach', vm.id, 'net1')).toMatchObject({ code: 0 })
  expect(await run('detach', vm.id, 'net1')).toMatchObject({ code: 3 })
  writeFileSync(file, JSON.stringify({ type: 'user', idd: 'net1' }))
  expect(await run('attach', vm.id, file)).toMatchObject({ code: 2 })
  expect(await cardsOf(vm)).toEqual(nothing)
})

describe('an owner that is killed in the middle leaves a card that the next one brings to its right end', () => {
  const program = `${dying}
    import { reattachVm } from 'qemu-launch'
    const vm = await reattachVm(name, { stateDir })
    if (verb === 'attach') await vm.nics.attach({ type: 'user', id: 'net1' }, dieAt(step, moment))
    else await vm.nics.detach('net1', dieAt(step, moment))
    await die()
  `
  let vm: Vm
  beforeAll(async () => {
    // A guest that has not begun lets go at once.
    vm = await startVm(bareConfig(), { paused: true })
    await vm.detach()
  })
  afterAll(async () => {
    await (await reattachVm(vm.id, { stateDir })).kill()
  })

  const dieIn = async (verb: 'attach' | 'detach', step: number, moment: Moment) =>
    expect(await runElsewhere(program, { stateDir, name: vm.id, verb, step, moment })).toBe('SIGKILL')

  const takenUp = async () => {
    const again = await reattachVm(vm.id, { stateDir })
    onTestFinished(() => again.detach())
    return again
  }

  test.each(boundaries(['netdev_add', 'device_add']))(
    'of attach, step %i, %s, %s',
    async (step, _name, moment) => {
      await dieIn('attach', step, moment)
      const again = await takenUp()
      const cards = await cardsOf(again)
      // While a command is under way its death may come before or after it.
      if (moment !== 'during') expect(cards).toEqual(step === 1 && moment === 'after' ? one('net1') : nothing)
      expect(recorded(again)).toEqual(cards.devices.length > 0 ? [['net1', 'attached']] : [])
      expect(cards.backends).toEqual(cards.devices)
      expect(await again.nics.attach({ type: 'user', id: 'net1' })).toMatchObject({ state: 'attached' })
      expect(await again.nics.detach('net1')).toMatchObject({ outcome: 'detached' })
      expect(await cardsOf(again)).toEqual(nothing)
    },
  )

  test.each(boundaries(['device_del', 'netdev_del']))(
    'of detach, step %i, %s, %s',
    async (step, _name, moment) => {
      const first = await reattachVm(vm.id, { stateDir })
      await first.nics.attach({ type: 'user', id: 'net1' })
      await first.detach()
      await dieIn('detach', step, moment)
      const again = await takenUp()
      // What was not asked for before the death is still there.
      if (step === 0 && moment === 'before') expect(recorded(again)).toEqual([['net1', 'detaching']])
      expect(await again.nics.detach('net1')).toEqual({ outcome: 'detached', id: 'net1' })
      expect(await cardsOf(again)).toEqual(nothing)
      expect(recorded(again)).toEqual([])
    },
  )
})

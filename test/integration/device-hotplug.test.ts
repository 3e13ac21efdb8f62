import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { keepRunning, type QmpEvent, reattachVm, type Vm } from 'qemu-launch'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { cli } from '../support/cli.ts'
import { dying, type Moment, runElsewhere } from '../support/elsewhere.ts'
import { eventually } from '../support/qemu.ts'
import {
  attachmentsOf,
  bareConfig,
  bootGuest,
  failureOf,
  freshName,
  recorded,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()

/** What QEMU has that can come and go here. */
async function pluggedIn({ qmp }: Vm) {
  const [devices, objects, chardevs] = await Promise.all([
    qmp.execute('qom-list', { path: '/machine/peripheral' }),
    qmp.execute('qom-list', { path: '/objects' }),
    qmp.execute('query-chardev'),
  ])
  const named = [...devices, ...objects].map(({ name }) => name)
  const labels = chardevs.map(({ label }) => label)
  return [...named, ...labels].filter((name) => /^(?:rng|tablet|fs)1/.test(name)).sort()
}

test('a PCI device and a USB device come into a running guest and go again', async () => {
  await using guest = await bootGuest({ config: { usb: true } })
  const { console, vm } = guest
  const told: QmpEvent[] = []
  vm.on('*', (event) => told.push(event))
  const has = (id: string) => console.check(`grep -l ${id} /sys/bus/pci/devices/*/device | wc -l`)
  const before = await has('0x1044')
  const rng = { driver: 'virtio-rng-pci', id: 'rng1' }
  expect(await vm.devices.attach(rng)).toEqual({ ...rng, state: 'attached', port: 'hotplug1' })
  const tablet = await vm.devices.attach({ driver: 'usb-tablet', id: 'tablet1' })
  expect(tablet).toEqual({ driver: 'usb-tablet', id: 'tablet1', state: 'attached' })
  await eventually(async () => expect(await has('0x1044')).not.toBe(before))
  expect(await vm.discrepancies()).toEqual([])
  expect(await vm.devices.list()).toEqual([{ ...rng, state: 'attached', port: 'hotplug1' }, tablet])
  // A repeat is no fault; another one of this name is.
  expect(await vm.devices.attach(rng)).toMatchObject({ port: 'hotplug1' })
  for (const other of [
    { ...rng, 'max-bytes': 1 },
    { driver: 'usb-kbd', id: 'usb0' },
  ])
    expect(await failureOf(vm.devices.attach(other))).toMatchObject({ code: 'VM_DEVICE_EXISTS' })
  expect(await failureOf(vm.nics.attach({ type: 'user', id: 'rng1' }))).toMatchObject({
    code: 'VM_DEVICE_EXISTS',
  })
  for (const id of ['rng1', 'tablet1'])
    expect(await vm.devices.detach(id)).toEqual({ outcome: 'detached', id })
  expect(await pluggedIn(vm)).toEqual([])
  expect(await has('0x1044')).toBe(before)
  const own = told.map(({ event }) => event).filter((name) => /^DEVICE_(?:AT|DET|EJ)/.test(name))
  expect(own).toEqual(['DEVICE_ATTACHED', 'DEVICE_ATTACHED', 'DEVICE_DETACHED', 'DEVICE_DETACHED'])
  // By another hand.
  await vm.devices.attach({ driver: 'usb-tablet', id: 'tablet1' })
  await vm.qmp.execute('device_del', { id: 'tablet1' })
  const ejected = { event: 'DEVICE_EJECTED', data: { id: 'tablet1' } }
  await vi.waitFor(() => expect(told).toContainEqual(expect.objectContaining(ejected)), 60_000)
  expect(recorded(vm)).toEqual([])
})

test('what QEMU refuses is undone in its words, and what has a verb of its own is sent there', async () => {
  const vm = await startVm(bareConfig({ watchdog: true, hotplugPorts: 1 }), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const screen = vm.devices.attach({
    driver: 'VGA',
    id: 'fs1',
    objects: [{ 'qom-type': 'memory-backend-ram', id: 'fs1-mem', size: 4096 }],
  })
  expect(await failureOf(screen)).toMatchObject({
    code: 'VM_DEVICE_FAILED',
    message: expect.stringMatching(/plugg/),
    details: { vm: vm.id, device: 'fs1', step: 'device_add', leftovers: [] },
  })
  expect(await failureOf(vm.devices.attach({ driver: 'usb-tablet' }))).toMatchObject({
    code: 'VM_DEVICE_FAILED',
    message: expect.stringContaining("No 'usb-bus' bus found"),
  })
  expect(await pluggedIn(vm)).toEqual([])
  expect(attachmentsOf(vm.paths)).toEqual([])
  expect(await failureOf(vm.devices.detach('watchdog0'))).toMatchObject({ code: 'VM_DEVICE_NOT_REMOVABLE' })
  expect(await failureOf(vm.devices.detach('rng1'))).toMatchObject({ code: 'VM_DEVICE_NOT_FOUND' })
  const wrong = vm.devices.attach({
    driver: 'virtio-blk-pci',
    id: 'rng1',
    drive: 'd',
    objects: [{ 'qom-type': 'secret', id: 's', data: 'x' }],
  })
  expect(await failureOf(wrong)).toMatchObject({
    code: 'VM_CONFIG',
    details: { faults: [{ path: 'drive' }, { path: 'objects[0].id' }, { path: 'objects[0].data' }] },
  })
  await vm.devices.attach({ driver: 'virtio-rng-pci' })
  expect(await failureOf(vm.devices.attach({ driver: 'virtio-rng-pci' }))).toMatchObject({
    code: 'VM_DEVICE_NO_PORT',
  })
})

test('what a device needs comes before it and goes after it', async () => {
  const vm = await startVm(bareConfig({ memory: { shared: true } }), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const path = join(testDirectory(), `${freshName('fs')}.sock`)
  const listener = createServer().listen(path)
  await once(listener, 'listening')
  onTestFinished(() => void listener.close())
  const addr = { type: 'unix', data: { path } }
  await vm.devices.attach({
    driver: 'virtio-rng-pci',
    id: 'rng1',
    rng: 'rng1-source',
    chardevs: [{ id: 'rng1-egd', backend: { type: 'socket', data: { addr, server: false } } }],
    objects: [{ 'qom-type': 'rng-random', id: 'rng1-source', filename: '/dev/urandom' }],
  })
  expect(await pluggedIn(vm)).toEqual(['rng1', 'rng1-egd', 'rng1-source'])
  expect(await vm.discrepancies()).toEqual([])
  expect(await vm.devices.detach('rng1')).toMatchObject({ outcome: 'detached' })
  expect(await pluggedIn(vm)).toEqual([])
})

test('devices are attached again when their VM is started again after a crash', async () => {
  const config = bareConfig({ usb: true })
  const supervisor = await keepRunning(config, { stateDir, restart: { backoff: { initialMs: 10 } } })
  onTestFinished(async () => void (await supervisor.stop({ timeoutMs: 0 })))
  const { current } = supervisor
  const rng = { driver: 'virtio-rng-pci', id: 'rng1' }
  await current.devices.attach({ ...rng, objects: [{ 'qom-type': 'rng-random', id: 'rng1-source' }] })
  await current.devices.attach({ driver: 'usb-tablet', id: 'tablet1' })
  await current.devices.attach({ driver: 'virtio-rng-pci', id: 'rng2' })
  expect(await current.devices.detach('rng2', { waitMs: 10 })).toEqual({ outcome: 'pending', id: 'rng2' })
  const again = supervisor.events({ names: ['VM_RESTARTED'], signal: AbortSignal.timeout(60_000) }).next()
  process.kill(current.pid, 'SIGKILL')
  await again
  expect(await supervisor.current.devices.list()).toMatchObject([
    { ...rng, state: 'attached', port: 'hotplug1' },
    { id: 'tablet1', state: 'attached' },
  ])
  expect(await pluggedIn(supervisor.current)).toEqual(['rng1', 'rng1-source', 'tablet1'])
  expect(supervisor.current.state).toBe('running')
})

test('the command attaches a device by a file, lists it and detaches it by its id', async () => {
  const vm = await startVm(bareConfig(), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const file = join(testDirectory(), freshName('device'))
  writeFileSync(file, JSON.stringify({ driver: 'virtio-rng-pci', id: 'rng1' }))
  const run = (...words: string[]) => cli(['--state-dir', stateDir, '--json', 'device', ...words])
  const attached = await run('attach', vm.id, file)
  expect(JSON.parse(attached.out)).toMatchObject({ outcome: 'attached', id: 'rng1', port: 'hotplug1' })
  expect(JSON.parse((await run('list', vm.id)).out)).toMatchObject([{ id: 'rng1', state: 'attached' }])
  expect(await run('detach', vm.id, 'rng1')).toMatchObject({ code: 0 })
  expect(await run('detach', vm.id, 'rng1')).toMatchObject({ code: 3 })
  expect(await run('detach', vm.id)).toMatchObject({ code: 2 })
  expect(await pluggedIn(vm)).toEqual([])
})

describe('an owner that is killed in the middle leaves a device that the next one brings to its right end', () => {
  const spec = {
    driver: 'virtio-rng-pci',
    id: 'rng1',
    rng: 'rng1-source',
    objects: [{ 'qom-type': 'rng-random', id: 'rng1-source' }],
  }
  const program = `${dying}
    import { reattachVm } from 'qemu-launch'
    const vm = await reattachVm(name, { stateDir })
    if (verb === 'attach') await vm.devices.attach(spec, dieAt(step, moment))
    else await vm.devices.detach('rng1', dieAt(step, moment))
    await die()
  `
  const whole = ['rng1', 'rng1-source']
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
    expect(await runElsewhere(program, { stateDir, name: vm.id, verb, step, moment, spec })).toBe('SIGKILL')

  const takenUp = async () => {
    const again = await reattachVm(vm.id, { stateDir })
    onTestFinished(() => again.detach())
    return again
  }

  test.each([
    [0, 'object-add', 'after', []],
    [1, 'device_add', 'after', whole],
  ] as const)('of attach, step %i, %s, %s', async (step, _name, moment, left) => {
    await dieIn('attach', step, moment)
    const again = await takenUp()
    expect(await pluggedIn(again)).toEqual(left)
    expect(recorded(again)).toEqual(left.length > 0 ? [['rng1', 'attached']] : [])
    expect(await again.devices.attach(spec)).toMatchObject({ state: 'attached' })
    expect(await again.devices.detach('rng1')).toMatchObject({ outcome: 'detached' })
    expect(await pluggedIn(again)).toEqual([])
  })

  test.each([
    [0, 'device_del', 'before'],
    [0, 'device_del', 'after'],
    [1, 'object-del', 'before'],
  ] as const)('of detach, step %i, %s, %s', async (step, _name, moment) => {
    const first = await reattachVm(vm.id, { stateDir })
    await first.devices.attach(spec)
    await first.detach()
    await dieIn('detach', step, moment)
    const again = await takenUp()
    expect(await again.devices.detach('rng1')).toEqual({ outcome: 'detached', id: 'rng1' })
    expect(await pluggedIn(again)).toEqual([])
    expect(recorded(again)).toEqual([])
  })
})

test('a VFIO device is refused while its VM may not lock all of its memory, and asked of QEMU when it may', async () => {
  const device = { driver: 'vfio-pci', id: 'card', host: '0000:ff:1f.7' }
  // What this process may lock its QEMUs may too, unless they are root's.
  const start = async (memoryMiB: number, bytes: number) => {
    execFileSync('prlimit', ['--pid', String(process.pid), `--memlock=${bytes}:`])
    return startVm(bareConfig({ memoryMiB, process: { user: 'nobody' } }), { paused: true })
  }
  await using small = await start(6, 4 * 1024 * 1024)
  expect(await failureOf(small.devices.attach(device))).toMatchObject({
    code: 'VM_UNSUPPORTED',
    message: expect.stringMatching(/6 MiB, and the limit here is 4 MiB: raise it/),
  })
  expect(await small.devices.list()).toEqual([])
  await using allowed = await start(6, 8 * 1024 * 1024)
  expect(await failureOf(allowed.devices.attach(device))).toMatchObject({ code: 'VM_DEVICE_FAILED' })
})

import { keepRunning, type VolumeSpecInput } from 'qemu-launch'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/qemu.ts'
import {
  bareConfig,
  blankFile,
  bootGuest,
  failureOf,
  qemuDisks,
  readDisk,
  recorded,
  startDisk,
  stateDirectory,
} from '../support/vm.ts'

const controller = { rawDevices: ['virtio-scsi-pci,id=scsi0,iothread=io'], iothreads: [{ id: 'io' }] }

test('a SCSI disk comes to a controller of a running guest, which reads and writes it, and goes at once', async () => {
  const disk = await startDisk()
  await using guest = await bootGuest({ config: controller })
  const { console, vm } = guest
  await console.loadModules()
  const before = await qemuDisks(vm.qmp)
  const spec: VolumeSpecInput = { id: 'v', uri: disk.uri, interface: 'scsi', serial: 'SCSI-V', cache: 'none' }
  const volume = await vm.volumes.attach(spec)
  expect(volume).toMatchObject({ state: 'attached', port: 'scsi0.0', serial: 'SCSI-V' })
  await vm.volumes.attach({ id: 'w', uri: blankFile(), interface: 'scsi', bus: 'scsi0' })
  expect(await vm.discrepancies()).toEqual([])
  // They take no port of others.
  expect(await vm.volumes.attach({ id: 'x', uri: blankFile() })).toMatchObject({ port: 'hotplug1' })
  const named = 'grep -l SCSI-V /sys/block/sd*/device/vpd_pg80 | cut -d/ -f4'
  await eventually(async () => expect(await console.check(named)).toMatch(/^sd[ab]$/))
  const name = await console.check(named)
  expect(await console.check(`tail -c +5 /sys/block/${name}/device/vpd_pg80`)).toBe('SCSI-V')
  await console.check(`echo written >/tmp/text; dd if=/tmp/text of=/dev/${name} conv=fsync 2>/dev/null`)
  expect(readDisk(disk).toString('latin1', 0, 7)).toBe('written')
  const [listed] = (await vm.volumes.list()).filter(({ id }) => id === 'v')
  expect(listed).toMatchObject({ sizeBytes: 16 * 1024 * 1024 })
  expect(listed?.counters?.write.operations).toBeGreaterThan(0)
  await vm.volumes.throttle('v', { operationsPerSecond: 1000 })
  expect((await vm.volumes.list()).find(({ id }) => id === 'v')?.limits).toMatchObject({
    operationsPerSecond: 1000,
  })
  expect(await vm.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v', unasked: true })
  await eventually(async () => expect(await console.check('ls /sys/block | grep -c sd')).toBe('1'))
  // The guest is not asked: it does not have to run either.
  await vm.pause()
  expect(await vm.volumes.detach('w')).toEqual({ outcome: 'detached', id: 'w', unasked: true })
  await vm.resume()
  await vm.volumes.detach('x')
  // QEMU would stand still for a server that is silent, with what the guest has under way.
  await vm.volumes.attach(spec)
  await eventually(async () => expect(await console.check(named)).toMatch(/^sd[ab]$/))
  onTestFinished(() => void process.kill(disk.pid, 'SIGCONT'))
  process.kill(disk.pid, 'SIGSTOP')
  await console.check(`(dd if=/tmp/text of=/dev/$(${named}) conv=fsync 2>/dev/null; true) & true`)
  expect(await failureOf(vm.volumes.detach('v'))).toMatchObject({ code: 'VOLUME_BACKEND' })
  expect(recorded(vm)).toEqual([['v', 'attached']])
  expect(await vm.volumes.detach('v', { force: true })).toMatchObject({ outcome: 'detached', unasked: true })
  process.kill(disk.pid, 'SIGCONT')
  expect(await console.check('echo runs')).toBe('runs')
  expect(await qemuDisks(vm.qmp)).toEqual(before)
  expect(recorded(vm)).toEqual([])
})

test('a SCSI disk needs a controller, which may come live too, and is back with it after a crash', async () => {
  const config = bareConfig()
  const supervisor = await keepRunning(config, {
    stateDir: stateDirectory(),
    restart: { backoff: { initialMs: 10 } },
  })
  onTestFinished(async () => void (await supervisor.stop({ timeoutMs: 0 })))
  const { current } = supervisor
  const spec: VolumeSpecInput = { id: 'v', uri: blankFile(), interface: 'scsi' }
  expect(await failureOf(current.volumes.attach(spec))).toMatchObject({
    code: 'VOLUME_NO_PORT',
    message: expect.stringContaining('it has none'),
  })
  await current.devices.attach({ driver: 'virtio-scsi-pci', id: 'live0' })
  expect(await failureOf(current.volumes.attach({ ...spec, bus: 'scsi0' }))).toMatchObject({
    code: 'VOLUME_NO_PORT',
    message: expect.stringContaining('it has live0.0'),
  })
  expect(await current.volumes.attach(spec)).toMatchObject({ port: 'live0.0' })
  const again = supervisor.events({ names: ['VM_RESTARTED'], signal: AbortSignal.timeout(60_000) }).next()
  process.kill(current.pid, 'SIGKILL')
  await again
  const listed = await supervisor.current.volumes.list()
  expect(listed.filter(({ id }) => id === 'v')).toMatchObject([{ state: 'attached', port: 'live0.0' }])
  expect(await supervisor.current.discrepancies()).toEqual([])
})

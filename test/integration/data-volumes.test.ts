import { dirname } from 'node:path'
import { reattachVm, type VmConfigInput, waitForVm } from 'qemu-launch'
import { expect, onTestFinished, test } from 'vitest'
import { sayingImage } from '../support/boot-sector.ts'
import {
  bareConfig,
  blankFile,
  bootGuest,
  qemuDisks,
  readDisk,
  recorded,
  startDisk,
  startVm,
} from '../support/vm.ts'

test('a data volume that is there at boot is one of the others: detached, attached again, detached after a restart', async () => {
  const server = await startDisk()
  onTestFinished(() => server.stop())
  const volumes: VmConfigInput['volumes'] = [
    { id: 'vol-data', uri: server.uri, role: 'data', limits: { operationsPerSecond: 1000 } },
    { id: 'vol-two', uri: blankFile(8), role: 'data', bus: 'hotplug5', removable: true },
  ]
  await using guest = await bootGuest({ config: { volumes } })
  const { vm, console } = guest
  expect(await vm.volumes.list()).toMatchObject([
    {
      id: 'vol-data',
      state: 'attached',
      port: 'hotplug1',
      serial: 'voldata',
      node: 'nbd-vol-data',
      device: 'vdisk-vol-data',
      uri: server.uri,
      sizeBytes: 16 * 1024 * 1024,
      limits: { operationsPerSecond: 1000 },
    },
    { id: 'vol-two', state: 'attached', port: 'hotplug5', sizeBytes: 8 * 1024 * 1024 },
  ])
  const disk = await console.waitForDisk('voldata')
  await console.check(`echo written at boot >/dev/${disk}; sync`)
  expect(await vm.volumes.detach('vol-data')).toEqual({ outcome: 'detached', id: 'vol-data' })
  await console.waitForDiskGone('voldata')
  expect(readDisk(server).subarray(0, 15).toString()).toBe('written at boot')
  expect(await vm.volumes.attach({ id: 'vol-data', uri: server.uri })).toMatchObject({ port: 'hotplug1' })
  await console.waitForDisk('voldata')
  console.close()
  await vm.detach()

  const again = await reattachVm(vm.id, { stateDir: dirname(vm.paths.dir) })
  onTestFinished(async () => void (await again.kill()))
  expect(await again.volumes.detach('vol-two')).toMatchObject({ outcome: 'detached' })
  expect(await again.volumes.detach('vol-data')).toMatchObject({ outcome: 'detached' })
  expect(await qemuDisks(again.qmp)).toMatchObject({ nodes: [], iothreads: [] })
  expect(recorded(again)).toEqual([])
})

test('a volume that is to stay is detached by nobody, and a volume that was there at boot is not ejected by the guest', async () => {
  await using server = await startDisk()
  const volumes: VmConfigInput['volumes'] = [
    { id: 'stay', uri: server.uri, role: 'data', removable: false },
    { id: 'go', uri: server.uri, role: 'data' },
  ]
  await using guest = await bootGuest({ config: { volumes } })
  const { vm, console } = guest
  const disk = await console.waitForDisk('stay')
  await expect(vm.volumes.detach('stay')).rejects.toMatchObject({ code: 'VOLUME_NOT_REMOVABLE' })
  await expect(vm.qmp.execute('device_del', { id: 'vdisk-stay' })).rejects.toMatchObject({
    desc: expect.stringContaining('does not support hotplugging'),
  })
  const slotOf = (name: string) =>
    `function=$(basename "$(readlink -f /sys/block/${name}/device/..)"); grep -l "^\${function%.*}$" /sys/bus/pci/slots/*/address`
  expect((await console.run(slotOf(disk))).output).toBe('')
  expect((await console.run(slotOf(await console.waitForDisk('go')))).output).not.toBe('')
  await vm.volumes.attach({ id: 'later', uri: server.uri, removable: false })
  await expect(vm.volumes.detach('later')).rejects.toMatchObject({ code: 'VOLUME_NOT_REMOVABLE' })
  expect((await vm.volumes.list()).map(({ id, state }) => [id, state])).toEqual([
    ['stay', 'attached'],
    ['go', 'attached'],
    ['later', 'attached'],
  ])
})

test('a boot disk with a key of data volumes is booted from at a hot-plug port, and may go', async () => {
  const uri = sayingImage('booted', 'halts')
  const disk = { id: 'root', uri, role: 'boot', format: 'raw' } as const
  const data = { bus: 'hotplug3', iothread: false, onIoError: 'pause-and-resume', removable: true } as const
  const more = { latencyHistogram: true, openTimeoutSeconds: 2 } as const
  const config = bareConfig({ drives: [], volumes: [{ ...disk, ...data, ...more }] })
  await using vm = await startVm(config)
  await waitForVm(vm.id, { type: 'text', text: 'booted' }, { stateDir: dirname(vm.paths.dir) })
  expect(await vm.volumes.list()).toMatchObject([
    {
      id: 'root',
      state: 'attached',
      port: 'hotplug3',
      device: 'vdisk-root',
      counters: { read: { latency: {} } },
    },
  ])
  const [block] = await vm.qmp.execute('query-block')
  expect(block?.inserted).toMatchObject({ 'node-name': 'nbd-root' })
  expect(await qemuDisks(vm.qmp)).toMatchObject({ iothreads: [] })
  expect(await vm.discrepancies()).toEqual([])
  // It may go, and nobody in this guest lets go of a disk.
  expect(await vm.volumes.detach('root', { waitMs: 0 })).toEqual({ outcome: 'pending', id: 'root' })
  await vm.kill()
})

test('boot, EFI and cloud-init volumes are listed as what they are, and stay, by whichever name', async () => {
  const [boot, seed] = [blankFile(), blankFile()]
  const vm = await startVm(
    bareConfig({
      drives: [],
      volumes: [
        { id: 'vol-root', uri: boot },
        { id: 'vol-root-cloudinit', uri: seed, role: 'cloud-init' },
        { id: 'vol-root-efi', uri: blankFile(), role: 'efi' },
      ],
    }),
  )
  onTestFinished(async () => void (await vm.kill()))
  expect(await vm.volumes.list()).toMatchObject([
    {
      id: 'vol-root',
      drive: 'os',
      state: 'boot',
      uri: boot,
      node: expect.any(String),
      sizeBytes: 1024 * 1024,
    },
    { id: 'vol-root-cloudinit', drive: 'cloudinit', state: 'boot', uri: seed },
  ])
  expect((await vm.volumes.metrics()).map(({ volume }) => volume)).toEqual(['vol-root', 'vol-root-cloudinit'])
  for (const id of ['os', 'cloudinit', 'vol-root', 'vol-root-cloudinit', 'vol-root-efi']) {
    await expect(vm.volumes.detach(id)).rejects.toMatchObject({ code: 'VOLUME_NOT_REMOVABLE' })
    await expect(vm.volumes.attach({ id, uri: boot })).rejects.toMatchObject({ code: 'VOLUME_EXISTS' })
  }
})

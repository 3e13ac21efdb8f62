import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { probeCapabilities, type Vm } from 'qemu-launch'
import { expect, test } from 'vitest'
import { freePort } from '../support/qemu.ts'
import { bareConfig, blankFile, failureOf, startVm } from '../support/vm.ts'

// What QEMU 7.2 and 10.0 do differently with the same words, and what holds on both because our plans say more.

test('this run is on the QEMU it is meant for', async () => {
  const { version } = await probeCapabilities()
  const wanted = process.env.QEMU_LAUNCH_TEST_QEMU
  if (wanted === undefined) expect(version.major).toBeGreaterThanOrEqual(7)
  else expect(`${version.major}.${version.minor}`).toBe(wanted)
})

test('no QEMU calls our words deprecated', async () => {
  const monitor = { type: 'tcp' as const, host: '127.0.0.1', port: await freePort() }
  await using vm = await startVm(bareConfig({ qmp: [monitor], rng: true }))
  await vm.volumes.attach({ id: 'w', uri: blankFile() })
  expect(readFileSync(join(vm.paths.dir, 'qemu.log'), 'utf8')).not.toContain('deprecated')
  await vm.kill()
})

const isTen = ({ qmp }: Vm) => qmp.greeting.version.qemu.major >= 10

const addDisk = ({ qmp }: Vm, options: object) =>
  qmp.execute('device_add', { driver: 'virtio-blk-pci', ...options })

async function vmWithNodes(): Promise<Vm> {
  const nodes = ['n1', 'n2'].flatMap((name) => ['-blockdev', `null-co,node-name=${name}`])
  const os = { id: 'os', source: { type: 'file' as const, path: blankFile() }, format: 'raw' as const }
  const config = { accelerator: 'tcg' as const, cpus: 2, memoryMiB: 64, drives: [os], extraArgs: nodes }
  return startVm({ name: 'versions', ...config })
}

test('a number written as text is refused by 10.0 and taken by 7.2; ours is a number', async () => {
  await using vm = await vmWithNodes()
  const written = addDisk(vm, { id: 'd', drive: 'n1', bus: 'hotplug1', 'num-queues': '2' })
  if (isTen(vm)) expect(await failureOf(written)).toMatchObject({ desc: expect.stringContaining('uint64') })
  else await written
  const volume = await vm.volumes.attach({ id: 'v', uri: blankFile(), bus: 'hotplug2', numQueues: 2 })
  expect(volume.port).toBe('hotplug2')
  await vm.kill()
})

test('a second disk on a port is refused by 10.0 and taken by 7.2, unseen by the guest; ours is refused by both', async () => {
  await using vm = await vmWithNodes()
  await addDisk(vm, { id: 'd1', drive: 'n1', bus: 'hotplug1' })
  const second = addDisk(vm, { id: 'd2', drive: 'n2', bus: 'hotplug1' })
  if (isTen(vm))
    expect(await failureOf(second)).toMatchObject({ desc: expect.stringContaining('already occupied') })
  else await second
  for (const preset of ['safe', 'hive'] as const) {
    const refused = vm.volumes.attach({ id: 'v', uri: blankFile(), bus: 'hotplug1' }, { preset })
    expect(await failureOf(refused)).toMatchObject({
      code: expect.stringMatching(/^VOLUME_(?:ATTACH_FAILED|PORT_OCCUPIED)$/),
    })
  }
  await vm.kill()
})

test('the queues of a disk are spread over several threads from 9.0 on, and refused before', async () => {
  const iothreads = ['a', 'b'].map((id) => ({ id }))
  const source = { type: 'file' as const, path: blankFile() }
  const os = { id: 'os', source, format: 'raw' as const, iothreads: ['a', 'b'], numQueues: 2 }
  const config = bareConfig({ iothreads, drives: [{ ...os, deviceId: 'disk' }] })
  const { version } = await probeCapabilities()
  if (version.major < 9) {
    const message = expect.stringContaining(
      'iothread-vq-mapping of virtio-blk-pci is not in this QEMU: it came with 9.0',
    )
    expect(await failureOf(startVm(config))).toMatchObject({ code: 'VM_UNSUPPORTED', message })
    return
  }
  await using vm = await startVm(config, { paused: true })
  const mapping = { path: '/machine/peripheral/disk/virtio-backend', property: 'iothread-vq-mapping' }
  const found = await vm.qmp.execute('qom-get', mapping)
  expect(found).toMatchObject([{ iothread: 'a' }, { iothread: 'b' }])
})

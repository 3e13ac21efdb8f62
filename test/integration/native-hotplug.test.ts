import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  bareConfig,
  bootGuest,
  qemuDisks,
  type RunningGuest,
  recorded,
  startDisk,
  startVm,
} from '../support/vm.ts'

// Native PCIe hot-plug, as machines before q35 6.1 have it: the guest's button, and 5 s before it is pressed again.
const extraArgs = ['-global', 'ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off']

describe('a guest with native PCIe hot-plug', () => {
  let guest: RunningGuest

  beforeAll(async () => {
    guest = await bootGuest({ config: { extraArgs } })
  })

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]()
  })

  test('that is busy with the attach is asked until it lets go', async () => {
    const { vm, console } = guest
    await using server = await startDisk()
    const empty = await qemuDisks(vm.qmp)
    await vm.volumes.attach({ id: 'v', uri: server.uri })
    const answers: string[] = []
    vm.qmp.on('DEVICE_DELETED', () => answers.push('deleted'))
    // The guest's power indicator blinks for some seconds, in which QEMU refuses to ask it.
    expect(await vm.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v' })
    expect(answers).not.toEqual([])
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
    expect(recorded(vm)).toEqual([])
    expect(await console.diskBySerial('v')).toBeUndefined()
  })

  test('lets go of a disk it uses, after its five seconds', async () => {
    const { vm, console } = guest
    await using server = await startDisk()
    await vm.volumes.attach({ id: 'w', uri: server.uri })
    const disk = await console.waitForDisk('w')
    await console.check(`dd if=/dev/zero of=/dev/${disk} bs=64k count=8 oflag=direct 2>/dev/null`)
    expect(await vm.volumes.detach('w', { waitMs: 100 })).toMatchObject({ outcome: 'pending' })
    expect(await vm.volumes.detach('w')).toEqual({ outcome: 'detached', id: 'w' })
    expect(await console.diskBySerial('w')).toBeUndefined()
  })
})

test('a guest that has not begun lets go at once there, too', async () => {
  await using server = await startDisk()
  const vm = await startVm(bareConfig({ extraArgs }), { paused: true })
  onTestFinished(async () => void (await vm.kill()))
  const empty = await qemuDisks(vm.qmp)
  await vm.volumes.attach({ id: 'v', uri: server.uri })
  expect(await vm.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v' })
  expect(await qemuDisks(vm.qmp)).toEqual(empty)
})

import { expect, test } from 'vitest'
import { bareConfig, bootGuest, startDisk, startVm } from '../support/vm.ts'

test('a guest with 64 ports boots, and sees a disk on the last, on the first and on one in the middle', async () => {
  await using server = await startDisk()
  await using guest = await bootGuest({ config: { hotplugPorts: 64 } })
  const { vm, console } = guest
  for (const bus of ['hotplug64', 'hotplug1', 'hotplug33']) {
    expect(await vm.volumes.attach({ id: `at-${bus}`, uri: server.uri, bus })).toMatchObject({ port: bus })
    await console.waitForDisk(`at${bus}`)
  }
  await expect(vm.volumes.attach({ id: 'other', uri: server.uri, bus: 'hotplug64' })).rejects.toMatchObject({
    code: 'VOLUME_PORT_OCCUPIED',
    details: { occupant: 'at-hotplug64' },
  })
  await expect(vm.volumes.attach({ id: 'other', uri: server.uri, bus: 'hotplug65' })).rejects.toMatchObject({
    code: 'VOLUME_NO_PORT',
  })
  // Ports share a slot as its functions: one that lets go takes no other with it.
  expect(await vm.volumes.attach({ id: 'beside', uri: server.uri, bus: 'hotplug63' })).toBeDefined()
  await console.waitForDisk('beside')
  expect(await vm.volumes.detach('at-hotplug64')).toMatchObject({ outcome: 'detached' })
  await console.waitForDiskGone('athotplug64')
  expect(await console.diskBySerial('beside')).toBeDefined()
  expect((await vm.volumes.list()).map(({ id, state }) => [id, state])).toEqual([
    ['at-hotplug1', 'attached'],
    ['at-hotplug33', 'attached'],
    ['beside', 'attached'],
  ])
})

test('QEMU takes as many ports as there can be, beside a disk and a NIC', async () => {
  const vm = await startVm(bareConfig({ hotplugPorts: 208 }))
  await using server = await startDisk()
  expect(await vm.volumes.attach({ id: 'v', uri: server.uri, bus: 'hotplug208' })).toMatchObject({
    port: 'hotplug208',
  })
  await vm.kill()
})

import { existsSync } from 'node:fs'
import { launchVm } from 'qemu-launch'
import { expect, test } from 'vitest'
import { bareConfig, startVm, stateDirectory } from '../support/vm.ts'

test('a launch gives each part its place, and QEMU has them all', async () => {
  await using vm = await launchVm(
    {
      ...bareConfig(),
      guestAgent: true,
      memory: { shared: true, maxMiB: 512, balloon: true },
      watchdog: { action: 'pause' },
      usb: { tablet: true },
      vmGenId: 'auto',
      smbios: { product: 'Cloud, large', oemStrings: ['a=b'] },
      rtc: { base: 'utc', clock: 'host' },
    },
    { stateDir: stateDirectory(), paused: true },
  )
  expect(existsSync(vm.paths.agent)).toBe(true)
  const children = await vm.qmp.execute('qom-list', { path: '/machine/peripheral' })
  const names = children.map(({ name }) => name)
  for (const id of ['agent0', 'balloon0', 'channels', 'tablet0', 'usb0', 'vmgenid0', 'watchdog0'])
    expect(names).toContain(id)
  expect(await vm.qmp.execute('query-memory-size-summary')).toMatchObject({
    'base-memory': expect.any(Number),
  })
  const backends = await vm.qmp.execute('query-memdev')
  expect(backends.map(({ id, share }) => [id, share]).sort()).toEqual([
    ['ram0', true],
    ['vmem0', true],
  ])
})

test('a VM keeps its UUID, has its CPU by its accelerator, and dumps no memory of its guest', async () => {
  const config = bareConfig()
  const uuids = []
  for (const _ of [1, 2]) {
    await using vm = await startVm(config, { paused: true })
    uuids.push((await vm.qmp.execute('query-uuid')).UUID)
    const dump = { path: '/machine', property: 'dump-guest-core' }
    expect(await vm.qmp.execute('qom-get', dump)).toBe(false)
    const [cpu] = await vm.qmp.execute('query-cpus-fast')
    const type = { path: cpu?.['qom-path'] ?? '', property: 'type' }
    expect(await vm.qmp.execute('qom-get', type)).toMatch(/^max-/)
  }
  expect(uuids[0]).toMatch(/^[0-9a-f]{8}-/)
  expect(uuids[0]).toBe(uuids[1])
})

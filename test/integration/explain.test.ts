import { explainVm, type Vm, type VolumeLimits } from 'qemu-launch'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sectorConfig } from '../support/boot-sector.ts'
import { cli, until } from '../support/cli.ts'
import { startDisk, startVm, stateDirectory } from '../support/vm.ts'

// No guest: QEMU itself reads the disks, so that the causes are there however slow the host is. test/long has guests.
let vm: Vm

beforeAll(async () => {
  vm = await startVm(sectorConfig('halts'))
  // A firmware that is still at work resets the disks.
  await until(async () => {
    const [os] = await vm.volumes.list()
    return (os?.counters?.read.operations ?? 0) > 0
  })
})

afterAll(async () => {
  await vm.kill()
})

// First: QEMU 10 attaches no disk while the requests of another one wait for its server.
test('the command names what holds a disk up, and a disk that is not there', async () => {
  const here = ['--state-dir', stateDirectory()]
  await vm.volumes.attach({ id: 'still', uri: (await startDisk()).uri })
  const said = await cli([...here, 'explain', vm.id, 'still', '--interval-ms', '400'])
  expect(said).toMatchObject({ code: 0, err: '' })
  expect(said.out).toMatch(/^still: idle: .+\n {2}try: .+\n$/)
  expect((await cli([...here, 'explain', vm.id, 'nothing'])).code).toBe(3)
})

interface Cause {
  readonly tier: string
  readonly requests: number
  readonly limits?: VolumeLimits
  readonly delay?: string
}

// Each has requests for longer than a busy host takes to ask for them and to look.
test.each<Cause>([
  { tier: 'throttle', requests: 400, limits: { operationsPerSecond: 20 } },
  { tier: 'connection', requests: 800, delay: '400ms' },
])('$tier is found where it is planted', async ({ delay, limits, requests, tier }) => {
  const id = tier
  const server = await startDisk({
    plugin: 'memory',
    parameters: { size: '16M', ...(delay === undefined ? {} : { 'delay-read': delay }) },
    filters: delay === undefined ? [] : ['delay'],
    threads: 32,
  })
  await vm.volumes.attach({
    id,
    uri: server.uri,
    iothread: false,
    ...(limits === undefined ? {} : { limits }),
  })
  const ask = (index: number) =>
    vm.qmp.execute('human-monitor-command', {
      'command-line': `qemu-io -d /machine/peripheral/vdisk-${id}/virtio-backend "aio_read -q ${index * 8192} 4096"`,
    })
  await Promise.all(Array.from({ length: requests }, (_, index) => ask(index)))
  const found = await explainVm(vm.id, { stateDir: stateDirectory(), volume: id, intervalMs: 1_000 })
  // The main loop of QEMU serves it.
  expect(found).toMatchObject([{ volume: id, tier, facts: { iothread: { busy: expect.any(Number) } } }])
})

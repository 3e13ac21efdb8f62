import { formatPrometheus, probeCapabilities, type Vm } from 'qemu-launch'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cli } from '../support/cli.ts'
import { eventually } from '../support/qemu.ts'
import {
  bareConfig,
  blankFile,
  bootGuest,
  type RunningGuest,
  startDisk,
  startVm,
  stateDirectory,
} from '../support/vm.ts'

let guest: RunningGuest
let vm: Vm

beforeAll(async () => {
  guest = await bootGuest()
  vm = guest.vm
})

afterAll(async () => {
  await guest?.[Symbol.asyncDispose]()
})

/** How long the guest takes for so many reads past its cache, one after the other, in seconds. */
async function readingTime(disk: string, reads: number): Promise<number> {
  const began = performance.now()
  await guest.console.check(`dd if=/dev/${disk} of=/dev/null bs=4k count=${reads} iflag=direct 2>/dev/null`)
  return (performance.now() - began) / 1000
}

test.each([
  ['attached with limits, by its throttle group', { operationsPerSecond: 4 }],
  ['attached without, by its device', undefined],
])('a volume %s is slow for the guest, fast without limits, and slow again', async (_how, limits) => {
  await using server = await startDisk()
  await vm.volumes.attach({ id: 'vol-slow', uri: server.uri, ...(limits === undefined ? {} : { limits }) })
  const disk = await guest.console.waitForDisk('volslow')
  const listed = async () => (await vm.volumes.list()).find(({ id }) => id === 'vol-slow')
  if (limits === undefined) await vm.volumes.throttle('vol-slow', { operationsPerSecond: 4 })
  expect(await listed()).toMatchObject({ limits: { operationsPerSecond: 4 } })
  // A busy host makes it longer only.
  expect(await readingTime(disk, 12)).toBeGreaterThan(2)
  await vm.volumes.throttle('vol-slow', {})
  expect(await listed()).not.toHaveProperty('limits.operationsPerSecond')
  // With the limit it would be 100 s.
  expect(await readingTime(disk, 400)).toBeLessThan(50)
  await vm.volumes.throttle('vol-slow', { readOperationsPerSecond: 4, burst: { readOperationsPerSecond: 8 } })
  expect(await listed()).toMatchObject({
    limits: { readOperationsPerSecond: 4, burst: { readOperationsPerSecond: 8, seconds: 1 } },
  })
  // Eight at once, then four a second.
  expect(await readingTime(disk, 16)).toBeGreaterThan(1)
  await expect(
    vm.volumes.throttle('vol-slow', { operationsPerSecond: 4, readOperationsPerSecond: 2 }),
  ).rejects.toMatchObject({ code: 'VOLUME_SPEC' })
  expect(await vm.volumes.detach('vol-slow')).toMatchObject({ outcome: 'detached' })
  expect(await vm.qmp.execute('qom-list', { path: '/objects' })).not.toContainEqual(
    expect.objectContaining({ name: 'thr-vol-slow' }),
  )
  await expect(vm.volumes.throttle('vol-slow', {})).rejects.toMatchObject({ code: 'VOLUME_NOT_FOUND' })
})

test('a volume is listed with its size and what it has done, and its metrics are text for Prometheus', async () => {
  await using server = await startDisk()
  await vm.volumes.attach({ id: 'vol-count', uri: server.uri, latencyHistogram: true })
  const disk = await guest.console.waitForDisk('volcount')
  await guest.console.check(`cat /sys/block/${disk}/size`)
  const counted = async () => (await vm.volumes.list()).find(({ id }) => id === 'vol-count')
  const before = await counted()
  expect(before).toMatchObject({ sizeBytes: 16 * 1024 * 1024, node: 'nbd-vol-count', counters: {} })
  await guest.console.check(`dd if=/dev/zero of=/dev/${disk} bs=64k count=32 oflag=direct 2>/dev/null`)
  // QEMU counts a request just after the guest hears that it is done.
  const after = await eventually(async () => {
    const now = await counted()
    expect((now?.counters?.write.bytes ?? 0) - (before?.counters?.write.bytes ?? 0)).toBe(32 * 65536)
    return now
  })
  expect(after?.counters?.write.seconds).toBeGreaterThan(0)
  expect(after?.load?.bytesPerSecond).toBeGreaterThan(0)
  const text = formatPrometheus(await vm.volumes.metrics())
  expect(text).toContain(
    `qemu_launch_volume_bytes_total{vm="${vm.id}",volume="vol-count",kind="write"} ${after?.counters?.write.bytes}`,
  )
  await guest.console.check(`dd if=/dev/zero of=/dev/${disk} bs=64k count=8 oflag=direct 2>/dev/null`)
  await eventually(async () => {
    const operations = (await counted())?.counters?.write.operations
    const histogram = `qemu_launch_volume_latency_seconds_bucket{vm="${vm.id}",volume="vol-count",kind="write",le="+Inf"} ${operations}`
    expect(formatPrometheus(await vm.volumes.metrics())).toContain(histogram)
  })
  const command = await cli(['--state-dir', stateDirectory(), 'metrics', vm.id])
  expect(command).toMatchObject({ code: 0, err: '' })
  expect(command.out).toContain(`qemu_launch_volume_size_bytes{vm="${vm.id}",volume="vol-count"} 16777216\n`)
  await vm.volumes.detach('vol-count')
})

test('volumes are listed while limited ones come and go', async () => {
  await using bare = await startVm(bareConfig(), { paused: true })
  const volumes = Array.from({ length: 6 }, (_, index) => ({
    id: `l${index}`,
    uri: blankFile(),
    format: 'raw' as const,
    limits: { operationsPerSecond: 1000 },
  }))
  const done = new AbortController()
  const looking = (async () => {
    for (let looks = 0; ; looks++) {
      await bare.volumes.list()
      if (done.signal.aborted) return looks
    }
  })()
  looking.catch(() => {})
  for (let round = 0; round < 5; round++) {
    await Promise.all(volumes.map((volume) => bare.volumes.attach(volume)))
    await Promise.all(volumes.map(({ id }) => bare.volumes.detach(id)))
  }
  done.abort()
  expect(await looking).toBeGreaterThan(0)
})

test('a volume whose requests wait for their turn on the connection is told by its load', async () => {
  // 30 ms for each answer; more than 16 readers, of which only 16 are heard at a time.
  await using server = await startDisk({
    plugin: 'memory',
    parameters: { size: '16M', 'delay-read': '30ms' },
    filters: ['delay'],
    threads: 32,
  })
  await vm.volumes.attach({ id: 'vol-full', uri: server.uri })
  const disk = await guest.console.waitForDisk('volfull')
  const look = async () => (await vm.volumes.metrics()).filter(({ volume }) => volume === 'vol-full')
  const load = async () => (await look())[0]?.load
  const read = (blocks: number) =>
    `dd if=/dev/${disk} of=/dev/null bs=4k count=${blocks} iflag=direct 2>/dev/null`
  await load()
  await guest.console.check(read(12))
  expect(await load()).toMatchObject({ atConnectionLimit: false })
  // All of them read before the look begins, and after it.
  await guest.console.check(`for i in $(seq 48); do ${read(10_000)} skip=$((i*64)) & done; ${read(8)}`)
  await look()
  await guest.console.check(read(20))
  const metrics = await look()
  await guest.console.check('killall dd; while pidof dd; do :; done')
  const full = metrics[0]?.load
  expect(full?.meanInFlight).toBeGreaterThan(14)
  expect(full).toMatchObject({ atConnectionLimit: true })
  const of = `{vm="${vm.id}",volume="vol-full"}`
  expect(formatPrometheus(metrics)).toContain(
    `qemu_launch_volume_in_flight_operations${of} ${full?.meanInFlight}\n`,
  )
  expect(formatPrometheus(metrics)).toContain(`qemu_launch_volume_at_connection_limit${of} 1\n`)
  await vm.volumes.detach('vol-full')
})

test('the guest sees a volume grow', async () => {
  await vm.volumes.attach({ id: 'vol-grow', uri: blankFile(8), format: 'raw' })
  const disk = await guest.console.waitForDisk('volgrow')
  const sectors = () => guest.console.check(`cat /sys/block/${disk}/size`)
  expect(await sectors()).toBe(String((8 * 1024 * 1024) / 512))
  await vm.volumes.resize('vol-grow', 16 * 1024 * 1024)
  // The guest learns of it by an interrupt of its own.
  const grown = `until [ "$(cat /sys/block/${disk}/size)" = ${(16 * 1024 * 1024) / 512} ]; do :; done; echo grown`
  expect(await guest.console.check(grown)).toBe('grown')
  await vm.volumes.detach('vol-grow')
})

test('a QEMU tells what it can do', async () => {
  const found = await probeCapabilities('qemu-system-x86_64')
  expect(found).toMatchObject({ binary: 'qemu-system-x86_64', arch: 'x86_64' })
  expect(found.version.major).toBeGreaterThanOrEqual(7)
  expect(found.machines).toEqual(expect.arrayContaining(['q35', 'none']))
  expect(found.devices).toContain('virtio-blk-pci')
  expect(found.accelerators).toContain('tcg')
  expect(found.accelerators.includes('kvm')).toBe(found.kvmFault === undefined)
  expect(found.schema.has('blockdev-add/arg-type/+nbd/reconnect-delay')).toBe(true)
})

test('a QEMU of another architecture is asked as well, and a program that is no QEMU says so', async () => {
  const arm = await probeCapabilities('qemu-system-aarch64')
  expect(arm).toMatchObject({ arch: 'aarch64', kvmFault: expect.stringMatching(/aarch64|kvm/i) })
  expect(arm.machines).toContain('virt')
  await expect(probeCapabilities('/bin/false')).rejects.toMatchObject({ code: 'VM_LAUNCH' })
})

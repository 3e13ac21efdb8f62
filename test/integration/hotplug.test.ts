import type { Vm, VmEvent } from 'qemu-launch'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  bootGuest,
  isRunning,
  latch,
  qemuDisks,
  type RunningGuest,
  readDisk,
  recorded,
  startDisk,
} from '../support/vm.ts'

type Disks = Awaited<ReturnType<typeof qemuDisks>>

let guest: RunningGuest
let vm: Vm
let empty: Disks

beforeAll(async () => {
  guest = await bootGuest({ config: { cpus: 2 } })
  vm = guest.vm
  empty = await qemuDisks(vm.qmp)
})

afterAll(async () => {
  await guest?.[Symbol.asyncDispose]()
})

/** Nothing of any volume: not in QEMU, not on record, not in the guest. */
async function expectNothingLeft(...serials: string[]) {
  expect(await qemuDisks(vm.qmp)).toEqual(empty)
  expect(recorded(vm)).toEqual([])
  expect(await vm.volumes.list()).toEqual([])
  for (const serial of serials) expect(await guest.console.diskBySerial(serial)).toBeUndefined()
}

describe('one volume', () => {
  test('is seen by the guest, takes what it writes, and goes without a trace, its server included', async () => {
    const server = await startDisk()
    const events: VmEvent[] = []
    const unsubscribe = (['VOLUME_ATTACHED', 'VOLUME_DETACHED'] as const).map((name) =>
      vm.on(name, (event) => events.push(event)),
    )
    const volume = await vm.volumes.attach({ id: 'vol-write', uri: server.uri }, { server })
    await vm.volumes.attach({ id: 'vol-write', uri: server.uri })
    const timestamp = { seconds: expect.any(Number), microseconds: expect.any(Number) }
    const attached = { id: 'vol-write', port: 'hotplug1', serial: 'volwrite' }
    expect(events).toEqual([{ event: 'VOLUME_ATTACHED', data: attached, timestamp }])
    expect(volume).toMatchObject({ id: 'vol-write', state: 'attached', port: 'hotplug1', serial: 'volwrite' })
    expect(recorded(vm)).toEqual([['vol-write', 'attached']])
    expect(await vm.volumes.list()).toMatchObject([volume])
    const disk = await guest.console.waitForDisk('volwrite')
    expect(await guest.console.queueCount(disk)).toBe(2)

    await guest.console.check(`seq 1 300000 >/dev/${disk}; sync`)
    const written = Array.from({ length: 300_000 }, (_, index) => `${index + 1}\n`).join('')
    expect(readDisk(server).subarray(0, written.length).equals(Buffer.from(written))).toBe(true)

    expect(await vm.volumes.detach('vol-write')).toEqual({ outcome: 'detached', id: 'vol-write' })
    await expectNothingLeft('volwrite')
    expect(isRunning(server.pid)).toBe(false)
    expect(events.slice(1)).toEqual([{ event: 'VOLUME_DETACHED', data: { id: 'vol-write' }, timestamp }])
    for (const off of unsubscribe) off()
  })

  test('has the number of queues that was asked for', async () => {
    await using server = await startDisk()
    await vm.volumes.attach({ id: 'vol-one', uri: server.uri, numQueues: 1 })
    expect(await guest.console.queueCount(await guest.console.waitForDisk('volone'))).toBe(1)
    await vm.volumes.detach('vol-one')
    await expectNothingLeft('volone')
  })

  test('keeps its server when the server was not handed over', async () => {
    await using server = await startDisk()
    await vm.volumes.attach({ id: 'vol-kept', uri: server.uri })
    await vm.volumes.detach('vol-kept')
    expect(isRunning(server.pid)).toBe(true)
  })

  test('can be attached to the same port again and again, the guest seeing each', async () => {
    await using server = await startDisk()
    for (let round = 1; round <= 5; round++) {
      await vm.volumes.attach({ id: 'vol-again', uri: server.uri, bus: 'hotplug7', serial: `round${round}` })
      await guest.console.waitForDisk(`round${round}`)
      expect(await vm.volumes.detach('vol-again')).toMatchObject({ outcome: 'detached' })
    }
    await expectNothingLeft('round5')
  })

  test('is refused to the guest for writing when it is read-only', async () => {
    await using server = await startDisk({ readOnly: true })
    await expect(vm.volumes.attach({ id: 'vol-ro', uri: server.uri })).rejects.toMatchObject({
      code: 'VOLUME_BACKEND',
      message: expect.stringContaining('readOnly'),
    })
    await vm.volumes.attach({ id: 'vol-ro', uri: server.uri, readOnly: true })
    const disk = await guest.console.waitForDisk('volro')
    expect(await guest.console.check(`cat /sys/block/${disk}/ro`)).toBe('1')
    await vm.volumes.detach('vol-ro')
    await expectNothingLeft('volro')
  })

  test('is worked from both sides by two detaches at once', async () => {
    await using server = await startDisk()
    await vm.volumes.attach({ id: 'vol-twice', uri: server.uri })
    const outcomes = await Promise.all([vm.volumes.detach('vol-twice'), vm.volumes.detach('vol-twice')])
    expect(outcomes).toEqual([
      { outcome: 'detached', id: 'vol-twice' },
      { outcome: 'detached', id: 'vol-twice' },
    ])
    await expectNothingLeft('voltwice')
  })

  test('that the guest ejects by itself is told of and cleaned up, its server included', async () => {
    const server = await startDisk()
    await vm.volumes.attach({ id: 'vol-eject', uri: server.uri }, { server })
    const disk = await guest.console.waitForDisk('voleject')
    const ejected = vm.events({ names: ['VOLUME_EJECTED'], signal: AbortSignal.timeout(60_000) })
    // The disk hangs on a virtio device, that on a PCI function, whose slot has a switch.
    await guest.console.check(
      `function=$(basename "$(readlink -f /sys/block/${disk}/device/..)"); ` +
        `slot=$(grep -l "^\${function%.*}$" /sys/bus/pci/slots/*/address); echo 0 >"\${slot%address}power"`,
    )
    expect(await ejected.next()).toMatchObject({ value: { data: { id: 'vol-eject' } } })
    await server.exited
    await expectNothingLeft('voleject')
    await expect(vm.volumes.detach('vol-eject')).rejects.toMatchObject({ code: 'VOLUME_NOT_FOUND' })
  })
})

describe('asking again', () => {
  test('attaching what is attached is no fault, from elsewhere or to elsewhere it is', async () => {
    await using server = await startDisk()
    await using other = await startDisk()
    const first = await vm.volumes.attach({ id: 'vol-same', uri: server.uri })
    expect(await vm.volumes.attach({ id: 'vol-same', uri: server.uri })).toEqual(first)
    await expect(vm.volumes.attach({ id: 'vol-same', uri: other.uri })).rejects.toMatchObject({
      code: 'VOLUME_EXISTS',
      details: { vm: vm.id, volume: 'vol-same' },
    })
    await expect(
      vm.volumes.attach({ id: 'vol-same', uri: server.uri, bus: 'hotplug9' }),
    ).rejects.toMatchObject({ code: 'VOLUME_EXISTS' })
    expect((await qemuDisks(vm.qmp)).nodes).toHaveLength(empty.nodes.length + 1)
    await vm.volumes.detach('vol-same')
    await expectNothingLeft('volsame')
  })

  test('detaching what is not there says so', async () => {
    await expect(vm.volumes.detach('vol-none')).rejects.toMatchObject({ code: 'VOLUME_NOT_FOUND' })
    await expect(vm.volumes.detach('no such id')).rejects.toMatchObject({
      code: 'VOLUME_SPEC',
      details: { vm: vm.id },
    })
  })
})

describe('eleven volumes', () => {
  test('come together and go together, and a twelfth has no port', async () => {
    const names = Array.from({ length: 11 }, (_, index) => `vol-m${index + 1}`)
    const servers = await Promise.all(names.map(() => startDisk()))
    onTestFinished(async () => void (await Promise.all(servers.map((server) => server.stop()))))
    const volumes = await Promise.all(
      names.map((id, index) => vm.volumes.attach({ id, uri: servers[index]?.uri ?? '' })),
    )
    expect(new Set(volumes.map(({ port }) => port)).size).toBe(11)
    const disks = new Set<string>()
    for (const { serial = '' } of volumes) disks.add(await guest.console.waitForDisk(serial))
    expect(disks.size).toBe(11)

    await expect(vm.volumes.attach({ id: 'vol-m12', uri: servers[0]?.uri ?? '' })).rejects.toMatchObject({
      code: 'VOLUME_NO_PORT',
    })
    expect(recorded(vm)).toHaveLength(11)

    // The guest is asked for none before all detaches are ready to ask: no detach waits for the end of another one.
    const ready = latch()
    let waiting = 0
    const onStep = async ({ execute }: { execute: string }) => {
      if (execute !== 'device_del') return
      if (++waiting === names.length) ready.open()
      await ready.opened
    }
    for (const end of await Promise.all(names.map((id) => vm.volumes.detach(id, { onStep }))))
      expect(end).toMatchObject({ outcome: 'detached' })
    await expectNothingLeft()
  })
})

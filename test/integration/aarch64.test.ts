import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { testGuest } from '../support/guest.ts'
import {
  bareConfig,
  bootGuest,
  type GuestOptions,
  qemuDisks,
  type RunningGuest,
  readDisk,
  startDisk,
  startVm,
} from '../support/vm.ts'

/** The same guest on ARM's `virt` machine, whose ports are native PCI Express: a guest takes some 6 s to let go. */
function armConfig(): NonNullable<GuestOptions['config']> {
  const { kernel, initrd, append } = testGuest('aarch64')
  return {
    arch: 'aarch64',
    cpu: 'cortex-a57',
    cpus: 2,
    memoryMiB: 512,
    kernel: { image: kernel, initrd, append },
  }
}

const bootArmGuest = (options: GuestOptions = {}): Promise<RunningGuest> =>
  bootGuest({ ...options, config: { ...armConfig(), ...options.config } })

describe('an ARM guest', () => {
  test('sees a volume, writes it and lets go of it, twice', async () => {
    await using guest = await bootArmGuest()
    const { vm, console } = guest
    const before = await qemuDisks(vm.qmp)
    await using server = await startDisk()
    for (const _round of [1, 2]) {
      const volume = await vm.volumes.attach({ id: 'vol-arm', uri: server.uri })
      expect(volume).toMatchObject({ port: 'hotplug1', serial: 'volarm' })
      const disk = await console.waitForDisk('volarm')
      expect(await console.queueCount(disk)).toBe(2)
      await console.check(`dd if=/dev/urandom of=/dev/${disk} bs=1M count=1 oflag=direct`)
      const sum = await console.check(`md5sum </dev/${disk}`)
      const written = createHash('md5').update(readDisk(server)).digest('hex')
      expect(sum.split(' ')[0]).toBe(written)
      let asked = 0
      const { outcome } = await vm.volumes.detach('vol-arm', {
        onAnswer: ({ execute }) => {
          if (execute === 'device_del') asked++
        },
      })
      expect(outcome).toBe('detached')
      // A second press of the attention button while the guest waits would call the removal off.
      expect(asked).toBe(1)
      await console.waitForDiskGone('volarm')
      expect(await qemuDisks(vm.qmp)).toEqual(before)
    }
  })

  test('gives up a volume in any phase of its boot', async () => {
    await using server = await startDisk()
    await using vm = await startVm({ ...bareConfig({ drives: [] }), ...armConfig() }, { paused: true })
    for (const start of [async () => {}, () => vm.resume()]) {
      await start()
      await vm.volumes.attach({ id: 'vol-arm', uri: server.uri })
      expect((await vm.volumes.detach('vol-arm')).outcome).toBe('detached')
    }
    await vm.kill()
  })

  test('that is paused holds its volume until it runs on', async () => {
    await using guest = await bootArmGuest()
    const { vm } = guest
    await using server = await startDisk()
    await vm.volumes.attach({ id: 'vol-arm', uri: server.uri })
    await guest.console.waitForDisk('volarm')
    await vm.pause()
    expect((await vm.volumes.detach('vol-arm', { waitMs: 1000 })).outcome).toBe('pending')
    await vm.resume()
    expect((await vm.volumes.detach('vol-arm')).outcome).toBe('detached')
    await guest.console.waitForDiskGone('volarm')
  })

  test('has as many ports as its machine has slots', async () => {
    const config = { ...bareConfig({ drives: [] }), ...armConfig() }
    await using vm = await startVm({ ...config, hotplugPorts: 30 }, { paused: true })
    expect(vm.state).toBe('prelaunch')
    await vm.kill()
    const tooMany = startVm({ ...config, hotplugPorts: 30, rng: true })
    await expect(tooMany).rejects.toMatchObject({
      code: 'VM_CONFIG',
      details: { faults: [{ path: 'hotplugPorts', message: expect.stringContaining('virt has 30 free') }] },
    })
  })
})

import { probeCapabilities, type Vm } from 'qemu-launch'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blankFile, bootGuest, type RunningGuest, startDisk } from '../support/vm.ts'

let guest: RunningGuest
let vm: Vm

beforeAll(async () => {
  guest = await bootGuest()
  vm = guest.vm
})

afterAll(async () => {
  await guest?.[Symbol.asyncDispose]()
})

test('a throttled volume is slow for the guest, and fast again without limits', async () => {
  await using server = await startDisk()
  await vm.volumes.attach({ id: 'vol-slow', uri: server.uri })
  const disk = await guest.console.waitForDisk('volslow')
  // Twelve reads past the cache, four in a second: the guest's own clock tells.
  const reading = `s=$(cut -d. -f1 /proc/uptime); for i in $(seq 12); do dd if=/dev/${disk} of=/dev/null bs=4k count=1 skip=$((i*64)) iflag=direct 2>/dev/null; done; echo $(($(cut -d. -f1 /proc/uptime)-s))`
  await vm.volumes.throttle('vol-slow', { operationsPerSecond: 4 })
  expect(Number(await guest.console.check(reading))).toBeGreaterThanOrEqual(2)
  await vm.volumes.throttle('vol-slow', {})
  expect(Number(await guest.console.check(reading))).toBeLessThan(2)
  await expect(
    vm.volumes.throttle('vol-slow', { operationsPerSecond: 4, readOperationsPerSecond: 2 }),
  ).rejects.toMatchObject({ code: 'QMP_COMMAND_FAILED' })
  await expect(vm.volumes.throttle('vol-none', {})).rejects.toMatchObject({ code: 'VOLUME_NOT_FOUND' })
  await vm.volumes.detach('vol-slow')
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

test('a QEMU of another architecture is asked as well, and one that is none says so', async () => {
  const arm = await probeCapabilities('qemu-system-aarch64')
  expect(arm).toMatchObject({ arch: 'aarch64', kvmFault: expect.stringMatching(/aarch64|kvm/i) })
  expect(arm.machines).toContain('virt')
  await expect(probeCapabilities('/bin/false')).rejects.toMatchObject({ code: 'VM_LAUNCH' })
})

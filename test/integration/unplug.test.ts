import { execFileSync } from 'node:child_process'
import type { Vm } from 'qemu-launch'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  blankFile,
  bootGuest,
  connectConsole,
  guestConfig,
  isRunning,
  latch,
  qemuDisks,
  type RunningGuest,
  recorded,
  startDisk,
  startVm,
} from '../support/vm.ts'

const deadline = () => AbortSignal.timeout(60_000)

/** How often QEMU was asked, in whatever way it answered. */
function countCommands(vm: Vm, command: string): () => number {
  const execute = vi.spyOn(vm.qmp, 'execute')
  onTestFinished(() => execute.mockRestore())
  return () => execute.mock.calls.filter(([name]) => name === command).length
}

describe('a guest that is up', () => {
  let guest: RunningGuest
  let vm: Vm
  let empty: Awaited<ReturnType<typeof qemuDisks>>

  beforeAll(async () => {
    guest = await bootGuest()
    vm = guest.vm
    empty = await qemuDisks(vm.qmp)
  })

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]()
  })

  test('has a mounted and busy disk taken away: there is no veto', async () => {
    const file = blankFile(64)
    execFileSync('mkfs.ext4', ['-q', file], {
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    })
    const server = await startDisk({ plugin: 'file', parameters: { file } })
    await vm.volumes.attach({ id: 'vol-busy', uri: server.uri }, { server })
    const disk = await guest.console.waitForDisk('volbusy')
    await guest.console.check(
      `mount -t ext4 /dev/${disk} /mnt && { dd if=/dev/zero of=/mnt/big bs=4k count=100000 >/dev/null 2>&1 & } && ` +
        'until [ -s /mnt/big ]; do :; done',
    )
    expect(await vm.volumes.detach('vol-busy')).toMatchObject({ outcome: 'detached' })
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
    expect(recorded(vm)).toEqual([])
    expect(isRunning(server.pid)).toBe(false)
    await guest.console.waitForDiskGone('volbusy')
    await guest.console.run('umount -l /mnt')
  })

  test('lets go, when paused, as soon as it runs on, with nobody waiting', async () => {
    const server = await startDisk()
    await vm.volumes.attach({ id: 'vol-late', uri: server.uri }, { server })
    await guest.console.waitForDisk('vollate')
    await vm.pause()
    expect(vm.state).toBe('paused')
    expect(await vm.volumes.detach('vol-late', { waitMs: 100 })).toEqual({
      outcome: 'pending',
      id: 'vol-late',
    })
    expect(recorded(vm)).toEqual([['vol-late', 'detaching']])
    expect(await vm.volumes.list()).toMatchObject([{ id: 'vol-late', state: 'detaching', port: 'hotplug1' }])
    expect(isRunning(server.pid)).toBe(true)
    await expect(vm.volumes.attach({ id: 'vol-late', uri: server.uri })).rejects.toMatchObject({
      code: 'VOLUME_EXISTS',
    })
    await using other = await startDisk()
    await expect(
      vm.volumes.attach({ id: 'vol-other', uri: other.uri, bus: 'hotplug1' }),
    ).rejects.toMatchObject({ code: 'VOLUME_PORT_OCCUPIED', details: { occupant: 'vol-late' } })

    const detached = vm.events({ names: ['VOLUME_DETACHED'], signal: deadline() })
    await vm.resume()
    expect(await detached.next()).toMatchObject({ value: { data: { id: 'vol-late' } } })
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
    expect(recorded(vm)).toEqual([])
    expect(await server.exited).toMatchObject({ exitCode: 0 })
    await guest.console.waitForDiskGone('vollate')
  })

  test('lets go of a pending volume when it is asked again', async () => {
    await using server = await startDisk()
    await vm.volumes.attach({ id: 'vol-pend', uri: server.uri })
    await guest.console.waitForDisk('volpend')
    await vm.pause()
    expect(await vm.volumes.detach('vol-pend', { waitMs: 0 })).toMatchObject({ outcome: 'pending' })
    expect(await vm.volumes.detach('vol-pend', { waitMs: 50 })).toMatchObject({ outcome: 'pending' })
    const again = vm.volumes.detach('vol-pend')
    await vm.resume()
    expect(await again).toMatchObject({ outcome: 'detached' })
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
    expect(recorded(vm)).toEqual([])
  })

  test('stops being waited for on abort; the request stands and a repeat ends it', async () => {
    await using server = await startDisk()
    await vm.volumes.attach({ id: 'vol-abort', uri: server.uri })
    await guest.console.waitForDisk('volabort')
    await vm.pause()
    const asked = latch()
    const giveUp = new AbortController()
    const detach = vm.volumes.detach('vol-abort', {
      signal: giveUp.signal,
      onStep: () => asked.open(),
    })
    await asked.opened
    giveUp.abort()
    await expect(detach).rejects.toMatchObject({ code: 'VOLUME_ABORTED' })
    expect(recorded(vm)).toEqual([['vol-abort', 'detaching']])
    await vm.resume()
    expect(await vm.volumes.detach('vol-abort')).toMatchObject({ outcome: 'detached' })
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
  })

  test('is not asked again when it has let go', async () => {
    await using server = await startDisk()
    await vm.volumes.attach({ id: 'vol-once', uri: server.uri })
    await guest.console.waitForDisk('volonce')
    const asked = countCommands(vm, 'device_del')
    let askedBefore = 0
    const off = vm.qmp.on('DEVICE_DELETED', () => {
      askedBefore = asked()
    })
    await vm.volumes.detach('vol-once')
    off()
    // A guest on a slow host is asked again before that.
    expect(askedBefore).toBeGreaterThan(0)
    expect(asked()).toBe(askedBefore)
  })

  test('lets go when it is reset in the middle', async () => {
    await using server = await startDisk()
    await vm.volumes.attach({ id: 'vol-reset', uri: server.uri })
    await guest.console.waitForDisk('volreset')
    await vm.pause()
    expect(await vm.volumes.detach('vol-reset', { waitMs: 0 })).toMatchObject({ outcome: 'pending' })
    const detached = vm.events({ names: ['VOLUME_DETACHED'], signal: deadline() })
    await vm.reset()
    expect(await detached.next()).toMatchObject({ value: { data: { id: 'vol-reset' } } })
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
    await vm.resume()
    await guest.console.waitForReady()
  })
})

describe('a guest that is not up', () => {
  test('loses the request while it boots, and is asked until it lets go', async () => {
    await using server = await startDisk()
    await using guest = await bootGuest({ early: true })
    const { vm } = guest
    const empty = await qemuDisks(vm.qmp)
    await vm.volumes.attach({ id: 'vol-boot', uri: server.uri })
    const asked = countCommands(vm, 'device_del')
    expect(await vm.volumes.detach('vol-boot')).toMatchObject({ outcome: 'detached' })
    expect(asked()).toBeGreaterThan(1)
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
    expect(recorded(vm)).toEqual([])
    await guest.console.waitForReady()
    expect(await guest.console.diskBySerial('volboot')).toBeUndefined()
  })

  test('that has not begun lets go at once, and then boots as if nothing had been', async () => {
    await using server = await startDisk()
    await using guest = await bootGuest({ early: true, paused: true })
    const { vm, console } = guest
    expect(vm.state).toBe('prelaunch')
    const empty = await qemuDisks(vm.qmp)
    await vm.volumes.attach({ id: 'vol-pre', uri: server.uri })
    expect(await vm.volumes.detach('vol-pre')).toMatchObject({ outcome: 'detached' })
    expect(await qemuDisks(vm.qmp)).toEqual(empty)
    expect(recorded(vm)).toEqual([])
    await vm.volumes.attach({ id: 'vol-kept', uri: server.uri })
    expect(vm.state).toBe('prelaunch')
    await vm.resume()
    await console.waitForReady()
    expect(vm.state).toBe('running')
    expect(await console.diskBySerial('volkept')).toBeDefined()
    expect(await console.diskBySerial('volpre')).toBeUndefined()
    expect(await vm.volumes.detach('vol-kept')).toMatchObject({ outcome: 'detached' })
  })

  test('is waited for as long as was said, when there is no system at all', async () => {
    await using server = await startDisk()
    const vm = await startVm()
    onTestFinished(async () => void (await vm.kill()))
    await vm.volumes.attach({ id: 'vol-none', uri: server.uri })
    expect(await vm.volumes.detach('vol-none', { waitMs: 100 })).toMatchObject({ outcome: 'pending' })
    const detached = vm.events({ names: ['VOLUME_DETACHED'], signal: deadline() })
    await vm.reset()
    expect(await detached.next()).toMatchObject({ value: { data: { id: 'vol-none' } } })
    expect(await vm.volumes.list()).toMatchObject([{ id: 'os', state: 'boot' }])
  })
})

test('a guest that has panicked is waited for as long as was said, and lets go when it is reset', async () => {
  await using server = await startDisk()
  const { kernel } = guestConfig()
  const append = kernel?.append?.replace('panic=-1', 'panic=0')
  await using guest = await bootGuest({ config: { kernel: { image: '', ...kernel, append } } })
  const { vm, console } = guest
  await vm.volumes.attach({ id: 'vol-panic', uri: server.uri })
  await console.waitForDisk('volpanic')
  console.run('echo c >/proc/sysrq-trigger').catch(() => {})
  await expect.poll(() => console.log).toContain('end Kernel panic')
  expect(await vm.volumes.detach('vol-panic', { waitMs: 1_500 })).toMatchObject({ outcome: 'pending' })
  const detached = vm.events({ names: ['VOLUME_DETACHED'], signal: deadline() })
  await vm.reset()
  expect(await detached.next()).toMatchObject({ value: { data: { id: 'vol-panic' } } })
  expect(recorded(vm)).toEqual([])
})

describe('disks the VM started with', () => {
  test('stay: they are listed, not detached, and their names are taken', async () => {
    const vm = await startVm()
    onTestFinished(async () => void (await vm.kill()))
    expect(await vm.volumes.list()).toMatchObject([{ id: 'os', state: 'boot' }])
    await expect(vm.volumes.detach('os')).rejects.toMatchObject({ code: 'VOLUME_NOT_REMOVABLE' })
    await using server = await startDisk()
    await expect(vm.volumes.attach({ id: 'os', uri: server.uri })).rejects.toMatchObject({
      code: 'VOLUME_EXISTS',
    })
  })
})

test('a VM with four ports takes four volumes', async () => {
  await using server = await startDisk()
  const vm = await startVm(guestConfig({ hotplugPorts: 4 }))
  onTestFinished(async () => void (await vm.kill()))
  const console = await connectConsole(vm)
  await console.waitForReady()
  for (const id of ['v1', 'v2', 'v3', 'v4']) await vm.volumes.attach({ id, uri: server.uri })
  for (const serial of ['v1', 'v2', 'v3', 'v4']) await console.waitForDisk(serial)
  await expect(vm.volumes.attach({ id: 'v5', uri: server.uri })).rejects.toMatchObject({
    code: 'VOLUME_NO_PORT',
  })
  console.close()
})

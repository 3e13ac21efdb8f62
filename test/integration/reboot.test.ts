import { readFileSync, writeFileSync } from 'node:fs'
import { QmpClient, reattachVm, type Vm } from 'qemu-launch'
import { expect, onTestFinished, test, vi } from 'vitest'
import { VmStore } from '../../src/vm/record/vm-store.ts'
import { sectorConfig } from '../support/boot-sector.ts'
import { cli } from '../support/cli.ts'
import { testGuest } from '../support/guest.ts'
import { freshPath, guestAgent } from '../support/qemu.ts'
import {
  bareConfig,
  bootGuest,
  connectConsole,
  failureOf,
  startDisk,
  startVm,
  stateDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()
const bootId = 'cat /proc/sys/kernel/random/boot_id'

/** The next boot of a guest, by its console log. */
async function nextBoot(vm: Vm) {
  await vi.waitFor(
    () => expect(readFileSync(vm.paths.consoleLog, 'utf8').match(/GUEST READY/g)).toHaveLength(2),
    { timeout: 90_000 },
  )
  const console = await connectConsole(vm)
  await console.waitForReady()
  return console
}

test('a paused guest without an agent reboots by its power button, keeps its volumes, and powers down later', async () => {
  await using guest = await bootGuest()
  await using server = await startDisk()
  const { vm, console } = guest
  await vm.volumes.attach({ id: 'vol', uri: server.uri })
  const before = await console.check(bootId)
  await vm.pause()
  expect(await vm.reboot()).toEqual({ by: 'power-button' })
  expect(vm.state).toBe('running')
  using again = await nextBoot(vm)
  expect(await again.check(bootId)).not.toBe(before)
  expect(await vm.volumes.list()).toEqual([expect.objectContaining({ id: 'vol', state: 'attached' })])
  expect(await vm.shutdown()).toMatchObject({ reason: 'guest-shutdown', clean: true })
})

test('a guest whose agent answers is rebooted by it, by the command too', async () => {
  const { append, initrd, kernel } = testGuest()
  const whole = freshPath('i')
  writeFileSync(whole, Buffer.concat([readFileSync(initrd), readFileSync(guestAgent().initramfs)]))
  const config = { kernel: { image: kernel, initrd: whole, append }, guestAgent: true }
  await using guest = await bootGuest({ config })
  const { vm, console } = guest
  const before = await console.check(bootId)
  await console.check('/agent/run')
  await vm.guest.waitFor()
  await console.check("printf '#!/bin/sh\\nreboot -f\\n' >/sbin/shutdown")
  const { code, out } = await cli(['reboot', vm.id, '--json', '--state-dir', stateDir])
  expect({ code, out: JSON.parse(out) }).toEqual({
    code: 0,
    out: { id: vm.id, outcome: 'rebooted', by: 'agent' },
  })
  using again = await nextBoot(vm)
  expect(await again.check(bootId)).not.toBe(before)
})

test('a guest that does not go down runs on, and force resets its machine', async () => {
  const vm = await startVm()
  onTestFinished(async () => void (await vm.kill()))
  expect(await failureOf(vm.reboot({ timeoutMs: 300 }))).toMatchObject({
    code: 'VM_TIMEOUT',
    details: { vm: vm.id, transient: true },
  })
  expect(vm.state).toBe('running')
  expect(await failureOf(vm.reboot({ signal: AbortSignal.timeout(200) }))).toMatchObject({
    code: 'VM_ABORTED',
  })
  expect(vm.state).toBe('running')
  const reset = vm.qmp.waitFor('RESET')
  expect(await vm.reboot({ timeoutMs: 300, force: true })).toEqual({ by: 'reset' })
  expect((await reset).data).toMatchObject({ guest: false })
  expect(vm.state).toBe('running')
  expect(JSON.parse(readFileSync(vm.paths.state, 'utf8'))).not.toHaveProperty('reboot')
})

test('a guest that has not begun is reset, and still waits for resume', async () => {
  const vm = await startVm(sectorConfig('powersOff'), { paused: true })
  expect(await vm.reboot()).toEqual({ by: 'reset' })
  expect(vm.state).toBe('prelaunch')
  await vm.resume()
  expect(await vm.exited).toMatchObject({ reason: 'guest-shutdown', clean: true })
})

test('a VM that ends at a reset is not rebooted', async () => {
  for (const extraArgs of [['-no-reboot'], ['-action', 'reboot=shutdown']]) {
    const vm = await startVm(bareConfig({ extraArgs }))
    expect(await failureOf(vm.reboot())).toMatchObject({ code: 'VM_UNSUPPORTED' })
    await vm.kill()
  }
})

test.each(['asked', 'reset'] as const)(
  'the next owner ends a reboot whose process died after "%s"',
  async (step) => {
    // The guest powers down as soon as it begins, each time.
    const vm = await startVm(sectorConfig('powersOff'), { paused: true })
    await vm.qmp.execute('set-action', { shutdown: 'pause' })
    await vm.resume()
    await expect.poll(() => vm.qmp.execute('query-status')).toMatchObject({ status: 'shutdown' })
    await new VmStore({ id: vm.id, paths: vm.paths }).set({ reboot: step })
    if (step === 'reset') {
      const reset = vm.qmp.waitFor('RESET')
      await vm.qmp.execute('system_reset')
      await reset
    }
    await vm.leave()
    const heard = await QmpClient.connect(`unix:${vm.paths.monitor}`)
    const resumed = heard.waitFor('RESUME')
    const owner = await reattachVm(vm.id, { stateDir })
    await resumed
    expect(await owner.exited).toMatchObject({ reason: 'guest-shutdown', clean: true })
  },
)

test('a reboot that waits for its guest holds up no next owner', async () => {
  const vm = await startVm()
  await new VmStore({ id: vm.id, paths: vm.paths }).set({ reboot: 'asked' })
  await vm.leave()
  const owner = await reattachVm(vm.id, { stateDir })
  expect(owner.state).toBe('running')
  await owner.kill()
})

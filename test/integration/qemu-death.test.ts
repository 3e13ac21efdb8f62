import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { QemuLaunchError, type QmpCommand, type Vm } from 'qemu-launch'
import { describe, expect, test } from 'vitest'
import {
  bareConfig,
  failureOf,
  isRunning,
  recorded,
  socketsBelow,
  startDisk,
  startVm,
} from '../support/vm.ts'

const attachSteps = ['object-add', 'blockdev-add', 'device_add']
const detachSteps = ['device_del', 'blockdev-del', 'object-del']

/** Longer than a test may take: the end of QEMU is what ends the wait. */
const patient = { waitMs: 600_000 }

/** Whether the end has been noticed when the command is sent, or comes while it is under way. */
const moments = ['noticed', 'unnoticed'] as const

/** Kills QEMU just before a step is sent. */
function killBefore(vm: Vm, step: string, moment: (typeof moments)[number]) {
  return async ({ execute }: QmpCommand) => {
    if (execute !== step) return
    process.kill(vm.pid, 'SIGKILL')
    if (moment === 'noticed') await vm.exited
  }
}

async function expectDeadAndReusable(vm: Vm, failure: unknown): Promise<void> {
  expect(failure).toBeInstanceOf(QemuLaunchError)
  expect(failure).toMatchObject({ code: expect.stringMatching(/^(?:VOLUME|QMP|VM)_/) })
  expect(await vm.exited).toMatchObject({ reason: 'killed', clean: false, signal: 'SIGKILL' })
  expect(vm.state).toBe('exited')
  expect(isRunning(vm.pid)).toBe(false)
  expect(socketsBelow(vm.paths.dir)).toEqual([])
  const again = await startVm(bareConfig({ name: vm.id }))
  expect(recorded(again)).toEqual([])
  expect(await again.volumes.list()).toMatchObject([{ id: 'os', state: 'boot' }])
  expect(await again.shutdown({ timeoutMs: 0 })).toMatchObject({ forced: true })
  expect(existsSync(vm.paths.dir)).toBe(false)
  expect(existsSync(dirname(vm.paths.dir))).toBe(true)
}

const cases = (steps: readonly string[]) =>
  steps.flatMap((step) => moments.map((moment) => [step, moment] as const))

describe('QEMU killed before a step of attach', () => {
  test.each(cases(attachSteps))('%s (%s)', async (step, moment) => {
    await using server = await startDisk()
    const vm = await startVm()
    const onStep = killBefore(vm, step, moment)
    const failure = await failureOf(vm.volumes.attach({ id: 'v', uri: server.uri }, { onStep }))
    await expectDeadAndReusable(vm, failure)
    expect(isRunning(server.pid)).toBe(true)
  })
})

describe('QEMU killed before a step of detach', () => {
  test.each(cases(detachSteps))('%s (%s)', async (step, moment) => {
    await using server = await startDisk()
    // One that has not begun lets go of its disks without a guest.
    const vm = await startVm(bareConfig(), { paused: true })
    await vm.volumes.attach({ id: 'v', uri: server.uri })
    const onStep = killBefore(vm, step, moment)
    const failure = await failureOf(vm.volumes.detach('v', { onStep, ...patient }))
    await expectDeadAndReusable(vm, failure)
  })
})

test('QEMU killed while a guest is waited for', async () => {
  await using server = await startDisk()
  const vm = await startVm()
  await vm.volumes.attach({ id: 'v', uri: server.uri })
  const detach = failureOf(vm.volumes.detach('v', patient))
  process.kill(vm.pid, 'SIGKILL')
  await expectDeadAndReusable(vm, await detach)
})

test('a VM that ends stops the servers it was given', async () => {
  const server = await startDisk()
  const vm = await startVm()
  await vm.volumes.attach({ id: 'v', uri: server.uri }, { server })
  await vm.kill()
  expect(isRunning(server.pid)).toBe(false)
})

test('a VM that ends in order while a volume is being attached leaves nothing', async () => {
  await using server = await startDisk()
  const vm = await startVm()
  const onStep = async ({ execute }: QmpCommand) => {
    if (execute === 'blockdev-add') await vm.shutdown({ timeoutMs: 0 })
  }
  const failure = await failureOf(vm.volumes.attach({ id: 'v', uri: server.uri }, { onStep }))
  expect(failure).toMatchObject({ code: 'VM_NOT_RUNNING' })
  expect(await vm.exited).toMatchObject({ forced: true })
  expect(existsSync(vm.paths.dir)).toBe(false)
})

test('the record of a dead VM keeps how it ended', async () => {
  await using server = await startDisk()
  const vm = await startVm()
  const { inspectVm } = await import('qemu-launch')
  const onStep = killBefore(vm, 'object-add', 'noticed')
  await failureOf(vm.volumes.attach({ id: 'v', uri: server.uri }, { onStep }))
  expect(await inspectVm(vm.id, { stateDir: dirname(vm.paths.dir) })).toMatchObject({
    state: 'exited',
    exit: { reason: 'killed', signal: 'SIGKILL' },
  })
})

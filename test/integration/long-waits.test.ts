import { keepRunning, launchVm, type QmpEvent, type ShutdownStep } from 'qemu-launch'
import { listenQmp } from 'qemu-launch/qmp'
import { probeNbd } from 'qemu-launch/volumes'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startIdleQemu } from '../support/qemu.ts'
import { bareConfig, bootGuest, startDisk, startVm, stateDirectory } from '../support/vm.ts'

const refused = expect.objectContaining({ code: 'QMP_INVALID_ARGUMENT' })

// More than a timer of Node.js can hold, which it takes for 1 ms.
describe.each([Number.POSITIVE_INFINITY, 3e9])('a wait of up to %d ms is one', (ms) => {
  test('for a launch, and for a guest that is asked to power down', async () => {
    await using guest = await bootGuest({ timeoutMs: ms })
    const steps: ShutdownStep[] = []
    const exit = await guest.vm.shutdown({ timeoutMs: ms, onStep: (step) => steps.push(step) })
    expect(exit).toMatchObject({ reason: 'guest-shutdown', clean: true })
    expect(steps).toEqual(['system_powerdown'])
  })

  test('for a guest that is to let go of a volume, forced or not; for its server, from the first to the last', async () => {
    const server = await startDisk({ readyTimeoutMs: ms })
    onTestFinished(() => server.stop())
    expect(await probeNbd(server.address, { timeoutMs: ms })).toMatchObject({ readOnly: false })
    await using guest = await bootGuest()
    for (const force of [false, true]) {
      await guest.vm.volumes.attach({ id: 'v', uri: server.uri })
      await guest.console.waitForDisk('v')
      expect(await guest.vm.volumes.detach('v', { force, waitMs: ms })).toEqual({
        outcome: 'detached',
        id: 'v',
      })
    }
    await server.stop({ timeoutMs: ms })
    expect(await server.exited).toMatchObject({ exitCode: 0 })
  })

  test('for a QEMU that is to dial us', async () => {
    await using listener = await listenQmp('tcp:127.0.0.1:0')
    const [, host, port] = listener.address.split(':')
    const accepting = listener.accept({ greetingTimeoutMs: ms })
    startIdleQemu([...['-chardev', `socket,id=m,host=${host},port=${port}`, '-qmp', 'chardev:m']])
    await using client = await accepting
    expect(await client.execute('query-status', undefined, { timeoutMs: ms })).toMatchObject({
      running: false,
    })
  })

  test('for a restart', async () => {
    const restart = { backoff: { initialMs: ms, maxMs: ms } }
    const supervisor = await keepRunning(bareConfig(), { stateDir: stateDirectory(), restart })
    const told: QmpEvent[] = []
    const stream = supervisor.events()
    const listening = (async () => {
      for await (const event of stream) told.push(event)
    })()
    process.kill(supervisor.current.pid, 'SIGKILL')
    const names = () => told.map(({ event }) => event)
    await vi.waitFor(() => expect(names()).toContain('VM_RESTARTING'), { timeout: 60_000 })
    // Longer than the timer that was one of 1 ms.
    await new Promise((resolve) => setTimeout(resolve, 200))
    await supervisor.stop()
    await listening
    expect(names()).not.toContain('VM_RESTARTED')
  })
})

test.each([Number.NaN, -1])('a wait of %d ms is refused, and nothing is done', async (ms) => {
  const config = bareConfig()
  const stateDir = stateDirectory()
  await expect(launchVm(config, { stateDir, timeoutMs: ms })).rejects.toThrow(refused)
  for (const restart of [{ backoff: { initialMs: ms } }, { backoff: { maxMs: ms } }, { windowMs: ms }])
    await expect(keepRunning(config, { stateDir, restart })).rejects.toThrow(
      expect.objectContaining({ code: 'VM_CONFIG' }),
    )
  await expect(startDisk({ readyTimeoutMs: ms })).rejects.toThrow(refused)
  await using server = await startDisk()
  await expect(probeNbd(server.address, { timeoutMs: ms })).rejects.toThrow(refused)
  await expect(server.stop({ timeoutMs: ms })).rejects.toThrow(refused)
  await using listener = await listenQmp('tcp:127.0.0.1:0')
  await expect(listener.accept({ greetingTimeoutMs: ms })).rejects.toThrow(refused)

  const vm = await startVm(config)
  await vm.volumes.attach({ id: 'v', uri: server.uri })
  await expect(vm.volumes.detach('v', { waitMs: ms })).rejects.toThrow(refused)
  const steps: ShutdownStep[] = []
  await expect(vm.shutdown({ timeoutMs: ms, onStep: (step) => steps.push(step) })).rejects.toThrow(refused)
  expect(steps).toEqual([])
  expect(await vm.volumes.list()).toMatchObject([{ id: 'os' }, { id: 'v', state: 'attached' }])
  await vm.kill()
})

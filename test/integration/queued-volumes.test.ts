import { join } from 'node:path'
import { inspectVm, keepRunning, launchVm, reattachVm, type Supervisor } from 'qemu-launch'
import { type NbdServer, startNbdkit } from 'qemu-launch/volumes'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/qemu.ts'
import {
  bareConfig,
  blankFile,
  failureOf,
  freshName,
  isRunning,
  startDisk,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()

/** A server that outlives whoever started it. */
async function lastingDisk(): Promise<NbdServer> {
  const server = await startNbdkit({
    plugin: 'file',
    parameters: { file: blankFile(16) },
    socket: join(testDirectory(), `${freshName('d')}.sock`),
    stateDir: testDirectory('t'),
  })
  onTestFinished(() => {
    if (isRunning(server.pid)) process.kill(server.pid, 'SIGKILL')
  })
  return server
}

async function supervised(initialMs = 10): Promise<Supervisor> {
  const supervisor = await keepRunning(bareConfig(), { stateDir, restart: { backoff: { initialMs } } })
  onTestFinished(async () => void (await supervisor.stop({ timeoutMs: 0 })))
  return supervisor
}

const restarted = (supervisor: Supervisor) =>
  supervisor.events({ names: ['VM_RESTARTED'], signal: AbortSignal.timeout(60_000) }).next()

/** A VM that is being restarted, and waits for the server of volume `a`; `goOn` lets that answer. */
async function inRestart() {
  const supervisor = await supervised()
  const { current } = supervisor
  const [a, b] = [await lastingDisk(), await lastingDisk()]
  await current.volumes.attach({ id: 'a', uri: a.uri }, { server: a })
  await current.volumes.attach({ id: 'b', uri: b.uri }, { server: b })
  const isBack = restarted(supervisor)
  process.kill(a.pid, 'SIGSTOP')
  process.kill(current.pid, 'SIGKILL')
  await eventually(async () => {
    const { alive, pid } = await inspectVm(current.id, { stateDir })
    expect({ alive, isNew: pid !== current.pid }).toEqual({ alive: true, isNew: true })
  })
  const visitor = await eventually(() => reattachVm(current.id, { stateDir, owner: false }))
  onTestFinished(() => visitor.detach())
  const goOn = async () => {
    process.kill(a.pid, 'SIGCONT')
    await isBack
    const volumes = await supervisor.current.volumes.list()
    expect([a.pid, b.pid].map(isRunning)).toEqual([true, true])
    return volumes.filter(({ state }) => state !== 'boot').map(({ id, port, state }) => [id, port, state])
  }
  return { old: current, visitor, goOn }
}

test('a queued volume is not said to be gone, and its port is its own', async () => {
  const { goOn, visitor } = await inRestart()
  expect(await failureOf(visitor.volumes.detach('b'))).toMatchObject({ code: 'VOLUME_BUSY' })
  const other = await visitor.volumes.attach({ id: 'new', uri: blankFile() })
  expect(other).toMatchObject({ port: 'hotplug3' })
  expect((await goOn()).toSorted()).toEqual([
    ['a', 'hotplug1', 'attached'],
    ['b', 'hotplug2', 'attached'],
    ['new', 'hotplug3', 'attached'],
  ])
})

test('the handle of the VM that crashed touches nothing of the one in its place', async () => {
  const { goOn, old } = await inRestart()
  expect(await failureOf(old.volumes.detach('b'))).toMatchObject({ code: 'VM_NOT_RUNNING' })
  expect(await failureOf(old.volumes.attach({ id: 'c', uri: blankFile() }))).toMatchObject({
    code: 'VM_NOT_RUNNING',
  })
  expect(await goOn()).toEqual([
    ['a', 'hotplug1', 'attached'],
    ['b', 'hotplug2', 'attached'],
  ])
})

test('a supervisor that stops leaves the servers of a VM that somebody else has launched since', async () => {
  const supervisor = await supervised(60_000)
  const { exited, id, pid } = supervisor.current
  process.kill(pid, 'SIGKILL')
  await exited
  const vm = await launchVm({ ...bareConfig(), name: id }, { stateDir })
  const server = await lastingDisk()
  await vm.volumes.attach({ id: 'v', uri: server.uri }, { server })
  await vm.detach()
  await supervisor.stop()
  expect([vm.pid, server.pid].map(isRunning)).toEqual([true, true])
  const again = await reattachVm(id, { stateDir })
  expect(await again.volumes.list()).toContainEqual(expect.objectContaining({ id: 'v', state: 'attached' }))
  await again.kill()
})

test('limits that were set live come back with their volume', async () => {
  const supervisor = await supervised()
  const server = await startDisk()
  onTestFinished(() => server.stop())
  await supervisor.current.volumes.attach({ id: 'v', uri: server.uri })
  await supervisor.current.volumes.throttle('v', { operationsPerSecond: 100 })
  const isBack = restarted(supervisor)
  process.kill(supervisor.current.pid, 'SIGKILL')
  await isBack
  expect(await supervisor.current.volumes.list()).toContainEqual(
    expect.objectContaining({ id: 'v', limits: { operationsPerSecond: 100 } }),
  )
})

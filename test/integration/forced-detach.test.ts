import { expect, onTestFinished, test } from 'vitest'
import { cli } from '../support/cli.ts'
import {
  blankFile,
  bootGuest,
  isRunning,
  qemuDisks,
  recorded,
  startDisk,
  startVm,
  stateDirectory,
} from '../support/vm.ts'

const deadline = () => AbortSignal.timeout(60_000)

test('without a system in the guest: cut off, pending, its server ended; the reset ends it', async () => {
  const server = await startDisk()
  const vm = await startVm()
  onTestFinished(async () => void (await vm.kill()))
  const empty = await qemuDisks(vm.qmp)
  await vm.volumes.attach({ id: 'v', uri: server.uri, limits: { operationsPerSecond: 1000 } }, { server })
  expect(await vm.volumes.detach('v', { waitMs: 100 })).toEqual({ outcome: 'pending', id: 'v' })
  expect(isRunning(server.pid)).toBe(true)
  expect(await vm.volumes.detach('v', { waitMs: 100, force: true })).toEqual({
    outcome: 'pending',
    id: 'v',
    severed: true,
  })
  expect(await server.exited).toMatchObject({ exitCode: 0 })
  expect(await vm.volumes.list()).toMatchObject([
    { id: 'os' },
    { id: 'v', state: 'detaching', severed: true },
  ])
  expect(recorded(vm)).toEqual([['v', 'detaching']])
  const detached = vm.events({ names: ['VOLUME_DETACHED'], signal: deadline() })
  await vm.reset()
  expect(await detached.next()).toMatchObject({ value: { data: { id: 'v' } } })
  expect(await qemuDisks(vm.qmp)).toEqual(empty)
  expect(recorded(vm)).toEqual([])
})

test('of a file cuts nothing off, since there is nothing to cut', async () => {
  const vm = await startVm()
  onTestFinished(async () => void (await vm.kill()))
  await vm.volumes.attach({ id: 'v', uri: blankFile() })
  expect(await vm.volumes.detach('v', { waitMs: 50, force: true })).toEqual({ outcome: 'pending', id: 'v' })
})

test('of a volume whose guest lets go is a detach like any other: all that was written has arrived', async () => {
  await using server = await startDisk()
  await using guest = await bootGuest()
  const { vm, console } = guest
  await vm.volumes.attach({ id: 'v', uri: server.uri })
  await console.waitForDisk('v')
  expect(await vm.volumes.detach('v', { force: true })).toEqual({ outcome: 'detached', id: 'v' })
})

test('frees the guest, and QEMU, from a server that does not answer any more', async () => {
  const server = await startDisk()
  onTestFinished(() => server.stop())
  const other = await startDisk()
  onTestFinished(() => other.stop())
  await using guest = await bootGuest()
  const { vm, console } = guest
  const empty = await qemuDisks(vm.qmp)
  await vm.volumes.attach({ id: 'hung', uri: server.uri })
  await vm.volumes.attach({ id: 'well', uri: other.uri })
  const disk = await console.waitForDisk('hung')
  const well = await console.waitForDisk('well')
  process.kill(server.pid, 'SIGSTOP')
  onTestFinished(() => void process.kill(server.pid, 'SIGCONT'))
  await console.check(
    `(dd if=/dev/${disk} of=/dev/null bs=4k count=1 iflag=direct >/dev/null 2>&1; echo $? >/tmp/hung) &`,
  )
  await console.check(`until grep -q '^ *[1-9]' /sys/block/${disk}/inflight; do :; done`)
  // Whether it is severed depends on what the guest had sent, which fence.test.ts is about.
  expect(await vm.volumes.detach('hung', { waitMs: 3_000, force: true })).toMatchObject({
    outcome: 'detached',
    id: 'hung',
  })
  expect(await console.check('until [ -s /tmp/hung ]; do :; done; cat /tmp/hung')).not.toBe('0')
  await console.check(`dd if=/dev/zero of=/dev/${well} bs=4k count=16 oflag=direct`)
  expect(await vm.volumes.detach('well')).toMatchObject({ outcome: 'detached' })
  expect(await qemuDisks(vm.qmp)).toEqual(empty)
  expect(recorded(vm)).toEqual([])
})

test('from the command line ends with 4 while the guest has the disk, and says that it is cut off', async () => {
  await using server = await startDisk()
  const vm = await startVm()
  onTestFinished(async () => void (await vm.kill()))
  await vm.volumes.attach({ id: 'v', uri: server.uri })
  const words = ['--state-dir', stateDirectory(), 'detach', vm.id, 'v', '--wait-ms', '50', '--force']
  expect(await cli(words)).toMatchObject({ code: 4, out: expect.stringContaining('cut off from its server') })
  expect(JSON.parse((await cli([...words, '--json'])).out)).toEqual({
    vm: vm.id,
    outcome: 'pending',
    id: 'v',
    severed: true,
  })
})

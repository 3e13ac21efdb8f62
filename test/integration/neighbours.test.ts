import { readFileSync, renameSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NbdServer } from 'qemu-launch/volumes'
import { expect, onTestFinished, test } from 'vitest'
import { freshPath } from '../support/qemu.ts'
import { blankFile, bootGuest, latch, startDisk } from '../support/vm.ts'

async function disk(options?: Parameters<typeof startDisk>[0]): Promise<NbdServer> {
  const server = await startDisk(options)
  onTestFinished(() => server.stop())
  return server
}

/** A server that lets QEMU in and then answers no request for a minute. */
const hungDisk = () =>
  disk({
    plugin: 'memory',
    parameters: { size: '16M' },
    filters: [{ name: 'delay', parameters: { rdelay: 60 } }],
  })

test('one server that hangs fails its own attach, and none of those beside it', async () => {
  const hung = await hungDisk()
  const good = [await disk(), await disk(), await disk()]
  await using guest = await bootGuest()
  const { vm, console } = guest
  const [bad, ...others] = await Promise.allSettled([
    vm.volumes.attach({ id: 'bad', uri: hung.uri }),
    ...good.map(({ uri }, index) => vm.volumes.attach({ id: `good${index}`, uri })),
  ])
  expect(bad).toMatchObject({ reason: { code: 'VOLUME_ATTACH_FAILED', message: /was cut off/ } })
  expect(others.map(({ status }) => status)).toEqual(good.map(() => 'fulfilled'))
  for (const index of good.keys()) {
    const name = await console.waitForDisk(`good${index}`)
    await console.check(`dd if=/dev/zero of=/dev/${name} bs=4k count=1 oflag=direct 2>/dev/null`)
  }
})

test('a forced detach cuts off no volume that works, while QEMU stands still for another', async () => {
  const hung = await hungDisk()
  const good = await disk()
  await using guest = await bootGuest()
  const { vm, console } = guest
  await vm.volumes.attach({ id: 'good', uri: good.uri })
  await console.waitForDisk('good')
  const asked = latch()
  const onStep = ({ execute }: { readonly execute: string }) => {
    if (execute === 'device_add') setTimeout(asked.open, 50)
  }
  const bad = vm.volumes.attach({ id: 'bad', uri: hung.uri }, { onStep }).catch(() => {})
  await asked.opened
  expect(await vm.volumes.detach('good', { force: true })).toEqual({ outcome: 'detached', id: 'good' })
  await bad
})

test('nor for a moment in which nobody is served', async () => {
  const good = await disk()
  await using guest = await bootGuest()
  const { vm, console } = guest
  await vm.volumes.attach({ id: 'good', uri: good.uri })
  await console.waitForDisk('good')
  process.kill(vm.pid, 'SIGSTOP')
  const detached = vm.volumes.detach('good', { force: true })
  await sleep(1_500)
  process.kill(vm.pid, 'SIGCONT')
  expect(await detached).toEqual({ outcome: 'detached', id: 'good' })
})

test('it frees a QEMU that stands still, also when another call is in line before it', async () => {
  const server = await disk()
  onTestFinished(() => void process.kill(server.pid, 'SIGCONT'))
  await using guest = await bootGuest()
  const { vm, console } = guest
  await vm.volumes.attach({ id: 'v', uri: server.uri })
  const name = await console.waitForDisk('v')
  process.kill(server.pid, 'SIGSTOP')
  await console.check(
    `(dd if=/dev/zero of=/dev/${name} bs=4k count=1 oflag=direct 2>/dev/null &); until grep -q ' [1-9][0-9]*$' /sys/block/${name}/inflight; do :; done`,
  )
  const stepped = latch()
  const paused = vm.pause()
  const other = vm.volumes.attach({ id: 'b', uri: blankFile() }, { onStep: stepped.open })
  await stepped.opened
  // The write has reached the server's socket, which may still do it.
  expect(await vm.volumes.detach('v', { force: true, waitMs: 1_000 })).toMatchObject({
    notSevered: expect.stringContaining('end the server'),
  })
  await paused
  expect(await other).toMatchObject({ id: 'b', state: 'attached' })
})

test('a server that lives is not cut off for its socket, which is not to be seen', async () => {
  const file = blankFile(16)
  const socket = freshPath('hidden')
  const server = await disk({
    plugin: 'file',
    parameters: { file },
    filters: [{ name: 'cache', parameters: { cache: 'writeback' } }],
    socket,
  })
  await using guest = await bootGuest()
  const { vm, console } = guest
  await vm.volumes.attach({ id: 'v', uri: server.uri })
  const name = await console.waitForDisk('v')
  await console.check(`printf kept | dd of=/dev/${name} bs=512 count=1 conv=sync oflag=direct 2>/dev/null`)
  renameSync(socket, `${socket}.elsewhere`)
  expect(await vm.volumes.detach('v')).toEqual({ outcome: 'detached', id: 'v' })
  renameSync(`${socket}.elsewhere`, socket)
  // Flushed when QEMU let go of it.
  expect(readFileSync(file).subarray(0, 4).toString()).toBe('kept')
})

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type NastyMode, NastyNbd } from '../support/nasty-nbd.ts'
import { blankFile, bootGuest, freshName, type RunningGuest, startDisk } from '../support/vm.ts'

const LONG = process.env.QEMU_LAUNCH_LONG === '1'
const rounds = LONG ? 50 : 3
const modes: (NastyMode | 'gone')[] = ['gone', 'flap', ...(LONG ? (['readOnly'] as const) : [])]
const reconnectDelaySeconds = 3

let guest: RunningGuest
beforeAll(async () => {
  guest = await bootGuest()
})
afterAll(() => guest[Symbol.asyncDispose]())

const sum = (data: Buffer) => createHash('sha256').update(data).digest('hex')

/** Writes in the guest, in the background, again and again; each one may fail. By a node of its own, or `dd` would make a file in the place of a disk that has left. */
const keepWriting = ({ id, disk }: { id: string; disk: string }) =>
  guest.console.check(
    `mknod /tmp/${id} b $(tr : ' ' </sys/block/${disk}/dev); (while [ "$(cat /sys/block/${disk}/serial)" = ${id} ]; do dd if=/dev/urandom of=/tmp/${id} bs=4k count=1 seek=$((RANDOM % 1000)) conv=notrunc oflag=direct; done >/dev/null 2>&1 &) ; :`,
  )

async function attach(uri: string, more: object = {}) {
  const id = freshName('v').replace(/-/g, 'x')
  await guest.vm.volumes.attach({ id, uri, reconnectDelaySeconds, ...more })
  return { id, disk: await guest.console.waitForDisk(id) }
}

/** The guest keeps the disk: it is not asked while it stands still. */
async function detachFrom(id: string) {
  const { vm } = guest
  await vm.pause()
  const outcome = await vm.volumes.detach(id, { force: true, waitMs: 50 })
  await vm.resume()
  return outcome
}

async function leaves(id: string) {
  await expect
    .poll(async () => (await guest.vm.volumes.list()).map((volume) => volume.id), { timeout: 60_000 })
    .not.toContain(id)
}

test('with a server that lets nobody write when it is back the guest waits, and nothing is promised', async () => {
  const server = await new NastyNbd().listen()
  // Longer than a detach waits: it breaks no connection then, by which now and then it would free the guest.
  const { id, disk } = await attach(server.uri, { reconnectDelaySeconds: 60 })
  await keepWriting({ id, disk })
  await expect.poll(() => server.counts.writes).toBeGreaterThan(2)
  await server.leave()
  await server.listen('readOnly')
  await guest.console.check(`until grep -q ' [1-9][0-9]*$' /sys/block/${disk}/inflight; do :; done`)
  const outcome = await guest.vm.volumes.detach(id, { force: true, waitMs: 50 })
  expect(outcome).toMatchObject({ outcome: 'pending', notSevered: expect.stringContaining('still wait') })
  expect(outcome).not.toHaveProperty('severed')
  server.mode = 'serve'
  await leaves(id)
})

describe('after severed not a byte of the guest reaches a server that comes back in the reconnect window', () => {
  test.each(modes)('%s', { timeout: rounds * 60_000 }, async (mode) => {
    for (let round = 0; round < rounds; round++) {
      const server = await new NastyNbd().listen()
      const { id, disk } = await attach(
        server.uri,
        round % 2 === 1 ? { limits: { operationsPerSecond: 500 } } : {},
      )
      await keepWriting({ id, disk })
      await expect.poll(() => server.counts.writes).toBeGreaterThan(2)
      await server.leave()
      if (mode !== 'gone') await server.listen(mode)
      // The guest's write waits: it cannot let go of the disk meanwhile.
      await guest.console.check(`until grep -q ' [1-9][0-9]*$' /sys/block/${disk}/inflight; do :; done`)
      await sleep(100 * (round % 5))
      const outcome = await guest.vm.volumes.detach(id, { force: true, waitMs: 50 })
      const isSevered = 'severed' in outcome
      // While it lets nobody write, QEMU hears of the fence only by chance, between two connections.
      if (mode !== 'readOnly') expect(outcome).toMatchObject({ severed: true })
      const before = sum(server.data)
      const { writes } = server.counts
      await server.leave()
      await server.listen()
      await sleep(1_500)
      const isReached = server.counts.writes !== writes || sum(server.data) !== before
      expect(isSevered && isReached, 'severed, and a write has come').toBe(false)
      await leaves(id)
      await server.leave()
    }
  })
})

test('a VM that stands still keeps the disk, cut off, until it runs on', async () => {
  const server = await new NastyNbd().listen()
  const { id, disk } = await attach(server.uri)
  await keepWriting({ id, disk })
  await expect.poll(() => server.counts.writes).toBeGreaterThan(2)
  expect(await detachFrom(id)).toEqual({ outcome: 'pending', id, severed: true })
  const before = sum(server.data)
  await sleep(500)
  expect(sum(server.data)).toBe(before)
  await leaves(id)
})

test('a write that a stopped server has got, and not answered, is not called severed: it may still do it', async () => {
  const server = await startDisk()
  onTestFinished(() => server.stop())
  const { id, disk } = await attach(server.uri)
  process.kill(server.pid, 'SIGSTOP')
  onTestFinished(() => void process.kill(server.pid, 'SIGCONT'))
  await guest.console.check(
    `(dd if=/dev/urandom of=/dev/${disk} bs=4k count=1 oflag=direct 2>/dev/null &); until grep -q ' [1-9][0-9]*$' /sys/block/${disk}/inflight; do :; done`,
  )
  const outcome = await guest.vm.volumes.detach(id, { force: true, waitMs: 3_000 })
  expect(outcome).toMatchObject({
    outcome: 'detached',
    notSevered: expect.stringContaining('end the server'),
  })
  expect(outcome).not.toHaveProperty('severed')
})

test('a server of ours ends with it, so that nothing it has got is written later', async () => {
  const file = blankFile(16)
  const server = await startDisk({ plugin: 'file', parameters: { file } })
  const id = freshName('o').replace(/-/g, 'x')
  await guest.vm.volumes.attach({ id, uri: server.uri }, { server })
  const disk = await guest.console.waitForDisk(id)
  process.kill(server.pid, 'SIGSTOP')
  await guest.console.check(
    `(dd if=/dev/urandom of=/dev/${disk} bs=4k count=1 oflag=direct 2>/dev/null &); until grep -q ' [1-9][0-9]*$' /sys/block/${disk}/inflight; do :; done`,
  )
  expect(await guest.vm.volumes.detach(id, { force: true, waitMs: 500 })).toMatchObject({ severed: true })
  const before = sum(readFileSync(file))
  await server.exited
  expect(sum(readFileSync(file))).toBe(before)
})

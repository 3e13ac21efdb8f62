import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Vm } from 'qemu-launch'
import { startReadCache } from 'qemu-launch/volumes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bootGuest, freshName, type RunningGuest, readDisk, startDisk, testDirectory } from '../support/vm.ts'

let guest: RunningGuest
let vm: Vm

beforeAll(async () => {
  guest = await bootGuest()
  vm = guest.vm
})

afterAll(async () => {
  await guest?.[Symbol.asyncDispose]()
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A disk that takes so long for each request that a guest on a busy host keeps it at work. */
const slowDisk = () =>
  startDisk({
    filters: ['noextents', 'delay'],
    parameters: { size: '64M', rdelay: '100ms' },
    threads: 64,
  })

/** What the volume did while the guest was busy with this. */
async function loadOf(id: string, command: string) {
  const look = async () => (await vm.volumes.list()).find((volume) => volume.id === id)?.load
  await look()
  await guest.console.check(command)
  return look()
}

/** Asks for 4 KiB, waits, and asks for the next. */
const reader = (disk: string, skip: number | string, count: number) =>
  `dd if=/dev/${disk} of=/dev/null bs=4k iflag=direct skip=${skip} count=${count} 2>/dev/null`

/** So many of them side by side, each of them on a piece of its own. */
const readers = (disk: string, many: number, count: number) =>
  `(for i in $(seq 0 ${many - 1}); do ${reader(disk, `$((i * ${count}))`, count)} & done; wait)`

test('a volume on a slow server is at the limit when more than 16 ask, and not when few do or none', async () => {
  await using server = await slowDisk()
  await vm.volumes.attach({ id: 'vol-busy', uri: server.uri })
  const disk = await guest.console.waitForDisk('volbusy')
  // Never side by side on the disk: requests that touch each other QEMU makes one of.
  const start = `for i in $(seq 64); do ${reader(disk, '$((i * 61))', 10_000)} & done`
  await guest.console.check(`${start}; ${reader(disk, 0, 4)}`)
  const busy = await loadOf('vol-busy', reader(disk, 0, 5))
  await guest.console.check('killall dd; while pidof dd; do :; done')
  expect(busy).toMatchObject({ atConnectionLimit: true })
  const calm = await loadOf('vol-busy', readers(disk, 4, 10))
  expect(calm).toMatchObject({ atConnectionLimit: false })
  expect(calm?.operationsPerSecond).toBeGreaterThan(0)
  expect(await loadOf('vol-busy', 'true')).toMatchObject({ operationsPerSecond: 0, atConnectionLimit: false })
  // More wait than are served: each waits longer than the server takes.
  expect(busy?.meanLatencySeconds).toBeGreaterThan(1.5 * (calm?.meanLatencySeconds ?? Number.NaN))
  await vm.volumes.detach('vol-busy')
})

test('a read cache asks the slow server once for what is read twice', async () => {
  const log = join(testDirectory(), `${freshName('l')}.log`)
  await using server = await startDisk({
    filters: ['log', 'noextents', 'delay'],
    parameters: { size: '16M', rdelay: '2ms', logfile: log },
  })
  const socket = join(testDirectory(), `${freshName('d')}.sock`)
  await using cache = await startReadCache({ uri: server.uri, socket, exitWithParent: true })
  expect(cache).toMatchObject({ readOnly: true, sizeBytes: server.sizeBytes })
  await expect(vm.volumes.attach({ id: 'vol-cached', uri: cache.uri })).rejects.toMatchObject({
    code: 'VOLUME_BACKEND',
  })
  await vm.volumes.attach({ id: 'vol-cached', uri: cache.uri, readOnly: true })
  const disk = await guest.console.waitForDisk('volcached')
  const asked = () => readFileSync(log, 'utf8').match(/ Read /g)?.length ?? 0
  await guest.console.check(readers(disk, 16, 256))
  const first = asked()
  expect(first).toBeGreaterThanOrEqual(256)
  await guest.console.check(readers(disk, 16, 256))
  expect(asked()).toBe(first)
  await vm.volumes.detach('vol-cached')
})

test('a read cache that is killed and started again loses nothing, and its reader waits', async () => {
  await using server = await startDisk({ plugin: 'pattern', parameters: { size: '16M' }, readOnly: true })
  const where = {
    uri: server.uri,
    socket: join(testDirectory(), `${freshName('d')}.sock`),
    exitWithParent: true,
  }
  await using first = await startReadCache(where)
  await vm.volumes.attach({ id: 'vol-killed', uri: first.uri, readOnly: true })
  const disk = await guest.console.waitForDisk('volkilled')
  const sum = () => guest.console.check(`dd if=/dev/${disk} bs=64k iflag=direct 2>/dev/null | md5sum`)
  const expected = createHash('md5').update(readDisk(server)).digest('hex')
  expect(await sum()).toContain(expected)
  process.kill(first.pid, 'SIGKILL')
  await first.exited
  const waiting = sum()
  await using second = await startReadCache(where)
  expect(second.pid).not.toBe(first.pid)
  expect(await waiting).toContain(expected)
  await vm.volumes.detach('vol-killed')
})

test('a read cache takes a server by TCP and name, and fails at once before a server that is not there', async () => {
  await using server = await startDisk({
    socket: { host: '127.0.0.1', port: await freePort() },
    exportName: 'disk',
  })
  await using cache = await startReadCache({ uri: server.uri, exitWithParent: true })
  expect(cache).toMatchObject({ sizeBytes: server.sizeBytes, readOnly: true })
  await expect(startReadCache({ uri: 'nbd:unix:/nonexistent' })).rejects.toMatchObject({
    code: 'VOLUME_BACKEND',
  })
  await expect(startReadCache({ uri: '/disk.raw' })).rejects.toMatchObject({ code: 'VOLUME_SPEC' })
})

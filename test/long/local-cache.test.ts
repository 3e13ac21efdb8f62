import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type JsonObject, reattachVm, type Vm } from 'qemu-launch'
import { applyPlan, planAttach, startNbdkit } from 'qemu-launch/volumes'
import { expect, test } from 'vitest'
import { makeCacheFile } from '../../src/volumes/cache-file.ts'
import { BlockChecker } from '../support/block-checker.ts'
import { startElsewhere } from '../support/elsewhere.ts'
import { failingDisk } from '../support/failing-disk.ts'
import { NbdClient } from '../support/nbd-client.ts'
import { random } from '../support/random.ts'
import {
  bareConfig,
  blankFile,
  bootGuest,
  connectConsole,
  freshName,
  type RunningGuest,
  startDisk,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const operations = Number(process.env.QEMU_LAUNCH_OPERATIONS ?? 1_000_000)
const kills = Number(process.env.QEMU_LAUNCH_KILLS ?? 1_000)
const seed = Number(process.env.QEMU_LAUNCH_SEED ?? Date.now() % 1_000_000)
const owners = Number(process.env.QEMU_LAUNCH_OWNERS ?? 100)
const failures = Number(process.env.QEMU_LAUNCH_FAILURES ?? 20)
const mib = 1024 * 1024
const hours = 6 * 3_600_000

interface CacheOf {
  readonly sizeMiB: number
  readonly limit?: number
  /** Where its file is. */
  readonly disk?: string
}

/** A VM with the nodes of a cached volume, which it serves to a checker in the place of a guest. */
async function cachedVm(
  uri: string,
  { sizeMiB, limit, disk = testDirectory() }: CacheOf,
): Promise<{ vm: Vm; client: NbdClient }> {
  // Its firmware has nothing to do here.
  const vm = await startVm(bareConfig(), { paused: true, timeoutMs: 300_000 })
  const directory = mkdtempSync(join(disk, 'cache-'))
  const localCache = { directory, sizeMiB: limit }
  const cacheFile = await makeCacheFile(join(directory, 'c'), {
    sizeBytes: BigInt(sizeMiB * mib),
    sizeMiB: limit,
  })
  const path = join(testDirectory(), `${freshName('x')}.sock`)
  const nodes = planAttach({ id: 'c', uri, localCache }, { cacheFile }).filter(
    ({ execute }) => execute === 'blockdev-add',
  )
  const addr: JsonObject = { type: 'unix', data: { path } }
  const out: JsonObject = { type: 'nbd', id: 'out', 'node-name': 'nbd-c', name: 'c', writable: true }
  await applyPlan(vm.qmp, [
    ...nodes,
    { execute: 'nbd-server-start', arguments: { addr, 'max-connections': 0 } },
    { execute: 'block-export-add', arguments: out },
  ])
  rmSync(directory, { recursive: true })
  return { vm, client: await NbdClient.connect(path, 'c') }
}

test('reads and writes at random, many at once, find what was written, and the server has it', {
  timeout: hours,
}, async () => {
  const sizeMiB = 24
  const path = blankFile(sizeMiB)
  await using server = await startDisk({ plugin: 'file', parameters: { file: path } })
  const checker = new BlockChecker(sizeMiB * mib, random(seed))
  const perVm = 100_000
  for (let done = 0; done < operations; done += perVm) {
    const { vm, client } = await cachedVm(server.uri, { sizeMiB })
    try {
      await checker.run(client, Math.min(perVm, operations - done), 64)
    } finally {
      // Without a flush.
      await vm.kill()
    }
    checker.compare(readFileSync(path))
    expect(checker.wrong.slice(0, 10), `seed ${seed}`).toEqual([])
  }
  expect(checker.done).toBe(operations)
})

/** How often each has died, and how many operations were confirmed. */
const deaths = { qemu: 0, server: 0, cache: 0, operations: 0 }

/** One disk, and VMs that die one after the other in the middle of their work. */
async function lane(sowed: number): Promise<void> {
  const sizeMiB = 24
  const below = random(sowed)
  const path = blankFile(sizeMiB)
  const socket = join(testDirectory(), `${freshName('d')}.sock`)
  const start = () =>
    startNbdkit({ plugin: 'file', parameters: { file: path }, socket, exitWithParent: true })
  const checker = new BlockChecker(sizeMiB * mib, below)
  while (deaths.qemu + deaths.server + deaths.cache < kills) {
    let server = await start()
    // Every other cache is full at some time.
    const isSmall = below(2) === 0
    const { vm, client } = await cachedVm(server.uri, { sizeMiB, ...(isSmall ? { limit: 16 } : {}) })
    try {
      const before = checker.done
      const asked = 500 + below(3_000)
      let isOver = false
      const work = checker.run(client, asked).then(() => {
        isOver = true
      })
      for (let times = below(6); times > 0 && !isOver; times--) {
        await checker.until(checker.done + below(500), work)
        process.kill(server.pid, 'SIGKILL')
        deaths.server++
        await server.exited
        server = await start()
      }
      if (below(3) > 0) await work
      else await checker.until(checker.done + below(500), work)
      if (isOver && checker.done - before < asked) deaths.cache++
    } finally {
      await vm.kill()
      deaths.qemu++
      // With what was still on its way.
      await server.stop().catch(() => server.exited)
    }
    checker.compare(readFileSync(path))
    expect(checker.wrong.slice(0, 10), `seed ${sowed}`).toEqual([])
  }
  deaths.operations += checker.done
}

test('the death of QEMU, of the server and of the cache loses nothing that was confirmed', {
  timeout: hours,
}, async () => {
  // A lane waits a second for a server that comes back.
  await Promise.all([0, 1, 2, 3].map((number) => lane(seed + number)))
  process.stdout.write(`seed ${seed}: ${JSON.stringify(deaths)}\n`)
  expect(deaths.operations).toBeGreaterThan(100 * deaths.qemu)
})

test('a cache whose disk fails now and then loses nothing that was confirmed', {
  timeout: hours,
}, async () => {
  const sizeMiB = 24
  const path = blankFile(sizeMiB)
  await using server = await startDisk({ plugin: 'file', parameters: { file: path } })
  const below = random(seed)
  const checker = new BlockChecker(sizeMiB * mib, below)
  for (let life = 0; life < failures; life++) {
    await using disk = await failingDisk(64)
    const { vm, client } = await cachedVm(server.uri, { sizeMiB, disk: disk.path })
    try {
      for (let times = 0; times < 5; times++) {
        const work = checker.run(client, 400)
        await checker.until(checker.done + below(300), work)
        disk.fail(true)
        await checker.until(checker.done + below(100), work)
        if (below(2) === 0) disk.fail(false)
        await work
        disk.fail(false)
      }
    } finally {
      await vm.kill()
    }
    checker.compare(readFileSync(path))
    expect(checker.wrong.slice(0, 10), `seed ${seed}`).toEqual([])
  }
  process.stdout.write(`seed ${seed}: ${failures} lives of a failing disk, ${checker.done} operations\n`)
})

/** Beside much other work a guest takes its time. */
async function slowGuest(): Promise<RunningGuest> {
  const guest = await bootGuest({ config: { hotplugPorts: 2 }, early: true })
  await guest.console.waitForReady({ timeoutMs: 300_000 })
  return guest
}

/** For the shell of a guest: what its work in the background has said. */
const untilDone = 'until grep -q done /tmp/out; do sleep 0.1; done; cat /tmp/out'

test.each(['writes', 'reads'])(
  'a guest that %s goes on without a cache whose disk fails',
  { timeout: 600_000 },
  async (what) => {
    const path = blankFile(16)
    writeFileSync(path, randomBytes(16 * mib))
    await using server = await startDisk({ plugin: 'file', parameters: { file: path } })
    await using disk = await failingDisk(64)
    await using guest = await slowGuest()
    const { console, vm } = guest
    const uncached = vm.events({ names: ['VOLUME_UNCACHED'], signal: AbortSignal.timeout(120_000) })
    await vm.volumes.attach({ id: 'vol-c', uri: server.uri, localCache: { directory: disk.path } })
    const name = await console.waitForDisk('volc')
    const sum = (
      await console.check(`dd if=/dev/urandom of=/tmp/r bs=1M count=1 2>/dev/null; md5sum </tmp/r`)
    ).split(' ')[0]
    const all = `dd if=/dev/${name} of=/dev/null bs=64k iflag=direct 2>/dev/null || echo failed`
    await console.check(all)
    const write = `dd if=/tmp/r of=/dev/${name} bs=64k seek=$((i * 16)) oflag=direct 2>/dev/null || echo failed`
    await console.check(
      `(for i in $(seq 0 7); do ${what === 'writes' ? write : all}; done; echo done) >/tmp/out 2>&1 &`,
    )
    disk.fail(true)
    expect(await uncached.next()).toMatchObject({ value: { data: { id: 'vol-c' } } })
    expect(await console.check(untilDone, { timeoutMs: 120_000 })).toBe('done')
    expect(vm.state).toBe('running')
    expect((await vm.volumes.list()).find(({ id }) => id === 'vol-c')).toMatchObject({ cached: false })
    if (what === 'writes')
      expect(
        await console.check(`dd if=/dev/${name} bs=1M skip=7 count=1 iflag=direct 2>/dev/null | md5sum`),
      ).toBe(`${sum}  -`)
    await vm.kill()
    const whole = readFileSync(path)
    for (let at = 0; what === 'writes' && at < 8 * mib; at += mib)
      expect(
        createHash('md5')
          .update(whole.subarray(at, at + mib))
          .digest('hex'),
      ).toBe(sum)
  },
)

const ownerProgram = `
  import { reattachVm } from 'qemu-launch'
  const vm = await reattachVm(name, { stateDir })
  if (spec !== null) await vm.volumes.attach(spec)
  process.stdout.write('up')
`

test('an owner that dies at any moment, again and again, loses nothing that its guest has written', {
  timeout: hours,
}, async () => {
  const below = random(seed)
  const stateDir = stateDirectory()
  await using guest = await slowGuest()
  const { vm } = guest
  await guest.console.check('dd if=/dev/urandom of=/tmp/r bs=64k count=1 2>/dev/null')
  guest.console.close()
  await vm.leave()
  let died = 0
  let withoutCache = 0
  for (let round = 0; died < owners; round++) {
    const path = blankFile(24)
    const server = await startDisk({ plugin: 'file', parameters: { file: path } })
    const id = `v${round}`
    const localCache = { directory: mkdtempSync(join(testDirectory(), 'cache-')), sizeMiB: 16 }
    const begin = async (spec: object | null) => {
      const child = startElsewhere(ownerProgram, { name: vm.id, stateDir, spec }, 'pipe')
      const up = Promise.race([once(child.stdout as Readable, 'data'), once(child, 'exit')])
      return { child, up }
    }
    let owner = await begin({ id, uri: server.uri, localCache })
    await owner.up
    const console = await connectConsole(vm)
    await console.waitForReady({ timeoutMs: 300_000 })
    const disk = await console.waitForDisk(id, { timeoutMs: 60_000 })
    const write = `(echo $i; cat /tmp/r) | dd of=/dev/${disk} bs=64k count=1 iflag=fullblock seek=$i oflag=direct 2>/dev/null || echo failed $i`
    await console.check(`(for i in $(seq 0 383); do ${write}; done; echo done) >/tmp/out 2>&1 &`)
    console.close()
    for (let times = 1 + below(3); times > 0; times--) {
      await sleep(below(2_000))
      const exited = once(owner.child, 'exit')
      owner.child.kill('SIGKILL')
      await exited
      died++
      owner = await begin(null)
      if (below(2) === 0) await owner.up
    }
    await owner.up
    const last = await connectConsole(vm)
    await last.waitForReady({ timeoutMs: 300_000 })
    expect(
      await last.check(untilDone, {
        timeoutMs: 300_000,
      }),
    ).toBe('done')
    last.close()
    await using visitor = await reattachVm(vm.id, { stateDir, owner: false })
    if ((await visitor.volumes.list()).some((volume) => volume.id === id && volume.cached === false))
      withoutCache++
    expect(await visitor.volumes.detach(id)).toMatchObject({ outcome: 'detached' })
    const exited = once(owner.child, 'exit')
    owner.child.kill('SIGKILL')
    await exited
    died++
    const whole = readFileSync(path)
    for (let index = 0; index < 384; index++)
      expect(whole.toString('latin1', index * 65_536, index * 65_536 + 5).split('\n')[0]).toBe(String(index))
    await server.stop()
  }
  process.stdout.write(
    `seed ${seed}: ${died} owners died, ${withoutCache} volumes went on without their cache\n`,
  )
  expect(withoutCache).toBeGreaterThan(0)
  const next = await reattachVm(vm.id, { stateDir })
  await next.kill()
})

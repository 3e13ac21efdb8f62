import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject, Vm } from 'qemu-launch'
import { applyPlan, planAttach, startNbdkit } from 'qemu-launch/volumes'
import { expect, test } from 'vitest'
import { makeCacheFile } from '../../src/volumes/cache-file.ts'
import { BlockChecker } from '../support/block-checker.ts'
import { NbdClient } from '../support/nbd-client.ts'
import { random } from '../support/random.ts'
import { bareConfig, blankFile, freshName, startDisk, startVm, testDirectory } from '../support/vm.ts'

const operations = Number(process.env.QEMU_LAUNCH_OPERATIONS ?? 1_000_000)
const kills = Number(process.env.QEMU_LAUNCH_KILLS ?? 1_000)
const seed = Number(process.env.QEMU_LAUNCH_SEED ?? Date.now() % 1_000_000)
const mib = 1024 * 1024
const hours = 6 * 3_600_000

/** A VM with the nodes of a cached volume, which it serves to a checker in the place of a guest. */
async function cachedVm(
  uri: string,
  { sizeMiB, limit }: { readonly sizeMiB: number; readonly limit?: number },
): Promise<{ vm: Vm; client: NbdClient }> {
  // Its firmware has nothing to do here.
  const vm = await startVm(bareConfig(), { paused: true })
  const directory = mkdtempSync(join(testDirectory(), 'cache-'))
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

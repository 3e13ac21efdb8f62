import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject, Vm } from 'qemu-launch'
import { applyPlan, planAttach, startNbdkit } from 'qemu-launch/volumes'
import { expect, onTestFinished, test } from 'vitest'
import { makeCacheFile } from '../../src/volumes/cache-file.ts'
import { BlockChecker } from '../support/block-checker.ts'
import { NbdClient } from '../support/nbd-client.ts'
import { random } from '../support/random.ts'
import { bareConfig, blankFile, freshName, startDisk, startVm, testDirectory } from '../support/vm.ts'

const operations = Number(process.env.QEMU_LAUNCH_OPERATIONS ?? 1_000_000)
const kills = Number(process.env.QEMU_LAUNCH_KILLS ?? 1_000)
const sizeMiB = 24
const sizeBytes = sizeMiB * 1024 * 1024
const seed = Number(process.env.QEMU_LAUNCH_SEED ?? Date.now() % 1_000_000)
const hours = 6 * 3_600_000

/** A VM with the nodes of a cached volume, which it serves to a checker in the place of a guest. */
async function cachedVm(uri: string, limit: number | undefined): Promise<{ vm: Vm; client: NbdClient }> {
  const vm = await startVm(bareConfig())
  const directory = mkdtempSync(join(testDirectory(), 'cache-'))
  const localCache = { directory, sizeMiB: limit }
  const cacheFile = await makeCacheFile(join(directory, 'c'), {
    sizeBytes: BigInt(sizeBytes),
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
  const path = blankFile(sizeMiB)
  await using server = await startDisk({ plugin: 'file', parameters: { file: path } })
  const checker = new BlockChecker(sizeBytes, random(seed))
  const { vm, client } = await cachedVm(server.uri, undefined)
  onTestFinished(async () => void (await vm.kill()))
  await checker.run(client, operations)
  expect(checker.wrong.slice(0, 10), `seed ${seed}`).toEqual([])
  expect(checker.done).toBe(operations)
  // Without a flush.
  await vm.kill()
  checker.compare(readFileSync(path))
  expect(checker.wrong.slice(0, 10), `seed ${seed}`).toEqual([])
})

test('the death of QEMU, of the server and of the cache loses nothing that was confirmed', {
  timeout: hours,
}, async () => {
  const below = random(seed)
  const path = blankFile(sizeMiB)
  const socket = join(testDirectory(), `${freshName('d')}.sock`)
  const start = () =>
    startNbdkit({ plugin: 'file', parameters: { file: path }, socket, exitWithParent: true })
  const checker = new BlockChecker(sizeBytes, below)
  for (let killed = 0; killed < kills; killed++) {
    let server = await start()
    // Every other cache is full at some time.
    const { vm, client } = await cachedVm(server.uri, killed % 2 === 0 ? undefined : 16)
    try {
      const work = checker.run(client, 1_000 + below(3_000))
      if (below(2) === 0) {
        process.kill(server.pid, 'SIGKILL')
        await server.exited
        server = await start()
        killed++
      }
      if (below(3) > 0) await work
    } finally {
      await vm.kill()
      // With what was still on its way.
      await server.stop()
    }
    checker.compare(readFileSync(path))
    expect(checker.wrong.slice(0, 10), `seed ${seed}`).toEqual([])
  }
  expect(checker.done).toBeGreaterThan(10 * kills)
})

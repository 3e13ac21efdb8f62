import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCacheFile, type NbdServer, planAttach } from '../../../dist/volumes/index.js'
import type { Bench } from '../bench.ts'
import { type Goal, interleave, summarize } from '../rounds.ts'
import { fioOnHost, type Load, readThrough } from './guest.ts'
import { iops, startSlow, through } from './limit-host.ts'
import { serveNode } from './storage-daemon.ts'

const sizeBytes = 64n * 1024n * 1024n
const measuredBy =
  'A local write-through cache as `attach` makes it, in a qemu-storage-daemon without a guest; 4 KiB at random, 48 MiB, a server of 2 ms. The floor is the same volume without a cache.'

/** A volume with a local cache beside the same one without. */
export function localCacheRows(): Bench[] {
  return [{ name: rows.map(({ name }) => name).join(' '), run: (quick) => measure(quick) }]
}

const goal = (name: string, target: number, note: string): Goal => ({
  ...{ name: `guest-io.cache-${name}`, unit: 'IOPS', bound: 'rate', target },
  note: `${note} ${measuredBy}`,
})

const rows = [
  goal('read-cold', 1, 'Reads, the first seconds.'),
  goal('read', 3, 'Reads, when all was read once.'),
  goal('mixed', 2, 'Reads and writes, 70 to 30, when all was read once.'),
  goal('write', 0.95, 'Writes.'),
]

async function measure(quick: boolean) {
  const [rounds, seconds] = quick ? [2, 1] : [5, 3]
  await using slow = await startSlow()
  const plain = (rw: Load) => () => through(slow, rw, seconds)
  const ways = new Map<string, () => Promise<number>>([
    ['plain read', plain('randread')],
    ['plain mixed', plain('randrw')],
    ['plain write', plain('randwrite')],
    ['read-cold', () => cached(slow, 'randread', seconds)],
    ['read', () => cached(slow, 'randread', seconds, true)],
    ['mixed', () => cached(slow, 'randrw', seconds, true)],
    ['write', () => cached(slow, 'randwrite', seconds)],
  ])
  const results = await interleave(ways, rounds)
  return rows.map((row) => {
    const ours = row.name.replace('guest-io.cache-', '')
    const floor = `plain ${ours.replace('-cold', '')}`
    return summarize(
      row,
      new Map([
        ['ours', results.get(ours) ?? []],
        ['floor', results.get(floor) ?? []],
      ]),
    )
  })
}

/** What fio gets of the server through an empty cache, or through one that has been read into. */
async function cached(server: NbdServer, rw: Load, seconds: number, warm = false): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'cache-'))
  try {
    const cacheFile = await makeCacheFile(join(directory, 'c'), { sizeBytes })
    const spec = { id: 'c', uri: server.uri, localCache: { directory } }
    const node = planAttach(spec, { cacheFile })
      .filter(({ execute }) => execute === 'blockdev-add')
      .at(-1)
    using daemon = serveNode({ ...node?.arguments, 'node-name': 'disk' }, 'nbd')
    if (warm) readThrough(daemon.socket, 'disk')
    return iops(fioOnHost(daemon.socket, seconds, rw, 'disk'))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

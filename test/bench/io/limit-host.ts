import { startNbdkit, startReadCache } from '../../../dist/volumes/index.js'
import type { FioJob } from '../../../examples/bench-guest/fio.ts'
import type { Bench } from '../bench.ts'
import { type Goal, interleave, summarize } from '../rounds.ts'
import { fioOnHost, type Load } from './guest.ts'
import { nbdNode, serveNode } from './storage-daemon.ts'

type Server = Awaited<ReturnType<typeof startNbdkit>>

const measuredBy =
  'By QEMU’s NBD client in a qemu-storage-daemon, without a guest; 4 KiB at random, 48 MiB, 2 ms.'

/** A server that takes 2 ms for each request; it says of no block that it is a hole, or QEMU would not ask for it. */
export function startSlow(): Promise<Server> {
  return startNbdkit({
    plugin: 'memory',
    filters: ['noextents', 'delay'],
    parameters: { size: '64M', rdelay: '2ms', wdelay: '2ms' },
    threads: 128,
  })
}

/** Short hops before a slow server; quick leaves out those that are not worth having. */
export function limitHostRows(): Bench[] {
  return [{ name: 'guest-io.limit-hop', run: (quick) => hops(quick) }]
}

async function hops(quick: boolean) {
  const [rounds, seconds] = quick ? [2, 1] : [3, 3]
  await using slow = await startSlow()
  const cacheFilter = (cache: 'writethrough' | 'writeback') => () =>
    startNbdkit({
      plugin: 'nbd',
      filters: ['cache'],
      parameters: { socket: socketOf(slow), cache, 'cache-on-read': true },
      threads: 128,
    })
  const readCache = () => startReadCache({ uri: slow.uri, threads: 128 })
  const ways = new Map<string, () => Promise<number>>([['read', () => through(slow, 'randread', seconds)]])
  const add = (name: string, start: () => Promise<Server>, rw: Load, warm = false) =>
    ways.set(name, async () => {
      await using hop = await start()
      if (warm) await through(hop, rw, seconds)
      return through(hop, rw, seconds)
    })
  add('read-cache-cold', readCache, 'randread')
  add('read-cache', readCache, 'randread', true)
  if (!quick) {
    ways.set('write', () => through(slow, 'randwrite', seconds))
    add('filter-cold', cacheFilter('writethrough'), 'randread')
    add('filter', cacheFilter('writethrough'), 'randread', true)
    add('writethrough', cacheFilter('writethrough'), 'randwrite')
    add('writeback', cacheFilter('writeback'), 'randwrite')
  }
  const results = await interleave(ways, rounds)
  const row = (ours: string, floor: string, goal: Pick<Goal, 'target' | 'bound' | 'better'>, note: string) =>
    summarize(
      { name: `guest-io.limit-hop-${ours}`, unit: 'IOPS', ...goal, note: `${note} ${measuredBy}` },
      new Map([
        ['ours', results.get(ours) ?? []],
        ['floor', results.get(floor) ?? []],
      ]),
    )
  const wins = (target: number): Pick<Goal, 'target' | 'bound'> => ({ target, bound: 'rate' })
  const loses = { target: 0.9, bound: 'ratio', better: 'more' } as const
  const worthIt = [
    row('read-cache-cold', 'read', wins(1), 'startReadCache, its first seconds.'),
    row('read-cache', 'read', wins(2), 'startReadCache, when all was read once.'),
  ]
  if (quick) return worthIt
  return [
    ...worthIt,
    row('filter-cold', 'read', loses, 'nbdkit’s filter cache fetches one block at a time.'),
    row('filter', 'read', wins(1), 'nbdkit’s filter cache, when all was read once.'),
    row('writethrough', 'write', loses, 'nbdkit’s filter cache writes one block at a time.'),
    row(
      'writeback',
      'write',
      loses,
      'Its first seconds. Not safe either: with the hop, confirmed writes are lost.',
    ),
  ]
}

/** What fio gets of a server through QEMU's NBD client. */
export async function through(server: Server, rw: Load, seconds: number): Promise<number> {
  using daemon = serveNode(nbdNode(socketOf(server)), 'nbd', rw !== 'randread')
  return iops(fioOnHost(daemon.socket, seconds, rw, 'disk'))
}

export const iops = ({ read, write }: FioJob) => read.iops + write.iops

export function socketOf({ address }: Server): string {
  if (address.type !== 'unix') throw new Error('the server listens elsewhere')
  return address.path
}

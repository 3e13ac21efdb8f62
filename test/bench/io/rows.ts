import { execFileSync } from 'node:child_process'
import { type NbdServer, startNbdkit } from '../../../dist/volumes/index.js'
import { comparisonTable, type FioJob } from '../../../examples/bench-guest/fio.ts'
import type { Bench } from '../bench.ts'
import { type Goal, interleave, summarize } from '../rounds.ts'
import { bootFio, type FioGuest, fioOnHost } from './guest.ts'

type Jobs = ReadonlyMap<string, FioJob>

const emulated =
  'Under TCG the guest saturates the host’s cores, so iothread and cache show nothing here; with KVM, run examples/bench-guest in your own guest.'

/** The seed's own load in the guest, over NBD. */
export function ioRows(directory: string): Bench[] {
  return [
    {
      name: 'guest-io.randrw guest-io.depth guest-io.queues',
      run: (quick) => onFastServer(directory, quick),
    },
    { name: 'guest-io.slow', run: (quick) => onSlowServer(directory, quick) },
  ]
}

async function onFastServer(directory: string, quick: boolean) {
  const [rounds, seconds] = quick ? [2, 1] : [3, 6]
  await using server = await startNbdkit({ plugin: 'memory', parameters: { size: '64M' } })
  await using guest = await bootFio(directory, [
    drive('before', server, {}),
    drive('after', server, { cache: 'none', iothread: 'ioth-after', numQueues: 2 }),
    drive('single', server, { cache: 'none', iothread: 'ioth-single', numQueues: 1 }),
  ])
  await guest.vm.volumes.attach({ id: 'best', uri: server.uri })
  // What `attach` makes is the same as `after`, hot-plugged.
  const peers = quick ? ['single'] : ['best', 'single']
  const results = await interleave(waysOf(guest, ['after', 'before', ...peers], seconds), rounds)
  const host = fioOnHost(socketOf(server), seconds)
  const last = new Map(
    ['before', 'after', ...(quick ? [] : ['best'])].map((name) => [
      name,
      one(results.get(name)?.at(-1), 'randrw_70_30'),
    ]),
  )
  console.error(`\n${comparisonTable(new Map([...last, ['host direct', host]]))}\n`)
  const row = (
    goal: Goal,
    job: string,
    cost: (job: FioJob) => number,
    floor = 'before',
    peers: string[] = [],
  ) =>
    summarize(
      goal,
      new Map([
        ...[['ours', 'after'], ['floor', floor], ...peers.map((name) => [name, name])].map(
          ([as = '', name = '']): [string, number[]] => [as, costs(results, name, job, cost)],
        ),
        ...(job === 'randrw_70_30' && cost === iops
          ? [['host direct', [iops(host)]] as [string, number[]]]
          : []),
      ]),
    )
  const rate = (name: string, target: number, note?: string): Goal => ({
    name,
    unit: 'IOPS',
    target,
    bound: 'rate',
    ...(note === undefined ? {} : { note }),
  })
  return [
    row(rate('guest-io.randrw-70-30', 0.85, emulated), 'randrw_70_30', iops, 'before', peers),
    row({ name: 'guest-io.randrw-p99', unit: 'ms', target: 1.3 }, 'randrw_70_30', (job) => job.read.p99Ms),
    row({ name: 'guest-io.depth-1-latency', unit: 'ms', target: 1.2 }, 'lat1', (job) => job.read.meanMs),
    row(rate('guest-io.depth-32', 0.85), 'qdtest', iops),
    row(rate('guest-io.queues', 1.2, 'Two queues against one.'), 'randrw_70_30', iops, 'single'),
  ]
}

/** A server that takes 2 ms for each request, as a remote one does. */
async function onSlowServer(directory: string, quick: boolean) {
  const [rounds, seconds] = quick ? [2, 1] : [3, 6]
  const slow = { rdelay: '2ms', wdelay: '2ms', size: '64M' }
  await using server = await startNbdkit({ plugin: 'memory', filters: ['delay'], parameters: slow })
  await using cached = await startNbdkit({
    plugin: 'memory',
    filters: ['cache', 'delay'],
    // No cache-max-size: with it nbdkit drops blocks it has not written yet, see CONTRIBUTING.md.
    parameters: { ...slow, 'cache-on-read': true },
  })
  const tuned = { cache: 'none', iothread: 'ioth-after', numQueues: 2 } as const
  await using guest = await bootFio(directory, [
    drive('before', server, {}),
    drive('after', server, tuned),
    drive('cached', cached, { ...tuned, iothread: 'ioth-cached' }),
  ])
  const load = async (serial: string) =>
    iops(await guest.load([await guest.diskOf(serial)], 'randrw', seconds))
  const serials = ['after', 'before', 'cached']
  // What is read once is in the cache.
  execFileSync('nbdcopy', ['--no-extents', `nbd+unix:///?socket=${socketOf(cached)}`, 'null:'])
  const results = await interleave(new Map(serials.map((serial) => [serial, () => load(serial)])), rounds)
  const row = (goal: Omit<Goal, 'unit' | 'bound'>, ours: string, floor: string) =>
    summarize(
      { ...goal, unit: 'IOPS', bound: 'rate' },
      new Map([
        ['ours', results.get(ours) ?? []],
        ['floor', results.get(floor) ?? []],
      ]),
    )
  const limit = 'QEMU’s NBD client has at most 16 requests in flight: 16 / 2 ms is the most a disk can do.'
  return [
    row({ name: 'guest-io.slow-backend', target: 0.85, note: limit }, 'after', 'before'),
    row(
      {
        name: 'guest-io.slow-cache-policy',
        target: 1,
        note: 'nbdkit’s cache filter in the server itself, warm and without a flush; the floor is the same disk without it.',
      },
      'cached',
      'after',
    ),
  ]
}

const drive = (serial: string, server: NbdServer, tuning: object) => ({
  id: serial,
  serial,
  source: { type: 'nbd' as const, uri: server.uri },
  format: 'raw' as const,
  ...tuning,
})

const waysOf = (guest: FioGuest, serials: readonly string[], seconds: number) =>
  new Map(serials.map((serial) => [serial, () => guest.fio(serial, seconds)]))

const iops = (job: FioJob) => job.read.iops + job.write.iops

function one(jobs: Jobs | undefined, name: string): FioJob {
  const job = jobs?.get(name)
  if (job === undefined) throw new Error(`fio did not run ${name}`)
  return job
}

const costs = (
  results: ReadonlyMap<string, readonly Jobs[]>,
  setting: string,
  job: string,
  cost: (job: FioJob) => number,
) => (results.get(setting) ?? []).map((jobs) => cost(one(jobs, job)))

function socketOf({ address }: NbdServer): string {
  if (address.type !== 'unix') throw new Error('the server listens elsewhere')
  return address.path
}

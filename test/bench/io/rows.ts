import { execFileSync } from 'node:child_process'
import { type NbdServer, startNbdkit } from '../../../dist/volumes/index.js'
import type { FioJob } from '../../../examples/bench-guest/fio.ts'
import type { Bench } from '../bench.ts'
import { type Goal, interleave, summarize } from '../rounds.ts'
import { bootFio, type FioGuest, fioOnHost } from './guest.ts'
import { type Jobs, type Results, seedTable } from './seed-table.ts'

/** The jobs of seed.fio. */
const load = 'randrw_70_30'
const depth1 = 'lat1'
const depth32 = 'qdtest'

const settings =
  '`before` has QEMU’s defaults, `after` no host cache, an iothread and two queues, `best` is the same by `attach`, `host direct` is fio’s own NBD client without a guest; the tables have the medians of the rounds.'
const repeat =
  'Under TCG the guest saturates the host’s cores, so iothread and cache show nothing here. To repeat it on your own host, with KVM: `TARGET=/dev/vdb SIZE=512M RUNTIME=30 fio --output-format=json seed.fio >before.json` in the guest (it overwrites /dev/vdb), the same into after.json after the change, then `npx tsx examples/bench-guest/compare.ts before.json after.json` in a clone of the repository.'

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
  const onHost = async (): Promise<Jobs> => new Map([[load, fioOnHost(socketOf(server), seconds)]])
  const ways = waysOf(guest, ['after', 'before', ...peers], seconds).set('host direct', onHost)
  const results = await interleave(ways, rounds)
  const tables = new Map<string, string>([load, depth1, depth32].map((job) => [job, seedTable(results, job)]))
  for (const [job, table] of tables) console.error(`\n${job}\n\n${table}`)
  const row = (
    goal: Goal,
    job: string,
    cost: (job: FioJob) => number,
    floor = 'before',
    peers: string[] = [],
  ) =>
    summarize(
      goal,
      new Map(
        [['ours', 'after'], ['floor', floor], ...peers.map((name) => [name, name])].map(
          ([as = '', name = '']): [string, number[]] => [as, costs(results, name, job, cost)],
        ),
      ),
    )
  const rate = (name: string, target: number, more: Partial<Goal> = {}): Goal => ({
    name,
    unit: 'IOPS',
    target,
    bound: 'rate',
    ...more,
  })
  const shown = (job: string) => ({ table: tables.get(job) ?? '' })
  return [
    row(
      rate('guest-io.randrw-70-30', 0.85, { note: `${settings} ${repeat}`, ...shown(load) }),
      load,
      iops,
      'before',
      [...peers, 'host direct'],
    ),
    row({ name: 'guest-io.randrw-p99', unit: 'ms', target: 1.3 }, load, ({ read }) => told(read.p99Ms)),
    row({ name: 'guest-io.depth-1-latency', unit: 'ms', target: 1.2, ...shown(depth1) }, depth1, ({ read }) =>
      told(read.meanMs),
    ),
    row(rate('guest-io.depth-32', 0.85, shown(depth32)), depth32, iops),
    row(rate('guest-io.queues', 1.2, { note: 'Two queues against one.' }), load, iops, 'single'),
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
  const loaded = async (serial: string) =>
    iops(await guest.load([await guest.diskOf(serial)], 'randrw', seconds))
  const serials = ['after', 'before', 'cached']
  // What is read once is in the cache.
  execFileSync('nbdcopy', ['--no-extents', `nbd+unix:///?socket=${socketOf(cached)}`, 'null:'])
  const results = await interleave(new Map(serials.map((serial) => [serial, () => loaded(serial)])), rounds)
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
  new Map(serials.map((serial) => [serial, (): Promise<Jobs> => guest.fio(serial, seconds)]))

const iops = (job: FioJob) => job.read.iops + job.write.iops

function told(ms: number | undefined): number {
  if (ms === undefined) throw new Error('fio did not tell how long its requests took')
  return ms
}

function one(jobs: Jobs, name: string): FioJob {
  const job = jobs.get(name)
  if (job === undefined) throw new Error(`fio did not run ${name}`)
  return job
}

const costs = (results: Results, setting: string, job: string, cost: (job: FioJob) => number) =>
  (results.get(setting) ?? []).map((jobs) => cost(one(jobs, job)))

function socketOf({ address }: NbdServer): string {
  if (address.type !== 'unix') throw new Error('the server listens elsewhere')
  return address.path
}

import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { startReadCache } from '../../../dist/volumes/index.js'
import type { Bench } from '../bench.ts'
import { type Goal, interleave, type Row, summarize } from '../rounds.ts'
import { bootFio, type FioGuest, type Load } from './guest.ts'
import { iops, socketOf, startSlow } from './limit-host.ts'
import { nbdNode, serveNode, slowNode } from './storage-daemon.ts'

const gains = (target: number): Pick<Goal, 'target' | 'bound'> => ({ target, bound: 'rate' })
/** What has never gained anything: above it, QEMU has learnt something. */
const nothing = { target: 1.5, bound: 'ratio', better: 'more' } as const

/** Ways to get more of one guest's disk than 16 requests in flight, each beside a volume as `attach` makes it; quick: those that do. */
export function limitGuestRows(directory: string): Bench[] {
  return [
    { name: inGuestNames, run: (quick) => inGuest(directory, quick) },
    { name: 'guest-io.limit-iothreads', run: (quick) => withIothreads(directory, quick) },
  ]
}

const inGuestNames = ['vhost-user', 'no-nbd', 'two-volumes', 'read-cache', 'queue-size', 'four-volumes']
  .map((row) => `guest-io.limit-${row}`)
  .join(' ')

/** What QEMU must be told for vhost-user: the guest's memory is shared with the other process. */
const sharedMemory = {
  extraArgs: ['-object', 'memory-backend-memfd,id=ram,size=512M,share=on', '-numa', 'node,memdev=ram'],
}

async function inGuest(directory: string, quick: boolean): Promise<Row[]> {
  await using slow = await startSlow()
  await using cached = await startReadCache({ uri: slow.uri, threads: 128 })
  using overNbd = serveNode(nbdNode(socketOf(slow)), 'vhost-user')
  using withoutNbd = serveNode(slowNode, 'vhost-user')
  await using guest = await bootFio(directory, [], sharedMemory)
  const volume = (id: string, more: object = {}) =>
    guest.appears(() => guest.vm.volumes.attach({ id, uri: slow.uri, ...more }))
  const plain = await volume('plain')
  const deep = await volume('deep', { queueSize: 1024 })
  const nodes = [await volume('a'), await volume('b'), await volume('c'), await volume('d')]
  const hop = await volume('hop', { uri: cached.uri, readOnly: true })
  const vhostNbd = await plugVhost(guest, 'vhost-nbd', overNbd.socket, 'hotplug9')
  const vhost = await plugVhost(guest, 'vhost', withoutNbd.socket, 'hotplug10')
  const direct = await plugSlowNode(guest, 'hotplug11')
  const gaining = {
    plain: [[plain], 'randrw'],
    'vhost-user': [[vhost], 'randrw'],
    'no-nbd': [[direct], 'randrw'],
    'two-volumes': [nodes.slice(0, 2), 'randrw'],
    reads: [[plain], 'randread'],
    'read-cache': [[hop], 'randread'],
  } as const
  const others = {
    'queue-size': [[deep], 'randrw'],
    'vhost-user-nbd': [[vhostNbd], 'randrw'],
    'four-volumes': [nodes, 'randrw'],
  } as const
  const results = await measured(guest, quick, { ...gaining, ...(quick ? {} : others) })
  const daemon = 'vhost-user-blk of a qemu-storage-daemon'
  const rows = [
    row(results, 'vhost-user', gains(1.2), `${daemon} that takes 2 ms without NBD.`),
    row(
      results,
      'no-nbd',
      gains(1.2),
      'A node of QEMU that takes 2 ms without NBD: the limit is the client’s.',
    ),
    row(
      results,
      'two-volumes',
      gains(1.5),
      'The load spread over two volumes, as a stripe or two paths do it.',
    ),
    row(results, 'read-cache', gains(1.5), 'startReadCache before the same server; reads only.', 'reads'),
  ]
  if (quick) return rows
  return [
    ...rows,
    row(results, 'queue-size', nothing, 'Queues of 1024 instead of 256.'),
    row(results, 'vhost-user-nbd', nothing, `${daemon}, which is the same NBD client.`),
    row(results, 'four-volumes', gains(1), 'Over four; here the two cores are full.'),
  ]
}

async function withIothreads(directory: string, quick: boolean): Promise<Row[]> {
  if (quick) return []
  const binary = qemu10()
  if (binary === undefined) {
    console.error('guest-io.limit-iothreads skipped: no QEMU 10')
    return []
  }
  await using slow = await startSlow()
  await using guest = await bootFio(directory, [], { binary })
  const plain = await guest.appears(() => guest.vm.volumes.attach({ id: 'plain', uri: slow.uri }))
  const several = await guest.appears(() => plugSeveralIothreads(guest, socketOf(slow), 'hotplug11'))
  const results = await measured(guest, quick, {
    plain: [[plain], 'randrw'],
    iothreads: [[several], 'randrw'],
  })
  const note = 'QEMU 10’s iothread-vq-mapping: each queue a thread of its own, and one NBD client.'
  return [row(results, 'iothreads', nothing, note)]
}

function measured(
  guest: FioGuest,
  quick: boolean,
  ways: Readonly<Record<string, readonly [readonly string[], Load]>>,
) {
  const [rounds, seconds] = quick ? [2, 1] : [3, 4]
  const runs = Object.entries(ways).map(([name, [disks, rw]]): [string, () => Promise<number>] => [
    name,
    async () => iops(await guest.load(disks, rw, seconds)),
  ])
  return interleave(new Map(runs), rounds)
}

const row = (
  results: ReadonlyMap<string, readonly number[]>,
  ours: string,
  goal: Pick<Goal, 'target' | 'bound' | 'better'>,
  note: string,
  floor = 'plain',
) =>
  summarize(
    { name: `guest-io.limit-${ours}`, unit: 'IOPS', ...goal, note },
    new Map([
      ['ours', results.get(ours) ?? []],
      ['floor', results.get(floor) ?? []],
    ]),
  )

function plugVhost({ vm: { qmp }, appears }: FioGuest, id: string, socket: string, bus: string) {
  return appears(async () => {
    const addr = { type: 'unix', data: { path: socket } } as const
    await qmp.execute('chardev-add', {
      id: `char-${id}`,
      backend: { type: 'socket', data: { addr, server: false } },
    })
    const device = { driver: 'vhost-user-blk-pci', id, chardev: `char-${id}`, 'num-queues': 2, bus }
    await qmp.execute('device_add', device)
  })
}

function plugSlowNode({ vm: { qmp }, appears }: FioGuest, bus: string) {
  return appears(async () => {
    await qmp.execute('object-add', { 'qom-type': 'iothread', id: 'ioth-direct' })
    await qmp.execute('blockdev-add', {
      driver: 'null-co',
      'node-name': 'direct',
      size: 64 * 1024 * 1024,
      'latency-ns': 2_000_000,
      'read-zeroes': true,
    })
    const queues = { iothread: 'ioth-direct', 'num-queues': 2 }
    await qmp.execute('device_add', {
      driver: 'virtio-blk-pci',
      id: 'direct',
      drive: 'direct',
      bus,
      ...queues,
    })
  })
}

async function plugSeveralIothreads({ vm: { qmp } }: FioGuest, path: string, bus: string) {
  const iothreads = ['ioth-one', 'ioth-two']
  for (const id of iothreads) await qmp.execute('object-add', { 'qom-type': 'iothread', id })
  const server = { type: 'unix', path } as const
  await qmp.execute('blockdev-add', { driver: 'nbd', 'node-name': 'several', server })
  await qmp.execute('device_add', {
    driver: 'virtio-blk-pci',
    id: 'several',
    drive: 'several',
    bus,
    'num-queues': 2,
    'iothread-vq-mapping': iothreads.map((iothread) => ({ iothread })),
  })
}

/** The QEMU 10 that the tests' set-up unpacks, see test/support/other-qemu.sh. */
function qemu10(): string | undefined {
  const { QEMU_LAUNCH_CACHE, XDG_CACHE_HOME = join(homedir(), '.cache') } = process.env
  const cache = QEMU_LAUNCH_CACHE ?? join(XDG_CACHE_HOME, 'qemu-launch')
  const found = existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith('qemu-10.0-')) : []
  const whole = found.find((name) => existsSync(join(cache, name, 'complete')))
  return whole === undefined ? undefined : join(cache, whole, 'bin/qemu-system-x86_64')
}

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type ThreadUsage, threadsOf } from '../../process/index.ts'
import { QmpCommandError } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'
import { queuesOf } from '../disks/queues.ts'
import { type ListedVolume, volumeError } from '../disks/volume-record.ts'
import { reattachVm } from '../life/reattach.ts'
import type { VmVisitor } from '../life/roles.ts'
import { listVmServers } from '../life/servers.ts'
import { findLimit, type MachineFacts, type ThreadLoad, type Verdict, type VolumeFacts } from './limit.ts'

export interface ExplainOptions {
  readonly stateDir?: string | undefined
  /** Only this disk. */
  readonly volume?: string | undefined
  /** How long it is looked at; 3 s unless given. */
  readonly intervalMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What slows a disk of a VM down. */
export interface Explanation extends Verdict {
  readonly volume: string
  readonly facts: VolumeFacts
}

const intervalMs = 3_000
/** A queue is full for moments. */
const looksAtQueues = 8

/**
 * Looks at a VM for a while, and says for each of its disks which tier slows it down, the busiest disk first. Changes nothing.
 * @throws as `reattachVm` for a visitor; VolumeError VOLUME_NOT_FOUND; QmpError when QEMU does not answer.
 */
export async function explainVm(vm: string, options: ExplainOptions = {}): Promise<Explanation[]> {
  const { signal, stateDir } = options
  const servers = await serversOf(vm, stateDir)
  const visitor = await reattachVm(vm, { stateDir, owner: false, signal })
  try {
    const before = await look(visitor, servers)
    const wanted = before.volumes.filter(({ id }) => options.volume === undefined || id === options.volume)
    if (options.volume !== undefined && wanted.length === 0)
      throw volumeError('VOLUME_NOT_FOUND', vm, options.volume, 'is not a disk of the VM')
    const looks = new Map<string, { fill: number; waiting: number }>()
    for (let step = 0; step < looksAtQueues; step++) {
      await sleep((options.intervalMs ?? intervalMs) / looksAtQueues, { signal })
      for (const { id } of wanted) {
        const { fill, waiting } = looks.get(id) ?? { fill: 0, waiting: Number.POSITIVE_INFINITY }
        const queues = await queuesOf(visitor.qmp, id)
        const fills = queues.map((queue) => queue.inuse / Math.max(queue['vring-num'], 1))
        const now = queues.reduce((sum, { inuse }) => sum + inuse, 0)
        looks.set(id, { fill: Math.max(fill, ...fills), waiting: Math.min(waiting, now) })
      }
    }
    const after = await look(visitor, servers)
    const threadIds = new Map(
      await Promise.all(wanted.map(async (disk) => [disk.id, await threadOf(visitor, disk, after)] as const)),
    )
    const machine = machineFacts(visitor, before, after)
    return wanted
      .flatMap((volume) => factsOf(volume, threadIds.get(volume.id), before, after) ?? [])
      .map((facts) => ({
        ...facts,
        queueFill: looks.get(facts.id)?.fill,
        waiting: looks.get(facts.id)?.waiting,
      }))
      .map((facts) => ({ volume: facts.id, ...findLimit(machine, facts), facts }))
      .sort((one, other) => other.facts.load.meanInFlight - one.facts.load.meanInFlight)
  } finally {
    await visitor.leave()
  }
}

type Threads = ReadonlyMap<number, ThreadUsage>

interface Look {
  readonly atMs: number
  readonly volumes: readonly ListedVolume[]
  readonly vcpus: readonly number[]
  /** By the id of the iothread. */
  readonly iothreads: ReadonlyMap<string, number>
  readonly qemu: Threads
  readonly servers: ReadonlyMap<string, Threads>
  readonly host: { readonly total: number; readonly stolen: number }
}

async function look({ pid, qmp, volumes }: VmVisitor, servers: ReadonlyMap<string, number>): Promise<Look> {
  const [listed, cpus, iothreads, qemu, host, ...others] = await Promise.all([
    volumes.list(),
    qmp.execute('query-cpus-fast'),
    qmp.execute('query-iothreads'),
    threads(pid),
    hostTimes(),
    ...[...servers].map(async ([volume, server]) => [volume, await threads(server)] as const),
  ])
  return {
    atMs: performance.now(),
    volumes: listed,
    vcpus: cpus.map((cpu) => Number(cpu['thread-id'])),
    iothreads: new Map(iothreads.map(({ id, 'thread-id': tid }) => [id, Number(tid)])),
    qemu,
    servers: new Map(others),
    host,
  }
}

const threads = async (pid: number): Promise<Threads> =>
  new Map((await threadsOf(pid)).map((thread) => [thread.tid, thread]))

async function serversOf(vm: string, stateDir: string | undefined): Promise<ReadonlyMap<string, number>> {
  const found = (await listVmServers({ stateDir })).filter((server) => server.vm === vm)
  return new Map(
    found.flatMap(({ pid, volume }) =>
      pid === undefined || volume === undefined ? [] : [[volume, pid] as const],
    ),
  )
}

/** By the first line of /proc/stat, man 5 proc. */
async function hostTimes(): Promise<Look['host']> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n')
  const times = line.trim().split(/\s+/).slice(1, 9).map(Number)
  return { total: times.reduce((sum, time) => sum + time, 0), stolen: times[7] ?? 0 }
}

function machineFacts({ state }: VmVisitor, before: Look, after: Look): MachineFacts {
  const seconds = (after.atMs - before.atMs) / 1000
  const qemu = [...after.qemu].flatMap(
    ([tid, thread]) => between(before.qemu.get(tid), thread, seconds) ?? [],
  )
  const total = after.host.total - before.host.total
  return {
    running: state === 'running',
    vcpus: after.vcpus.flatMap((tid) => loadOf(tid, before, after) ?? []),
    waiting: qemu.reduce((sum, { waiting }) => sum + waiting, 0),
    stolen: total > 0 ? (after.host.stolen - before.host.stolen) / total : 0,
  }
}

function loadOf(tid: number | undefined, before: Look, after: Look): ThreadLoad | undefined {
  return tid === undefined
    ? undefined
    : between(before.qemu.get(tid), after.qemu.get(tid), (after.atMs - before.atMs) / 1000)
}

function between(
  before: ThreadUsage | undefined,
  after: ThreadUsage | undefined,
  seconds: number,
): ThreadLoad | undefined {
  if (before === undefined || after === undefined) return undefined
  const waited = after.waitedSeconds - before.waitedSeconds
  return {
    busy: (after.cpuSeconds - before.cpuSeconds) / seconds,
    waiting: waited / seconds,
    delaySeconds: waited / Math.max(after.runs - before.runs, 1),
  }
}

/** The thread of QEMU that serves a disk, its main loop where the disk has none of its own; undefined where QEMU does not say. */
async function threadOf(
  { pid, qmp }: VmVisitor,
  { device }: ListedVolume,
  { iothreads }: Look,
): Promise<number | undefined> {
  if (device === undefined) return undefined
  const asked = { path: `/machine/peripheral/${device}`, property: 'iothread' }
  const link = await qmp.execute('qom-get', asked).catch((error: unknown) => {
    // A SCSI disk works in the thread of its controller.
    if (!(error instanceof QmpCommandError)) throw error
  })
  if (typeof link !== 'string') return undefined
  return link === '' ? pid : iothreads.get(basename(link))
}

/** Undefined for a disk that has come or gone meanwhile. */
function factsOf(
  { id, counters }: ListedVolume,
  tid: number | undefined,
  before: Look,
  after: Look,
): VolumeFacts | undefined {
  const now = after.volumes.find((volume) => volume.id === id)
  if (counters === undefined || now?.counters === undefined || now.load === undefined) return undefined
  const { seconds } = now.load
  const rate = (kind: 'read' | 'write') => ({
    operations: ((now.counters?.[kind].operations ?? 0) - counters[kind].operations) / seconds,
    bytes: ((now.counters?.[kind].bytes ?? 0) - counters[kind].bytes) / seconds,
  })
  return {
    id,
    load: now.load,
    rates: { read: rate('read'), write: rate('write') },
    limits: now.limits,
    iothread: loadOf(tid, before, after),
    server: busiest(before.servers.get(id), after.servers.get(id), (after.atMs - before.atMs) / 1000),
  }
}

function busiest(
  before: Threads | undefined,
  after: Threads | undefined,
  seconds: number,
): ThreadLoad | undefined {
  const loads = [...(after ?? [])].flatMap(
    ([tid, thread]) => between(before?.get(tid), thread, seconds) ?? [],
  )
  return loads.sort((one, other) => other.busy + other.waiting - one.busy - one.waiting)[0]
}

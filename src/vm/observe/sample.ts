import { readFile } from 'node:fs/promises'
import { usageOf } from '../../process/index.ts'
import { mapLimited } from '../../util/limited.ts'
import { type ListOptions, listVms, type VmInspection } from '../life/inspect.ts'
import { reattachVm } from '../life/reattach.ts'
import { listVmServers } from '../life/servers.ts'
import type { HostSample, Samples, ServerSample, VmSample } from './samples.ts'

export interface SampleOptions extends ListOptions {
  /** Only this VM. */
  readonly vm?: string | undefined
  /** How long a QEMU may take to answer; 2 s unless given. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const answerTimeoutMs = 2_000
const askedAtOnce = 8

/**
 * The running VMs of a state directory, and the servers of their volumes. It visits each VM for a moment. A VM that does not
 * answer delays the others by no more than the limit. @throws VmError VM_STATE when the state directory cannot be read.
 */
export async function sampleVms({ vm, ...options }: SampleOptions = {}): Promise<Samples> {
  const isAsked = (id: string | undefined) => vm === undefined || id === vm
  const [listed, running, host] = await Promise.all([listVmServers(options), listVms(options), sampleHost()])
  const alive = running.filter((found) => found.alive && isAsked(found.id))
  const vms = await mapLimited(alive, askedAtOnce, (found) => sampleVm(found, options))
  const names = new Set(alive.map(({ id }) => id))
  const servers = await Promise.all(
    listed.flatMap(({ pid, state, vm: of = '', volume = '' }) =>
      names.has(of) ? [sampleServer({ vm: of, volume, state }, pid)] : [],
    ),
  )
  return { vms, servers, host }
}

async function sampleVm(
  { id, memoryMiB, pid, vcpus }: VmInspection,
  { signal, stateDir, timeoutMs = answerTimeoutMs }: SampleOptions,
): Promise<VmSample> {
  const process = pid === undefined ? undefined : await usageOf(pid)
  const known = { vm: id, vcpus, memoryMiB, process }
  const limits = { signal, timeoutMs }
  try {
    const visitor = await reattachVm(id, { stateDir, owner: false, ...limits })
    try {
      const start = performance.now()
      await visitor.qmp.execute('query-status', undefined, limits)
      const atMs = performance.now()
      const { state } = visitor
      const volumes = await visitor.volumes.list(limits)
      return { ...known, state, atMs, qmpSeconds: (atMs - start) / 1000, volumes }
    } finally {
      await visitor.leave()
    }
  } catch {
    signal?.throwIfAborted()
    return { ...known, state: 'unresponsive', atMs: performance.now(), volumes: [] }
  }
}

async function sampleServer(server: ServerSample, pid: number | undefined): Promise<ServerSample> {
  return pid === undefined ? server : { ...server, process: await usageOf(pid) }
}

async function sampleHost(): Promise<HostSample> {
  const [meminfo, sockets] = await Promise.all([
    readFile('/proc/meminfo', 'utf8'),
    readFile('/proc/net/sockstat', 'utf8').catch(() => ''),
  ])
  const kiB = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? 0)
  return {
    memoryBytes: kiB('MemTotal') * 1024,
    availableBytes: kiB('MemAvailable') * 1024,
    timeWaitSockets: Number(/^TCP:.*\btw (\d+)/m.exec(sockets)?.[1] ?? 0),
  }
}

import type { VolumeLimits, VolumeLoad } from '../../volumes/index.ts'

/** How much of the time a thread ran, and how much it could have run and had no CPU: each from 0 to 1. */
export interface ThreadLoad {
  readonly busy: number
  readonly waiting: number
  /** How long it waited for a CPU each time it got one, on average. */
  readonly delaySeconds?: number | undefined
}

/** What a volume did in an interval, and what is around it. */
export interface VolumeFacts {
  readonly id: string
  readonly load: VolumeLoad
  /** By direction, a second. */
  readonly rates: Readonly<Record<'read' | 'write', { readonly operations: number; readonly bytes: number }>>
  readonly limits?: VolumeLimits | undefined
  /** How full its fullest virtqueue was at a look: from 0 to 1. Absent where QEMU does not tell. */
  readonly queueFill?: number | undefined
  /** How many requests at least it had under way at each look: QEMU counts a request when it is over. */
  readonly waiting?: number | undefined
  /** The thread of QEMU that serves it. */
  readonly iothread?: ThreadLoad | undefined
  /** The busiest thread of its server, where that is a process of this host that is known. */
  readonly server?: ThreadLoad | undefined
}

/** What a VM did in an interval. */
export interface MachineFacts {
  readonly running: boolean
  readonly vcpus: readonly ThreadLoad[]
  /** How long threads of QEMU could have run and had no CPU, all together: a vCPU may wait for one of the others. */
  readonly waiting: number
  /** How much of the host's CPU time its own host took away: from 0 to 1. */
  readonly stolen: number
}

/** What holds a volume up. */
export type Tier =
  | 'paused'
  | 'idle'
  | 'throttle'
  | 'connection'
  | 'host'
  | 'iothread'
  | 'server'
  | 'guest-queue'
  | 'vcpu'
  | 'guest'

/** What holds a volume up, the numbers that say so, and what to try. */
export interface Verdict {
  readonly tier: Tier
  readonly why: string
  readonly advice: string
}

// A rate never quite reaches its limit: QEMU lets a little go in bursts.
const nearLimit = 0.9
/** A disk that has a request under way for more of the time than not. */
const busyDisk = 0.5
/** A thread that would run all the time. */
const busyThread = 0.9
/** As much of the time without a CPU shows that the host is what is short. */
const starved = 0.3
/** Fewer under way on average, and each waits for the one before. */
const oneByOne = 2
/** A request that waits for a CPU for as much of its time is held up by the host. */
const mostOfRequest = 0.5
/** A host with CPUs to spare gives a thread one sooner. */
const leastDelaySeconds = 0.001
/** A thread that runs for less of the time does not need much of a CPU, however long it waits for one. */
const needsCpu = 0.3
const fullQueue = 0.9
const stolenShare = 0.2
const fewOperations = 1

const advices: Readonly<Record<Tier, string>> = {
  paused: 'let it run',
  idle: 'look again while the guest works on it',
  throttle: 'raise or remove the limit (throttle)',
  connection:
    'make the server answer faster, or use more volumes: QEMU keeps 16 requests under way on one NBD connection',
  host: 'give the VM CPUs of its own (pinning), or run less on this host',
  iothread: 'give the volume an iothread of its own, or use larger requests',
  server: 'make the server faster: more threads, a cache, or storage that is quicker',
  'guest-queue': 'have the guest ask for more at a time: a larger I/O depth, more jobs, or numQueues',
  vcpu: 'give the guest more vCPUs, or a faster accelerator (kvm)',
  guest: 'look inside the guest: neither its CPUs nor this disk hold it up',
}

/** Which tier holds a volume up, by what was measured. Pure. */
export function findLimit(machine: MachineFacts, volume: VolumeFacts): Verdict {
  const { load } = volume
  const { meanInFlight, operationsPerSecond } = load
  const verdict = (tier: Tier, why: string): Verdict => ({ tier, why, advice: advices[tier] })
  if (!machine.running) return verdict('paused', 'the VM does not run')
  const limit = reachedLimit(volume)
  if (limit !== undefined) return verdict('throttle', limit)
  const { waiting = 0 } = volume
  if (operationsPerSecond < fewOperations && waiting > 0)
    return verdict('server', `${waiting} requests were under way all the time, and hardly one was answered`)
  if (operationsPerSecond < fewOperations && meanInFlight < busyDisk)
    return verdict('idle', `the guest asked for ${operationsPerSecond.toFixed(1)} operations a second`)
  const depth = meanInFlight.toFixed(1)
  const latency = `${((load.meanLatencySeconds ?? 0) * 1000).toFixed(2)} ms`
  const cpuDelay = (volume.iothread?.delaySeconds ?? 0) + (volume.server?.delaySeconds ?? 0)
  const ofCpu = cpuDelay / Math.max(load.meanLatencySeconds ?? 0, cpuDelay)
  if (meanInFlight >= busyDisk && cpuDelay >= leastDelaySeconds && ofCpu >= mostOfRequest) {
    const why = `a request waited for a CPU for ${(cpuDelay * 1000).toFixed(2)} ms of its ${latency}`
    return verdict('host', why)
  }
  if (load.atConnectionLimit)
    return verdict(
      'connection',
      `${depth} requests were under way, each for ${latency}, queued ones included`,
    )
  return meanInFlight >= busyDisk ? belowGuest() : inGuest()

  function belowGuest(): Verdict {
    for (const [tier, thread, name] of [
      ['iothread', volume.iothread, 'the thread of QEMU that serves the disk'],
      ['server', volume.server, 'a thread of its server'],
    ] as const) {
      if (thread === undefined || wanted(thread) < busyThread) continue
      if (isStarved(thread) && thread.busy < needsCpu) continue
      if (isStarved(thread))
        return verdict('host', `${name} had no CPU for ${percent(thread.waiting)} of the time`)
      return verdict(tier, `${name} was busy for ${percent(thread.busy)} of the time`)
    }
    const { queueFill = 0 } = volume
    if (queueFill >= fullQueue)
      return verdict('guest-queue', `its virtqueue was full to ${percent(queueFill)}`)
    if (meanInFlight < oneByOne)
      return verdict('guest-queue', `the guest had ${depth} requests under way, each for ${latency}`)
    return verdict('server', `${depth} requests were under way, each for ${latency}`)
  }

  function inGuest(): Verdict {
    const [vcpu] = [...machine.vcpus].sort((one, other) => wanted(other) - wanted(one))
    if (machine.waiting >= starved)
      return verdict('host', `threads of QEMU had no CPU for ${percent(machine.waiting)} of the time`)
    if (vcpu === undefined || wanted(vcpu) < busyThread)
      return verdict('guest', `the disk had nothing to do for ${percent(1 - meanInFlight)} of the time`)
    if (machine.stolen >= stolenShare)
      return verdict('host', `the host of this host took ${percent(machine.stolen)} of its CPU time`)
    return verdict('vcpu', `a vCPU was busy for ${percent(vcpu.busy)} of the time`)
  }
}

const wanted = ({ busy, waiting }: ThreadLoad) => busy + waiting
const isStarved = ({ waiting }: ThreadLoad) => waiting >= starved
const percent = (share: number) => `${(share * 100).toFixed(0)} %`

/** The limit that is reached, in words. */
function reachedLimit({ limits = {}, rates: { read, write } }: VolumeFacts): string | undefined {
  const { operationBytes } = limits
  // A large operation counts as several, in QEMU.
  const counted = (operations: number, bytes: number) =>
    operationBytes === undefined ? operations : Math.max(operations, bytes / operationBytes)
  const operations = {
    read: counted(read.operations, read.bytes),
    write: counted(write.operations, write.bytes),
  }
  const measured = {
    bytesPerSecond: read.bytes + write.bytes,
    readBytesPerSecond: read.bytes,
    writeBytesPerSecond: write.bytes,
    operationsPerSecond: operations.read + operations.write,
    readOperationsPerSecond: operations.read,
    writeOperationsPerSecond: operations.write,
  }
  for (const [name, rate] of Object.entries(measured)) {
    const most = limits[name as keyof typeof measured] ?? 0
    if (most > 0 && rate >= most * nearLimit) return `${name} was ${rate.toFixed(0)}, of ${most} allowed`
  }
  return undefined
}

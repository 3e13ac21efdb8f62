import type { Commands } from '../qmp/index.ts'

type Stats = Commands['query-blockstats']['return'][number]['stats']

/** The operations of one kind since the disk was attached. */
export interface OperationCounters {
  readonly operations: number
  readonly bytes: number
  readonly failed: number
  /** From the guest's request to its answer, of all operations together. */
  readonly seconds: number
  /** Where `block-latency-histogram-set` turned it on. */
  readonly latency?: LatencyHistogram | undefined
}

export interface LatencyHistogram {
  /** Between the counts, so one less than these. */
  readonly boundariesNs: readonly number[]
  readonly counts: readonly number[]
}

/** The I/O of a disk since it was attached. */
export interface VolumeCounters {
  readonly read: OperationCounters
  readonly write: OperationCounters
  readonly flush: OperationCounters
  readonly unmap: OperationCounters
}

/** The I/O of a disk between two looks at it. */
export interface VolumeLoad {
  readonly seconds: number
  readonly operationsPerSecond: number
  readonly bytesPerSecond: number
  /** The mean time an operation took; absent when there was none. */
  readonly meanLatencySeconds?: number | undefined
  /** How many were under way on average. */
  readonly meanInFlight: number
  /**
   * True when 16 requests were under way, the most that QEMU sends on one NBD connection. Then 16 / latency operations a second
   * are possible, with any number of queues. Only faster answers or more volumes give more.
   */
  readonly atConnectionLimit: boolean
}

// MAX_NBD_REQUESTS, https://gitlab.com/qemu-project/qemu/-/blob/v10.0.0/block/nbd.c.
const maxInFlight = 16
// A mean never quite reaches a limit that is held all the time.
const nearLimit = maxInFlight * 0.9

/** The counters in an answer of `query-blockstats`. */
export function readCounters(stats: Stats): VolumeCounters {
  const seconds = (nanoseconds: number) => Number(nanoseconds) / 1e9
  return {
    read: {
      operations: stats.rd_operations,
      bytes: stats.rd_bytes,
      failed: stats.failed_rd_operations,
      seconds: seconds(stats.rd_total_time_ns),
      latency: histogram(stats.rd_latency_histogram),
    },
    write: {
      operations: stats.wr_operations,
      bytes: stats.wr_bytes,
      failed: stats.failed_wr_operations,
      seconds: seconds(stats.wr_total_time_ns),
      latency: histogram(stats.wr_latency_histogram),
    },
    flush: {
      operations: stats.flush_operations,
      bytes: 0,
      failed: stats.failed_flush_operations,
      seconds: seconds(stats.flush_total_time_ns),
      latency: histogram(stats.flush_latency_histogram),
    },
    unmap: {
      operations: stats.unmap_operations,
      bytes: stats.unmap_bytes,
      failed: stats.failed_unmap_operations,
      seconds: seconds(stats.unmap_total_time_ns),
    },
  }
}

function histogram(found: Stats['rd_latency_histogram']): LatencyHistogram | undefined {
  if (found === undefined) return undefined
  return { boundariesNs: found.boundaries.map(Number), counts: found.bins.map(Number) }
}

/** What went on between two looks, so many seconds apart; undefined when the counters began anew or no time passed. */
export function loadBetween(
  before: VolumeCounters,
  after: VolumeCounters,
  seconds: number,
  { isNbd }: { readonly isNbd: boolean },
): VolumeLoad | undefined {
  const sum = (counters: VolumeCounters, key: 'operations' | 'bytes' | 'seconds') =>
    counters.read[key] + counters.write[key] + counters.flush[key] + counters.unmap[key]
  const operations = sum(after, 'operations') - sum(before, 'operations')
  const busy = sum(after, 'seconds') - sum(before, 'seconds')
  if (seconds <= 0 || operations < 0) return undefined
  // Little's law: those under way are the rate times the time each takes.
  const meanInFlight = busy / seconds
  return {
    seconds,
    operationsPerSecond: operations / seconds,
    bytesPerSecond: (sum(after, 'bytes') - sum(before, 'bytes')) / seconds,
    meanLatencySeconds: operations === 0 ? undefined : busy / operations,
    meanInFlight,
    atConnectionLimit: isNbd && meanInFlight >= nearLimit,
  }
}

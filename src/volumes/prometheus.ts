import { family, type Sample } from '../util/exposition.ts'
import type { OperationCounters, VolumeCounters, VolumeLoad } from './counters.ts'

/** A volume with its numbers, as `vm.volumes.metrics()` gives it. */
export interface VolumeMetrics {
  readonly vm: string
  readonly volume: string
  readonly sizeBytes: number
  readonly counters: VolumeCounters
  /** Since this process looked at it last, by `list` or `metrics`; absent the first time. */
  readonly load?: VolumeLoad | undefined
}

const kinds = ['read', 'write', 'flush', 'unmap'] as const

interface Family<T> {
  readonly name: string
  readonly help: string
  readonly value: (of: T) => number
}

const families: readonly Family<OperationCounters>[] = [
  { name: 'operations_total', help: 'Operations done.', value: ({ operations }) => operations },
  { name: 'bytes_total', help: 'Bytes moved.', value: ({ bytes }) => bytes },
  { name: 'failed_operations_total', help: 'Operations that failed.', value: ({ failed }) => failed },
  {
    name: 'operation_seconds_total',
    help: 'Time from request to answer, of all operations together.',
    value: ({ seconds }) => seconds,
  },
]

const gauges: readonly Family<VolumeLoad>[] = [
  {
    name: 'in_flight_operations',
    help: 'Operations under way, on average since the last look.',
    value: ({ meanInFlight }) => meanInFlight,
  },
  {
    name: 'at_connection_limit',
    help: '1 when as many were under way as QEMU sends on one NBD connection (16), else 0.',
    value: ({ atConnectionLimit }) => Number(atConnectionLimit),
  },
]

/** Metrics of volumes, of one VM or many, in Prometheus' text form, https://prometheus.io/docs/instrumenting/exposition_formats. Pure. */
export function formatPrometheus(metrics: readonly VolumeMetrics[]): string {
  const lines = family(
    `${prefix}size_bytes`,
    'gauge',
    'Size of the volume.',
    metrics.map((each) => ({ labels: labelsOf(each), value: each.sizeBytes })),
  )
  for (const { name, help, value } of families) {
    const samples = metrics.flatMap((each) =>
      kinds.map((kind) => ({ labels: { ...labelsOf(each), kind }, value: value(each.counters[kind]) })),
    )
    lines.push(...family(prefix + name, 'counter', help, samples))
  }
  for (const { name, help, value } of gauges) {
    const samples = metrics.flatMap(({ load, ...each }) =>
      load === undefined ? [] : [{ labels: labelsOf(each), value: value(load) }],
    )
    lines.push(...family(prefix + name, 'gauge', help, samples))
  }
  const histograms = metrics.flatMap((each) =>
    kinds.flatMap((kind) => histogram({ ...labelsOf(each), kind }, each.counters[kind])),
  )
  lines.push(...family(`${prefix}latency_seconds`, 'histogram', 'Time of an operation.', histograms))
  return lines.map((line) => `${line}\n`).join('')
}

const prefix = 'qemu_launch_volume_'

const labelsOf = ({ vm, volume }: Pick<VolumeMetrics, 'vm' | 'volume'>) => ({ vm, volume })

function histogram(labels: Sample['labels'], { latency, seconds }: OperationCounters): Sample[] {
  if (latency === undefined) return []
  let count = 0
  const buckets = latency.counts.map((bin, index) => {
    count += bin
    const boundary = latency.boundariesNs[index]
    const le = boundary === undefined ? '+Inf' : String(boundary / 1e9)
    return { labels: { ...labels, le }, part: 'bucket', value: count }
  })
  return [...buckets, { labels, part: 'sum', value: seconds }, { labels, part: 'count', value: count }]
}

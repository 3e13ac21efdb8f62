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
  const lines = family('size_bytes', 'gauge', 'Size of the volume.')
  for (const each of metrics) lines.push(sample('size_bytes', each, {}, each.sizeBytes))
  for (const { name, help, value } of families) {
    lines.push(...family(name, 'counter', help))
    for (const each of metrics) {
      for (const kind of kinds) lines.push(sample(name, each, { kind }, value(each.counters[kind])))
    }
  }
  const withLoad = metrics.flatMap((each) => (each.load === undefined ? [] : [{ each, load: each.load }]))
  for (const { name, help, value } of withLoad.length > 0 ? gauges : []) {
    lines.push(...family(name, 'gauge', help))
    for (const { each, load } of withLoad) lines.push(sample(name, each, {}, value(load)))
  }
  const withLatency = metrics.flatMap((each) =>
    kinds.flatMap((kind) => {
      const counters = each.counters[kind]
      return counters.latency === undefined ? [] : [{ each, kind, counters, latency: counters.latency }]
    }),
  )
  if (withLatency.length > 0) lines.push(...family('latency_seconds', 'histogram', 'Time of an operation.'))
  for (const { each, kind, counters, latency } of withLatency) {
    let count = 0
    for (const [index, bin] of latency.counts.entries()) {
      count += bin
      const boundary = latency.boundariesNs[index]
      const le = boundary === undefined ? '+Inf' : String(boundary / 1e9)
      lines.push(sample('latency_seconds_bucket', each, { kind, le }, count))
    }
    lines.push(sample('latency_seconds_sum', each, { kind }, counters.seconds))
    lines.push(sample('latency_seconds_count', each, { kind }, count))
  }
  return `${lines.join('\n')}\n`
}

const prefix = 'qemu_launch_volume_'

function family(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): string[] {
  return [`# HELP ${prefix}${name} ${help}`, `# TYPE ${prefix}${name} ${type}`]
}

function sample(
  name: string,
  { vm, volume }: VolumeMetrics,
  labels: Readonly<Record<string, string>>,
  value: number,
): string {
  const all = Object.entries({ vm, volume, ...labels })
  return `${prefix}${name}{${all.map(([key, text]) => `${key}="${escapeLabel(text)}"`).join(',')}} ${value}`
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

import { expect, test } from 'vitest'
import { loadBetween, type OperationCounters, type VolumeCounters } from '../../../src/volumes/counters.ts'
import { formatPrometheus, type VolumeMetrics } from '../../../src/volumes/prometheus.ts'

const none: OperationCounters = { operations: 0, bytes: 0, failed: 0, seconds: 0 }
const counters = (read: Partial<OperationCounters>): VolumeCounters => ({
  read: { ...none, ...read },
  write: none,
  flush: none,
  unmap: none,
})
const idle = counters({})

test('a load tells rate, latency, and how many were under way', () => {
  const after = counters({ operations: 1000, bytes: 4_096_000, seconds: 4 })
  expect(loadBetween(idle, after, 2, { isNbd: true })).toEqual({
    seconds: 2,
    operationsPerSecond: 500,
    bytesPerSecond: 2_048_000,
    meanLatencySeconds: 0.004,
    meanInFlight: 2,
    atConnectionLimit: false,
  })
})

test.each([
  [31, true, true],
  [31, false, false],
  [20, true, false],
])('%s s of requests in 2 s, NBD %s: at the limit %s', (seconds, isNbd, expected) => {
  const load = loadBetween(idle, counters({ operations: 100, seconds }), 2, { isNbd })
  expect(load?.atConnectionLimit).toBe(expected)
})

test('counters that began anew, or no time, tell nothing; no operations have no latency', () => {
  expect(loadBetween(counters({ operations: 5 }), idle, 1, { isNbd: true })).toBeUndefined()
  expect(loadBetween(idle, idle, 0, { isNbd: true })).toBeUndefined()
  expect(loadBetween(idle, idle, 1, { isNbd: true })?.meanLatencySeconds).toBeUndefined()
})

test('Prometheus gets each family once, with its labels escaped and its histogram cumulative', () => {
  const read = {
    operations: 6,
    bytes: 24_576,
    failed: 1,
    seconds: 0.5,
    latency: { boundariesNs: [1_000_000, 10_000_000], counts: [1, 2, 3] },
  }
  const text = formatPrometheus([
    { vm: 'web', volume: 'a"b\\c', sizeBytes: 1024, counters: { ...idle, read } },
    { vm: 'web', volume: 'plain', sizeBytes: 2048, counters: idle },
  ])
  const lines = text.split('\n')
  expect(lines.filter((line) => line.startsWith('# TYPE qemu_launch_volume_operations_total'))).toHaveLength(
    1,
  )
  expect(lines).toContain('qemu_launch_volume_size_bytes{vm="web",volume="plain"} 2048')
  expect(lines).toContain('qemu_launch_volume_bytes_total{vm="web",volume="a\\"b\\\\c",kind="read"} 24576')
  expect(lines).toContain(
    'qemu_launch_volume_operation_seconds_total{vm="web",volume="a\\"b\\\\c",kind="read"} 0.5',
  )
  expect(lines.filter((line) => line.includes('latency_seconds_bucket'))).toEqual([
    'qemu_launch_volume_latency_seconds_bucket{vm="web",volume="a\\"b\\\\c",kind="read",le="0.001"} 1',
    'qemu_launch_volume_latency_seconds_bucket{vm="web",volume="a\\"b\\\\c",kind="read",le="0.01"} 3',
    'qemu_launch_volume_latency_seconds_bucket{vm="web",volume="a\\"b\\\\c",kind="read",le="+Inf"} 6',
  ])
  expect(text.endsWith('\n')).toBe(true)
})

test('Prometheus is told of the load of volumes that have been looked at before', () => {
  const of = (volume: string, seconds?: number) => ({
    vm: 'web',
    volume,
    sizeBytes: 1024,
    counters: idle,
    load:
      seconds === undefined
        ? undefined
        : loadBetween(idle, counters({ operations: 10, seconds }), 2, { isNbd: true }),
  })
  const about = (metrics: VolumeMetrics[]) =>
    formatPrometheus(metrics)
      .split('\n')
      .filter((line) => /in_flight|connection_limit/.test(line) && !line.startsWith('# HELP'))
  expect(about([of('full', 31), of('calm', 5), of('new')])).toEqual([
    '# TYPE qemu_launch_volume_in_flight_operations gauge',
    'qemu_launch_volume_in_flight_operations{vm="web",volume="full"} 15.5',
    'qemu_launch_volume_in_flight_operations{vm="web",volume="calm"} 2.5',
    '# TYPE qemu_launch_volume_at_connection_limit gauge',
    'qemu_launch_volume_at_connection_limit{vm="web",volume="full"} 1',
    'qemu_launch_volume_at_connection_limit{vm="web",volume="calm"} 0',
  ])
  expect(about([of('new')])).toEqual([])
})

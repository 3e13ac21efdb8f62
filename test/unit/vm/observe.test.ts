import { describe, expect, test } from 'vitest'
import { topTable } from '../../../src/cli/top-table.ts'
import { alertRules, formatSamples, type Samples, type VmSample, vmLoad } from '../../../src/vm/index.ts'
import type { VolumeCounters } from '../../../src/volumes/index.ts'

const none = { operations: 0, bytes: 0, failed: 0, seconds: 0 }
const counters = (operations: number, seconds: number): VolumeCounters => ({
  read: { operations, bytes: operations * 4096, failed: 0, seconds },
  write: none,
  flush: none,
  unmap: none,
})
const process = (cpuSeconds: number) => ({
  cpuSeconds,
  residentBytes: 256 * 1024 ** 2,
  openFiles: 40,
  openFilesLimit: 1024,
})
const sample = (atMs: number, cpuSeconds: number, operations: number, seconds: number): VmSample => ({
  vm: 'web-1',
  state: 'running',
  atMs,
  vcpus: 2,
  memoryMiB: 512,
  qmpSeconds: 0.001,
  process: process(cpuSeconds),
  volumes: [
    { id: 'vol-1', uri: 'nbd:unix:/s', sizeBytes: 1024, counters: counters(operations, seconds) },
    { id: 'gone' },
  ],
})
const busy = vmLoad(sample(0, 1, 100, 1), sample(2000, 4, 16_100, 33))

describe('the load of a VM', () => {
  test('is what went on between two looks', () => {
    expect(busy).toMatchObject({ vm: 'web-1', cpuPercent: 150 })
    expect(busy.volumes).toEqual([
      { id: 'vol-1', load: expect.objectContaining({ operationsPerSecond: 8000, meanInFlight: 16 }) },
      { id: 'gone' },
    ])
  })

  test('is not known of a VM that was not there before, or is another one by now', () => {
    const now = sample(2000, 4, 100, 1)
    for (const before of [undefined, { ...now, atMs: 0, process: undefined }, sample(0, 9, 500, 2)]) {
      const load = vmLoad(before, now)
      expect(load.cpuPercent).toBeUndefined()
      expect(load.residentBytes).toBe(256 * 1024 ** 2)
    }
    expect(vmLoad(sample(0, 9, 500, 2), now).volumes[0]?.load).toBeUndefined()
  })
})

describe('the table of top', () => {
  test('has a line for each VM and each volume', () => {
    expect(topTable([busy], 80)).toEqual([
      'VM / VOLUME                      STATE   CPU%   MEM   IOPS BYTES/S LATENCY QUEUE',
      'web-1                          running    150  256M   8000     31M  2.00ms 16.0!',
      '  vol-1                                               8000     31M  2.00ms 16.0!',
      '  gone                                                   -       -       -     -',
    ])
  })

  test.each([67, 80, 200])('keeps to %i columns, whatever the numbers and names', (width) => {
    const load = { seconds: 1, operationsPerSecond: 9_999_999, bytesPerSecond: 2 ** 52 }
    const volume = { ...load, meanLatencySeconds: 86_400, meanInFlight: 12_345, atConnectionLimit: true }
    const vms = ['x'.repeat(64), 'tricky\u001b[31m\nname'].map((vm) => ({
      vm,
      state: 'unresponsive',
      cpuPercent: 409_600,
      residentBytes: 2 ** 50,
      volumes: [{ id: 'v'.repeat(64), load: volume }],
    }))
    const lines = topTable(vms, width)
    expect(lines).toHaveLength(5)
    for (const line of lines) {
      expect(line.length).toBeLessThanOrEqual(width)
      expect(line).toMatch(/^\P{Cc}*$/u)
    }
  })
})

const samples: Samples = {
  vms: [sample(0, 1.5, 100, 1), { vm: 'deaf', state: 'unresponsive', atMs: 0, volumes: [] }],
  servers: [
    { vm: 'web-1', volume: 'vol-1', state: 'running', process: process(2) },
    { vm: 'web-1', volume: 'vol-2', state: 'ended' },
  ],
  host: { memoryBytes: 1000, availableBytes: 400, timeWaitSockets: 3 },
}

test('the text for Prometheus has VMs, servers, volumes, the host, and what does not answer', () => {
  const lines = formatSamples(samples).split('\n')
  for (const line of [
    'qemu_launch_vm_up{vm="web-1"} 1',
    'qemu_launch_vm_up{vm="deaf"} 0',
    'qemu_launch_vm_state{vm="deaf",state="unresponsive"} 1',
    'qemu_launch_vm_memory_bytes{vm="web-1"} 536870912',
    'qemu_launch_vm_qmp_seconds{vm="web-1"} 0.001',
    'qemu_launch_vm_cpu_seconds_total{vm="web-1"} 1.5',
    'qemu_launch_vm_open_files_limit{vm="web-1"} 1024',
    'qemu_launch_server_up{vm="web-1",volume="vol-2"} 0',
    'qemu_launch_server_cpu_seconds_total{vm="web-1",volume="vol-1"} 2',
    'qemu_launch_volume_operations_total{vm="web-1",volume="vol-1",kind="read"} 100',
    'qemu_launch_host_time_wait_sockets 3',
  ]) {
    expect(lines).toContain(line)
  }
  const families = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2])
  expect(new Set(families).size).toBe(families.length)
})

test('each alert is about numbers that there are, and has the thresholds of production', () => {
  const known = new Set([...formatSamples(samples).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name))
  const rules = alertRules()
  const used = [...rules.matchAll(/qemu_launch_\w+/g)].map(([name]) => name)
  expect(used.filter((name) => !known.has(name))).toEqual([])
  const limits = (alert: string) =>
    [...rules.matchAll(new RegExp(`alert: ${alert}\\n +expr: ".* > ([\\d.]+)"`, 'g'))].map(([, n]) =>
      Number(n),
    )
  expect(limits('QemuLaunchVmOpenFiles')).toEqual([0.8, 0.95])
  expect(limits('QemuLaunchServerOpenFiles')).toEqual([0.8, 0.95])
  expect(limits('QemuLaunchHostMemory')).toEqual([0.7, 0.9])
  expect(limits('QemuLaunchTimeWaitSockets')).toEqual([10_000, 50_000])
  expect(limits('QemuLaunchVolumeErrors')).toEqual([0.01, 0.05])
  expect(limits('QemuLaunchVolumeConnection')).toEqual([0.5, 0.9])
  expect(limits('QemuLaunchVolumeLatency')).toEqual([1.1])
})

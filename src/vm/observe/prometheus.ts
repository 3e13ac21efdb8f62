import type { ProcessUsage } from '../../process/index.ts'
import { family, type Sample } from '../../util/exposition.ts'
import { formatPrometheus } from '../../volumes/index.ts'
import type { Samples } from './samples.ts'

type Labels = Sample['labels']

/** Something of a QEMU or a server that is a process. */
interface Used {
  readonly labels: Labels
  readonly process?: ProcessUsage | undefined
}

const usages = [
  {
    name: 'cpu_seconds_total',
    type: 'counter',
    help: 'CPU time of the process.',
    value: ({ cpuSeconds }: ProcessUsage) => cpuSeconds,
  },
  {
    name: 'resident_bytes',
    type: 'gauge',
    help: 'Memory of the host that the process holds.',
    value: ({ residentBytes }: ProcessUsage) => residentBytes,
  },
  {
    name: 'open_files',
    type: 'gauge',
    help: 'File descriptors that the process has open.',
    value: ({ openFiles }: ProcessUsage) => openFiles,
  },
  {
    name: 'open_files_limit',
    type: 'gauge',
    help: 'How many file descriptors the process may have.',
    value: ({ openFilesLimit }: ProcessUsage) => openFilesLimit,
  },
] as const

/** VMs, the servers of their volumes, the volumes and the host, in Prometheus' text form. Pure. */
export function formatSamples({ host, servers, vms }: Samples): string {
  const gauge = (name: string, help: string, samples: readonly Sample[]) =>
    family(`qemu_launch_${name}`, 'gauge', help, samples)
  const ofVms = (value: (vm: Samples['vms'][number]) => number | undefined) =>
    vms.flatMap((each) => some({ vm: each.vm }, value(each)))
  const volumes = vms.flatMap(({ vm, volumes: disks }) =>
    disks.flatMap(({ counters, id, sizeBytes }) =>
      counters === undefined || sizeBytes === undefined ? [] : [{ vm, volume: id, sizeBytes, counters }],
    ),
  )
  const states = vms.map(({ state, vm }) => ({ labels: { vm, state }, value: 1 }))
  const lines = [
    ...gauge(
      'vm_up',
      '1 when its QEMU answers, else 0.',
      ofVms(({ qmpSeconds }) => Number(qmpSeconds !== undefined)),
    ),
    ...gauge('vm_state', '1 for the state the VM is in.', states),
    ...gauge(
      'vm_vcpus',
      'vCPUs of the guest.',
      ofVms(({ vcpus }) => vcpus),
    ),
    ...gauge(
      'vm_memory_bytes',
      'Memory of the guest.',
      ofVms(({ memoryMiB }) => memoryMiB && memoryMiB * 1024 ** 2),
    ),
    ...gauge(
      'vm_qmp_seconds',
      'Time QEMU took to answer query-status.',
      ofVms(({ qmpSeconds }) => qmpSeconds),
    ),
    ...processes(
      'vm',
      vms.map(({ process, vm }) => ({ labels: { vm }, process })),
    ),
    ...gauge(
      'server_up',
      '1 when the server of a volume runs, else 0.',
      servers.map(({ state, vm, volume }) => ({
        labels: { vm, volume },
        value: Number(state === 'running'),
      })),
    ),
    ...processes(
      'server',
      servers.map(({ process, vm, volume }) => ({ labels: { vm, volume }, process })),
    ),
    ...gauge('host_memory_bytes', 'Memory of the host.', some({}, host.memoryBytes)),
    ...gauge(
      'host_available_bytes',
      'Memory that the host can give to programs.',
      some({}, host.availableBytes),
    ),
    ...gauge('host_time_wait_sockets', 'TCP connections in TIME_WAIT.', some({}, host.timeWaitSockets)),
  ]
  return `${lines.join('\n')}\n${volumes.length === 0 ? '' : formatPrometheus(volumes)}`
}

const some = (labels: Labels, value: number | undefined): Sample[] =>
  value === undefined ? [] : [{ labels, value }]

function processes(what: string, used: readonly Used[]): string[] {
  return usages.flatMap(({ help, name, type, value }) =>
    family(
      `qemu_launch_${what}_${name}`,
      type,
      help,
      used.flatMap(({ labels, process }) => (process === undefined ? [] : some(labels, value(process)))),
    ),
  )
}

import { availableParallelism, totalmem } from 'node:os'
import { listVms, type StateDirOptions } from './inspect.ts'

/** What a host has, and how much of it its running VMs have. */
export interface HostCapacity {
  /** CPUs that this process may use. */
  readonly cpus: number
  readonly memoryMiB: number
  readonly taken: {
    readonly vms: number
    readonly vcpus: number
    readonly memoryMiB: number
    /** Ports of the host that lead into guests, in order. */
    readonly ports: readonly number[]
  }
}

/**
 * Adds up what the running VMs of a state directory have. VMs with a broken record are left out: `listVms` shows them.
 * @throws VmError VM_STATE when the state directory cannot be read.
 */
export async function hostCapacity(options: StateDirOptions = {}): Promise<HostCapacity> {
  const running = (await listVms(options)).filter(({ alive }) => alive)
  const sum = (pick: (vm: (typeof running)[number]) => number | undefined) =>
    running.reduce((total, vm) => total + (pick(vm) ?? 0), 0)
  return {
    cpus: availableParallelism(),
    memoryMiB: Math.floor(totalmem() / 1024 ** 2),
    taken: {
      vms: running.length,
      vcpus: sum(({ vcpus }) => vcpus),
      memoryMiB: sum(({ memoryMiB }) => memoryMiB),
      ports: running
        .flatMap(({ forwards = [] }) => forwards.map(({ hostPort }) => hostPort))
        .sort((one, other) => one - other),
    },
  }
}

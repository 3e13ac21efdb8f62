import type { ProcessUsage } from '../../process/index.ts'
import type { ListedServer, VolumeCounters } from '../../volumes/index.ts'

/** A disk at one moment; without numbers where QEMU does not have it. */
export interface SampledVolume {
  readonly id: string
  readonly uri?: string | undefined
  readonly sizeBytes?: number | undefined
  readonly counters?: VolumeCounters | undefined
}

/** A VM at one moment. */
export interface VmSample {
  readonly vm: string
  /** As `Vm.state`; `unresponsive` when its QEMU did not answer in time. */
  readonly state: string
  /** Of the clock of `performance.now()`. */
  readonly atMs: number
  readonly vcpus?: number | undefined
  readonly memoryMiB?: number | undefined
  /** Of its QEMU. */
  readonly process?: ProcessUsage | undefined
  /** How long QEMU took to answer `query-status`; absent when it did not. */
  readonly qmpSeconds?: number | undefined
  readonly volumes: readonly SampledVolume[]
}

/** A server of a volume at one moment. */
export interface ServerSample {
  readonly vm: string
  readonly volume: string
  readonly state: ListedServer['state']
  readonly process?: ProcessUsage | undefined
}

/** What the host itself has left. */
export interface HostSample {
  readonly memoryBytes: number
  readonly availableBytes: number
  /** TCP connections that have ended and whose ports are not free yet. */
  readonly timeWaitSockets: number
}

export interface Samples {
  readonly vms: readonly VmSample[]
  readonly servers: readonly ServerSample[]
  readonly host: HostSample
}

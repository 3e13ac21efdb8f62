import { type QmpClient, QmpCommandError } from '../../qmp/index.ts'
import {
  loadBetween,
  readCounters,
  readDeviceLimits,
  readGroupLimits,
  type VolumeCounters,
  type VolumeLimits,
  type VolumeLoad,
  volumeNames,
} from '../../volumes/index.ts'
import type { AskOptions } from './volume-options.ts'

/** What QEMU says of one disk. */
export interface VolumeFacts {
  readonly node: string | undefined
  readonly sizeBytes: number
  readonly limits: VolumeLimits | undefined
  readonly counters: VolumeCounters
  /** Since this process looked last; undefined the first time. */
  readonly load: VolumeLoad | undefined
}

/** A disk to be asked about. QEMU knows a volume by its device, another disk by the id of its drive. */
export interface AskedDisk {
  readonly id: string
  /** The user of the node, as `diskUser`; for a volume only. */
  readonly user?: string | undefined
  readonly isLimited: boolean
  readonly isNbd: boolean
}

/** Asks QEMU about disks, and keeps what it said for the next time. */
export class VolumeFactsReader {
  readonly #qmp: QmpClient
  #last: ReadonlyMap<string, { readonly at: number; readonly counters: VolumeCounters }> = new Map()

  constructor(qmp: QmpClient) {
    this.#qmp = qmp
  }

  /** Reads what QEMU says of those of the disks that it has. A disk that is left out once counts as new the next time. */
  async read(
    disks: readonly AskedDisk[],
    limits: AskOptions = {},
  ): Promise<ReadonlyMap<string, VolumeFacts>> {
    const [blocks, stats] = await Promise.all([
      this.#qmp.execute('query-block', undefined, limits),
      this.#qmp.execute('query-blockstats', undefined, limits),
    ])
    const at = performance.now()
    const facts = new Map<string, VolumeFacts>()
    for (const disk of disks) {
      const isIts = (found: { readonly device?: string; readonly qdev?: string }) =>
        disk.user !== undefined ? found.qdev === disk.user : found.device === disk.id
      const block = blocks.find(isIts)?.inserted
      const counted = stats.find(isIts)
      if (block === undefined || counted === undefined) continue
      const counters = readCounters(counted.stats)
      facts.set(disk.id, {
        node: block['node-name'],
        sizeBytes: Number(block.image['virtual-size']),
        limits: disk.isLimited ? await this.#groupLimits(disk.id, limits) : readDeviceLimits({ ...block }),
        counters,
        load: this.#load(disk, counters, at),
      })
    }
    this.#last = new Map([...facts].map(([id, { counters }]) => [id, { at, counters }]))
    return facts
  }

  #load({ id, isNbd }: AskedDisk, counters: VolumeCounters, at: number): VolumeLoad | undefined {
    const last = this.#last.get(id)
    return last === undefined
      ? undefined
      : loadBetween(last.counters, counters, (at - last.at) / 1000, { isNbd })
  }

  /** Undefined as well when the volume is leaving. */
  async #groupLimits(id: string, asking: AskOptions): Promise<VolumeLimits | undefined> {
    const path = `/objects/${volumeNames(id).throttleGroup}`
    const limits = await this.#qmp
      .execute('qom-get', { path, property: 'limits' }, asking)
      .catch((error: unknown) => {
        if (error instanceof QmpCommandError && error.qmpClass === 'DeviceNotFound') return undefined
        throw error
      })
    return limits === undefined ? undefined : readGroupLimits({ ...Object(limits) })
  }
}

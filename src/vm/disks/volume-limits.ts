import type { QmpClient } from '../../qmp/index.ts'
import {
  boundariesNs,
  deviceLimits,
  diskUser,
  type VolumeLimits,
  type VolumeSpec,
} from '../../volumes/index.ts'
import type { VolumeAttachment } from '../record/state.ts'
import type { AskOptions } from './volume-options.ts'

const answerTimeoutMs = 30_000

type Attached = Pick<VolumeAttachment, 'spec' | 'throttled'>

/**
 * Gives a disk that is new what it is not attached with: its latency histograms, and limits that were put on it live before its VM
 * crashed. A volume is not lost if they fail.
 */
export async function restoreSettings(qmp: QmpClient, { spec, throttled }: Attached): Promise<void> {
  if (throttled !== undefined) await limitDevice(qmp, spec, throttled).catch(() => {})
  await beginHistograms(qmp, [{ spec }]).catch(() => {})
}

/** Has QEMU count how long the operations of disks take. Disks whose operations are counted already go on. */
export async function beginHistograms(
  qmp: QmpClient,
  volumes: readonly Pick<Attached, 'spec'>[],
): Promise<void> {
  const asked = volumes.flatMap(({ spec }) =>
    spec.latencyHistogram === undefined
      ? []
      : [{ id: diskUser(spec), boundaries: boundariesNs(spec.latencyHistogram) }],
  )
  if (asked.length === 0) return
  const limits = { timeoutMs: answerTimeoutMs }
  const counted = (await qmp.execute('query-blockstats', undefined, limits))
    .filter(({ stats }) => stats.rd_latency_histogram !== undefined)
    .map(({ qdev }) => qdev)
  for (const histogram of asked) {
    if (counted.includes(histogram.id)) continue
    await qmp.execute('block-latency-histogram-set', histogram, limits)
  }
}

/** Limits a volume that has no throttle group. The plain id of a virtio disk is refused: the limits belong to its backend. */
export async function limitDevice(
  qmp: QmpClient,
  spec: VolumeSpec,
  limits: VolumeLimits,
  options: AskOptions = {},
): Promise<void> {
  const backend = { id: diskUser(spec), ...deviceLimits(limits) }
  await qmp.execute<string>('block_set_io_throttle', backend, { timeoutMs: answerTimeoutMs, ...options })
}

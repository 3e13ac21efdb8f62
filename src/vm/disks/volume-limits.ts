import type { QmpClient } from '../../qmp/index.ts'
import {
  deviceLimits,
  diskUser,
  groupLimits,
  type VolumeLimits,
  type VolumeSpec,
  volumeNames,
} from '../../volumes/index.ts'
import type { VolumeAttachment } from '../record/state.ts'
import type { AskOptions } from './volume-options.ts'

const answerTimeoutMs = 30_000

/** Puts those on a volume that were put on it live, before its VM crashed. A volume that is there is not lost for want of them. */
export async function restoreLimits(
  qmp: QmpClient,
  { spec, throttled }: Pick<VolumeAttachment, 'spec' | 'throttled'>,
): Promise<void> {
  if (throttled !== undefined) await limitDevice(qmp, spec, throttled).catch(() => {})
}

/** Limits a volume that has a throttle group. */
export async function limitGroup(
  qmp: QmpClient,
  id: string,
  limits: VolumeLimits,
  options: AskOptions,
): Promise<void> {
  const group = { path: `/objects/${volumeNames(id).throttleGroup}`, property: 'limits' }
  await qmp.execute('qom-set', { ...group, value: groupLimits(limits) }, options)
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

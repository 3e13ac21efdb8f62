import type { QmpClient } from '../../qmp/index.ts'
import { deviceLimits, groupLimits, type VolumeLimits, volumeNames } from '../../volumes/index.ts'
import type { VolumeAttachment } from '../record/state.ts'
import type { AskOptions } from './volume-options.ts'

const answerTimeoutMs = 30_000

/** Puts those on a volume that were put on it live, before its VM crashed. A volume that is there is not lost for want of them. */
export async function restoreLimits(
  qmp: QmpClient,
  { id, throttled }: Pick<VolumeAttachment, 'id' | 'throttled'>,
): Promise<void> {
  if (throttled !== undefined) await limitDevice(qmp, id, throttled).catch(() => {})
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

/** Limits a volume that has no throttle group. The plain id is refused: the limits belong to the backend of the virtio device. */
export async function limitDevice(
  qmp: QmpClient,
  id: string,
  limits: VolumeLimits,
  options: AskOptions = {},
): Promise<void> {
  const backend = {
    id: `/machine/peripheral/${volumeNames(id).device}/virtio-backend`,
    ...deviceLimits(limits),
  }
  await qmp.execute<string>('block_set_io_throttle', backend, { timeoutMs: answerTimeoutMs, ...options })
}

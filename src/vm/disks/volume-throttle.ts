import { groupLimits, parseVolumeSpec, type VolumeSpec, volumeNames } from '../../volumes/index.ts'
import type { VolumeAttachment } from '../record/state.ts'
import { requireAnswer } from './server-look.ts'
import type { VolumeParts } from './volume-attach.ts'
import { drain } from './volume-drain.ts'
import { limitDevice } from './volume-limits.ts'
import type { AskOptions } from './volume-options.ts'

/**
 * Limits what a volume may do from now on, and puts that on record. A volume that was attached with limits has a throttle group, which
 * changes at once. QEMU waits for the requests of a volume without one.
 * @throws VolumeError VOLUME_BACKEND when its server does not answer, for which QEMU would stand still; QmpCommandError.
 */
export async function throttleVolume(
  parts: Pick<VolumeParts, 'vm' | 'qmp' | 'ledger'>,
  entry: VolumeAttachment,
  limits: NonNullable<VolumeSpec['limits']>,
  options: AskOptions,
): Promise<void> {
  const { ledger, qmp, vm } = parts
  const { spec } = entry
  if (spec.limits !== undefined) {
    const group = { path: `/objects/${volumeNames(spec.id).throttleGroup}`, property: 'limits' }
    await qmp.execute('qom-set', { ...group, value: groupLimits(limits) }, options)
    const changed = parseVolumeSpec({ ...spec, limits }, { serveAt: () => spec.uri })
    await ledger.patch(spec.id, { spec: changed })
    return
  }
  await requireAnswer(vm, entry)
  await drain(parts, entry, (stall) => limitDevice(qmp, spec, limits, { ...options, ...stall }))
  await ledger.patch(spec.id, { throttled: limits })
}

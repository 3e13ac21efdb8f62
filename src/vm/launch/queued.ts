import { formatOfFile, readVolumeUri, type VolumeSpec } from '../../volumes/index.ts'
import { dataVolumesOf } from '../config/data-volumes.ts'
import type { VmConfig } from '../config/schema.ts'
import { attachedAtBoot } from '../disks/volume-record.ts'
import { liveOf, volumesOf } from '../record/attachments.ts'
import type { LiveAttachment, Queued, VmRecord } from '../record/state.ts'

/** Whether a data volume of the config never leaves the running VM: a VM that is launched again has it at once. */
export function isStaying({ removable }: VolumeSpec): boolean {
  return !removable
}

/**
 * What is to be attached after a crash: what was, or was still queued by a restart before, and data volumes that are new in the
 * config. What had been detached stays away, what was on its way in or out too. Pure.
 */
export function queuedAfter(
  crashed: VmRecord,
  config: Pick<VmConfig, 'drives' | 'name' | 'nics' | 'volumes'>,
): Queued[] {
  const before = volumesOf(crashed)
  const again = before
    .filter(({ phase }) => isToReturn(phase))
    .map(
      ({
        generation: _,
        cut: __,
        severed: ___,
        cacheDirectory: ____,
        uncached: _____,
        ...volume
      }): Queued => ({
        ...volume,
        phase: 'queued',
        spec: volume.phase === 'attached' ? withFormat(volume.spec) : volume.spec,
      }),
    )
  const dataVolumes = dataVolumesOf(config)
  const known = new Set([...before, ...dataVolumesOf(crashed.config)].map(({ id }) => id))
  const added = dataVolumes
    .filter(({ id }) => !known.has(id))
    .map((spec): Queued => ({ ...attachedAtBoot(spec), phase: 'queued' }))
  const staying = new Set(dataVolumes.filter(isStaying).map(({ id }) => id))
  const launched = new Set(config.nics.map(({ id }) => id))
  const nics = liveOf(crashed, 'nic')
    .filter(({ id, phase }) => isToReturn(phase) && !launched.has(id))
    .map(({ generation: _, ...nic }): Queued => ({ ...nic, phase: 'queued' }))
  const devices = liveOf(crashed, 'device')
    .filter(({ phase }) => isToReturn(phase))
    .map(({ generation: _, ...device }): Queued => ({ ...device, phase: 'queued' }))
  // A device may be the controller of a volume.
  return [...devices, ...[...again, ...added].filter(({ id }) => !staying.has(id)), ...nics]
}

const isToReturn = (phase: LiveAttachment['phase']) => phase === 'attached' || phase === 'queued'

/** What is inside a raw disk that was attached has been the guest's to write: it is not looked at again. */
function withFormat(spec: VolumeSpec): VolumeSpec {
  const source = readVolumeUri(spec.uri)
  if (spec.format !== undefined || typeof source === 'string' || source.type === 'nbd') return spec
  return { ...spec, format: formatOfFile(source.path) }
}

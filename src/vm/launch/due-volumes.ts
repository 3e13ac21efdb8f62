import { formatOfFile, readVolumeUri, type VolumeSpec } from '../../volumes/index.ts'
import { dataVolumesOf } from '../config/data-volumes.ts'
import type { VmConfig } from '../config/schema.ts'
import { entryOf } from '../disks/volume-record.ts'
import type { DueVolume, VmRecord } from '../record/state.ts'

/** Whether a data volume of the config never leaves the running VM: one that comes back is launched with it at once. */
export function isStaying({ removable }: VolumeSpec): boolean {
  return !removable
}

/**
 * The volumes to be attached after a crash: those that were, or were still due from a restart before, and data volumes that are
 * new in the config. What had been detached stays away, what was on its way in or out too. Pure.
 */
export function dueVolumes(crashed: VmRecord, config: Pick<VmConfig, 'name' | 'volumes'>): DueVolume[] {
  const dataVolumes = dataVolumesOf(config)
  const { restart: { volumes: before } = { volumes: [] } } = crashed
  const serverOf = (id: string) => before.find(({ spec }) => spec.id === id)?.server
  const attached = crashed.volumes
    .filter(({ phase }) => phase === 'attached')
    .map(
      ({ spec, preset, server = serverOf(spec.id), throttled }): DueVolume => ({
        spec: withFormat(spec),
        preset,
        server,
        throttled,
      }),
    )
  const waiting = before.filter(({ spec: { id } }) => {
    const phase = entryOf(crashed, id)?.phase
    return phase === undefined || phase === 'attaching'
  })
  const known = idsOf([...crashed.volumes, ...before], dataVolumesOf(crashed.config))
  const added = dataVolumes
    .filter(({ id }) => !known.has(id))
    .map((spec): DueVolume => ({ spec, preset: 'safe' }))
  const staying = idsOf([], dataVolumes.filter(isStaying))
  return [...attached, ...waiting, ...added].filter(({ spec }) => !staying.has(spec.id))
}

/** What is inside a raw disk that was attached has been the guest's to write: it is not looked at again. */
function withFormat(spec: VolumeSpec): VolumeSpec {
  const source = readVolumeUri(spec.uri)
  if (spec.format !== undefined || typeof source === 'string' || source.type === 'nbd') return spec
  return { ...spec, format: formatOfFile(source.path) }
}

function idsOf(volumes: readonly { readonly spec: VolumeSpec }[], specs: readonly VolumeSpec[]): Set<string> {
  return new Set([...volumes.map(({ spec }) => spec), ...specs].map(({ id }) => id))
}

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import {
  type CacheFile,
  cachedDrive,
  cacheFileIn,
  hotplugPorts,
  portOfSpec,
  SlotTable,
  type VolumeSpec,
} from '../../volumes/forms.ts'
import type { VmConfig } from './schema.ts'
import { addressed, serveAt } from './served.ts'

/** What a VM has when nothing is said of ports and some are needed. */
export const defaultPortCount = 11

type ConfigVolume = VmConfig['volumes'][number]
type Disks = Pick<VmConfig, 'drives' | 'name' | 'volumes'>

/** What every boot disk is. */
const plainly = { iothread: true, removable: false } as const

/** Of a boot disk: only a disk at a hot-plug port has these. */
const pluggedKeys = [
  ...(['bus', 'device', 'latencyHistogram', 'localCache', 'onIoError', 'openTimeoutSeconds'] as const),
  ...(['iothread', 'removable'] as const),
] as const

function without<T extends object, K extends keyof T>(of: T, keys: readonly K[]): Omit<T, K> {
  const left = Object.entries(of).filter(([key]) => !(keys as readonly string[]).includes(key))
  return Object.fromEntries(left) as Omit<T, K>
}

/** Of a boot disk: a disk at a hot-plug port has none of these. */
export const unpluggedKeys = ['iothreads', 'limitGroup', 'copyOnRead', 'snapshot', 'slice', 'wwn'] as const

/**
 * The key of a boot disk by which it is at a hot-plug port, as a data volume is; undefined for what is no such disk. Pure.
 */
export function pluggedBy(volume: ConfigVolume): (typeof pluggedKeys)[number] | undefined {
  if (volume.role !== 'boot') return undefined
  return pluggedKeys.find((key) => {
    const value = volume[key]
    return value !== undefined && value !== plainly[key as keyof typeof plainly]
  })
}

/**
 * Returns a volume of a config in the form of a live one, without its role. Data volumes have one, and boot disks at a hot-plug port, which
 * stay unless they say otherwise. Undefined for the others. Pure.
 */
export function liveVolume(volume: ConfigVolume): Omit<VolumeSpec, 'uri'> | undefined {
  if (volume.role === 'data') {
    const { role: _, uri: __, ...spec } = volume
    return spec
  }
  if (volume.role !== 'boot' || pluggedBy(volume) === undefined) return undefined
  const { discard, format, role: _, uri: __, ...rest } = volume
  const { iothread = true, readOnly = false, removable = false } = volume
  const spec = without(rest, unpluggedKeys)
  const unmap = discard === 'unmap' || discard === 'on'
  return {
    cache: 'none',
    ...spec,
    ...{ iothread, readOnly, removable },
    // A volume with another format is refused.
    ...(format === undefined ? {} : { format: format as VolumeSpec['format'] }),
    ...(discard === undefined ? {} : { discard: unmap ? 'unmap' : 'ignore' }),
  }
}

/** Returns a volume that becomes a drive, or the firmware's; undefined where `liveVolume` has it. Pure. */
export function keptVolume(
  volume: ConfigVolume,
): Exclude<ConfigVolume, { readonly role: 'data' }> | undefined {
  return volume.role === 'data' || pluggedBy(volume) !== undefined ? undefined : volume
}

/** As `bootDrive` has it. */
const volumeBootIndex = 1

/** When the firmware tries to boot from disks at hot-plug ports, by their names. Pure. */
export function pluggedBootIndexes({ drives, volumes }: Omit<Disks, 'name'>): ReadonlyMap<string, number> {
  return new Map([
    ...volumes
      .filter((volume) => pluggedBy(volume) !== undefined)
      .map(({ id }) => [id, volumeBootIndex] as const),
    ...drives.flatMap(({ bootIndex, id, localCache }) =>
      localCache === undefined || id === undefined || bootIndex === undefined
        ? []
        : [[id, bootIndex] as const],
    ),
  ])
}

/** The disks of a config that are attached from the start as they would be live. Those with a server of their own are in this state directory. */
export function dataVolumesOf({ drives, name, volumes }: Disks, stateDir?: string): VolumeSpec[] {
  const ofVolumes = volumes.flatMap((volume) => {
    const live = liveVolume(volume)
    return live === undefined ? [] : [{ ...live, uri: addressed(volume, serveAt(name, stateDir)).uri }]
  })
  return [...drives.flatMap((drive) => cachedDrive(drive) ?? []), ...ofVolumes]
}

/**
 * Which data volume is at which port: those that name one first, then the others at the first that are free.
 * Also how many ports there are; undefined when the config leaves that open and no volume needs one.
 * Throws VOLUME_NO_PORT, VOLUME_PORT_OCCUPIED.
 */
export function placeVolumes(
  config: Disks & Pick<VmConfig, 'hotplugPorts'>,
  stateDir?: string,
): {
  readonly ports: number | undefined
  readonly volumes: readonly VolumeSpec[]
} {
  const volumes = dataVolumesOf(config, stateDir)
  const ports = config.hotplugPorts ?? (volumes.length === 0 ? undefined : defaultPortCount)
  const named = volumes.filter((spec) => portOfSpec(spec) !== undefined)
  let table = new SlotTable(hotplugPorts(ports ?? 0))
  for (const spec of [...named, ...volumes]) table = table.assign(spec.id, portOfSpec(spec)).table
  return { ports, volumes: volumes.map((spec) => ({ ...spec, bus: table.portOf(spec.id) })) }
}

/** What a directory for caches can do. */
export type CacheTraits = Pick<CacheFile, 'isDirect' | 'isNative'>

/** The files of local caches that are there when QEMU starts, by their volumes. */
export type CacheFiles = ReadonlyMap<string, CacheFile>

/**
 * Where the local cache of each volume has its file that is there from the start: the same for the same state directory, VM and
 * volume, and no other. A directory that is not among the traits can do all. Pure.
 */
export function cacheFilesFor(
  vm: string,
  volumes: readonly VolumeSpec[],
  { stateDir = '', traits }: CacheFilesOptions,
): CacheFiles {
  const tag = createHash('sha256').update(stateDir).digest('hex').slice(0, 8)
  return new Map(
    volumes.flatMap(({ id, localCache }): [string, CacheFile][] => {
      if (localCache === undefined) return []
      const { directory } = localCache
      const can = traits?.get(directory) ?? { isDirect: true, isNative: true }
      return [[id, { path: cacheFileIn(join(directory, `${vm}+${id}-${tag}`)), ...can }]]
    }),
  )
}

interface CacheFilesOptions {
  readonly stateDir?: string | undefined
  /** By the directory that a volume names. */
  readonly traits?: ReadonlyMap<string, CacheTraits> | undefined
}

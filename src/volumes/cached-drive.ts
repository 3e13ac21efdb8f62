import type { Fault } from '../errors.ts'
import { check } from '../util/schema.ts'
import type { Drive } from './drive.ts'
import { localCacheFaults } from './local-cache.ts'
import { type VolumeSpec, volumeSpecSchema } from './spec.ts'

/** What drives and volumes say in the same words. */
const ofBoth = [
  ...(['id', 'numQueues', 'queueSize', 'serial', 'logicalBlockSize', 'physicalBlockSize', 'cache'] as const),
  ...(['detectZeroes', 'werror', 'rerror', 'reconnectDelaySeconds', 'geometry', 'ioeventfd'] as const),
  ...(['eventIdx', 'packed', 'limits', 'tls', 'localCache'] as const),
] as const

/** What a drive with a local cache may say beside it; what of it is wrong is told elsewhere. */
const known: readonly string[] = [
  ...ofBoth,
  ...['source', 'format', 'interface', 'media', 'device', 'bootIndex', 'readOnly', 'discard', 'shareable'],
]

/**
 * Returns a drive with a local cache in the form of a volume, which is there from the start and stays. Undefined for the others, and
 * for those that `cachedDriveFaults` refuses for where they come from. Pure.
 */
export function cachedDrive(drive: Drive): VolumeSpec | undefined {
  const { discard, id, localCache, source } = drive
  if (localCache === undefined || id === undefined || source?.type !== 'nbd') return undefined
  const said = ofBoth.flatMap((key) => (drive[key] === undefined ? [] : [[key, drive[key]]]))
  return {
    ...Object.fromEntries(said),
    ...{ id, uri: source.uri, iothread: true, readOnly: false, removable: false },
    ...(discard === undefined ? {} : { discard: 'ignore' }),
  }
}

/** What is wrong between a local cache and the drive that is to have it. Pure. */
export function cachedDriveFaults(drive: Partial<Drive>): Fault[] {
  const { device, discard, id, interface: on = 'none', localCache, media, source } = drive
  if (localCache === undefined) return []
  if (source !== undefined && source.type !== 'nbd')
    return [{ path: 'localCache', message: 'is for a disk on an NBD server: should be left out' }]
  if (on !== 'none' || device === false || media === 'cdrom') {
    const message = 'is for a virtio disk whose device is not written elsewhere: should be left out'
    return [{ path: 'localCache', message }]
  }
  const message =
    'does not go together with localCache, by which the drive becomes a volume: should be left out'
  const others = Object.entries(drive).flatMap(([path, value]): Fault[] =>
    value === undefined || known.includes(path) ? [] : [{ path, message, value }],
  )
  const named = id === undefined ? undefined : check(volumeSpecSchema.shape.id, id)
  const name = named === undefined || named.ok ? [] : named.faults.map((fault) => ({ ...fault, path: 'id' }))
  const given = { ...drive, discard: discard === 'on' ? 'unmap' : discard }
  return [...others, ...name, ...localCacheFaults(given, true)]
}

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import {
  type CacheFile,
  makeCacheFile,
  removeCacheFile,
  type VolumeSpec,
  volumeNames,
} from '../../volumes/index.ts'
import { liveOf, volumesOf } from '../record/attachments.ts'
import type { VmRecord, VolumeAttachment } from '../record/state.ts'
import type { VolumeLedger } from './volume-ledger.ts'
import { volumeError } from './volume-record.ts'

/** Names a new directory for the cache of a volume, after its VM and the volume; undefined for a volume without a cache. */
export function cacheDirectoryFor(vm: string, { id, localCache }: VolumeSpec): string | undefined {
  if (localCache === undefined) return undefined
  return join(localCache.directory, `${vm}+${id}-${randomBytes(4).toString('hex')}`)
}

/** Makes the file of a volume's cache in the directory that is on record. @throws VolumeError VOLUME_CACHE. */
export async function makeCache(
  vm: string,
  { cacheDirectory, spec }: VolumeAttachment,
  user: string | undefined,
  sizeBytes: bigint | undefined,
  signal: AbortSignal | undefined,
): Promise<CacheFile | undefined> {
  const { localCache } = spec
  if (localCache === undefined || cacheDirectory === undefined || sizeBytes === undefined) return undefined
  if (user !== undefined) {
    const what = `cannot have a local cache: QEMU becomes user ${user}, who cannot open the file of the cache. Leave out localCache, or process.user`
    throw volumeError('VOLUME_CACHE', vm, spec.id, what)
  }
  return makeCacheFile(cacheDirectory, { sizeBytes, sizeMiB: localCache.sizeMiB }, signal)
}

/** Removes the name of a cache's file. The file itself is gone when QEMU closes it, or ends in whatever way. */
export async function unlinkCache({ cacheDirectory }: VolumeAttachment): Promise<void> {
  if (cacheDirectory !== undefined) await removeCacheFile(cacheDirectory)
}

/** Removes the names of all cache files that QEMU has opened: those of attached volumes. */
export async function openedCaches(ledger: VolumeLedger): Promise<void> {
  for (const entry of volumesOf(await ledger.read())) {
    if (entry.phase !== 'attached' || entry.cacheDirectory === undefined) continue
    await unlinkCache(entry)
    await ledger.patch(entry.id, { cacheDirectory: undefined })
  }
}

/** Removes the cache files that were being made when the VM ended. */
export async function removeCaches(record: VmRecord): Promise<void> {
  for (const entry of liveOf(record, 'volume')) await unlinkCache(entry).catch(() => {})
}

/** The node that the disk of a volume uses. */
export function nodeOf({ spec, uncached }: Pick<VolumeAttachment, 'spec' | 'uncached'>): string {
  const { node, spare } = volumeNames(spec.id)
  return uncached === true ? spare : node
}

/** Whether its disk still uses its cache. */
export function hasCache({ spec, uncached }: Pick<VolumeAttachment, 'spec' | 'uncached'>): boolean {
  return spec.localCache !== undefined && uncached !== true
}

/** The names of all nodes a volume may have. */
export function nodesOf({ id }: VolumeSpec): string[] {
  const { cache, fence, node, source, spare, spareSource } = volumeNames(id)
  return [node, source, fence, spare, spareSource, ...Object.values(cache)]
}

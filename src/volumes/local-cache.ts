import { join } from 'node:path'
import type { Fault } from '../errors.ts'
import type { JsonObject } from '../qmp/index.ts'
import { should, show, strict, text, z } from '../util/schema.ts'

const mib = 1024 * 1024

/** The schema of the local cache of a volume. */
export const localCacheSchema = strict({
  directory: text
    .regex(/^\/[^\0]*$/, { error: should('be the absolute path of a directory on a fast local disk') })
    .describe('The directory of the cache. No other user may write there'),
  sizeMiB: z
    .int()
    .min(16)
    .max(2 ** 40)
    .optional()
    .describe(
      'The most that the cache takes, in MiB. Without it the cache may grow to the size of the volume',
    ),
})

export type LocalCache = z.output<typeof localCacheSchema>

/** The file that a cache keeps its blocks in, as a plan names it. */
export interface CacheFile {
  readonly path: string
  /** Writes go past the memory of the host, so that a failure is seen. Not every file system can do it. */
  readonly isDirect: boolean
  /** QEMU uses the kernel's own queue (`aio=native`), in two thirds of the time of its threads. Needs `isDirect`. */
  readonly isNative: boolean
}

const fileName = 'overlay.qcow2'

/** The file of a cache in a directory of its own. Pure. */
export function cacheFileIn(directory: string): string {
  return join(directory, fileName)
}

/** The names of the nodes of a volume with a cache. */
export interface CacheNames {
  /** The connection that writes. */
  readonly volume: string
  /** The connection that fills the cache. */
  readonly filler: string
  readonly copier: string
  readonly overlay: string
  readonly file: string
}

/** What a cached volume is made of. */
interface CachedNode {
  readonly name: string
  readonly names: CacheNames
  readonly file: CacheFile
  readonly sizeMiB?: number | undefined
  /** A connection of its own to the server of the volume. */
  readonly connection: (name: string, readOnly: boolean) => JsonObject
}

/**
 * The node of a volume behind a local write-through cache. A write is done when the cache and the volume have it, a read comes from
 * the cache, or from the volume when the cache fails. What the cache does not have it fetches from the volume and keeps. Pure.
 * https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html, BlockdevOptionsQuorum.
 */
export function cachedNode({ connection, file, name, names, sizeMiB }: CachedNode): JsonObject {
  // A cache is worth nothing after the end of its QEMU.
  const cache = { direct: file.isDirect, 'no-flush': true }
  const onDisk: JsonObject = {
    ...{ driver: 'file', filename: file.path, cache },
    ...(file.isNative ? { aio: 'native' } : {}),
  }
  // QEMU refuses to write past the size of a raw node.
  const bounded: JsonObject =
    sizeMiB === undefined
      ? { 'node-name': names.file, ...onDisk }
      : { 'node-name': names.file, driver: 'raw', size: sizeMiB * mib, cache, file: onDisk }
  const overlay = {
    'node-name': names.overlay,
    driver: 'qcow2',
    cache,
    file: bounded,
    backing: connection(names.filler, true),
  }
  return {
    'node-name': name,
    driver: 'quorum',
    'vote-threshold': 2,
    'read-pattern': 'fifo',
    children: [
      { 'node-name': names.copier, driver: 'copy-on-read', cache, file: overlay },
      connection(names.volume, false),
    ],
  }
}

/** A volume that is asked for with a cache; keys that are not sound are missing. */
interface Cached {
  readonly interface?: string | undefined
  readonly format?: string | undefined
  readonly discard?: string | undefined
  readonly onIoError?: string | undefined
  readonly readOnly?: boolean | undefined
  readonly rerror?: string | undefined
  readonly shareable?: boolean | undefined
  readonly werror?: string | undefined
}

/** What is wrong between a local cache and the volume that is to have it. */
export function localCacheFaults(volume: Cached, isNbd: boolean | undefined): Fault[] {
  const faults: Fault[] = []
  const add = (path: string, message: string, value?: unknown) =>
    faults.push({ path, message, ...(value === undefined ? {} : { value }) })
  if (isNbd === false) add('localCache', 'is for NBD servers, and this is a local file: should be left out')
  if (volume.interface === 'scsi') add('localCache', 'is for virtio disks: should be left out')
  if (volume.format !== undefined && volume.format !== 'raw')
    add('localCache', 'is for the blocks of a server: should be left out for an image that it has')
  if (volume.readOnly === true)
    add(
      'localCache',
      'is for a volume that is written: should be left out, and startReadCache put before the server',
    )
  const stops = 'does not work with localCache, since QEMU stops the VM when the cache fails'
  if (volume.onIoError === 'report')
    add('onIoError', `"report" ${stops}: should be pause-and-resume, or left out`, 'report')
  for (const key of ['werror', 'rerror'] as const) {
    const value = volume[key]
    if (value !== undefined && value !== 'stop')
      add(key, `${show(value)} ${stops}: should be stop, or left out`, value)
  }
  if (volume.shareable === true)
    add(
      'shareable',
      'true does not go together with localCache, which does not see what others write: should be left out',
      true,
    )
  if (volume.discard === 'unmap')
    add(
      'discard',
      '"unmap" does not work with localCache, since the cache frees no blocks: should be left out',
      'unmap',
    )
  return faults
}

import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readFile, rm, statfs, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { foreignFault } from '../util/own-directory.ts'
import { VolumeError } from './errors.ts'
import { qemuImg } from './images/qemu-img.ts'
import { type CacheFile, cacheFileIn, type LocalCache } from './local-cache.ts'

const mib = 1024 * 1024
const clusterBytes = 4096
const sectorBytes = 512n
// What qcow2 needs beside the data, with much to spare.
const tablesShare = 64n
// How much of fs.aio-max-nr QEMU takes for two event loops: a disk is opened in one and used in another.
const nativeRequests = 2 * 1024

/** What a server says of the volume that is to be cached. */
export interface CachedExport {
  /** The server takes several clients at once, and each sees what the others have written. */
  readonly multiConn: boolean
  readonly sizeBytes: bigint
}

/**
 * Makes sure that a volume can have a local cache.
 * @throws VolumeError VOLUME_CACHE saying what stands in the way, and what to do. Nothing was made.
 */
export async function requireCacheable(
  { id, localCache }: { readonly id: string; readonly localCache: LocalCache },
  { multiConn, sizeBytes }: CachedExport,
): Promise<void> {
  const { directory, sizeMiB } = localCache
  const refuse = (what: string, cause?: unknown) =>
    new VolumeError('VOLUME_CACHE', `volume ${id} cannot have a local cache: ${what}`, {
      details: { volume: id, directory },
      cause,
    })
  if (!multiConn) {
    throw refuse(
      'its server does not say that a client sees at once what another has written (NBD_FLAG_CAN_MULTI_CONN): leave localCache out, or take a server that says so',
    )
  }
  if (sizeBytes % sectorBytes !== 0n) {
    throw refuse(
      `its ${sizeBytes} bytes are no whole number of sectors of ${sectorBytes} bytes: give it another size`,
    )
  }
  const fault = foreignFault(directory, { through: true })
  if (fault !== undefined) throw refuse(`${directory} ${fault}: name a directory of your own`)
  const found = await statfs(directory, { bigint: true }).catch((error: Error) => {
    throw refuse(`${directory} cannot be used: ${error.message}: make the directory first`, error)
  })
  const whole = withTables(sizeBytes)
  const asked = sizeMiB === undefined ? whole : BigInt(sizeMiB) * BigInt(mib)
  const needed = asked < whole ? asked : whole
  const free = found.bavail * found.bsize
  if (free >= needed) return
  const inMiB = (bytes: bigint) => `${bytes / BigInt(mib)} MiB`
  throw refuse(
    `${directory} has ${inMiB(free)} free, and the cache may take ${inMiB(needed)}: say a smaller sizeMiB, or name another directory`,
  )
}

/**
 * Makes the empty file of a cache in a directory of its own (0700), which must not be there.
 * @throws VolumeError VOLUME_CACHE; VOLUME_ABORTED on abort. The directory may be there: remove it.
 */
export async function makeCacheFile(
  directory: string,
  { sizeBytes, sizeMiB }: { readonly sizeBytes: bigint; readonly sizeMiB?: number | undefined },
  signal?: AbortSignal,
): Promise<CacheFile> {
  const path = cacheFileIn(directory)
  const what = `cannot make the local cache ${path}`
  try {
    await mkdir(directory, { mode: 0o700 })
    const options = `cluster_size=${clusterBytes},lazy_refcounts=on`
    await qemuImg(['create', '-q', '-f', 'qcow2', '-o', options, path, String(sizeBytes)], { what, signal })
    // A hole: a raw node with a size needs a file that is as large, and a file that does not grow takes several writes at once.
    await truncate(path, sizeMiB === undefined ? Number(withTables(sizeBytes)) : sizeMiB * mib)
    return { path, ...(await fileTraits(path)) }
  } catch (error) {
    if (error instanceof VolumeError && error.code === 'VOLUME_ABORTED') throw error
    throw new VolumeError('VOLUME_CACHE', `${what}: ${error instanceof Error ? error.message : error}`, {
      details: { directory },
      cause: error,
    })
  }
}

/**
 * Tries what the file of a cache in this directory can be, and leaves nothing there. Where there can be no file both are false:
 * `requireCacheable` says why.
 */
export async function cacheTraits(directory: string): Promise<Omit<CacheFile, 'path'>> {
  const trial = join(directory, `trial-${randomBytes(6).toString('hex')}`)
  try {
    await writeFile(trial, '', { flag: 'wx', mode: 0o600 })
    return await fileTraits(trial)
  } catch {
    return { isDirect: false, isNative: false }
  } finally {
    await rm(trial, { force: true }).catch(() => {})
  }
}

async function fileTraits(path: string): Promise<Omit<CacheFile, 'path'>> {
  const isDirect = await canBeDirect(path)
  return { isDirect, isNative: isDirect && (await canBeNative()) }
}

/** Takes the directory of a cache away; a QEMU that has its file open keeps that as long as it needs it. */
export async function removeCacheFile(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true })
}

/** What a cache takes that holds a whole volume. */
function withTables(sizeBytes: bigint): bigint {
  return sizeBytes + sizeBytes / tablesShare
}

/** Whether the kernel has as many requests of its own queues left as QEMU asks for: it opens no file without. */
async function canBeNative(): Promise<boolean> {
  const [used, most] = await Promise.all(
    ['aio-nr', 'aio-max-nr'].map(async (name) => Number(await readFile(`/proc/sys/fs/${name}`, 'utf8'))),
  ).catch(() => [])
  return used !== undefined && most !== undefined && used + nativeRequests <= most
}

/** A file system in memory has nothing to go past. */
async function canBeDirect(path: string): Promise<boolean> {
  try {
    const file = await open(path, constants.O_RDWR | constants.O_DIRECT)
    await file.close()
    return true
  } catch {
    return false
  }
}

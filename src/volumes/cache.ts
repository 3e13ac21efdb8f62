/** QEMU's named cache modes, https://www.qemu.org/docs/master/system/invocation.html (cache=). */
export const cacheModes = ['none', 'writeback', 'writethrough', 'directsync', 'unsafe'] as const

export type CacheMode = (typeof cacheModes)[number]

/** What a named mode stands for: the guest's write cache, and the two flags of each block node. */
export interface CacheFlags {
  readonly writeCache: 'on' | 'off'
  readonly direct: boolean
  readonly noFlush: boolean
}

const flags: Readonly<Record<CacheMode, CacheFlags>> = {
  none: { writeCache: 'on', direct: true, noFlush: false },
  writeback: { writeCache: 'on', direct: false, noFlush: false },
  writethrough: { writeCache: 'off', direct: false, noFlush: false },
  directsync: { writeCache: 'off', direct: true, noFlush: false },
  unsafe: { writeCache: 'on', direct: false, noFlush: true },
}

/** The three flags a cache mode stands for. */
export function cacheFlags(mode: CacheMode): CacheFlags {
  return flags[mode]
}

/** How much a volume's server keeps in memory. */
export interface CachePolicy {
  readonly blocks: number
  readonly blockSizeBytes: number
  readonly sizeBytes: number
}

const blockSizeBytes = 4096
const mainSizeBytes = 128 * 1024 * 1024

/**
 * Returns how large a server's cache should be, by the name of its volume: none for `…-cloudinit` and `…-efi`, which are read
 * once, else 128 MiB. Do not give the size to nbdkit's filter `cache` as `cache-max-size` without `cache=writethrough`: nbdkit
 * 1.32 then drops blocks that it has confirmed and not yet written.
 */
export function cachePolicy(volumeName: string): CachePolicy {
  const sizeBytes = /-(?:cloudinit|efi)$/.test(volumeName) ? 0 : mainSizeBytes
  return { blocks: sizeBytes / blockSizeBytes, blockSizeBytes, sizeBytes }
}

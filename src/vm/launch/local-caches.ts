import { dirname } from 'node:path'
import type { UndoStack } from '../../util/undo-stack.ts'
import { makeCacheFile, probeBackend, removeCacheFile, requireCacheable } from '../../volumes/index.ts'
import type { ResolvedVm } from '../config/resolve.ts'

interface MakeParts {
  readonly undo: UndoStack
  readonly signal: AbortSignal | undefined
}

/**
 * Makes the files of the local caches that a VM starts with, which are on record, in place of what a launch that died has left there.
 * Their servers run.
 * @throws VolumeError VOLUME_CACHE, VOLUME_BACKEND, VOLUME_ABORTED. The undo takes away what was made.
 */
export async function makeCaches(
  { cacheFiles, dataVolumes }: Pick<ResolvedVm, 'cacheFiles' | 'dataVolumes'>,
  { signal, undo }: MakeParts,
): Promise<void> {
  for (const spec of dataVolumes) {
    const { id, localCache } = spec
    const file = cacheFiles?.get(id)
    if (localCache === undefined || file === undefined) continue
    const { multiConn, sizeBytes = 0n } = await probeBackend(spec, { signal })
    await requireCacheable({ id, localCache }, { multiConn, sizeBytes })
    const directory = dirname(file.path)
    await removeCacheFile(directory)
    undo.push(`the local cache of ${id}`, () => removeCacheFile(directory))
    await makeCacheFile(directory, { sizeBytes, sizeMiB: localCache.sizeMiB }, signal)
  }
}

import { type QmpClient, QmpCommandError, type QmpEvent } from '../../qmp/index.ts'
import { diskUser, volumeNames } from '../../volumes/index.ts'
import { ownEvent } from '../events.ts'
import { yankNode } from '../freeing.ts'
import { volumeOf } from '../record/attachments.ts'
import type { VolumeAttachment } from '../record/state.ts'
import { StandStill, type Stopping } from '../stand-still.ts'
import { hasCache } from './volume-cache.ts'
import type { VolumeLedger } from './volume-ledger.ts'
import { isCut } from './volume-record.ts'

const limits = { timeoutMs: 30_000 }

interface UncacheParts {
  readonly qmp: QmpClient
  readonly ledger: VolumeLedger
  readonly emit: (event: QmpEvent) => void
  readonly volumes: Stopping
}

/**
 * Has the disk of a volume go on without its cache, which has failed: it is given the spare connection to the server, and all that had
 * to do with the cache goes. QEMU does that in one thread while the VM stands still; a VM that ran runs on, some 20 ms later, and a VM that an
 * I/O error has stopped stays so. What had been confirmed is on the server; what had failed is done once more when the VM runs. A
 * volume without a cache, or that is cut off, is left as it is.
 * @throws QmpError; the volume has its cache then, or a repeat goes on.
 */
export async function uncache(parts: UncacheParts, entry: VolumeAttachment): Promise<void> {
  if (!hasCache(entry)) return
  const { emit, ledger, qmp, volumes } = parts
  const { generation, id } = entry
  const isDone = await ledger.alone(id, undefined, async () => {
    const now = volumeOf(await ledger.read(), id)
    const isStaying = now?.phase === 'attached' || now?.phase === 'detaching'
    if (now === undefined || !isStaying || now.generation !== generation || !hasCache(now) || isCut(now))
      return false
    using still = new StandStill({ qmp, store: ledger, volumes })
    try {
      await still.begin({ what: 'uncache', volume: id })
      await useSpare(qmp, now)
      await ledger.patch(id, { uncached: true })
    } finally {
      await still.end()
    }
    return true
  })
  if (!isDone) return
  const message = `the local cache of volume ${id} failed or is full: it goes on without it, as slow as its server; detach and attach it to have another`
  emit(ownEvent('VOLUME_UNCACHED', { id, message }))
}

/** Gives the disk its spare node, once, and takes the cache away. */
async function useSpare(qmp: QmpClient, { id, spec }: VolumeAttachment): Promise<void> {
  const { cache, device, node, spare } = volumeNames(id)
  const disks = await qmp.execute('query-block', undefined, limits)
  const now = disks.find(({ qdev }) => qdev === diskUser(spec))?.inserted?.['node-name']
  // With a job's filter or an overlay in between nothing can be done.
  if (now !== undefined && now !== node && now !== spare) throw new Error(`volume ${id} is in use by ${now}`)
  if (now === node) {
    const path = `/machine/peripheral/${device}`
    await qmp.execute('qom-set', { path, property: 'drive', value: spare }, limits)
  }
  // So that QEMU flushes to no server that may be lost; the next flush of the guest does.
  for (const each of [cache.volume, cache.filler]) await yankNode(qmp, each)
  await qmp.execute('blockdev-del', { 'node-name': node }, limits).catch((error: unknown) => {
    // A user keeps it; it goes with the volume.
    if (!(error instanceof QmpCommandError)) throw error
  })
}

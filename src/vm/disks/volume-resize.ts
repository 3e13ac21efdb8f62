import { QmpCommandError } from '../../qmp/index.ts'
import { diskUser, probeNbd, readVolumeUri } from '../../volumes/index.ts'
import { unendedBackupOf } from '../record/backups.ts'
import type { VolumeAttachment } from '../record/state.ts'
import { requireAnswer } from './server-look.ts'
import type { VolumeParts } from './volume-attach.ts'
import { hasCache, nodeOf } from './volume-cache.ts'
import { drain } from './volume-drain.ts'
import type { AskOptions } from './volume-options.ts'
import { volumeError } from './volume-record.ts'

export interface ResizeOptions extends AskOptions {
  /** Allows a smaller size. What lies behind the new end of a file is lost. */
  readonly shrink?: boolean | undefined
}

type ResizeParts = Pick<VolumeParts, 'vm' | 'qmp' | 'ledger'>

/**
 * Gives the node that the disk is on at this moment another size: after a mirror or a snapshot that is not the volume's own.
 * @throws VolumeError VOLUME_NOT_FOUND, VOLUME_SPEC for a smaller size that is not allowed, VOLUME_BACKEND saying what the server has
 *   and what to do; QmpCommandError when QEMU refuses.
 */
export async function resizeVolume(
  parts: ResizeParts,
  entry: VolumeAttachment,
  sizeBytes: number | bigint,
  { shrink, ...limits }: ResizeOptions,
): Promise<void> {
  const { vm, qmp } = parts
  const { id } = entry.spec
  if (unendedBackupOf(await parts.ledger.read(), id) !== undefined)
    throw volumeError(
      'VOLUME_BUSY',
      vm,
      id,
      'cannot be resized while it is backed up: repeat when the backup is over',
    )
  const own = nodeOf(entry)
  if (hasCache(entry)) {
    const what =
      'cannot be resized while it has a local cache: detach it, make it larger, and attach it again'
    throw volumeError('VOLUME_CACHE', vm, id, what)
  }
  const disks = await qmp.execute('query-block', undefined, limits)
  const disk = disks.find(({ qdev }) => qdev === diskUser(entry.spec))
  const { image, 'node-name': node } = disk?.inserted ?? {}
  if (image === undefined || node === undefined)
    throw volumeError('VOLUME_NOT_FOUND', vm, id, 'is not in QEMU')
  const hasBytes = image['virtual-size']
  if (sizeBytes < hasBytes && shrink !== true) {
    const what = `has ${hasBytes} bytes, and ${sizeBytes} are fewer: what lies behind the new end would be lost. Allow it with shrink: true`
    throw volumeError('VOLUME_SPEC', vm, id, what)
  }
  const resize = () =>
    drain(parts, entry, (stall) =>
      qmp.execute('block_resize', { 'node-name': node, size: sizeBytes }, { ...limits, ...stall }),
    )
  if (node !== own) return void (await resize())
  await requireAnswer(vm, entry)
  try {
    await resize()
  } catch (error) {
    if (!(error instanceof QmpCommandError)) throw error
    const served = await servedSize(entry, limits)
    if (served === undefined) throw error
    if (served < sizeBytes) {
      const what = `cannot have ${sizeBytes} bytes: its server (${entry.spec.uri}) has ${served}. Make the disk on the server larger first`
      throw volumeError('VOLUME_BACKEND', vm, id, what)
    }
    await lookAgain(parts, entry, limits)
    await resize().catch(() => {
      const what = `cannot be resized yet: its server (${entry.spec.uri}) has ${served} bytes now, and QEMU only knows the size from when it connected. Restart the server at that address, so that QEMU connects again, and repeat`
      throw volumeError('VOLUME_BACKEND', vm, id, what)
    })
  }
}

/** Undefined for a file, and for a server that QEMU alone may ask. */
async function servedSize({ spec }: VolumeAttachment, { signal }: AskOptions): Promise<bigint | undefined> {
  const source = readVolumeUri(spec.uri)
  if (typeof source === 'string' || source.type === 'file') return undefined
  return probeNbd(source.address, { tls: spec.tls, signal }).then(
    (found) => found.sizeBytes,
    () => undefined,
  )
}

/** QEMU connects anew to a server that was restarted only when it has something to ask: the first block. */
async function lookAgain(parts: ResizeParts, entry: VolumeAttachment, limits: AskOptions): Promise<void> {
  const node = nodeOf(entry)
  const read = { 'command-line': `qemu-io ${node} "read 0 512"` }
  await drain(parts, entry, (stall) =>
    parts.qmp.execute('human-monitor-command', read, { ...limits, ...stall }),
  )
}

import { randomUUID } from 'node:crypto'
import { access, lstat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { currentDirectory } from '../../process/index.ts'
import type { CallOptions } from '../../qmp/index.ts'
import {
  diskUser,
  isNbdUri,
  probeNbd,
  readVolumeUri,
  VolumeError,
  type VolumeSource,
  VolumeSpecError,
  volumeFrom,
} from '../../volumes/index.ts'
import { volumeOf } from '../record/attachments.ts'
import { lastBackupOf, type UnendedBackup } from '../record/backups.ts'
import type { BackupRecord } from '../record/state.ts'
import { backupWaits, bitmapsOf, devicePath } from './backup-graph.ts'
import type { BackupParts } from './end-backup.ts'

export interface BackupOptions extends CallOptions {
  /**
   * A file, which becomes a qcow2 image (0600), or the address of an NBD server whose disk has the size of this one and is written
   * in place.
   */
  readonly target: string
  /**
   * `full`: all of the disk. `incremental`: what was written since the last backup of this disk that ended well. An image stands
   * on the image before it then; a server has to be that of the backup before it. `auto`, unless given: incremental for a
   * file where that can be, else full.
   */
  readonly kind?: 'full' | 'incremental' | 'auto' | undefined
  /** How much is copied at most in a second; no limit when absent. */
  readonly bytesPerSecond?: number | undefined
  /**
   * Where the scratch image is while the backup lasts, for what the guest overwrites meanwhile: that of the target file unless
   * given, for a server the directory of the VM.
   */
  readonly scratchDirectory?: string | undefined
  /** Called with the part that is done, from 0 to 1. */
  readonly onProgress?: ((done: number, totalBytes: number) => void) | undefined
}

/** A disk of a VM as `vm.volumes.list()` has it. */
export interface BackedUpDisk {
  readonly id: string
  readonly state: string
  readonly drive?: string | undefined
}

/** Says what a backup is to be. Nothing is changed. @throws as `VmBackups.create` for what cannot be. */
export async function planBackup(
  { qmp, store, vm }: BackupParts,
  disk: BackedUpDisk,
  { kind = 'auto', scratchDirectory, signal, target }: BackupOptions,
): Promise<{ readonly backup: Omit<UnendedBackup, 'bitmap'>; readonly source: VolumeSource }> {
  const { id } = disk
  const failure = (code: VolumeError['code'], what: string) =>
    new VolumeError(code, `volume ${id} of VM ${vm} ${what}`, { details: { vm, volume: id, target } })
  const disks = await qmp.execute('query-block', undefined, { timeoutMs: backupWaits.answerMs, signal })
  const record = await store.read()
  const spec = disk.state === 'boot' ? undefined : volumeOf(record, id)?.spec
  const its = disks.find(({ device, qdev }) =>
    spec === undefined ? device === (disk.drive ?? id) : qdev === diskUser(spec),
  )
  const node = its?.inserted?.['node-name']
  if (its?.inserted === undefined || its.qdev === undefined || node === undefined)
    throw failure('VOLUME_NOT_FOUND', 'is not in QEMU')
  if (its.inserted.ro) throw failure('VOLUME_BACKUP_FAILED', 'is read-only: copy what it is made of')
  const sizeBytes = Number(its.inserted.image['virtual-size'])
  const { uri } = volumeFrom(currentDirectory(), { uri: target })
  const source = readVolumeUri(uri, { plain: true })
  if (typeof source === 'string')
    throw new VolumeSpecError([{ path: 'target', message: `${target} ${source}`, value: target }], 'backup')
  const last = lastBackupOf(record, id)
  const fault = await baseFault(last, { source, uri, node, sizeBytes, bitmaps: await bitmapsOf(qmp, node) })
  if (kind === 'incremental' && fault !== undefined)
    throw failure(
      'VOLUME_BACKUP_FAILED',
      `cannot be backed up incrementally: ${fault}; make a full backup first`,
    )
  const isFull = kind === 'full' || fault !== undefined || (kind === 'auto' && source.type === 'nbd')
  const place = source.type === 'nbd' ? store.paths.dir : dirname(source.path)
  const unique = randomUUID()
  const hidden = (ending: string) =>
    `.${source.type === 'nbd' ? id : basename(source.path)}.${unique}.${ending}`
  const backup = {
    volume: id,
    kind: isFull ? ('full' as const) : ('incremental' as const),
    target: source.type === 'nbd' ? uri : source.path,
    below: isFull || last === undefined || source.type === 'nbd' ? [] : [...last.below, last.target],
    createdAt: new Date().toISOString(),
    sizeBytes,
    node,
    work: {
      device: devicePath(its.qdev),
      ...(source.type === 'nbd' ? {} : { part: join(place, hidden('part')) }),
      scratch: join(scratchDirectory ?? place, hidden('scratch.tmp')),
      base: last?.bitmap,
    },
  }
  if (source.type === 'file') {
    const there = await lstat(source.path).catch(() => undefined)
    if (there !== undefined)
      throw failure(
        'VOLUME_IMAGE_EXISTS',
        `is not backed up: ${source.path} is there already; name another file`,
      )
    return { backup, source }
  }
  const server = await probeNbd(source.address, { signal })
  if (server.readOnly) throw failure('VOLUME_BACKEND', `is not backed up: ${uri} lets nobody write`)
  if (Number(server.sizeBytes) === sizeBytes) return { backup, source }
  throw failure(
    'VOLUME_BACKEND',
    `is not backed up: the disk of ${uri} has ${server.sizeBytes} bytes, and this one ${sizeBytes}; make them equal`,
  )
}

interface Wanted {
  readonly source: VolumeSource
  readonly uri: string
  readonly node: string
  readonly sizeBytes: number
  readonly bitmaps: ReadonlySet<string>
}

/** Why the last backup of a disk is none to build on; undefined when it is. */
async function baseFault(
  last: BackupRecord | undefined,
  { bitmaps, node, sizeBytes, source, uri }: Wanted,
): Promise<string | undefined> {
  if (last === undefined) return 'this run of the VM has no backup of it'
  if (last.node !== node || !bitmaps.has(last.bitmap)) return 'it was attached anew since its last backup'
  if (last.sizeBytes !== sizeBytes) return 'its size has changed since its last backup'
  if (source.type === 'nbd')
    return last.target === uri ? undefined : `its last backup is at ${last.target} and not at ${uri}`
  if (isNbdUri(last.target)) return `its last backup is at ${last.target}, on which no file can stand`
  const isThere = await access(last.target).then(
    () => true,
    () => false,
  )
  return isThere ? undefined : `its last backup ${last.target} is gone`
}

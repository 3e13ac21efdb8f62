import { checkAmount, checkTimeout, type QmpEvent } from '../../qmp/index.ts'
import { type ImageFile, isNbdUri, VolumeError } from '../../volumes/index.ts'
import { isEnded, messageOf, notRunning } from '../errors.ts'
import { ownEvent } from '../events.ts'
import { isOfBackup, unendedBackups } from '../record/backups.ts'
import { backupLock } from '../record/ownership.ts'
import type { BackupRecord } from '../record/state.ts'
import type { Stopping } from '../stand-still.ts'
import { type BackupParts, endLeftBackup } from './end-backup.ts'
import { type BackedUpDisk, type BackupOptions, planBackup } from './plan-backup.ts'
import { imageOn, runBackup } from './run-backup.ts'

/** A backup of a disk. */
export interface Backup {
  /** The disk. */
  readonly volume: string
  readonly kind: 'full' | 'incremental'
  readonly state: 'running' | 'finished'
  /** The file or the NBD server. */
  readonly target: string
  /** The file with all that it stands on, as `convertImage`, a drive or a volume takes it. */
  readonly image?: ImageFile | undefined
  /** When it began, as ISO 8601 writes it. */
  readonly createdAt: string
  /** The size of the disk. */
  readonly sizeBytes: number
}

/** A backup that was made. */
export interface FinishedBackup extends Backup {
  /** How much of the disk was copied. */
  readonly bytes: number
}

interface VmBackupsParts extends BackupParts {
  readonly pid: number
  readonly emit: (event: QmpEvent) => void
  /** The disks, as `vm.volumes` has them. */
  readonly volumes: Stopping & { readonly list: () => Promise<readonly BackedUpDisk[]> }
  readonly requireRunning: () => void
  readonly isOwner: boolean
}

/**
 * The backups of the disks of a running VM. Each is on record first, so that the next owner can end it after a crash. The record
 * has the last backup of each disk that ended well. QEMU knows what was written since for as long as it runs: after a
 * restart of the VM the next backup is a full one.
 */
export class VmBackups {
  readonly #parts: VmBackupsParts

  /** @internal */
  constructor(parts: VmBackupsParts) {
    const { isOwner, qmp } = parts
    this.#parts = parts
    if (!isOwner) return
    // Its process may have died meanwhile.
    qmp.on('JOB_STATUS_CHANGE', ({ data }) => {
      if (data.status === 'concluded' && isOfBackup(data.id)) void this.converge().catch(() => {})
    })
  }

  /**
   * Backs a disk up, as it is at one moment, while the guest runs on: what the guest writes meanwhile never waits for the target.
   * The disk cannot be detached, resized, or backed up a second time until it is over. Incremental backups copy what was written
   * since the one before, in pieces of 64 KiB.
   * @throws VolumeError VOLUME_NOT_FOUND; VOLUME_BUSY while another call backs it up; VOLUME_IMAGE_EXISTS; VOLUME_BACKEND when the server
   *   does not answer or has another size; VOLUME_BACKUP_FAILED in QEMU's words, when the target takes nothing for 30 s, and for an
   *   incremental one with nothing to build on; VOLUME_ABORTED; VolumeSpecError; QmpError QMP_TIMEOUT after an hour unless given.
   *   Then nothing of it is left, and the backups before it stay good. A server has a part of it.
   */
  async create(id: string, options: BackupOptions): Promise<FinishedBackup> {
    const { requireRunning, store, vm, volumes } = this.#parts
    const { bytesPerSecond, signal, timeoutMs } = options
    checkTimeout(timeoutMs)
    checkAmount(bytesPerSecond, 'bytesPerSecond', 'bytes')
    requireRunning()
    const failure = (code: VolumeError['code'], what: string, cause?: unknown) =>
      new VolumeError(code, `volume ${id} of VM ${vm} ${what}`, { cause, details: { vm, volume: id } })
    await endLeftBackup(this.#parts, id)
    using lock = await backupLock(store.paths, id)
    if (lock === undefined)
      throw failure('VOLUME_BUSY', 'is being backed up by another call, or copied by a fork')
    const disk = (await volumes.list()).find((each) => each.id === id)
    if (disk === undefined) throw failure('VOLUME_NOT_FOUND', 'is not attached')
    if (disk.state !== 'attached' && disk.state !== 'boot')
      throw failure('VOLUME_BUSY', `is ${disk.state}: repeat when that is over`)
    try {
      const planned = await planBackup(this.#parts, disk, options)
      const { backup, bytes } = await runBackup(this.#parts, planned, options)
      return { ...view(backup), state: 'finished', bytes }
    } catch (error) {
      requireRunning()
      // Its end is seen a moment later than what fails by it.
      if (isEnded(error)) throw notRunning(vm, error)
      throw signal?.aborted ? failure('VOLUME_ABORTED', 'is not backed up: it was aborted', error) : error
    }
  }

  /** The backups under way, and the last one of each disk that ended well. @throws VmError VM_NOT_FOUND, VM_STATE. */
  async list(): Promise<Backup[]> {
    return (await this.#parts.store.read()).backups.map(view)
  }

  /** Ends the backups whose processes have died. A backup for which that fails is told as `VOLUME_LEFT_BEHIND`, and stays on record. @internal */
  async converge(): Promise<void> {
    const { emit, store } = this.#parts
    for (const { volume } of unendedBackups(await store.read())) {
      await endLeftBackup(this.#parts, volume).catch((error: unknown) => {
        const message = `a backup of volume ${volume} could not be ended: ${messageOf(error)}`
        emit(ownEvent('VOLUME_LEFT_BEHIND', { id: volume, message }))
      })
    }
  }
}

function view({ below, createdAt, kind, sizeBytes, target, volume, work }: BackupRecord): Backup {
  return {
    volume,
    kind,
    state: work === undefined ? 'finished' : 'running',
    target,
    ...(isNbdUri(target) ? {} : { image: imageOn(target, below) }),
    createdAt,
    sizeBytes,
  }
}

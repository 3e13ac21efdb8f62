import type { BackupRecord, VmRecord } from './state.ts'

type Backups = Pick<VmRecord, 'backups'>

/** A backup that has not ended. */
export type UnendedBackup = BackupRecord & { readonly work: NonNullable<BackupRecord['work']> }

/** The backups that have not ended. */
export function unendedBackups({ backups }: Backups): UnendedBackup[] {
  return backups.filter((each): each is UnendedBackup => each.work !== undefined)
}

/** The backup of a disk that has not ended. */
export function unendedBackupOf(record: Backups, volume: string): UnendedBackup | undefined {
  return unendedBackups(record).find((each) => each.volume === volume)
}

/** The last backup of a disk that ended well. */
export function lastBackupOf({ backups }: Backups, volume: string): BackupRecord | undefined {
  return backups.findLast((each) => each.volume === volume && each.work === undefined)
}

/** What QEMU calls what belongs to a backup: its bitmap and its job have the name of the backup. Pure. */
export function backupNames(backup: string) {
  return {
    job: backup,
    bitmap: backup,
    target: `${backup}-target`,
    /** The file of the target. */
    image: `${backup}-image`,
    scratch: `${backup}-scratch`,
    filter: `${backup}-filter`,
    source: `${backup}-source`,
  }
}

/** Whether a name of QEMU's is that of a backup, or of something that belongs to one. */
export const isOfBackup = (name: string) => /^backup-\d+(?:-|$)/.test(name)

/** The disk whose writes go through a node of a backup. */
export function volumeBehind(record: Backups, node: string | undefined): string | undefined {
  return unendedBackups(record).find(({ bitmap }) => backupNames(bitmap).filter === node)?.volume
}

/** The record with one more backup, which has a name of its own in this run of the VM. */
export function withBackup(record: VmRecord, backup: Omit<UnendedBackup, 'bitmap'>) {
  const generations = record.generations + 1
  const value: UnendedBackup = { ...backup, bitmap: `backup-${generations}` }
  return { record: { ...record, generations, backups: [...record.backups, value] }, value }
}

/** The record in which the target of a backup has all of it. */
export function withBackupDone(record: VmRecord, bitmap: string): VmRecord {
  const backups = record.backups.map((each) =>
    each.bitmap === bitmap && each.work !== undefined
      ? { ...each, work: { ...each.work, done: true } }
      : each,
  )
  return { ...record, backups }
}

/** The record after a backup: a finished one takes the place of the one before it, and of a failed one nothing stays. */
export function withBackupEnded(
  record: VmRecord,
  { bitmap, volume }: BackupRecord,
  isDone: boolean,
): VmRecord {
  const others = record.backups.filter((each) => each.bitmap !== bitmap)
  const ended = record.backups.find((each) => each.bitmap === bitmap)
  if (!isDone || ended === undefined) return { ...record, backups: others }
  const { work: _, ...finished } = ended
  return { ...record, backups: [...others.filter((each) => each.volume !== volume), finished] }
}

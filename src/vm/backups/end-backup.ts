import { readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type UnendedBackup, unendedBackupOf, unendedBackups, withBackupEnded } from '../record/backups.ts'
import { backupLock } from '../record/ownership.ts'
import type { VmRecord } from '../record/state.ts'
import { StandStill, type StandStillParts } from '../stand-still.ts'
import { removeBitmap, takeOut } from './backup-graph.ts'

export interface BackupParts extends StandStillParts {
  readonly vm: string
}

/**
 * Ends a backup, wherever its work was left: a backup whose target has all of it is finished, of any other one nothing stays.
 * May be repeated. @returns whether it was finished. @throws what QEMU, the system and the record say; it stays on record then.
 */
export async function endBackup(
  { qmp, store }: BackupParts,
  backup: UnendedBackup,
  still: StandStill,
): Promise<boolean> {
  const { bitmap, node, volume, work } = backup
  const isDone = work.done === true || (await isTarget(backup))
  const standStill = () => still.begin({ what: 'backup', volume })
  // A process that has died left it so, or what failed here.
  if ((await store.read()).standsFor !== undefined) await standStill()
  await takeOut(qmp, backup, standStill)
  await still.end()
  const unneeded = isDone ? work.base : bitmap
  if (unneeded !== undefined) await removeBitmap(qmp, node, unneeded)
  await removeParts(backup)
  await rm(relaySocket({ store }, backup), { force: true })
  await store.change((record) => ({ record: withBackupEnded(record, backup, isDone), value: undefined }))
  return isDone
}

/** Ends the backup of a disk whose process has died in the middle of it. One whose process lives is left alone. @throws as `endBackup`. */
export async function endLeftBackup(parts: BackupParts, volume: string): Promise<void> {
  if (unendedBackupOf(await parts.store.read(), volume) === undefined) return
  using lock = await backupLock(parts.store.paths, volume)
  if (lock === undefined) return
  const left = unendedBackupOf(await parts.store.read(), volume)
  if (left === undefined) return
  using still = new StandStill(parts)
  await endBackup(parts, left, still)
}

/** Removes the files of the backups that a VM did not live to see the end of. */
export async function removePartsOn(record: Pick<VmRecord, 'backups'>): Promise<void> {
  for (const backup of unendedBackups(record)) await removeParts(backup)
}

/** Removes the files of a backup's work, and what qemu-img had begun to make of them. */
export async function removeParts({ work }: UnendedBackup): Promise<void> {
  for (const path of [work.scratch, ...(work.part === undefined ? [] : [work.part])]) {
    await rm(path, { force: true })
    const begun = await readdir(dirname(path)).catch(() => [])
    for (const name of begun)
      if (name.startsWith(`.${basename(path)}.`)) await rm(join(dirname(path), name), { force: true })
  }
}

/** Where QEMU reaches the server that a backup goes to. */
export function relaySocket({ store }: Pick<BackupParts, 'store'>, { bitmap }: UnendedBackup): string {
  return join(store.paths.dir, `${bitmap}.sock`)
}

/** Whether the part has become the target. */
async function isTarget({ target, work: { part } }: UnendedBackup): Promise<boolean> {
  if (part === undefined) return false
  const [one, other] = await Promise.all([part, target].map((path) => stat(path).catch(() => undefined)))
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev
}

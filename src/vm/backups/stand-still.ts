import { type UnendedBackup, unendedBackups, withBackupStopped } from '../record/backups.ts'
import { backupWaits } from './backup-graph.ts'
import type { BackupParts } from './end-backup.ts'

const limits = { timeoutMs: backupWaits.answerMs }

/**
 * Has a VM that runs stand still: QEMU 7.2 aborts when a node is put over a disk, or taken away there, while requests of the guest
 * are under way in an iothread. On record first, so that the next owner lets the VM run on after a death. A repeat does nothing.
 */
export async function standStill(
  { machine, qmp, store }: BackupParts,
  { bitmap }: UnendedBackup,
): Promise<void> {
  if ((await qmp.execute('query-status', undefined, limits)).status !== 'running') return
  await store.change((record) => ({ record: withBackupStopped(record, bitmap, true), value: undefined }))
  await (machine === undefined ? qmp.execute('stop', undefined, limits) : machine.stop(limits))
}

/** Lets the VM run on that stands still for a backup, unless somebody has paused it since. A repeat does nothing. */
export async function runOn({ machine, qmp, store }: BackupParts, { bitmap }: UnendedBackup): Promise<void> {
  const found = unendedBackups(await store.read()).find((each) => each.bitmap === bitmap)
  if (found?.work.stopped !== true) return
  if (machine?.isHeld() !== true) await qmp.execute('cont', undefined, limits)
  await store.change((record) => ({ record: withBackupStopped(record, bitmap, false), value: undefined }))
}

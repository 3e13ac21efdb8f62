import { chown, link, stat } from 'node:fs/promises'
import { QemuLaunchError } from '../../errors.ts'
import { type CallOptions, QmpError, runJob } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'
import {
  type Backing,
  createImage,
  createOverlay,
  VolumeError,
  type VolumeSource,
} from '../../volumes/index.ts'
import { messageOf } from '../errors.ts'
import { backupNames, type UnendedBackup, withBackup, withBackupDone } from '../record/backups.ts'
import { StandStill } from '../stand-still.ts'
import { backupWaits, closeTarget, progressOf, putIn } from './backup-graph.ts'
import { type BackupParts, endBackup, relaySocket, removeParts } from './end-backup.ts'
import type { BackupOptions } from './plan-backup.ts'
import { openRelay, type Relay } from './relay.ts'

/** How a backup is watched. */
export const backupWatch = {
  lookMs: 1_000,
  /** How long the target may take nothing. */
  stallMs: 30_000,
  /** How long QEMU may stand still for the target, as when the VM is paused meanwhile. */
  silentMs: 10_000,
  timeoutMs: 3_600_000,
}

interface Planned {
  readonly backup: Omit<UnendedBackup, 'bitmap'>
  readonly source: VolumeSource
}

/** Makes the backup that was planned, on record before its first effect. @throws as `VmBackups.create`. */
export async function runBackup(
  parts: BackupParts & { readonly pid: number },
  planned: Planned,
  options: BackupOptions,
): Promise<{ readonly backup: UnendedBackup; readonly bytes: number }> {
  const { qmp, store } = parts
  const backup = await store.change((record) => withBackup(record, planned.backup), options.signal)
  const socket = relaySocket(parts, backup)
  const { source } = planned
  using still = new StandStill(parts)
  let relay: Relay | undefined
  let bytes: number
  try {
    await makeFiles(parts.pid, backup, options)
    if (source.type === 'nbd') relay = await openRelay(socket, source.address)
    const near = { type: 'unix', path: socket } as const
    const target = { ...backup, source: source.type === 'nbd' ? { ...source, near } : source }
    await putIn(qmp, backup, target, () => still.begin({ what: 'backup', volume: backup.volume }))
    bytes = await copy(parts, backup, options, { cut: () => relay?.cut(), still })
    await closeTarget(qmp, target)
    if (backup.work.part !== undefined) await link(backup.work.part, backup.target)
    await store.change((record) => ({ record: withBackupDone(record, backup.bitmap), value: undefined }))
  } catch (error) {
    relay?.cut()
    throw await undone(parts, backup, still, error)
  }
  relay?.cut()
  const done = { ...backup, work: { ...backup.work, done: true } }
  await endBackup(parts, done, still).catch((error: unknown) => {
    throw failureOf(parts, backup, `is backed up to ${backup.target}, and ${isLeft(error)}`, error)
  })
  return { backup, bytes }
}

/** The files, for a QEMU that may be another user by now. */
async function makeFiles(
  pid: number,
  { below, kind, sizeBytes, work: { part, scratch } }: UnendedBackup,
  { signal }: CallOptions,
): Promise<void> {
  const qcow2 = (path: string) => createImage({ path, format: 'qcow2' }, { sizeBytes, signal })
  const before = below.at(-1)
  if (part !== undefined && kind === 'incremental' && before !== undefined)
    await createOverlay(part, { backing: imageOn(before, below.slice(0, -1)), sizeBytes, signal })
  else if (part !== undefined) await qcow2(part)
  await qcow2(scratch)
  const { gid, uid } = await stat(`/proc/${pid}`)
  if (uid === process.getuid?.()) return
  for (const path of [scratch, ...(part === undefined ? [] : [part])]) await chown(path, uid, gid)
}

/** An image that stands on others, the last of them right below it. Pure. */
export function imageOn(path: string, below: readonly string[]) {
  const backing = below.reduce<Backing | null>(
    (under, uri) => ({ uri, format: 'qcow2', backing: under }),
    null,
  )
  return { path, format: 'qcow2', backing }
}

/**
 * Runs the job. A target that takes nothing for too long ends it. One for which QEMU stands still is cut off first: QEMU hears nothing
 * else then. @returns how many bytes were copied.
 */
async function copy(
  parts: BackupParts,
  backup: UnendedBackup,
  { bytesPerSecond, onProgress, signal, timeoutMs = backupWatch.timeoutMs }: BackupOptions,
  { cut, still }: { readonly cut: () => void; readonly still: StandStill },
): Promise<number> {
  const { qmp } = parts
  const { bitmap, kind, target, work } = backup
  const names = backupNames(bitmap)
  const stalled = new AbortController()
  const stuck = new AbortController()
  const over = new AbortController()
  const sync =
    kind === 'full' || work.base === undefined
      ? ({ sync: 'full' } as const)
      : ({ sync: 'bitmap', bitmap: work.base, 'bitmap-mode': 'never' } as const)
  const speed = bytesPerSecond === undefined ? {} : { speed: bytesPerSecond }
  let heldMs = 0
  const watching = watch(over.signal, {
    look: () => progressOf(qmp, names.job, backupWatch.silentMs),
    onStall: (ms) => {
      heldMs = ms
      cut()
      stalled.abort()
    },
    onProgress,
  })
  const ends = [stalled.signal, stuck.signal, ...(signal === undefined ? [] : [signal])]
  const end = AbortSignal.any(ends)
  // From then on what the guest writes goes the way of the job. QEMU 7.2 crashes when a VM runs on while a job is being cancelled.
  const begun = qmp
    .waitFor('JOB_STATUS_CHANGE', ({ data }) => data.id === names.job && data.status === 'running', {
      signal: over.signal,
    })
    .then(
      () => (end.aborted ? undefined : still.end()),
      () => {},
    )
  // A VM that stands still is not kept so until all is copied.
  begun.catch(() => stuck.abort())
  try {
    const { progress } = await runJob(
      qmp,
      'blockdev-backup',
      { device: names.source, target: names.target, ...sync, ...speed },
      { jobId: names.job, signal: end, timeoutMs, cancelTimeoutMs: backupWaits.cancelMs },
    )
    await begun
    return Number(progress.current)
  } catch (error) {
    if (stuck.signal.aborted) await begun
    if (!stalled.signal.aborted || !(error instanceof QmpError)) throw error
    const what = `is not backed up: the target ${target} has accepted no data for ${heldMs} ms`
    throw failureOf(parts, backup, what, error)
  } finally {
    over.abort()
    await Promise.allSettled([watching, begun])
  }
}

interface Watch {
  readonly look: () => ReturnType<typeof progressOf>
  readonly onStall: (afterMs: number) => void
  readonly onProgress: BackupOptions['onProgress']
}

/** No event of QEMU tells how far a job is. Never rejects. */
async function watch(signal: AbortSignal, { look, onProgress, onStall }: Watch): Promise<void> {
  let last: { readonly current: number; readonly at: number } = { current: -1, at: performance.now() }
  try {
    for (;;) {
      await sleep(backupWatch.lookMs, { signal })
      const found = await look().catch((error: unknown) => {
        if (error instanceof QmpError && error.code === 'QMP_TIMEOUT') return 'silent' as const
        throw error
      })
      if (found === 'silent') return onStall(backupWatch.silentMs)
      if (found === undefined) continue
      const [current, total] = [Number(found['current-progress']), Number(found['total-progress'])]
      if (current !== last.current) last = { current, at: performance.now() }
      if (total > 0) onProgress?.(current / total, total)
      if (performance.now() - last.at < backupWatch.stallMs) continue
      return onStall(backupWatch.stallMs)
    }
  } catch {
    // It is over, or QEMU is.
  }
}

/** What to throw, after all that was made for the backup is gone again. */
async function undone(
  parts: BackupParts,
  backup: UnendedBackup,
  still: StandStill,
  error: unknown,
): Promise<unknown> {
  const left = await endBackup(parts, backup, still).then(
    () => undefined,
    (failure: unknown) => failure,
  )
  // Of a VM that has ended the files are left only.
  if (left !== undefined) await removeParts(backup).catch(() => {})
  const isQemus = error instanceof QmpError && ['QMP_JOB_FAILED', 'QMP_COMMAND_FAILED'].includes(error.code)
  if (error instanceof QemuLaunchError && !isQemus) return error.tellOf(detailsOf(parts, backup))
  const rest = left === undefined ? 'the backup before it stays good' : isLeft(left)
  const what = `is not backed up to ${backup.target}: ${messageOf(error)}; ${rest}`
  return failureOf(parts, backup, what, error)
}

const isLeft = (error: unknown) => `what it needed is left until the next backup: ${messageOf(error)}`

const detailsOf = ({ vm }: BackupParts, { target, volume }: UnendedBackup) => ({ vm, volume, target })

function failureOf(parts: BackupParts, backup: UnendedBackup, what: string, cause: unknown): VolumeError {
  const message = `volume ${backup.volume} of VM ${parts.vm} ${what}`
  return new VolumeError('VOLUME_BACKUP_FAILED', message, { cause, details: detailsOf(parts, backup) })
}

import { type QmpClient, QmpCommandError } from '../../qmp/index.ts'
import { settledWithin } from '../../util/deadline.ts'
import {
  lookAtVolume,
  type Medium,
  mediumFile,
  probeBackend,
  VolumeError,
  volumeOfMedium,
} from '../../volumes/index.ts'
import { mediumIn, withMedium } from '../record/media.ts'
import type { VolumeLedger } from './volume-ledger.ts'
import { volumeError } from './volume-record.ts'

export interface MediumOptions {
  /** How long to wait for a guest that has locked the tray; 10 s unless given. */
  readonly waitMs?: number | undefined
  /** Open the tray although the guest has locked it: what it reads from the medium fails from then on. */
  readonly force?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** `pending`: the guest was asked and keeps its tray locked. The medium has not changed, and a repeat asks again. */
export interface MediumOutcome {
  readonly outcome: 'inserted' | 'ejected' | 'pending'
  readonly id: string
}

interface MediaParts {
  readonly vm: string
  readonly qmp: QmpClient
  readonly ledger: VolumeLedger
}

const waitMs = 10_000
const timeoutMs = 30_000

/** Puts a medium into a CD-ROM drive in place of the one in it. On record first; when QEMU refuses, as before. */
export async function insertMedium(
  parts: MediaParts,
  id: string,
  medium: Medium,
  options: MediumOptions,
): Promise<MediumOutcome> {
  const { ledger, qmp, vm } = parts
  const { signal } = options
  return ledger.alone(id, signal, async () => {
    const volume = volumeOfMedium(medium)
    const drive = await cdromOf(parts, id, signal)
    const drivers = await lookAtVolume(volume)
    await probeBackend(volume, { signal })
    if (drive.hasMedium && !(await openTray(parts, id, drive, options))) return { outcome: 'pending', id }
    const before = await ledger.change((record) => ({
      record: withMedium(record, id, medium),
      value: mediumIn(record, id),
    }))
    try {
      const change = {
        id: drive.qdev,
        filename: mediumFile(medium, drivers),
        'read-only-mode': 'read-only',
      } as const
      await qmp.execute('blockdev-change-medium', change, { signal, timeoutMs })
    } catch (error) {
      // Without an answer it may still come to be.
      if (!(error instanceof QmpCommandError)) throw error
      await ledger.change((record) => ({ record: withMedium(record, id, before), value: undefined }))
      throw new VolumeError(
        'VOLUME_BACKEND',
        `volume ${id} of VM ${vm} has the same medium as before: ${error.message}`,
        {
          details: { vm, volume: id, uri: medium.uri },
          cause: error,
        },
      )
    }
    return { outcome: 'inserted', id }
  })
}

/** Takes the medium out of a CD-ROM drive. On record first. To eject from an empty drive is no fault. */
export async function ejectMedium(
  parts: MediaParts,
  id: string,
  options: MediumOptions,
): Promise<MediumOutcome> {
  const { ledger, qmp } = parts
  const { signal } = options
  return ledger.alone(id, signal, async () => {
    const drive = await cdromOf(parts, id, signal)
    if (drive.hasMedium) {
      if (!(await openTray(parts, id, drive, options))) return { outcome: 'pending', id }
      await qmp.execute('blockdev-remove-medium', { id: drive.qdev }, { signal, timeoutMs })
    }
    await ledger.change((record) => ({ record: withMedium(record, id, null), value: undefined }))
    return { outcome: 'ejected', id }
  })
}

interface CdromDrive {
  /** What QEMU's commands call it. */
  readonly qdev: string
  readonly hasMedium: boolean
  readonly isOpen: boolean
}

/** @throws VolumeError VOLUME_NOT_FOUND, VOLUME_NOT_REMOVABLE. */
async function cdromOf(
  { qmp, vm }: MediaParts,
  id: string,
  signal: AbortSignal | undefined,
): Promise<CdromDrive> {
  const blocks = await qmp.execute('query-block', undefined, { signal, timeoutMs })
  const found = blocks.find(({ device, qdev }) => device === id || qdev === id)
  if (found === undefined) throw volumeError('VOLUME_NOT_FOUND', vm, id, 'is not a drive of the VM')
  const { inserted, qdev, removable, tray_open: isOpen = false } = found
  if (!removable || qdev === undefined)
    throw volumeError('VOLUME_NOT_REMOVABLE', vm, id, 'is not a CD-ROM drive')
  return { qdev, hasMedium: inserted !== undefined, isOpen }
}

/** Opens the tray, with the guest's leave unless forced. @returns whether it is open. */
async function openTray(
  { qmp }: MediaParts,
  id: string,
  { isOpen, qdev }: CdromDrive,
  { force = false, signal, waitMs: limitMs = waitMs }: MediumOptions,
): Promise<boolean> {
  if (isOpen) return true
  const waiting = new AbortController()
  const isIt = (event: { readonly id: string; readonly device: string }) =>
    event.id === qdev || event.device === id
  const opened = qmp.waitFor('DEVICE_TRAY_MOVED', ({ data }) => isIt(data) && data['tray-open'], {
    signal: signal === undefined ? waiting.signal : AbortSignal.any([signal, waiting.signal]),
    timeoutMs: Number.POSITIVE_INFINITY,
  })
  opened.catch(() => {})
  try {
    // The answer comes before the guest has opened a locked one.
    await qmp.execute('blockdev-open-tray', { id: qdev, force }, { signal, timeoutMs })
    const event = await settledWithin(opened, limitMs)
    signal?.throwIfAborted()
    return event !== undefined
  } finally {
    waiting.abort()
  }
}

import type { StallOptions } from '../../qmp/index.ts'
import { isNbdUri } from '../../volumes/index.ts'
import { ownEvent } from '../events.ts'
import { freed, isHang } from '../freeing.ts'
import { volumesOf } from '../record/attachments.ts'
import type { VolumeAttachment } from '../record/state.ts'
import { lookAtServer } from './server-look.ts'
import type { VolumeParts } from './volume-attach.ts'
import { isCut, volumeError } from './volume-record.ts'
import { Rescue } from './volume-rescue.ts'

/** How long QEMU may stand still for a server in the middle of a command. */
const drainStallMs = 10_000
const lookTimeoutMs = 3_000

type Send<T> = (stall?: StallOptions) => Promise<T>

/**
 * Has QEMU execute a command that waits for the requests of one volume. The volume's connection is broken when that takes longer than
 * 10 s.
 * @throws VolumeError VOLUME_BACKEND when it was broken: the volume answers no request any more.
 */
export async function drain<T>(
  { ledger, qmp, vm }: Pick<VolumeParts, 'qmp' | 'vm' | 'ledger'>,
  entry: VolumeAttachment,
  send: Send<T>,
): Promise<T> {
  const rescue = new Rescue(qmp, entry)
  const { id } = entry.spec
  const [answer] = await Promise.allSettled([rescue.inTurn(drainStallMs, send)])
  if (rescue.yanked) await ledger.patch(id, { cut: true })
  if (answer.status === 'rejected' && isHang(answer.reason)) throw answer.reason
  if (rescue.yanked) throw volumeError('VOLUME_BACKEND', vm, id, cutWords(entry))
  if (answer.status === 'rejected') throw answer.reason
  return answer.value
}

const cutWords = ({ spec }: VolumeAttachment) =>
  `was cut off: its server (${spec.uri}) took requests and answered none, and QEMU stood still for it for ${drainStallMs} ms. Detach it`

/**
 * Has QEMU execute a command that waits for the requests of all volumes. When that takes longer than 10 s, the volumes whose servers
 * answer no request are cut off until QEMU goes on, and `VOLUME_STALLED` names them.
 */
export async function drainAll<T>(
  parts: Pick<VolumeParts, 'qmp' | 'ledger' | 'emit'>,
  send: Send<T>,
): Promise<T> {
  return freed(
    (onStall) => send({ stallMs: drainStallMs, onStall }),
    (signal) => freeAll(parts, signal),
  )
}

async function freeAll(
  { emit, ledger, qmp }: Pick<VolumeParts, 'qmp' | 'ledger' | 'emit'>,
  signal: AbortSignal,
): Promise<void> {
  const mayHang = volumesOf(await ledger.read()).filter(
    (entry) => isNbdUri(entry.spec.uri) && entry.singleClient !== true && !isCut(entry),
  )
  await Promise.all(
    mayHang.map(async (entry) => {
      const { id } = entry.spec
      if (!['silent', 'readOnly'].includes(await lookAtServer(entry.spec, lookTimeoutMs))) return
      const rescue = new Rescue(qmp, entry)
      await rescue.keepYanking(signal)
      if (!rescue.yanked) return
      await ledger.patch(id, { cut: true })
      emit(ownEvent('VOLUME_STALLED', { id, message: `volume ${id} ${cutWords(entry)}` }))
    }),
  )
}

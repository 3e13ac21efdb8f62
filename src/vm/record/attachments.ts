import type { EndedAttachment, VmRecord, VolumeAttachment } from './state.ts'

/** Of the ended ones the last so many stay on record. */
export const keptEnded = 256

/** The volumes that have not ended. */
export function volumesOf({ attachments }: Pick<VmRecord, 'attachments'>): VolumeAttachment[] {
  return attachments.filter((each) => each.phase !== 'ended')
}

/** The volume that has not ended. */
export function volumeOf(record: VmRecord, id: string): VolumeAttachment | undefined {
  return volumesOf(record).find((each) => each.id === id)
}

/** How the volume left last; undefined when it never did, or long ago. */
export function departureOf({ attachments }: VmRecord, id: string): EndedAttachment | undefined {
  return attachments
    .filter((each) => each.phase === 'ended')
    .findLast((each) => each.id === id && each.how !== 'failed')
}

/** The record with one more attachment, of the next generation. */
export function withAttachment(
  record: VmRecord,
  attachment: Omit<VolumeAttachment, 'generation'>,
): { readonly record: VmRecord; readonly value: VolumeAttachment } {
  const generation = record.generations + 1
  const value = { ...attachment, generation }
  return {
    record: { ...record, generations: generation, attachments: [...record.attachments, value] },
    value,
  }
}

/** What may change about an attachment that has not ended. */
export type Patch = Partial<Omit<VolumeAttachment, 'kind' | 'id' | 'generation' | 'preset'>>

/** The record with something else about the volume. */
export function withPatch(record: VmRecord, id: string, patch: Patch): VmRecord {
  const { attachments } = record
  return {
    ...record,
    attachments: attachments.map((each) =>
      each.id === id && each.phase !== 'ended' ? { ...each, ...patch } : each,
    ),
  }
}

/** The record after the volume has ended; its server is to be stopped then. One that was never attached leaves nothing else. */
export function withEnd(
  record: VmRecord,
  id: string,
  end: Pick<EndedAttachment, 'how' | 'severed' | 'unclaimed'>,
): { readonly record: VmRecord; readonly value: EndedAttachment | undefined } {
  const live = volumeOf(record, id)
  if (live === undefined) return { record, value: undefined }
  const { generation, kind, server } = live
  const value: EndedAttachment = { kind, id, generation, phase: 'ended', ...end, server }
  const attachments = record.attachments.filter((each) => each !== live)
  return { record: { ...record, attachments: keptOf([...attachments, value]) }, value }
}

/** The record after these servers have been stopped. */
export function withoutServers(record: VmRecord, stopped: readonly string[]): VmRecord {
  const attachments = record.attachments.map((each) =>
    each.phase === 'ended' && each.server !== undefined && stopped.includes(each.server.directory)
      ? { ...each, server: undefined }
      : each,
  )
  return { ...record, attachments: keptOf(attachments) }
}

/** The record after somebody has been told of a detach that ended when nobody waited for it. */
export function withClaim(record: VmRecord, id: string): VmRecord {
  const attachments = record.attachments.map((each) =>
    each.phase === 'ended' && each.id === id ? { ...each, unclaimed: undefined } : each,
  )
  return { ...record, attachments }
}

/** Without the ended ones that nobody asks for: those that failed, and all but the last of each volume. */
function keptOf(attachments: VmRecord['attachments']): VmRecord['attachments'] {
  const last = new Map(
    attachments.flatMap((each) =>
      each.phase === 'ended' && each.how !== 'failed' ? [[each.id, each.generation]] : [],
    ),
  )
  const needed = attachments.filter(
    (each) => each.phase !== 'ended' || each.server !== undefined || last.get(each.id) === each.generation,
  )
  const reported = needed.filter((each) => each.phase === 'ended' && each.server === undefined)
  const forgotten = new Set(reported.slice(0, -keptEnded))
  return needed.filter((each) => !forgotten.has(each))
}

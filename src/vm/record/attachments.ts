import type { BootServer, EndedAttachment, LiveAttachment, VmRecord, VolumeAttachment } from './state.ts'

/** What can be attached. */
export type Kind = LiveAttachment['kind']

/** An attachment of a kind that has not ended. */
export type LiveOf<K extends Kind> = { [E in LiveAttachment as E['kind']]: E }[K]

/** What the record says of an attachment before it has a generation. */
export type Unnumbered<A> = A extends unknown ? Omit<A, 'generation'> : never

/** How an attachment ends. */
export type EndOf = Pick<EndedAttachment, 'how' | 'severed' | 'unclaimed'>

type Attachments = Pick<VmRecord, 'attachments'>

/** How many ended attachments stay on record, the latest ones. */
export const keptEnded = 256

/** The attachments that have not ended. */
export function liveIn({ attachments }: Attachments): LiveAttachment[] {
  return attachments.filter((each) => each.phase !== 'ended')
}

/** The attachments of one kind that have not ended. */
export function liveOf<K extends Kind>(record: Attachments, kind: K): LiveOf<K>[] {
  return liveIn(record).filter((each): each is LiveOf<K> => each.kind === kind)
}

/** The attachment of this id that has not ended. */
export function attachmentOf<K extends Kind>(record: Attachments, kind: K, id: string) {
  return liveOf(record, kind).find((each) => each.id === id)
}

/** The volumes that have not ended. */
export const volumesOf = (record: Attachments): VolumeAttachment[] => liveOf(record, 'volume')

/** The volume that has not ended. */
export const volumeOf = (record: Attachments, id: string): VolumeAttachment | undefined =>
  attachmentOf(record, 'volume', id)

/** How an attachment left last; undefined when it never did, or long ago. */
export function departureOf(
  { attachments }: Attachments,
  kind: Kind,
  id: string,
): EndedAttachment | undefined {
  return attachments
    .filter((each) => each.phase === 'ended')
    .findLast((each) => each.kind === kind && each.id === id && each.how !== 'failed')
}

/** Which hot-plug ports are taken, each with what has it; the queued ones after the others, and at ports of the VM only. */
export function takenPorts({
  attachments,
  ports,
}: Attachments & Pick<VmRecord, 'ports'>): Map<string, string> {
  // Any number of devices may be on another bus.
  const placed = liveIn({ attachments }).flatMap((each) =>
    isElsewhere(each, ports) ? [] : { ...each, port: each.port ?? '' },
  )
  const taken = new Map<string, string>()
  const nameOf = ({ id, kind }: LiveAttachment) => (kind === 'volume' ? id : `${kind} ${id}`)
  for (const each of placed) if (each.phase !== 'queued') taken.set(each.port, nameOf(each))
  for (const each of placed) {
    const isFree = ports.includes(each.port) && !taken.has(each.port)
    if (each.phase === 'queued' && isFree) taken.set(each.port, nameOf(each))
  }
  return taken
}

const isElsewhere = (each: LiveAttachment, ports: readonly string[]) =>
  each.kind === 'volume' ? each.spec.interface === 'scsi' : !ports.includes(each.port ?? '')

/** The server that is on record with something, if any. */
export function serverOf(
  attachment: VmRecord['attachments'][number] | Unnumbered<LiveAttachment> | BootServer,
) {
  return 'server' in attachment ? attachment.server : undefined
}

/** The record with one more attachment, of the next generation. */
export function withAttachment<A extends Unnumbered<LiveAttachment>>(record: VmRecord, attachment: A) {
  const generation = record.generations + 1
  const value = { ...attachment, generation }
  const attachments = [...record.attachments, value as LiveAttachment]
  return { record: { ...record, generations: generation, attachments } satisfies VmRecord, value }
}

/** What may change about an attachment that has not ended. */
export type Patch<K extends Kind> = Partial<Omit<LiveOf<K>, 'kind' | 'id' | 'generation'>>

/** The record with something else about an attachment. */
export function withPatch<K extends Kind>(record: VmRecord, kind: K, id: string, patch: Patch<K>): VmRecord {
  const live = attachmentOf(record, kind, id)
  const attachments = record.attachments.map((each) => (each === live ? { ...each, ...patch } : each))
  return { ...record, attachments: attachments as VmRecord['attachments'] }
}

/** The record after an attachment has ended; its server is to be stopped then. An attachment that never was attached leaves nothing else. */
export function withEnd(
  record: VmRecord,
  kind: Kind,
  id: string,
  end: EndOf,
): { readonly record: VmRecord; readonly value: EndedAttachment | undefined } {
  const live = attachmentOf(record, kind, id)
  if (live === undefined) return { record, value: undefined }
  const { generation } = live
  const server = serverOf(live)
  const value: EndedAttachment = { kind, id, generation, phase: 'ended', ...end, server }
  const attachments = record.attachments.filter((each) => each !== live)
  return { record: { ...record, attachments: keptOf([...attachments, value]) }, value }
}

/** The record after these servers have been stopped. */
export function withoutServers(record: VmRecord, stopped: readonly string[]): VmRecord {
  const attachments = record.attachments.map((each) =>
    stopped.includes(serverOf(each)?.directory ?? '') ? { ...each, server: undefined } : each,
  )
  return { ...record, attachments: keptOf(attachments) }
}

/** The record after somebody has been told of a detach that ended when nobody waited for it. */
export function withClaim(record: VmRecord, kind: Kind, id: string): VmRecord {
  const attachments = record.attachments.map((each) =>
    each.phase === 'ended' && each.kind === kind && each.id === id ? { ...each, unclaimed: undefined } : each,
  )
  return { ...record, attachments }
}

/** Leaves out the ended attachments that nobody asks for: failed ones, and all but the last one of each id. */
function keptOf(attachments: VmRecord['attachments']): VmRecord['attachments'] {
  const keyOf = ({ id, kind }: Pick<LiveAttachment, 'id' | 'kind'>) => `${kind} ${id}`
  const last = new Map(
    attachments.flatMap((each) =>
      each.phase === 'ended' && each.how !== 'failed' ? [[keyOf(each), each.generation]] : [],
    ),
  )
  const needed = attachments.filter(
    (each) =>
      each.phase !== 'ended' || each.server !== undefined || last.get(keyOf(each)) === each.generation,
  )
  const reported = needed.filter((each) => each.phase === 'ended' && each.server === undefined)
  const forgotten = new Set(reported.slice(0, -keptEnded))
  return needed.filter((each) => !forgotten.has(each))
}

import type { ServerRecord } from '../../volumes/index.ts'
import { volumesOf } from '../record/attachments.ts'
import type { VmRecord } from '../record/state.ts'

/** The server of a volume that the VM keeps, or of one stay of a volume. */
export interface ServerUse {
  readonly id: string
  /** Absent for what the VM keeps. */
  readonly generation?: number | undefined
  /** Absent when only its maker can find it. */
  readonly server?: ServerRecord | undefined
}

/** A server that any process can find. */
export type RecordedUse = ServerUse & { readonly server: ServerRecord }

/** What this process has of the servers of a VM. */
interface ServersHere<H, A> {
  /** Those it watches. */
  readonly held: readonly H[]
  /** Those it watches as soon as another process lets go of them. */
  readonly awaited: readonly A[]
  /** The owner watches what nobody else does. */
  readonly isOwner: boolean
}

type OfRecord = Pick<VmRecord, 'attachments' | 'bootServers'>

interface ServerMoves<H, A> {
  readonly adopt: readonly RecordedUse[]
  readonly abandon: readonly A[]
  readonly stop: readonly H[]
  /** Stopped by their records, of volumes that have left. */
  readonly end: readonly RecordedUse[]
  /** The same of volumes that were severed from them. */
  readonly endSevered: readonly RecordedUse[]
}

/**
 * What brings the servers of a VM to where its record has them: wanted minus held. A server is wanted until its volume has
 * left or is severed from it. Pure.
 */
export function serverMoves<H extends ServerUse, A extends ServerUse>(
  record: OfRecord,
  { awaited, held, isOwner }: ServersHere<H, A>,
): ServerMoves<H, A> {
  const wanted = wantedIn(record)
  // Until a volume is attached, its server is with who attaches it.
  const settled = wanted.filter((use) => !('phase' in use && ['queued', 'attaching'].includes(use.phase)))
  const has = (uses: readonly ServerUse[], use: ServerUse) => uses.some((each) => isSameUse(each, use))
  return {
    adopt: isOwner ? recorded(settled).filter((use) => !has(held, use) && !has(awaited, use)) : [],
    abandon: awaited.filter((use) => !has(wanted, use) || has(held, use)),
    stop: held.filter((use) => !has(wanted, use)),
    end: recorded(record.attachments.filter(({ phase }) => phase === 'ended')),
    endSevered: recorded(volumesOf(record).filter(({ severed }) => severed === true)),
  }
}

/** Whether the record has a server for what has not left it. Pure. */
export function isWanted(record: OfRecord, use: ServerUse): boolean {
  return wantedIn(record).some((each) => isSameUse(each, use))
}

function wantedIn(record: OfRecord) {
  return [...record.bootServers, ...volumesOf(record).filter(({ severed }) => severed !== true)]
}

/** Whether both are one server, or, where only its maker can find it, of one stay. Pure. */
export function isSameUse(one: ServerUse, other: ServerUse): boolean {
  if (one.id !== other.id || one.server?.directory !== other.server?.directory) return false
  return one.server !== undefined || one.generation === other.generation
}

function recorded(uses: readonly ServerUse[]): RecordedUse[] {
  return uses.filter((use): use is RecordedUse => use.server !== undefined)
}

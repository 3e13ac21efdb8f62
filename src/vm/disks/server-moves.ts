import { isSameServe, type ServerRecord, type ServeSpec } from '../../volumes/index.ts'
import { volumesOf } from '../record/attachments.ts'
import type { VmRecord } from '../record/state.ts'

/** The server of a volume that the VM keeps, or of one stay of a volume. */
export interface ServerUse {
  readonly id: string
  /** Absent for a volume that the VM keeps. */
  readonly generation?: number | undefined
  /** Absent when only the maker of the server can find it. */
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
  /** The owner watches the servers that nobody else watches. */
  readonly isOwner: boolean
}

type OfRecord = Pick<VmRecord, 'attachments' | 'bootServers'>

interface ServerMoves<H, A> {
  readonly adopt: readonly RecordedUse[]
  readonly abandon: readonly A[]
  readonly stop: readonly H[]
  /** Servers of volumes that have left, to be stopped by their records. */
  readonly end: readonly RecordedUse[]
  /** The same, of volumes that were severed from them. */
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

/** Whether the record still wants this server. Pure. */
export function isWanted(record: OfRecord, use: ServerUse): boolean {
  return wantedIn(record).some((each) => isSameUse(each, use))
}

function wantedIn(record: OfRecord) {
  return [...record.bootServers, ...volumesOf(record).filter(({ severed }) => severed !== true)]
}

/** Whether both are one server. Without a record, the server of one stay is one server. Pure. */
export function isSameUse(one: ServerUse, other: ServerUse): boolean {
  if (one.id !== other.id || one.server?.directory !== other.server?.directory) return false
  return one.server !== undefined || one.generation === other.generation
}

function recorded(uses: readonly ServerUse[]): RecordedUse[] {
  return uses.filter((use): use is RecordedUse => use.server !== undefined)
}

/** The server of a disk that is attached already. */
interface KnownServer {
  readonly uri: string
  /** How it is started. */
  readonly serve?: ServeSpec | undefined
  readonly server?: ServerRecord | undefined
  /** The VM started with the disk. */
  readonly isBoot?: boolean | undefined
}

/** What another attach of the disk says of its server. */
interface AskedServer<S> {
  readonly serve?: ServeSpec | undefined
  readonly server?: S | undefined
}

/** What is done then: `take` has the given server in place of the one there is, `start when gone` starts one where nobody listens. */
export type Exchange<S> =
  | { readonly move: 'keep' }
  | { readonly move: 'take'; readonly server: S }
  | { readonly move: 'start when gone'; readonly serve: ServeSpec }
  | { readonly move: 'refuse'; readonly why: string }

/** Decides about the server of a disk that is attached already, when it is attached once more. Pure. */
export function exchangeOf<S extends { readonly uri?: string; readonly record?: ServerRecord | undefined }>(
  { isBoot, serve: knownServe, server: known, uri }: KnownServer,
  { serve, server }: AskedServer<S>,
): Exchange<S> {
  const isSame = serve !== undefined && knownServe !== undefined && isSameServe(knownServe, serve)
  if (isBoot && (server !== undefined || !isSame))
    return refuse('came with the VM: only its own server can be started again')
  if (server !== undefined) {
    if (server.record !== undefined && server.record.directory === known?.directory) return { move: 'keep' }
    if (server.uri === undefined || server.uri === uri) return { move: 'take', server }
    return refuse(`is attached from ${uri}: a server in its place has to listen there, not at ${server.uri}`)
  }
  if (serve === undefined) return { move: 'keep' }
  if (isSame) return { move: 'start when gone', serve }
  return refuse('is attached with another server: detach it first, or ask for the same one')
}

const refuse = (why: string) => ({ move: 'refuse', why }) as const

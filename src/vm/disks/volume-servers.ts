import type { Lock } from '../../process/index.ts'
import type { QmpEvent } from '../../qmp/index.ts'
import { settledWithin } from '../../util/deadline.ts'
import {
  adoptServer,
  endServer,
  inspectServer,
  type NbdServer,
  type ServerEvent,
  type ServerRecord,
  VolumeError,
} from '../../volumes/index.ts'
import { messageOf, VmError } from '../errors.ts'
import { ownEvent } from '../events.ts'
import { serverOf, withoutServers } from '../record/attachments.ts'
import { callOwner } from '../record/ownership.ts'
import type { VmPaths } from '../record/paths.ts'
import type { VmRecord } from '../record/state.ts'
import { VmStore } from '../record/vm-store.ts'
import { isSameUse, isWanted, type RecordedUse, type ServerUse, serverMoves } from './server-moves.ts'

/** A server that ends with its volume. Later processes find an `NbdServer` by its record. */
export type VolumeServer = AsyncDisposable &
  Partial<Pick<NbdServer, 'record' | 'release' | 'onEvent' | 'uri'>>

// The process that watches a server is alive, and mostly stops it.
const othersTurnMs = 250
const ownersTurnMs = 4_000

interface VolumeServersParts {
  readonly paths: VmPaths
  readonly store: VmStore
  readonly emit: (event: QmpEvent) => void
  /** Of the VM's owner. */
  readonly ownership?: Lock | undefined
  /** The servers outlive a crash of QEMU, since the next QEMU is to have the volumes. */
  readonly isSupervised?: boolean | undefined
}

interface Held extends ServerUse {
  readonly object: VolumeServer
}

/** A server that is adopted when the process that watches it lets go of it. */
interface Awaited extends RecordedUse {
  readonly stop: AbortController
  /** Never rejects. */
  over: Promise<void>
}

/**
 * The servers of a VM's volumes, as far as this process watches them: until their volumes leave, or it leaves the VM. The owner
 * then adopts those of its visitors.
 */
export class VolumeServers {
  readonly #parts: VolumeServersParts
  readonly #held = new Set<Held>()
  readonly #awaited = new Set<Awaited>()
  /** `outlived`: the VM has ended, and the servers on its record go on. */
  #over: 'ended' | 'outlived' | 'left' | undefined

  constructor(parts: VolumeServersParts) {
    this.#parts = parts
    // A visitor has handed over a server.
    parts.ownership?.onKnock(() => void this.sync())
  }

  /**
   * Takes a server into care. It ends with its volume, or with the VM. Its events are emitted with the volume's id. If the VM has ended
   * or was left meanwhile, the server is stopped or left as the others were.
   */
  async hold({ generation, id }: Omit<ServerUse, 'server'>, object: VolumeServer): Promise<void> {
    const held = { id, generation, server: object.record, object }
    if (this.#over === 'ended') return void (await this.#stop(held))
    if (this.#over !== undefined) return this.#leave(held)
    this.#held.add(this.#heard(held))
    await this.sync(id)
    const { ownership, paths } = this.#parts
    if (ownership === undefined && object.record !== undefined) await callOwner(paths)
  }

  /**
   * Brings the servers, or those of one volume, to where the record has them. It adopts servers that nobody watches: a server that has
   * died is started again, or SERVER_LOST is emitted where that is not allowed. It stops the servers of volumes that have left, and
   * strikes them off. It waits only a moment for a server that another process watches. Never rejects: the next call does what cannot
   * be done now.
   */
  async sync(id?: string): Promise<void> {
    // What is held later is on a later record.
    const before = new Set(this.#held)
    const record = await this.#parts.store.read().catch(() => undefined)
    if (record === undefined || this.#over !== undefined) return
    const isMeant = (use: ServerUse) => id === undefined || use.id === id
    const here = { held: [...this.#held], awaited: [...this.#awaited] }
    const isOwner = this.#parts.ownership !== undefined
    const { abandon, adopt, end, endSevered, stop } = serverMoves(record, { ...here, isOwner })
    const adopting = adopt.filter(isMeant).map((use) => settledWithin(this.#adopt(use), othersTurnMs))
    await Promise.all([
      ...adopting,
      ...abandon.filter(isMeant).map(abandoned),
      ...stop.filter((each) => isMeant(each) && before.has(each)).map((each) => this.#stop(each)),
    ])
    const ended = await Promise.all([
      ...end.filter(isMeant).map(({ server }) => endedOnRecord(server)),
      ...endSevered.filter(isMeant).map(({ server }) => endedOnRecord(server, othersTurnMs)),
    ])
    const directories = ended.flatMap((server) => server?.directory ?? [])
    if (directories.length === 0) return
    await this.#parts.store
      .change((now) => ({ record: withoutServers(now, directories), value: undefined }))
      .catch(() => {})
  }

  /**
   * Stops the server of a volume that is there, unless another process watches it and does not let go of it in this time.
   * @returns whether the volume had a server of its own, which has ended.
   */
  async end(use: ServerUse, turnMs = othersTurnMs): Promise<boolean> {
    const isIts = (other: ServerUse) => isSameUse(other, use)
    await Promise.all([...this.#awaited].filter(isIts).map(abandoned))
    const ends = await Promise.all([...this.#held].filter(isIts).map((each) => this.#stop(each)))
    if (use.server === undefined) return ends.includes(true)
    return (await endOnRecord(use.server, turnMs)) === 'ended'
  }

  /**
   * Stops the servers of a VM that has ended: those held here, and for its owner those on record. A visitor leaves those on record,
   * however the VM has ended: it may see the end late, and be wrong. The owner stops them, or the next run has them.
   */
  async endWithVm({ clean, owned }: { readonly clean: boolean; readonly owned: boolean }): Promise<void> {
    const all = owned && (clean || this.#parts.isSupervised !== true)
    await this.#close(all ? 'ended' : 'outlived')
    const ending = all || clean ? [...this.#held].filter(({ server }) => all || server === undefined) : []
    await Promise.all(ending.map((each) => this.#stop(each)))
    if (!all) return this.#leaveHeld()
    const record = await this.#parts.store.read().catch(() => undefined)
    if (record !== undefined) await endAllOnRecord(record)
  }

  /** Leaves the servers on record running, for the next process that reattaches the VM. The others stay with their makers. */
  async release(): Promise<void> {
    await this.#close('left')
    await this.#leaveHeld()
  }

  async #leaveHeld(): Promise<void> {
    const held = [...this.#held]
    this.#held.clear()
    await Promise.all(held.map((each) => this.#leave(each)))
  }

  /**
   * A server that no record names ends, unless somebody uses it: its VM was cleared away while this process watched it, and nobody
   * else can find it.
   */
  async #leave({ object, server }: Held): Promise<void> {
    await leave(object)
    if (server === undefined || this.#over !== 'outlived' || (await isOnRecord(this.#parts.paths, server)))
      return
    if ((await inspectServer(server))?.connected === false) await endOnRecord(server)
  }

  #heard(held: Held): Held {
    held.object.onEvent?.((event) => this.#hear(held, event))
    return held
  }

  /** Stops a server. Never throws: SERVER_LEFT_BEHIND says that it does not end. @returns whether it has ended. */
  async #stop(held: Held): Promise<boolean> {
    this.#held.delete(held)
    try {
      await held.object[Symbol.asyncDispose]()
      return true
    } catch (error) {
      this.#parts.emit(ownEvent('SERVER_LEFT_BEHIND', { id: held.id, message: messageOf(error) }))
      return false
    }
  }

  #adopt(use: RecordedUse): Promise<void> {
    const awaited: Awaited = { ...use, stop: new AbortController(), over: Promise.resolve() }
    this.#awaited.add(awaited)
    awaited.over = this.#adopted(awaited).finally(() => this.#awaited.delete(awaited))
    return awaited.over
  }

  /** Adopts a server and holds it, unless it is not wanted any more: then another process has ended it. */
  async #adopted(awaited: Awaited): Promise<void> {
    const { id, server, stop } = awaited
    const isStillWanted = async () => {
      const record = await this.#parts.store.read().catch(() => undefined)
      return record !== undefined && !stop.signal.aborted && isWanted(record, awaited)
    }
    try {
      const object = await adoptServer(server, { signal: stop.signal, waitMs: Number.POSITIVE_INFINITY })
      const held = this.#heard({ ...awaited, object })
      if (!(await isStillWanted())) return await object.release()
      this.#held.add(held)
    } catch (error) {
      // It may have ended with its volume.
      if (!(await isStillWanted())) return
      this.#parts.emit(ownEvent('SERVER_LOST', { id, message: messageOf(error) }))
    }
  }

  async #close(why: 'ended' | 'outlived' | 'left'): Promise<void> {
    this.#over = why
    await Promise.all([...this.#awaited].map(abandoned))
  }

  /** A server that is lost is not watched any more: the process that starts another in its place ends what it has left. */
  #hear(held: Held, { event, data }: ServerEvent): void {
    if (event === 'SERVER_LOST' && held.server !== undefined) {
      this.#held.delete(held)
      void leave(held.object)
    }
    this.#parts.emit(ownEvent(event, { id: held.id, ...data }))
  }
}

async function abandoned({ over, stop }: Awaited): Promise<void> {
  stop.abort()
  await over
}

/** Lets go of a server that others can adopt by its record. */
async function leave(server: VolumeServer): Promise<void> {
  if (server.record !== undefined) await server.release?.().catch(() => {})
}

/** Whether the record of a VM, of this run or a later one, has the server. True as well when the record cannot be read. */
async function isOnRecord(paths: VmPaths, { directory }: ServerRecord): Promise<boolean> {
  return new VmStore({ id: '', paths }).read().then(
    (record) => serversOn(record).includes(directory),
    (error: unknown) => !(error instanceof VmError && error.code === 'VM_NOT_FOUND'),
  )
}

const serversOn = ({ attachments, bootServers }: VmRecord) =>
  [...bootServers, ...attachments].flatMap((each) => serverOf(each)?.directory ?? [])

/**
 * Stops every server that the record of a VM that has ended names, but those that its next run is to have.
 * @returns the directories of those that may not have ended.
 */
export async function endAllOnRecord(
  record: VmRecord,
  keeping: readonly ServerRecord[] = [],
): Promise<readonly string[]> {
  const kept = new Set(keeping.map(({ directory }) => directory))
  const directories = [...new Set(serversOn(record))].filter((directory) => !kept.has(directory))
  const ends = await Promise.all(directories.map((directory) => endOnRecord({ directory })))
  return directories.filter((_, index) => ends[index] === 'unknown')
}

/** The server, if it has ended. */
async function endedOnRecord(server: ServerRecord, turnMs?: number): Promise<ServerRecord | undefined> {
  return (await endOnRecord(server, turnMs)) === 'ended' ? server : undefined
}

/** `watched`: by another process, which has not let go of it in time; `unknown`: it does not end, or cannot be looked at. */
type ServerEnd = 'ended' | 'watched' | 'unknown'

/** Stops a server by its record. A process that watches it has `turnMs` to do so first. Never throws. */
async function endOnRecord(record: ServerRecord, turnMs = ownersTurnMs): Promise<ServerEnd> {
  return endServer(record, { signal: AbortSignal.timeout(turnMs) }).then(() => 'ended' as const, endToldBy)
}

function endToldBy(error: unknown): ServerEnd {
  if (!(error instanceof VolumeError)) return 'unknown'
  if (error.code === 'VOLUME_ABORTED') return 'watched'
  // No server was ever there.
  return error.code === 'VOLUME_NOT_FOUND' ? 'ended' : 'unknown'
}

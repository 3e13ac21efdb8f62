import { basename, dirname } from 'node:path'
import type { Lock } from '../../process/index.ts'
import type { QmpEvent } from '../../qmp/index.ts'
import { settledWithin } from '../../util/deadline.ts'
import {
  adoptServer,
  endServer,
  type NbdServer,
  type ServerEvent,
  type ServerRecord,
  type ServeSpec,
  VolumeError,
} from '../../volumes/index.ts'
import { messageOf } from '../errors.ts'
import { ownEvent } from '../events.ts'
import { serverOf, volumeOf, volumesOf } from '../record/attachments.ts'
import { callOwner } from '../record/ownership.ts'
import { serveAt, type VmPaths } from '../record/paths.ts'
import type { VmRecord, VolumeAttachment } from '../record/state.ts'
import type { VmStore } from '../record/vm-store.ts'
import { type StartFor, startFor } from './start-server.ts'

/** What ends with its volume. An `NbdServer` with a record is also known to the processes that come after this one. */
export type VolumeServer = AsyncDisposable &
  Partial<Pick<NbdServer, 'record' | 'release' | 'onEvent' | 'uri'>>

// Who watches a server is alive, and mostly sees to it.
const othersTurnMs = 250
const ownersTurnMs = 4_000

interface VolumeServersParts {
  readonly paths: VmPaths
  readonly store: VmStore
  readonly emit: (event: QmpEvent) => void
  /** Of the VM's owner. */
  readonly ownership?: Lock | undefined
  /** They outlive a crash of QEMU: another one is to have the volumes. */
  readonly outliveCrash?: boolean | undefined
}

/** A server that is taken up when the process that watches it lets go of it. */
interface Awaited {
  readonly record: ServerRecord
  readonly stop: AbortController
  /** Never rejects. */
  readonly over: Promise<void>
}

/**
 * The servers that were handed over with their volumes. This process watches them until their volumes leave, or it
 * leaves the VM; the owner then takes up those of its visitors.
 */
export class VolumeServers {
  readonly #parts: VolumeServersParts
  readonly #held = new Map<string, VolumeServer>()
  readonly #awaited = new Map<string, Awaited>()
  #over: 'ended' | 'left' | undefined

  constructor(parts: VolumeServersParts) {
    this.#parts = parts
    parts.ownership?.onKnock(() => void this.#lookAround())
  }

  /**
   * From now on it ends with its volume, or with the VM, and what happens to it is told with the volume's id. Of a VM that
   * has ended or been left meanwhile it goes the way of the others.
   */
  async hold(id: string, server: VolumeServer): Promise<void> {
    if (this.#over === 'ended') return void (await this.stop(id, server))
    if (this.#over === 'left') return leave(server)
    this.#awaited.get(id)?.stop.abort()
    server.onEvent?.((event) => this.#hear(id, server, event))
    const { ownership, paths } = this.#parts
    await this.#replace(id, server)
    if (ownership === undefined && server.record !== undefined) await callOwner(paths)
  }

  /** Where the server is reached that `start` starts for a volume. Pure. */
  get serveAt(): (id: string, serve: ServeSpec) => string {
    const { dir } = this.#parts.paths
    return serveAt(basename(dir), dirname(dir))
  }

  /** Starts a server for a volume. It is nobody's until it is held. @throws as `startFor`. */
  async start(
    id: string,
    serve: ServeSpec,
    options: Pick<StartFor, 'onRecord' | 'signal'>,
  ): Promise<NbdServer> {
    const { paths, store } = this.#parts
    const { user } = (await store.read()).config.process
    const onLimit = (message: string) => this.#parts.emit(ownEvent('SERVER_LIMITED', { id, message }))
    return startFor({ ...options, paths, id, serve, user, onLimit })
  }

  /** What is held for a volume that has left, which is the caller's to stop. To be called under the volume's lock. */
  letGo(id: string): VolumeServer | undefined {
    const server = this.#held.get(id)
    this.#held.delete(id)
    return server
  }

  /** Never throws: that one does not end is told. @returns whether it has ended. */
  async stop(id: string, server: VolumeServer): Promise<boolean> {
    try {
      await server[Symbol.asyncDispose]()
      return true
    } catch (error) {
      this.#parts.emit(ownEvent('SERVER_LEFT_BEHIND', { id, message: messageOf(error) }))
      return false
    }
  }

  /**
   * Takes up the server of a volume. A server that has died is started again, or told as SERVER_LOST where that is not
   * allowed. A server that another process watches is taken up when that lets go of it, which is waited for only a moment.
   */
  async adopt(id: string, record: ServerRecord): Promise<void> {
    const { directory } = record
    if (this.#over !== undefined || this.#held.get(id)?.record?.directory === directory) return
    const known = this.#awaited.get(id)
    const isSame = known?.record.directory === directory
    if (!isSame) known?.stop.abort()
    await settledWithin(isSame ? known.over : this.#await(id, record), othersTurnMs)
  }

  /**
   * Stops the volume's server: ours, or one on record, whose watcher is given some time. When the volume
   * `stays`, since it was attached anew meanwhile, so does its own: a server that is not on record is taken for that.
   * @returns those on record that have ended; the others are in the hands of another process, or do not end.
   */
  async end(
    id: string,
    records: readonly ServerRecord[] = [],
    stays?: Pick<VolumeAttachment, 'server'>,
  ): Promise<readonly ServerRecord[]> {
    const isLeaving = (record: ServerRecord | undefined) =>
      stays === undefined || (record !== undefined && record.directory !== stays.server?.directory)
    const awaited = this.#awaited.get(id)
    if (awaited !== undefined && isLeaving(awaited.record)) {
      awaited.stop.abort()
      await awaited.over
    }
    const server = this.#held.get(id)
    if (server !== undefined && isLeaving(server.record)) {
      this.#held.delete(id)
      await this.stop(id, server)
    }
    const ends = await Promise.all(records.map((record) => endOnRecord(record)))
    return records.filter((_, index) => ends[index] === 'ended')
  }

  /**
   * Stops the server of a volume that no longer needs it, unless another process watches it, which may have its own plans.
   * @returns whether it has ended.
   */
  async endUnwatched(id: string, record: ServerRecord | undefined): Promise<boolean> {
    await this.end(id)
    return record === undefined || (await endOnRecord(record, othersTurnMs)) === 'ended'
  }

  /** As `endUnwatched`. @returns whether the volume had a server of its own, which has ended. */
  async endOwn(id: string, record: ServerRecord | undefined): Promise<boolean> {
    const held = this.#held.get(id)
    if (held === undefined || held.record !== undefined) {
      return record !== undefined && this.endUnwatched(id, record)
    }
    this.#held.delete(id)
    return this.stop(id, held)
  }

  /**
   * Stops those of a VM that has ended: what is held here, and for its owner what is on record. What comes of them after a
   * crash is for the owner to say: a visitor leaves them.
   */
  async endWithVm({ clean, owned }: { readonly clean: boolean; readonly owned: boolean }): Promise<void> {
    if (!clean && (!owned || this.#parts.outliveCrash === true)) return this.release()
    await this.#awaitNoMore('ended')
    await Promise.all([...this.#held.keys()].map((id) => this.end(id)))
    const record = owned ? await this.#parts.store.read().catch(() => undefined) : undefined
    if (record !== undefined) await endAllOnRecord(record)
  }

  /** Leaves those on record running, for the next who takes up the VM. The others stay with their makers. */
  async release(): Promise<void> {
    await this.#awaitNoMore('left')
    const servers = [...this.#held.values()]
    this.#held.clear()
    await Promise.all(servers.map(leave))
  }

  /** A visitor has handed over a server. */
  async #lookAround(): Promise<void> {
    const record = await this.#parts.store.read().catch(() => undefined)
    if (record === undefined) return
    for (const { id, server } of record.bootServers) if (server !== undefined) void this.adopt(id, server)
    // An attach that fails leaves its server with the caller.
    for (const { id, phase, server } of volumesOf(record))
      if (server !== undefined && phase !== 'attaching' && phase !== 'queued') void this.adopt(id, server)
  }

  #await(id: string, record: ServerRecord): Promise<void> {
    const stop = new AbortController()
    const over = this.#takeUp(id, record, stop.signal).finally(() => {
      if (this.#awaited.get(id)?.stop === stop) this.#awaited.delete(id)
    })
    this.#awaited.set(id, { record, stop, over })
    return over
  }

  async #takeUp(id: string, record: ServerRecord, signal: AbortSignal): Promise<void> {
    try {
      const server = await adoptServer(record, { signal, waitMs: Number.POSITIVE_INFINITY })
      server.onEvent((event) => this.#hear(id, server, event))
      const isNeeded = await this.#isNeeded(id, record)
      if (signal.aborted || !isNeeded) return await server.release()
      await this.#replace(id, server)
    } catch (error) {
      // It may have ended with its volume.
      if (signal.aborted || !(await this.#isNeeded(id, record))) return
      this.#parts.emit(ownEvent('SERVER_LOST', { id, message: messageOf(error) }))
    }
  }

  /** The former one was that of the volume before it was attached anew. */
  async #replace(id: string, server: VolumeServer): Promise<void> {
    const former = this.#held.get(id)
    this.#held.set(id, server)
    if (former !== undefined && former !== server) await this.stop(id, former)
  }

  async #isNeeded(id: string, { directory }: ServerRecord): Promise<boolean> {
    const record = await this.#parts.store.read().catch(() => undefined)
    const isTheirs = (server: ServerRecord | undefined) => server?.directory === directory
    const isBoot = record?.bootServers.some((each) => each.id === id && isTheirs(each.server)) === true
    const entry = record && volumeOf(record, id)
    return isBoot || (entry !== undefined && isTheirs(entry.server) && entry.severed !== true)
  }

  async #awaitNoMore(why: 'ended' | 'left'): Promise<void> {
    this.#over = why
    const awaited = [...this.#awaited.values()]
    for (const { stop } of awaited) stop.abort()
    await Promise.all(awaited.map(({ over }) => over))
  }

  /** A server that is lost is not watched any more: the process that starts another in its place ends what it has left. */
  #hear(id: string, server: VolumeServer, { event, data }: ServerEvent): void {
    if (event === 'SERVER_LOST' && server.record !== undefined) {
      if (this.#held.get(id) === server) this.#held.delete(id)
      void leave(server)
    }
    this.#parts.emit(ownEvent(event, { id, ...data }))
  }
}

/** Lets one go that others can take up by its record. */
async function leave(server: VolumeServer): Promise<void> {
  if (server.record !== undefined) await server.release?.().catch(() => {})
}

/**
 * Stops every server that the record of a VM that has ended names, but those that its next run is to have.
 * @returns the directories of those that may not have ended.
 */
export async function endAllOnRecord(
  record: VmRecord,
  keeping: readonly ServerRecord[] = [],
): Promise<readonly string[]> {
  const kept = new Set(keeping.map(({ directory }) => directory))
  const ending = new Set(serversOf(record).map(({ directory }) => directory))
  const directories = [...ending].filter((directory) => !kept.has(directory))
  const ends = await Promise.all(directories.map((directory) => endOnRecord({ directory })))
  return directories.filter((_, index) => ends[index] === 'unknown')
}

/** Every server that a VM's record names. */
export function serversOf({ attachments, bootServers }: VmRecord): ServerRecord[] {
  return [...bootServers, ...attachments].flatMap((each) => serverOf(each) ?? [])
}

/** `watched`: by another process, which has not let go of it in time; `unknown`: it does not end, or cannot be looked at. */
type ServerEnd = 'ended' | 'watched' | 'unknown'

/** Stops a server by its record. Who watches it at the moment is given time to. Never throws. */
export async function endOnRecord(record: ServerRecord, turnMs = ownersTurnMs): Promise<ServerEnd> {
  return endServer(record, { signal: AbortSignal.timeout(turnMs) }).then(() => 'ended' as const, endToldBy)
}

function endToldBy(error: unknown): ServerEnd {
  if (!(error instanceof VolumeError)) return 'unknown'
  if (error.code === 'VOLUME_ABORTED') return 'watched'
  // No server was ever there.
  return error.code === 'VOLUME_NOT_FOUND' ? 'ended' : 'unknown'
}

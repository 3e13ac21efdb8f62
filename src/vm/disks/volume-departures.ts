import type { QmpClient, QmpEvent } from '../../qmp/index.ts'
import { VolumeApplyError, VolumeError, volumeNames } from '../../volumes/index.ts'
import { messageOf } from '../errors.ts'
import { ownEvent } from '../events.ts'
import type { Departure, VmRecord, VolumeRecord } from '../record/state.ts'
import { untilAnswering } from './server-look.ts'
import { presentDevices } from './volume-facts.ts'
import type { VolumeLedger } from './volume-ledger.ts'
import { type ReconcileOptions, reconcileVolume } from './volume-reconcile.ts'
import { departureOf, entryOf, keptDepartures, stayOf, withClaim, withoutLoose } from './volume-record.ts'
import type { VolumeServers } from './volume-servers.ts'
import { untilUnused } from './volume-users.ts'

export interface DeparturesParts {
  readonly vm: string
  readonly qmp: QmpClient
  readonly ledger: VolumeLedger
  readonly servers: VolumeServers
  readonly emit: (event: QmpEvent) => void
}

/** `waiting`: QEMU would stand still for a server that does not answer. */
type Removal = 'removed' | 'severed' | 'waiting'

/**
 * The end of volumes: what is left in QEMU when the guest has let go of a disk is taken away, the volume leaves the
 * record, its server ends and it is told, in each process that looks after the VM, whoever did the work.
 */
export class Departures {
  readonly #parts: DeparturesParts
  /** Those that a call of this process waits for, and will see to itself. */
  readonly #awaited = new Map<string, number>()
  /** Those that were let go of meanwhile. */
  readonly #released = new Set<string>()
  readonly #announced = new Set<number>()
  /** Stays whose server is waited for, or whose users. */
  readonly #waiting = new Set<string>()
  /** Those that QEMU holds on to, for a job, an export or another node. */
  readonly #held = new Set<string>()
  readonly #closing = new AbortController()

  constructor(parts: DeparturesParts) {
    this.#parts = parts
    void parts.qmp.closed.then(() => this.#closing.abort())
    parts.qmp.on('DEVICE_DELETED', ({ data }) => {
      if (data.device !== undefined) void this.#onDeleted(data.device).catch(() => {})
    })
    parts.qmp.on('BLOCK_EXPORT_DELETED', () => this.#finishHeld())
    parts.qmp.on('JOB_STATUS_CHANGE', ({ data }) => {
      if (data.status === 'concluded' || data.status === 'null') this.#finishHeld()
    })
  }

  /** While the work goes on, the guest's release of this volume is nobody else's business in this process. */
  async awaiting<T>(id: string, work: () => Promise<T>): Promise<T> {
    this.#awaited.set(id, (this.#awaited.get(id) ?? 0) + 1)
    try {
      return await work()
    } finally {
      const left = (this.#awaited.get(id) ?? 0) - 1
      if (left > 0) this.#awaited.set(id, left)
      else {
        this.#awaited.delete(id)
        // It came just after the waiting had ended.
        if (this.#released.delete(id)) void this.#onDeleted(volumeNames(id).device).catch(() => {})
      }
    }
  }

  /**
   * Reconciles a volume whose device is gone. Safe to repeat, and beside another process that does the same: a departure
   * that was not yet on record when the volume was `seen` there is told of, whoever put it there. One that has been
   * attached anew meanwhile is left alone.
   * @returns `waiting` when its server does not answer: the volume stays on record, and is ended when it answers again.
   * @throws VolumeError VOLUME_DETACH_FAILED when something else uses it; VolumeApplyError when QEMU refuses. The volume stays
   *   on record then; a repeat goes on, as the end of what uses it does.
   */
  async finish(id: string, seen: VmRecord, options: ReconcileOptions = {}): Promise<Removal> {
    const { ledger, servers } = this.#parts
    const done = await ledger.alone(id, undefined, async () => {
      const record = await ledger.read()
      const entry = entryOf(record, id)
      if (entry !== undefined && stayOf(record, id) === stayOf(seen, id)) {
        const { departure, severed, state } = await this.#reconcile(entry, seen, options)
        if (state === 'wait for server') {
          this.#finishLater(entry, seen, (isStaying, signal) => untilAnswering(entry, isStaying, signal))
          return undefined
        }
        if (departure !== undefined) return { departure, severed, server: servers.letGo(id) }
      }
      const departure = departureOf(record, id)
      if (departure?.unclaimed === true && options.unclaimed !== true)
        await ledger.change((now) => ({ record: withClaim(now, id), value: undefined }))
      const server = entry === undefined ? servers.letGo(id) : undefined
      return { departure, severed: departure?.severed === true, server }
    })
    this.#held.delete(id)
    this.#released.delete(id)
    if (done === undefined) return 'waiting'
    const { departure, server, severed } = done
    if (departure !== undefined && departure.number !== departureOf(seen, id)?.number)
      this.#announce(departure)
    if (server !== undefined) await servers.stop(id, server)
    await this.endServer(id)
    return severed ? 'severed' : 'removed'
  }

  async #reconcile(entry: VolumeRecord, seen: VmRecord, options: ReconcileOptions) {
    const { qmp } = this.#parts
    const { spec } = entry
    try {
      return await reconcileVolume(this.#parts, entry, options)
    } catch (error) {
      this.#held.add(spec.id)
      if (!(error instanceof VolumeApplyError && error.cause instanceof VolumeError)) throw error
      this.#finishLater(entry, seen, (isStaying, signal) => untilUnused(qmp, spec, isStaying, signal))
      throw error.cause
    }
  }

  /** Stops the servers that whoever detached their volumes could not. */
  async endLooseServers(): Promise<void> {
    const { looseServers } = await this.#parts.ledger.read()
    await Promise.allSettled([...new Set(looseServers.map(({ id }) => id))].map((id) => this.endServer(id)))
  }

  /** A device the guest has let go of: the end of a detach, ours or another process's, or an eject nobody asked for. */
  async #onDeleted(device: string): Promise<void> {
    const record = await this.#parts.ledger.read()
    const entry = record.volumes.find(({ spec }) => volumeNames(spec.id).device === device)
    if (entry !== undefined) {
      const { id } = entry.spec
      // It may have been attached anew meanwhile.
      if ((await presentDevices(this.#parts.qmp)).has(device)) return
      if (this.#awaited.has(id)) this.#released.add(id)
      else await this.#finishUnasked(id, record)
      return
    }
    // Another process was quicker.
    const departure = record.departures.find(({ id }) => volumeNames(id).device === device)
    if (departure === undefined || this.#awaited.has(departure.id)) return
    this.#announce(departure)
    await this.endServer(departure.id)
  }

  /** Ends the servers of a volume that has left, and strikes them off the record; not that of one attached anew meanwhile. */
  async endServer(id: string): Promise<void> {
    const { ledger, servers } = this.#parts
    // The record of a VM that has ended meanwhile is gone.
    const record = await ledger.read().catch(() => undefined)
    const loose = record?.looseServers.filter((each) => each.id === id) ?? []
    const ended = await servers.end(
      id,
      loose.map(({ server }) => server),
      record && entryOf(record, id),
    )
    if (ended.length === 0) return
    await ledger.change((now) => ({ record: withoutLoose(now, ended), value: undefined })).catch(() => {})
  }

  /** Nobody waits for it here, so that an event tells when it cannot be done yet. */
  async #finishUnasked(id: string, record: VmRecord): Promise<void> {
    await this.finish(id, record, { unclaimed: true }).catch((error: unknown) => {
      if (this.#held.has(id))
        this.#parts.emit(ownEvent('VOLUME_LEFT_BEHIND', { id, message: messageOf(error) }))
    })
  }

  /** Once for each stay, until what is waited for is so or the volume has left in another way. */
  #finishLater(
    entry: VolumeRecord,
    seen: VmRecord,
    until: (isStaying: () => Promise<boolean>, signal: AbortSignal) => Promise<boolean>,
  ): void {
    const { id } = entry.spec
    const stay = stayOf(seen, id)
    if (this.#waiting.has(stay)) return
    this.#waiting.add(stay)
    const isStaying = async () => {
      const now = await this.#parts.ledger.read()
      return entryOf(now, id) !== undefined && stayOf(now, id) === stay
    }
    void until(isStaying, this.#closing.signal)
      .finally(() => this.#waiting.delete(stay))
      .then((isSo) => (isSo ? this.finish(id, seen, { unclaimed: true }) : undefined))
      .catch(() => {})
  }

  #finishHeld(): void {
    for (const id of this.#held) {
      void this.#parts.ledger
        .read()
        .then((record) => this.finish(id, record, { unclaimed: true }))
        .catch(() => {})
    }
  }

  #announce({ id, how, number }: Departure): void {
    if (this.#announced.has(number)) return
    this.#announced.add(number)
    // What the record has forgotten comes no more.
    this.#announced.delete(number - keptDepartures)
    this.#parts.emit(ownEvent(how === 'detached' ? 'VOLUME_DETACHED' : 'VOLUME_EJECTED', { id }))
  }
}

import type { QmpEvent } from '../../qmp/index.ts'
import { VolumeApplyError, VolumeError, volumeNames } from '../../volumes/index.ts'
import { type Reconciled, reconcile } from '../attachments/reconcile.ts'
import { messageOf } from '../errors.ts'
import { ownEvent } from '../events.ts'
import { departureOf, keptEnded, volumeOf, volumesOf, withoutServers } from '../record/attachments.ts'
import type { EndedAttachment, VmRecord, VolumeAttachment } from '../record/state.ts'
import { untilAnswering } from './server-look.ts'
import { type EffectsParts, VolumeEffects, type VolumeRequest } from './volume-effects.ts'
import { untilUnused } from './volume-users.ts'

export interface ReconcilerParts extends EffectsParts {
  readonly emit: (event: QmpEvent) => void
}

/** Where a volume stands after it was looked at. */
export interface VolumeReconciled {
  readonly state: Reconciled
  readonly entry?: VolumeAttachment | undefined
  readonly ended?: EndedAttachment | undefined
  readonly notSevered?: string | undefined
}

const isLoose = ({ phase, server }: VmRecord['attachments'][number]) =>
  phase === 'ended' && server !== undefined

/**
 * Brings the volumes of a VM to where they are to be, see `attachmentMoves`. Calls ask for it, and whatever may have changed
 * something: a device that the guest has let go of, a server that answers again, a block job or an export that has ended.
 * An end is told in each process that looks after the VM, whoever did the work.
 */
export class VolumeReconciler {
  readonly #parts: ReconcilerParts
  /** How many calls of this process wait for a volume to leave, and see to it themselves. */
  readonly #calls = new Map<string, number>()
  /** Those that left while a call was waiting. */
  readonly #left = new Set<string>()
  /** Generations whose end was told. */
  readonly #announced = new Set<number>()
  /** Generations whose server is waited for, or whose users. */
  readonly #waiting = new Set<number>()
  /** Volumes that QEMU holds on to, for a job, an export or another node. */
  readonly #held = new Set<string>()
  readonly #closing = new AbortController()

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
    const { qmp } = parts
    void qmp.closed.then(() => this.#closing.abort())
    qmp.on('DEVICE_DELETED', ({ data }) => {
      if (data.device !== undefined) void this.#onDeleted(data.device).catch(() => {})
    })
    const onUserGone = () => {
      for (const id of this.#held) this.#lookAgain(id)
    }
    qmp.on('BLOCK_EXPORT_DELETED', onUserGone)
    qmp.on('JOB_STATUS_CHANGE', ({ data }) => {
      if (data.status === 'concluded' || data.status === 'null') onUserGone()
    })
  }

  /**
   * Does what is due with a volume, see `reconcile`; with a request what is asked for.
   * @throws VolumeError VOLUME_DETACH_FAILED when something else uses it; VolumeApplyError when QEMU refuses. The volume stays
   *   on record then; a repeat goes on, as the end of what uses it does. What forbids the request, as `removable` says.
   */
  async reconcile(id: string, request: VolumeRequest = {}): Promise<VolumeReconciled> {
    const effects = new VolumeEffects(this.#parts, id, request)
    const state = await reconcile(effects, request).catch((error: unknown) => this.#onRefused(effects, error))
    this.#held.delete(id)
    const { ended, entry, notSevered, server } = effects
    if (state === 'wait for server' && entry !== undefined)
      this.#later(entry, (isStaying) => untilAnswering(entry, isStaying, this.#closing.signal))
    if (state === 'ended') {
      this.#left.delete(id)
      if (ended !== undefined) this.#announce(ended)
      if (server !== undefined) await this.#parts.servers.stop(id, server)
      await this.endServers(id)
    }
    return { state, entry, ended, notSevered }
  }

  /** While a call goes on, what the guest does with this volume is nobody else's business in this process. */
  async during<T>(id: string, call: () => Promise<T>): Promise<T> {
    this.#calls.set(id, (this.#calls.get(id) ?? 0) + 1)
    try {
      return await call()
    } finally {
      const others = (this.#calls.get(id) ?? 0) - 1
      if (others > 0) this.#calls.set(id, others)
      else {
        this.#calls.delete(id)
        // It came just after the waiting had ended.
        if (this.#left.delete(id)) this.#lookAgain(id)
      }
    }
  }

  /** Stops the servers of volumes that have ended, which whoever ended them could not. */
  async endLooseServers(): Promise<void> {
    const { attachments } = await this.#parts.ledger.read()
    const ids = new Set(attachments.filter(isLoose).map(({ id }) => id))
    await Promise.allSettled([...ids].map((id) => this.endServers(id)))
  }

  /** Never rejects: what cannot be done now is done when something else changes. */
  #lookAgain(id: string): void {
    void this.reconcile(id).catch(() => {})
  }

  /** A device that the guest has let go of: the end of a detach, ours or another process's, or an eject nobody asked for. */
  async #onDeleted(device: string): Promise<void> {
    const record = await this.#parts.ledger.read()
    const isIts = ({ id }: { readonly id: string }) => volumeNames(id).device === device
    const live = volumesOf(record).find(isIts)
    const id = (live ?? record.attachments.find(isIts))?.id
    if (id === undefined) return
    const isAwaited = this.#calls.has(id)
    if (live !== undefined && isAwaited) this.#left.add(id)
    else if (live !== undefined) await this.#reconcileUnasked(id)
    else if (!isAwaited) await this.#hearEnd(record, id)
  }

  /** Another process was quicker. */
  async #hearEnd(record: VmRecord, id: string): Promise<void> {
    const departure = departureOf(record, id)
    if (departure === undefined) return
    this.#announce(departure)
    await this.endServers(id)
  }

  /** Ends the servers of a volume that has left, and strikes them off the record; not that of one attached anew meanwhile. */
  async endServers(id: string): Promise<void> {
    const { ledger, servers } = this.#parts
    // The record of a VM that has ended meanwhile is gone.
    const record = await ledger.read().catch(() => undefined)
    const loose = record?.attachments.filter(isLoose).filter((each) => each.id === id) ?? []
    const ended = await servers.end(
      id,
      loose.flatMap(({ server }) => server ?? []),
      record && volumeOf(record, id),
    )
    if (ended.length === 0) return
    const directories = ended.map(({ directory }) => directory)
    await ledger
      .change((now) => ({ record: withoutServers(now, directories), value: undefined }))
      .catch(() => {})
  }

  /** Nobody waits for it here, so that an event tells when it cannot be done yet. */
  async #reconcileUnasked(id: string): Promise<void> {
    await this.reconcile(id).catch((error: unknown) => {
      if (this.#held.has(id))
        this.#parts.emit(ownEvent('VOLUME_LEFT_BEHIND', { id, message: messageOf(error) }))
    })
  }

  /** What uses a volume that has left its guest keeps it in QEMU. */
  #onRefused({ entry }: VolumeEffects, error: unknown): never {
    if (entry?.phase !== 'removing') throw error
    const { id, spec } = entry
    this.#held.add(id)
    if (!(error instanceof VolumeApplyError && error.cause instanceof VolumeError)) throw error
    const { signal } = this.#closing
    this.#later(entry, (isStaying) => untilUnused(this.#parts.qmp, spec, isStaying, signal))
    throw error.cause
  }

  /** Looks again, once for each stay, when what is waited for is so, unless the volume has left in another way. */
  #later(
    { generation, id }: VolumeAttachment,
    until: (isStaying: () => Promise<boolean>) => Promise<boolean>,
  ): void {
    if (this.#waiting.has(generation)) return
    this.#waiting.add(generation)
    const isStaying = async () => volumeOf(await this.#parts.ledger.read(), id)?.generation === generation
    void until(isStaying)
      .finally(() => this.#waiting.delete(generation))
      .then((isSo) => (isSo ? this.#lookAgain(id) : undefined))
      .catch(() => {})
  }

  #announce({ generation, how, id }: EndedAttachment): void {
    if (how === 'failed' || this.#announced.has(generation)) return
    this.#announced.add(generation)
    const [first] = this.#announced
    // What the record has forgotten comes no more.
    if (this.#announced.size > keptEnded && first !== undefined) this.#announced.delete(first)
    this.#parts.emit(ownEvent(how === 'detached' ? 'VOLUME_DETACHED' : 'VOLUME_EJECTED', { id }))
  }
}

import type { QmpClient, QmpEvent } from '../../qmp/index.ts'
import { messageOf } from '../errors.ts'
import {
  attachmentOf,
  departureOf,
  type Kind,
  keptEnded,
  type LiveOf,
  liveOf,
  type Patch,
} from '../record/attachments.ts'
import type { EndedAttachment, VmRecord } from '../record/state.ts'
import type { AttachmentLedger } from './ledger.ts'
import { type Reconciled, reconcile, settle } from './reconcile.ts'
import type { AttachmentRequest, RecordedEffects } from './recorded.ts'

const answerTimeoutMs = 30_000

/** Gives an attachment to the guest, as `Effects.attach`. */
type Connect<K extends Kind> = NonNullable<AttachmentRequest<K>['connect']>

export interface ReconcilerParts<K extends Kind> {
  readonly qmp: QmpClient
  readonly ledger: AttachmentLedger<K>
  readonly emit: (event: QmpEvent) => void
}

/** Where an attachment stands after it was looked at. */
export interface Outcome<K extends Kind> {
  readonly state: Reconciled
  readonly entry?: LiveOf<K> | undefined
  readonly ended?: EndedAttachment | undefined
}

/**
 * Brings the attachments of one kind to where they are to be, see `attachmentMoves`. Calls ask for it, and whatever may have
 * changed something, as a device that the guest has let go of. An end is told in each process that looks after the VM, whichever did
 * the work.
 */
export abstract class Reconciler<
  K extends Kind,
  R extends AttachmentRequest<K>,
  E extends RecordedEffects<K, R>,
> {
  protected readonly closing = new AbortController()
  readonly #parts: ReconcilerParts<K>
  /** How many calls of this process wait for one to leave, and see to it themselves. */
  readonly #calls = new Map<string, number>()
  /** The stays that left while a call was waiting. */
  readonly #left = new Map<string, number>()
  /** Generations whose end was told. */
  readonly #announced = new Set<number>()
  /** Generations for which something is waited for. */
  readonly #waiting = new Set<number>()

  constructor(parts: ReconcilerParts<K>) {
    this.#parts = parts
    const { qmp } = parts
    void qmp.closed.then(() => this.closing.abort())
    qmp.on('DEVICE_DELETED', ({ data }) => {
      if (data.device !== undefined) void this.#onDeleted(data.device).catch(() => {})
    })
  }

  /**
   * Does what is left to do with an attachment, see `reconcile`; with a request what is asked for. With a generation that stay is meant,
   * and no later one.
   * @throws what its effects throw; it stays on record then, and a repeat goes on.
   */
  async reconcile(
    id: string,
    request?: R,
    generation?: number,
  ): Promise<Outcome<K> & { readonly effects: E }> {
    const effects = this.effects(id, request, generation)
    const state = await reconcile(effects, request).catch((error: unknown) => this.onFailure(effects, error))
    await this.onSettled(effects, state)
    const { ended, entry } = effects
    if (state === 'ended') {
      if (this.#left.get(id) === (ended ?? entry)?.generation) this.#left.delete(id)
      if (ended !== undefined) this.#announce(ended)
      await this.sync(id)
    }
    return { state, entry, ended, effects }
  }

  /** Reconciles all but what is queued. @returns what it failed with, for which. */
  async reconcileAll(): Promise<{ readonly id: string; readonly reason: unknown }[]> {
    const { ledger } = this.#parts
    const found = liveOf(await ledger.read(), ledger.kind).filter(({ phase }) => phase !== 'queued')
    const work = found.map(async ({ generation, id }) => {
      const failed = (reason: unknown) => [{ id, reason }]
      return this.reconcile(id, undefined, generation).then(() => [], failed)
    })
    return (await Promise.all(work)).flat()
  }

  /**
   * Does what is done with nobody else at it, once what others have left half done, or the guest has let go of, is done. Work that finds
   * such again is undefined, and is repeated.
   * @throws what the work throws, and `onLeft`, which hears of what was left. `onFree` hears of a record that has nothing left, before the
   * turn of the work.
   */
  async afterOthers<T>(
    id: string,
    work: () => Promise<T | undefined>,
    options: {
      readonly signal?: AbortSignal | undefined
      readonly onLeft?: (left: Outcome<K>) => void
      readonly onFree?: (record: VmRecord) => void
    },
  ): Promise<T> {
    const { ledger } = this.#parts
    for (;;) {
      const record = await ledger.read()
      if (attachmentOf(record, ledger.kind, id) === undefined) options.onFree?.(record)
      else {
        const left = await this.reconcile(id)
        options.onLeft?.(left)
      }
      const done = await ledger.alone(id, options.signal, work)
      if (done !== undefined) return done
    }
  }

  /** While a call goes on, what the guest does with this device is nobody else's business in this process. */
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
        const left = this.#left.get(id)
        if (this.#left.delete(id)) this.lookAgain(id, left)
      }
    }
  }

  /** Attaches what was just put on record; to be called alone. @throws what `connect` throws. */
  async attachNew(entry: LiveOf<K>, connect: Connect<K>): Promise<void> {
    const request = { attach: 'new', connect } as R
    const effects = this.effects(entry.id, request, entry.generation)
    effects.entry = entry
    await settle(effects, request)
  }

  /**
   * Attaches what a restart has queued. What cannot be attached ends; when QEMU itself does not answer it stays queued.
   * @returns why it could not be attached.
   * @throws QmpError when QEMU does not answer.
   */
  async attachQueued({ generation, id }: LiveOf<K>, connect: Connect<K>): Promise<string | undefined> {
    const { ledger, qmp } = this.#parts
    const request = { attach: 'again', connect } as R
    const failure = await this.reconcile(id, request, generation).then(() => undefined, messageOf)
    if (failure !== undefined) {
      await qmp.execute('query-status', undefined, { timeoutMs: answerTimeoutMs })
      await ledger.patch(id, { phase: 'attaching' } as Patch<K>)
      await this.reconcile(id, undefined, generation).catch(() => {})
    }
    await this.sync(id)
    return failure
  }

  /** The name QEMU has for its device. */
  protected abstract deviceOf(id: string): string
  protected abstract effects(id: string, request?: R, generation?: number): E
  /** Tells that one has left. */
  protected abstract tell(ended: EndedAttachment): void
  /** Brings what it has beside QEMU to where the record has it. */
  protected async sync(_id: string): Promise<void> {}
  /** Rethrows. */
  protected onFailure(_effects: E, error: unknown): never {
    throw error
  }
  protected async onSettled(_effects: E, _state: Reconciled): Promise<void> {}
  /** Nobody waits for it. */
  protected async onUnasked(id: string, generation: number): Promise<void> {
    await this.reconcile(id, undefined, generation)
  }

  /** Never rejects: what cannot be done now is done when something else changes. */
  protected lookAgain(id: string, generation?: number): void {
    void this.reconcile(id, undefined, generation).catch(() => {})
  }

  /** Looks again, once for each stay, when what is waited for is so, unless it has left in another way. */
  protected later(
    { generation, id }: LiveOf<K>,
    until: (isStaying: () => Promise<boolean>) => Promise<boolean>,
  ): void {
    if (this.#waiting.has(generation)) return
    this.#waiting.add(generation)
    const { ledger } = this.#parts
    const isStaying = async () =>
      attachmentOf(await ledger.read(), ledger.kind, id)?.generation === generation
    void until(isStaying)
      .finally(() => this.#waiting.delete(generation))
      .then((isSo) => (isSo ? this.lookAgain(id, generation) : undefined))
      .catch(() => {})
  }

  /** A device that the guest has let go of: the end of a detach, ours or another process's, or an eject nobody asked for. */
  async #onDeleted(device: string): Promise<void> {
    const { kind } = this.#parts.ledger
    const record = await this.#parts.ledger.read()
    const its = record.attachments.filter((each) => each.kind === kind && this.deviceOf(each.id) === device)
    const live = its.find(({ phase }) => phase !== 'ended')
    const id = its[0]?.id
    if (id === undefined) return
    const isAwaited = this.#calls.has(id)
    if (live !== undefined && isAwaited) this.#left.set(id, live.generation)
    else if (live !== undefined) await this.onUnasked(id, live.generation)
    else if (!isAwaited) await this.#hearEnd(departureOf(record, kind, id))
  }

  /** Another process was quicker. */
  async #hearEnd(departure: EndedAttachment | undefined): Promise<void> {
    if (departure === undefined) return
    this.#announce(departure)
    await this.sync(departure.id)
  }

  #announce(ended: EndedAttachment): void {
    const { generation, how } = ended
    if (how === 'failed' || this.#announced.has(generation)) return
    this.#announced.add(generation)
    const [first] = this.#announced
    // What the record has forgotten does not come again.
    if (this.#announced.size > keptEnded && first !== undefined) this.#announced.delete(first)
    this.tell(ended)
  }
}

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
 * Brings the attachments of one kind to where they are to be, see `attachmentMoves`. It looks when a call asks for it, and when
 * something may have changed, such as when the guest lets go of a device. Each process that looks after the VM announces an end,
 * whichever process did the work.
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
  /** The stays that ended while a call was waiting, by id. */
  readonly #left = new Map<string, number>()
  /** Generations whose end was announced. */
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
   * Does what is left to do with an attachment, or what the request asks for, see `reconcile`. A `generation` means that stay only.
   * @throws what its effects throw. The attachment stays on record then, and a repeat goes on.
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
   * Does work on an attachment while nobody else works on it. Before that it finishes what others have left half done, and what the
   * guest has let go of. Work that finds such a rest again returns undefined, and is repeated. `onLeft` hears how that rest stands.
   * `onFree` hears the record when there is no rest, before the work has its turn.
   * @throws what the work and `onLeft` throw.
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

  /** Does a call. Until its end, nothing else in this process reacts to what the guest does with this device. */
  async during<T>(id: string, call: () => Promise<T>): Promise<T> {
    this.#calls.set(id, (this.#calls.get(id) ?? 0) + 1)
    try {
      return await call()
    } finally {
      const others = (this.#calls.get(id) ?? 0) - 1
      if (others > 0) this.#calls.set(id, others)
      else {
        this.#calls.delete(id)
        // The guest let go just after the call had stopped waiting.
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
   * Attaches what a restart has queued. An attachment that fails ends. It stays queued if QEMU itself does not answer.
   * @returns why it could not be attached; undefined when it is.
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

  /** The name that QEMU has for the device of an attachment. */
  protected abstract deviceOf(id: string): string
  protected abstract effects(id: string, request?: R, generation?: number): E
  /** Emits the event that says that an attachment has ended. */
  protected abstract tell(ended: EndedAttachment): void
  /** Brings what belongs to an attachment outside QEMU, such as a server, to where the record has it. */
  protected async sync(_id: string): Promise<void> {}
  /** Rethrows. */
  protected onFailure(_effects: E, error: unknown): never {
    throw error
  }
  protected async onSettled(_effects: E, _state: Reconciled): Promise<void> {}
  /** Called when the guest has let go of a device and no call in this process waits for that. */
  protected async onUnasked(id: string, generation: number): Promise<void> {
    await this.reconcile(id, undefined, generation)
  }

  /** Never rejects: what cannot be done now is done when something else changes. */
  protected lookAgain(id: string, generation?: number): void {
    void this.reconcile(id, undefined, generation).catch(() => {})
  }

  /** Waits once for each stay, and looks again when `until` is true. A stay that has ended in another way is not waited for. */
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

  /** The guest has let go of a device: a detach of this or another process ends, or the guest has ejected it unasked. */
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

  /** Another process has put the end on record first. */
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
    // The record keeps so many ends, and no end comes again that it has forgotten.
    if (this.#announced.size > keptEnded && first !== undefined) this.#announced.delete(first)
    this.tell(ended)
  }
}

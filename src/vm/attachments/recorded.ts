import { attachmentOf, departureOf, type Kind, type LiveOf, withClaim } from '../record/attachments.ts'
import type { EndedAttachment, VmRecord } from '../record/state.ts'
import type { Attachment, End, Facts, Progress, Request } from './attachment.ts'
import type { AttachmentLedger } from './ledger.ts'
import type { Effects } from './reconcile.ts'

export interface AttachmentRequest<K extends Kind> extends Request {
  readonly signal?: AbortSignal | undefined
  /** What `attach` does: as `Effects.attach`. */
  readonly connect?: ((attachment: LiveOf<K>) => Promise<unknown>) | undefined
}

/** The effects on one stay of a device, as far as they are the same for all kinds: those on its record. */
export abstract class RecordedEffects<K extends Kind, R extends AttachmentRequest<K>> implements Effects {
  /** As it was read last; of a new attachment, what was put on record. */
  entry: LiveOf<K> | undefined
  ended: EndedAttachment | undefined
  readonly id: string
  protected readonly request: R
  /** As it was when it was read first. */
  protected first: LiveOf<K> | undefined
  readonly #ledger: AttachmentLedger<K>
  #generation: number | undefined

  /** `generation` names the stay that is meant: the first one that is read, unless given. */
  constructor(ledger: AttachmentLedger<K>, id: string, request: R, generation?: number) {
    this.#ledger = ledger
    this.id = id
    this.request = request
    this.#generation = generation
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    // Work that has begun is not aborted in the middle.
    return this.#ledger.alone(this.id, this.first === undefined ? this.request.signal : undefined, work)
  }

  async read(): Promise<LiveOf<K> | undefined> {
    // It was put on record a moment ago, and nobody else works on it.
    if (this.#isNew) return this.current
    const { kind } = this.#ledger
    const record = await this.#ledger.read()
    const live = attachmentOf(record, kind, this.id)
    if (this.first === undefined) await this.#begin(record, live)
    if (live !== undefined && live.generation === this.#generation) {
      this.entry = live
      return live
    }
    // Another call or process was quicker.
    const departure = departureOf(record, kind, this.id)
    if (departure === undefined || departure.generation !== this.#generation) return undefined
    this.ended = departure
    if (departure.unclaimed === true && this.request.detach === true) await this.#claim(departure)
    return undefined
  }

  async look(attachment: Attachment, progress: Progress): Promise<Facts> {
    return this.#isNew
      ? { device: 'absent', backend: 'absent', server: 'answers' }
      : this.ask(attachment, progress)
  }

  async attach(): Promise<unknown> {
    return this.request.connect?.(this.current)
  }

  abstract askGuest(progress: Progress): Promise<unknown>
  abstract removeBackend(): Promise<unknown>

  /** Never called of a kind whose attachments have no users. */
  refuse(): never {
    throw new Error(`${this.#ledger.kind} ${this.id} has no users`)
  }

  /** Never called of a kind whose attachments have no server. */
  async fence(): Promise<unknown> {
    throw new Error(`${this.#ledger.kind} ${this.id} has no server`)
  }

  /** Never called of a kind whose attachments have no server. */
  async sever(): Promise<unknown> {
    throw new Error(`${this.#ledger.kind} ${this.id} has no server`)
  }

  async end(how: End): Promise<void> {
    await this.noteEnd(how)
  }

  async set(phase: 'attached' | 'detaching' | 'removing', how: End): Promise<void> {
    const patch = phase === 'removing' ? { phase, how } : { phase }
    const signal = phase === 'detaching' ? this.request.signal : undefined
    this.entry = await this.#ledger.patch(this.id, patch as Partial<LiveOf<K>>, signal)
  }

  /** What QEMU says of it. */
  protected abstract ask(attachment: Attachment, progress: Progress): Promise<Facts>

  /** The attachment, if it may be detached. Throws what forbids that. */
  protected abstract removable(record: VmRecord): LiveOf<K>

  /** Puts its end on record. */
  protected async noteEnd(how: End, severed?: true): Promise<void> {
    const unclaimed = (how === 'detached' && this.request.detach !== true) || undefined
    this.ended = await this.#ledger.end(this.id, { how, severed, unclaimed })
  }

  /** Notes that the guest keeps the device, since it was not asked. */
  protected async takeBack(): Promise<void> {
    const phase = this.first?.phase
    if (phase === 'attached' || phase === 'attaching') await this.set('attached', 'failed')
  }

  protected get current(): LiveOf<K> {
    if (this.entry === undefined) throw new Error(`${this.#ledger.kind} ${this.id} was not read`)
    return this.entry
  }

  get #isNew(): boolean {
    return this.request.attach === 'new'
  }

  async #begin(record: VmRecord, live: LiveOf<K> | undefined): Promise<void> {
    this.first = live
    if (this.request.detach === true) await this.#beginDetach(record, live)
    this.#generation ??= this.first?.generation
  }

  async #beginDetach(record: VmRecord, live: LiveOf<K> | undefined): Promise<void> {
    // An earlier call left it pending, and the guest has let go since: the first call that asks gets the answer.
    const earlier = live === undefined ? departureOf(record, this.#ledger.kind, this.id) : undefined
    if (earlier?.unclaimed === true) await this.#claim(earlier)
    else this.first = this.removable(record)
  }

  async #claim(departure: EndedAttachment): Promise<void> {
    this.ended = departure
    const { kind } = this.#ledger
    await this.#ledger.change((now) => ({ record: withClaim(now, kind, this.id), value: undefined }))
  }
}

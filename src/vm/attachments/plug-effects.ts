import type { QmpClient } from '../../qmp/index.ts'
import { applyPlan, type PlanHooks, type QmpCommand, VolumeApplyError } from '../../volumes/index.ts'
import type { LiveOf } from '../record/attachments.ts'
import type { VmRecord } from '../record/state.ts'
import type { Attachment, End, Facts } from './attachment.ts'
import { presentDevices } from './devices.ts'
import type { AttachmentLedger } from './ledger.ts'
import { type AttachmentRequest, RecordedEffects } from './recorded.ts'

/** The kinds whose backends wait for nobody: no server is behind them. */
export type PlugKind = 'nic' | 'device'

/** What the effects have to know of a kind. */
export interface PlugPlans<K extends PlugKind> {
  /** The commands that take it away again: the first asks the guest. */
  readonly planDetach: (entry: LiveOf<K>) => readonly QmpCommand[]
  /** Commands without which it is not as asked, and which a death may have left out. */
  readonly finishing: (entry: LiveOf<K>) => readonly QmpCommand[]
  /** It as it may be detached. Throws what forbids that. */
  readonly removable: (record: VmRecord, id: string) => LiveOf<K>
}

export interface PlugRequest<K extends PlugKind> extends AttachmentRequest<K>, PlanHooks {
  /** How long a detach waits for the guest; 30 s unless given. */
  readonly waitMs?: number | undefined
}

export interface PlugEffectsParts<K extends PlugKind> {
  readonly qmp: QmpClient
  readonly ledger: AttachmentLedger<K>
  readonly plans: PlugPlans<K>
}

/** What is asked of and done to one stay of a device that QEMU knows by its id. */
export class PlugEffects<K extends PlugKind> extends RecordedEffects<K, PlugRequest<K>> {
  readonly #parts: PlugEffectsParts<K>
  #isReleased = false

  constructor(parts: PlugEffectsParts<K>, id: string, request: PlugRequest<K> = {}, generation?: number) {
    super(parts.ledger, id, request, generation)
    this.#parts = parts
  }

  protected async ask({ phase }: Attachment): Promise<Facts> {
    const present: Facts = { device: 'present', backend: 'idle', server: 'answers' }
    const isGoing = phase === 'attached' || phase === 'detaching'
    // QEMU says itself that it is gone, when the guest is asked.
    if (this.request.detach && isGoing && !this.#isReleased) return present
    const isPresent = !this.#isReleased && (await presentDevices(this.#parts.qmp)).has(this.id)
    return isPresent ? present : { ...present, device: 'absent' }
  }

  override async set(phase: 'attached' | 'detaching' | 'removing', how: End): Promise<void> {
    if (phase === 'attached') await applyPlan(this.#parts.qmp, this.#parts.plans.finishing(this.current))
    await super.set(phase, how)
  }

  async askGuest(): Promise<void> {
    let isHeard = false
    const { onAnswer, onStep, signal, waitMs } = this.request
    const hooks: PlanHooks = {
      onStep,
      onAnswer: (command) => {
        isHeard = true
        onAnswer?.(command)
      },
    }
    try {
      const plan = this.#plan.slice(0, 1)
      const { outcome } = await applyPlan(this.#parts.qmp, plan, { ...hooks, signal, waitMs })
      this.#isReleased = outcome === 'applied'
    } catch (error) {
      if (!isHeard && error instanceof VolumeApplyError && error.refused) await this.takeBack()
      throw error
    }
  }

  async removeBackend(): Promise<void> {
    const { onAnswer, onStep } = this.request
    await applyPlan(this.#parts.qmp, this.#plan.slice(1), { onAnswer, onStep })
  }

  protected removable(record: VmRecord): LiveOf<K> {
    return this.#parts.plans.removable(record, this.id)
  }

  get #plan(): readonly QmpCommand[] {
    return this.#parts.plans.planDetach(this.current)
  }
}

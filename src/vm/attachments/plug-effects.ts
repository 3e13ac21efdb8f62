import type { QmpClient } from '../../qmp/index.ts'
import { applyPlan, type PlanHooks, type QmpCommand, VolumeApplyError } from '../../volumes/index.ts'
import type { LiveOf } from '../record/attachments.ts'
import type { VmRecord } from '../record/state.ts'
import type { Attachment, End, Facts } from './attachment.ts'
import { presentDevices } from './devices.ts'
import type { AttachmentLedger } from './ledger.ts'
import { type AttachmentRequest, RecordedEffects } from './recorded.ts'

/** The kinds without a server. QEMU never stands still for the backend of such a device. */
export type PlugKind = 'nic' | 'device'

/** How devices of a kind are attached and detached. */
export interface PlugPlans<K extends PlugKind> {
  /** The commands that take a device away. The first one asks the guest. */
  readonly planDetach: (entry: LiveOf<K>) => readonly QmpCommand[]
  /** Commands that complete an attach. A process that died may have left them out, and to repeat them does no harm. */
  readonly finishing: (entry: LiveOf<K>) => readonly QmpCommand[]
  /** The attachment, if it may be detached. Throws what forbids that. */
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

/** The questions about one stay of a device that QEMU knows by its id, and the effects on it. */
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
    // No question is needed: device_del tells if the device is gone.
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

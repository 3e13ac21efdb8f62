import type { QmpClient } from '../../qmp/index.ts'
import { applyPlan, type PlanHooks, VolumeApplyError } from '../../volumes/index.ts'
import type { Attachment, End, Facts } from '../attachments/attachment.ts'
import { presentDevices } from '../attachments/devices.ts'
import type { AttachmentLedger } from '../attachments/ledger.ts'
import { type AttachmentRequest, RecordedEffects } from '../attachments/recorded.ts'
import type { NicAttachment, VmRecord } from '../record/state.ts'
import { linkDown, planNicDetach } from './nic-plan.ts'
import { removableNic } from './nic-record.ts'

export interface NicParts {
  readonly vm: string
  readonly qmp: QmpClient
  readonly ledger: AttachmentLedger<'nic'>
}

export interface NicRequest extends AttachmentRequest, PlanHooks {
  /** How long a detach waits for the guest; 30 s unless given. */
  readonly waitMs?: number | undefined
}

/** What is asked of and done to one stay of a network card. Its backend waits for nobody. */
export class NicEffects extends RecordedEffects<'nic', NicRequest> {
  readonly #parts: NicParts
  #isReleased = false

  constructor(parts: NicParts, id: string, request: NicRequest = {}, generation?: number) {
    super(parts.ledger, id, request, generation)
    this.#parts = parts
  }

  async look({ phase }: Attachment): Promise<Facts> {
    const present: Facts = { device: 'present', backend: 'idle', server: 'answers' }
    const isGoing = phase === 'attached' || phase === 'detaching'
    // QEMU says itself that it is gone, when the guest is asked.
    if (this.request.detach && isGoing && !this.#isReleased) return present
    const isPresent = !this.#isReleased && (await presentDevices(this.#parts.qmp)).has(this.id)
    return isPresent ? present : { ...present, device: 'absent' }
  }

  override async set(phase: 'attached' | 'detaching' | 'removing', how: End): Promise<void> {
    if (phase === 'attached' && this.current.spec.link === 'down')
      await applyPlan(this.#parts.qmp, [linkDown(this.id)])
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
      const plan = planNicDetach(this.id).slice(0, 1)
      const { outcome } = await applyPlan(this.#parts.qmp, plan, { ...hooks, signal, waitMs })
      this.#isReleased = outcome === 'applied'
    } catch (error) {
      if (!isHeard && error instanceof VolumeApplyError && error.refused) await this.takeBack()
      throw error
    }
  }

  async removeBackend(): Promise<void> {
    const { onAnswer, onStep } = this.request
    await applyPlan(this.#parts.qmp, planNicDetach(this.id).slice(1), { onAnswer, onStep })
  }

  protected removable(record: VmRecord): NicAttachment {
    return removableNic(record, this.id)
  }
}

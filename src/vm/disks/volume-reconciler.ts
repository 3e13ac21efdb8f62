import type { QmpEvent } from '../../qmp/index.ts'
import { VolumeApplyError, VolumeError, volumeNames } from '../../volumes/index.ts'
import type { Reconciled } from '../attachments/reconcile.ts'
import { Reconciler } from '../attachments/reconciler.ts'
import { messageOf } from '../errors.ts'
import { ownEvent } from '../events.ts'
import type { EndedAttachment } from '../record/state.ts'
import { untilAnswering } from './server-look.ts'
import { type EffectsParts, VolumeEffects, type VolumeRequest } from './volume-effects.ts'
import { untilUnused } from './volume-users.ts'

export interface ReconcilerParts extends EffectsParts {
  readonly emit: (event: QmpEvent) => void
}

/**
 * Brings the volumes of a VM to where they are to be. They are looked at again when a server answers again, and when what else
 * uses one has ended.
 */
export class VolumeReconciler extends Reconciler<'volume', VolumeRequest, VolumeEffects> {
  readonly #parts: ReconcilerParts
  /** The volumes that QEMU holds on to, for a job, an export or another node. */
  readonly #held = new Set<string>()

  constructor(parts: ReconcilerParts) {
    super(parts)
    this.#parts = parts
    const { qmp } = parts
    const onUserGone = () => {
      for (const id of this.#held) this.lookAgain(id)
    }
    qmp.on('BLOCK_EXPORT_DELETED', onUserGone)
    qmp.on('JOB_STATUS_CHANGE', ({ data }) => {
      if (data.status === 'concluded' || data.status === 'null') onUserGone()
    })
  }

  protected deviceOf(id: string): string {
    return volumeNames(id).device
  }

  protected effects(id: string, request?: VolumeRequest, generation?: number): VolumeEffects {
    return new VolumeEffects(this.#parts, id, request, generation)
  }

  protected tell({ how, id }: EndedAttachment): void {
    this.#parts.emit(ownEvent(how === 'detached' ? 'VOLUME_DETACHED' : 'VOLUME_EJECTED', { id }))
  }

  protected override async sync(id: string): Promise<void> {
    await this.#parts.servers.sync(id)
  }

  protected override async onSettled({ entry, id }: VolumeEffects, state: Reconciled): Promise<void> {
    this.#held.delete(id)
    if (state === 'wait for server' && entry !== undefined)
      this.later(entry, (isStaying) => untilAnswering(entry, isStaying, this.closing.signal))
  }

  /** Notes a volume that has left its guest and stays in QEMU, since something else uses it. */
  protected override onFailure({ entry }: VolumeEffects, error: unknown): never {
    if (entry?.phase !== 'removing') throw error
    const { id, spec } = entry
    this.#held.add(id)
    if (!(error instanceof VolumeApplyError && error.cause instanceof VolumeError)) throw error
    const { signal } = this.closing
    this.later(entry, (isStaying) => untilUnused(this.#parts.qmp, spec, isStaying, signal))
    throw error.cause
  }

  /** Emits VOLUME_LEFT_BEHIND when the volume cannot be taken out of QEMU yet. */
  protected override async onUnasked(id: string, generation: number): Promise<void> {
    await this.reconcile(id, undefined, generation).catch((error: unknown) => {
      if (this.#held.has(id))
        this.#parts.emit(ownEvent('VOLUME_LEFT_BEHIND', { id, message: messageOf(error) }))
    })
  }
}

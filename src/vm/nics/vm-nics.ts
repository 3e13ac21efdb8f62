import { type CallOptions, checkTimeout, type QmpClient, type QmpEvent } from '../../qmp/index.ts'
import { applyPlan, type PlanHooks, VolumeApplyError } from '../../volumes/index.ts'
import { presentDevices } from '../attachments/devices.ts'
import { AttachmentLedger } from '../attachments/ledger.ts'
import { settle } from '../attachments/reconcile.ts'
import { Reconciler } from '../attachments/reconciler.ts'
import type { VmConfigInput } from '../config/schema.ts'
import { VmError } from '../errors.ts'
import { ownEvent } from '../events.ts'
import { attachmentOf, liveOf } from '../record/attachments.ts'
import type { VmPaths } from '../record/paths.ts'
import type { EndedAttachment, NicAttachment } from '../record/state.ts'
import { NicEffects, type NicParts, type NicRequest } from './nic-effects.ts'
import { planNicAttach } from './nic-plan.ts'
import {
  type AttachedNic,
  bootNics,
  deviceError,
  isQueued,
  parseNic,
  reserveNic,
  viewNic,
} from './nic-record.ts'

/** As an entry of the config's `nics`. */
export type NicInput = NonNullable<VmConfigInput['nics']>[number]

export interface NicAttachOptions extends PlanHooks {
  readonly signal?: AbortSignal | undefined
}

export interface NicDetachOptions extends PlanHooks {
  /** How long to wait for the guest; 30 s unless given, `Infinity` for as long as it wants. */
  readonly waitMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** `pending`: the guest has not let go. The card stays on record; a repeat goes on, and a late event ends it. */
export interface NicDetachOutcome {
  readonly outcome: 'detached' | 'pending'
  readonly id: string
}

interface VmNicsParts {
  readonly vm: string
  readonly pid: number
  readonly paths: VmPaths
  readonly qmp: QmpClient
  readonly emit: (event: QmpEvent) => void
  readonly requireRunning: () => void
}

class NicReconciler extends Reconciler<'nic', NicRequest, NicEffects> {
  readonly #parts: NicParts & Pick<VmNicsParts, 'emit'>

  constructor(parts: NicParts & Pick<VmNicsParts, 'emit'>) {
    super(parts)
    this.#parts = parts
  }

  protected deviceOf(id: string): string {
    return id
  }

  protected effects(id: string, request?: NicRequest, generation?: number): NicEffects {
    return new NicEffects(this.#parts, id, request, generation)
  }

  protected tell({ how, id }: EndedAttachment): void {
    this.#parts.emit(ownEvent(how === 'detached' ? 'NIC_DETACHED' : 'NIC_EJECTED', { id }))
  }
}

const linkTimeoutMs = 30_000

/** The network cards of a running VM. As with its volumes, all that attach and detach do is on record first. */
export class VmNics {
  readonly #parts: NicParts & Pick<VmNicsParts, 'emit' | 'requireRunning'>
  readonly #reconciler: NicReconciler

  /** @internal */
  constructor({ emit, paths, pid, qmp, requireRunning, vm }: VmNicsParts) {
    const ledger = new AttachmentLedger({ id: vm, paths, pid }, 'nic')
    this.#parts = { vm, qmp, ledger, emit, requireRunning }
    this.#reconciler = new NicReconciler(this.#parts)
  }

  /**
   * Attaches a network card, at the first free hot-plug port. To attach again what is attached is not an error.
   * @throws VmConfigError; VmError VM_DEVICE_EXISTS, VM_DEVICE_NO_PORT, VM_DEVICE_FAILED (QEMU refused: nothing of it is left, or
   *   `details.leftovers` says what is), VM_ABORTED.
   */
  async attach(nic: NicInput, options: NicAttachOptions = {}): Promise<AttachedNic> {
    const { ledger, requireRunning, vm } = this.#parts
    const asked = parseNic(nic)
    const { id } = asked
    requireRunning()
    return this.#of(id, options.signal, async () => {
      for (;;) {
        // What others have left half done, or the guest has let go of, comes first.
        if (attachmentOf(await ledger.read(), 'nic', id) !== undefined) await this.#reconciler.reconcile(id)
        const entry = await ledger.alone(id, options.signal, () => this.#attachAlone(asked, options))
        if (entry !== undefined) return viewNic(vm, entry, true)
      }
    })
  }

  /**
   * Detaches a network card. The guest is waited for without any lock. The repeat of a detach that was pending, and has ended since, is
   * `detached` too, once.
   * @throws VmError VM_DEVICE_NOT_FOUND, VM_DEVICE_NOT_REMOVABLE, VM_DEVICE_BUSY, VM_DEVICE_FAILED when QEMU refuses, VM_ABORTED.
   */
  async detach(id: string, options: NicDetachOptions = {}): Promise<NicDetachOutcome> {
    checkTimeout(options.waitMs, 'waitMs')
    this.#parts.requireRunning()
    return this.#of(id, options.signal, () =>
      this.#reconciler.during(id, async () => {
        const { ended, state } = await this.#reconciler.reconcile(id, { ...options, detach: true })
        if (state !== 'ended') return { outcome: 'pending', id }
        if (ended !== undefined && ended.how !== 'failed') return { outcome: 'detached', id }
        throw deviceError('VM_DEVICE_NOT_FOUND', this.#parts.vm, id, 'is not attached')
      }),
    )
  }

  /**
   * Takes the link of a card down, as if its cable were pulled, or up again; a restart after a crash has it so too.
   * @throws VmError VM_DEVICE_NOT_FOUND, VM_ABORTED; QmpError when QEMU does not answer.
   */
  async set(
    id: string,
    { link }: { readonly link: 'up' | 'down' },
    options: CallOptions = {},
  ): Promise<void> {
    const { ledger, qmp, requireRunning, vm } = this.#parts
    const { signal, timeoutMs = linkTimeoutMs } = options
    requireRunning()
    await this.#of(id, signal, () =>
      ledger.alone(id, signal, async () => {
        const entry = attachmentOf(await ledger.read(), 'nic', id)
        if (entry !== undefined) await ledger.patch(id, { spec: { ...entry.spec, link } })
        else
          await ledger.change((record) => {
            if (!record.config.nics.some((nic) => nic.id === id))
              throw deviceError('VM_DEVICE_NOT_FOUND', vm, id, 'is not there')
            return { record: { ...record, links: { ...record.links, [id]: link } }, value: undefined }
          })
        await qmp.execute('set_link', { name: id, up: link === 'up' }, { signal, timeoutMs })
      }),
    )
  }

  /** Every network card of the VM, those it started with included. @throws VmError VM_STATE; QmpError when QEMU does not answer. */
  async list(): Promise<AttachedNic[]> {
    const { ledger, qmp, requireRunning, vm } = this.#parts
    requireRunning()
    const record = await ledger.read()
    const attached = liveOf(record, 'nic')
    const present = attached.length === 0 ? new Set<string>() : await presentDevices(qmp)
    return [...bootNics(record), ...attached.map((entry) => viewNic(vm, entry, present.has(entry.id)))]
  }

  /** As `vm.volumes.converge`. @internal */
  async converge(): Promise<void> {
    const found = liveOf(await this.#parts.ledger.read(), 'nic')
    const work = found.filter(({ phase }) => phase !== 'queued')
    await Promise.all(work.map(({ id }) => this.#reconciler.reconcile(id)))
  }

  /** Attaches a card that a restart has queued. @throws as `attach`. @internal */
  async attachQueued(id: string): Promise<void> {
    const { ledger } = this.#parts
    await this.#of(id, undefined, () =>
      ledger.alone(id, undefined, async () => {
        if ((await settle(new NicEffects(this.#parts, id))) !== 'attach') return
        const entry = attachmentOf(await ledger.read(), 'nic', id)
        if (entry !== undefined) await this.#connect(entry)
      }),
    )
  }

  /** Ends a queued card that could not be attached. @internal */
  giveUp(id: string): Promise<void> {
    return this.#reconciler.giveUp(id)
  }

  async #attachAlone(
    asked: ReturnType<typeof parseNic>,
    options: NicAttachOptions,
  ): Promise<NicAttachment | undefined> {
    const { ledger, vm } = this.#parts
    const { id } = asked
    const known = attachmentOf(await ledger.read(), 'nic', id)
    if (known?.phase === 'queued') throw deviceError('VM_DEVICE_BUSY', vm, id, isQueued)
    if (known?.phase === 'detaching' || known?.phase === 'removing')
      throw deviceError('VM_DEVICE_EXISTS', vm, id, 'is being detached: end that first')
    if (known?.phase === 'attaching') return undefined
    if (known !== undefined) {
      const isSame = JSON.stringify({ ...known.spec, ...asked }) === JSON.stringify(known.spec)
      if (isSame) return known
      throw deviceError('VM_DEVICE_EXISTS', vm, id, 'is attached in another way: detach it first')
    }
    const entry = await ledger.change((now) => reserveNic(now, asked))
    await this.#connect(entry, options)
    return { ...entry, phase: 'attached' }
  }

  /** Gives QEMU and the guest the card of this entry; or takes everything back, the entry too. */
  async #connect(entry: NicAttachment, { onAnswer, onStep, signal }: NicAttachOptions = {}): Promise<void> {
    const { emit, ledger, qmp, vm } = this.#parts
    const { id, phase, port } = entry
    const onApplied = async () => {
      await ledger.patch(id, { phase: 'attached' })
    }
    await applyPlan(qmp, planNicAttach(entry), { signal, onStep, onAnswer, onApplied }).catch(
      async (error: unknown) => {
        const isClean = !(error instanceof VolumeApplyError) || error.clean
        // The record of a VM that has ended meanwhile is gone, or says how it ended.
        if (isClean && phase !== 'queued') await ledger.end(id, { how: 'failed' }).catch(() => {})
        throw error
      },
    )
    emit(ownEvent('NIC_ATTACHED', { id, port, mac: viewNic(vm, entry, true).mac }))
  }

  /** Work on one card, whose errors say whose they are. */
  async #of<T>(id: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const { vm } = this.#parts
    try {
      return await work()
    } catch (error) {
      if (signal?.aborted)
        throw deviceError('VM_ABORTED', vm, id, 'was worked on when that was aborted', error)
      if (!(error instanceof VolumeApplyError)) throw error
      const { leftovers, step } = error.details
      const details = { vm, device: id, step, leftovers }
      const cause = error.cause instanceof Error ? error.cause.message : error.message
      throw new VmError('VM_DEVICE_FAILED', `NIC ${id} of VM ${vm}: ${String(step)} failed: ${cause}`, {
        cause: error,
        details,
      })
    }
  }
}

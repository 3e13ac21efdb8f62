import { type CallOptions, checkTimeout, type QmpClient, type QmpEvent } from '../../qmp/index.ts'
import { applyPlan, type PlanHooks, type QmpCommand, VolumeApplyError } from '../../volumes/index.ts'
import { VmError } from '../errors.ts'
import type { VmEvent } from '../events.ts'
import { attachmentOf, type LiveOf, liveOf, type Patch } from '../record/attachments.ts'
import type { VmPaths } from '../record/paths.ts'
import type { EndedAttachment, VmRecord } from '../record/state.ts'
import { presentDevices } from './devices.ts'
import { AttachmentLedger, isQueued } from './ledger.ts'
import { PlugEffects, type PlugKind, type PlugPlans, type PlugRequest } from './plug-effects.ts'
import { Reconciler } from './reconciler.ts'

export interface PlugAttachOptions extends PlanHooks {
  readonly signal?: AbortSignal | undefined
}

export interface PlugDetachOptions extends PlanHooks {
  /** How long to wait for the guest; 30 s unless given, `Infinity` for as long as it wants. */
  readonly waitMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** `pending`: the guest has not let go. The device stays on record; a repeat goes on, and a late event ends it. */
export interface PlugDetachOutcome {
  readonly outcome: 'detached' | 'pending'
  readonly id: string
}

/** What one kind of device that QEMU knows by its id has of its own. */
export interface Plug<K extends PlugKind> extends PlugPlans<K> {
  readonly kind: K
  /** What people call it. */
  readonly noun: string
  readonly planAttach: (entry: LiveOf<K>) => readonly QmpCommand[]
  readonly attached: (entry: LiveOf<K>) => VmEvent
  readonly left: (ended: EndedAttachment) => VmEvent
}

/** A device that is asked for. */
export interface Asked<K extends PlugKind> {
  readonly id: string
  /** The device on record counts as the same if it has all of these fields. */
  readonly spec: object
  /** Returns the record with the new device. Throws what forbids it. */
  readonly reserve: (record: VmRecord) => { readonly record: VmRecord; readonly value: LiveOf<K> }
}

export interface PlugsParts {
  readonly vm: string
  readonly pid: number
  readonly paths: VmPaths
  readonly qmp: QmpClient
  readonly emit: (event: QmpEvent) => void
  readonly requireRunning: () => void
}

export function plugError(
  { noun }: { readonly noun: string },
  code: VmError['code'],
  vm: string,
  id: string,
  what: string,
  cause?: unknown,
): VmError {
  return new VmError(code, `${noun} ${id} of VM ${vm} ${what}`, { details: { vm, device: id }, cause })
}

class PlugReconciler<K extends PlugKind> extends Reconciler<K, PlugRequest<K>, PlugEffects<K>> {
  readonly #parts: { readonly plug: Plug<K>; readonly qmp: QmpClient; readonly ledger: AttachmentLedger<K> }
  readonly #emit: PlugsParts['emit']

  constructor({ emit, ledger, plug, qmp }: Plugs<K>['parts']) {
    super({ emit, ledger, qmp })
    this.#parts = { plug, qmp, ledger }
    this.#emit = emit
  }

  protected effects(id: string, request?: PlugRequest<K>, generation?: number): PlugEffects<K> {
    const { plug, ...parts } = this.#parts
    return new PlugEffects({ ...parts, plans: plug }, id, request, generation)
  }

  protected deviceOf(id: string): string {
    return id
  }

  protected tell(ended: EndedAttachment): void {
    this.#emit(this.#parts.plug.left(ended))
  }
}

/** The devices of one kind that a running VM gets and gives back. Attach and detach record each step first. */
export class Plugs<K extends PlugKind> {
  readonly parts: Pick<PlugsParts, 'vm' | 'qmp' | 'emit' | 'requireRunning'> & {
    readonly plug: Plug<K>
    readonly ledger: AttachmentLedger<K>
  }
  readonly #reconciler: PlugReconciler<K>

  constructor({ emit, paths, pid, qmp, requireRunning, vm }: PlugsParts, plug: Plug<K>) {
    const ledger = new AttachmentLedger({ id: vm, paths, pid }, plug.kind)
    this.parts = { vm, qmp, ledger, emit, requireRunning, plug }
    this.#reconciler = new PlugReconciler(this.parts)
  }

  /** Attaches a device, and returns its record. To attach a device again is not an error. */
  async attach(asked: Asked<K>, options: PlugAttachOptions): Promise<LiveOf<K>> {
    const { id } = asked
    this.parts.requireRunning()
    const { signal } = options
    return this.of(id, signal, () =>
      this.#reconciler.afterOthers(id, () => this.#attachAlone(asked, options), { signal }),
    )
  }

  async detach(id: string, options: PlugDetachOptions): Promise<PlugDetachOutcome> {
    checkTimeout(options.waitMs, 'waitMs')
    this.parts.requireRunning()
    return this.of(id, options.signal, () =>
      this.#reconciler.during(id, async () => {
        const { ended, state } = await this.#reconciler.reconcile(id, { ...options, detach: true })
        if (state !== 'ended') return { outcome: 'pending', id }
        if (ended !== undefined && ended.how !== 'failed') return { outcome: 'detached', id }
        throw this.error('VM_DEVICE_NOT_FOUND', id, 'is not attached')
      }),
    )
  }

  /** Lists the devices on record, and says of each whether QEMU has it. */
  async list(
    record: VmRecord,
    options?: CallOptions,
  ): Promise<{ readonly entry: LiveOf<K>; readonly isPresent: boolean }[]> {
    const attached = liveOf(record, this.parts.plug.kind)
    const present = attached.length === 0 ? new Set<string>() : await presentDevices(this.parts.qmp, options)
    return attached.map((entry) => ({ entry, isPresent: present.has(entry.id) }))
  }

  /** As `vm.volumes.converge`. */
  async converge(): Promise<void> {
    const [failed] = await this.#reconciler.reconcileAll()
    if (failed !== undefined) throw failed.reason
  }

  /** See `Reconciler.attachQueued`. */
  attachQueued(entry: LiveOf<K>): Promise<string | undefined> {
    const connect = (now: LiveOf<K>) => this.of(now.id, undefined, () => this.#connect(now))
    return this.#reconciler.attachQueued(entry, connect)
  }

  /** Work on one device, whose errors say whose they are. */
  async of<T>(id: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const { plug, vm } = this.parts
    try {
      return await work()
    } catch (error) {
      if (signal?.aborted) throw this.error('VM_ABORTED', id, 'was worked on when that was aborted', error)
      if (!(error instanceof VolumeApplyError)) throw error
      const { leftovers, step } = error.details
      const details = { vm, device: id, step, leftovers }
      const cause = error.cause instanceof Error ? error.cause.message : error.message
      const what = `${plug.noun} ${id} of VM ${vm}: ${String(step)} failed: ${cause}`
      throw new VmError('VM_DEVICE_FAILED', what, { cause: error, details })
    }
  }

  error(code: VmError['code'], id: string, what: string, cause?: unknown): VmError {
    return plugError(this.parts.plug, code, this.parts.vm, id, what, cause)
  }

  async #attachAlone(asked: Asked<K>, options: PlugAttachOptions): Promise<LiveOf<K> | undefined> {
    const { ledger, plug } = this.parts
    const { id } = asked
    const known = attachmentOf(await ledger.read(), plug.kind, id)
    if (known?.phase === 'queued') throw this.error('VM_DEVICE_BUSY', id, isQueued)
    if (known?.phase === 'detaching' || known?.phase === 'removing')
      throw this.error(
        'VM_DEVICE_EXISTS',
        id,
        'is being detached: finish that first, by repeating the detach',
      )
    if (known?.phase === 'attaching') return undefined
    if (known !== undefined) {
      const isSame = JSON.stringify({ ...known.spec, ...asked.spec }) === JSON.stringify(known.spec)
      if (isSame) return known
      throw this.error('VM_DEVICE_EXISTS', id, 'is attached in another way: detach it first')
    }
    const entry = await ledger.change((now) => asked.reserve(now))
    await this.#reconciler.attachNew(entry, () => this.#connect(entry, options))
    return { ...entry, phase: 'attached' }
  }

  /** Gives QEMU and the guest the device of this entry; or takes everything back, the entry too. */
  async #connect(entry: LiveOf<K>, { onAnswer, onStep, signal }: PlugAttachOptions = {}): Promise<void> {
    const { emit, ledger, plug, qmp } = this.parts
    const { id, phase } = entry
    const onApplied = async () => {
      await ledger.patch(id, { phase: 'attached' } as Patch<K>)
    }
    const plan = [...plug.planAttach(entry), ...plug.finishing(entry)]
    await applyPlan(qmp, plan, { signal, onStep, onAnswer, onApplied }).catch(async (error: unknown) => {
      const isClean = !(error instanceof VolumeApplyError) || error.clean
      // The record of a VM that has ended meanwhile is gone, or says how it ended.
      if (isClean && phase !== 'queued') await ledger.end(id, { how: 'failed' }).catch(() => {})
      throw error
    })
    emit(plug.attached(entry))
  }
}

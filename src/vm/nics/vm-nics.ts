import type { CallOptions } from '../../qmp/index.ts'
import {
  type Plug,
  type PlugAttachOptions,
  type PlugDetachOptions,
  type PlugDetachOutcome,
  Plugs,
  type PlugsParts,
} from '../attachments/plugs.ts'
import type { VmConfigInput } from '../config/schema.ts'
import { ownEvent } from '../events.ts'
import { attachmentOf } from '../record/attachments.ts'
import type { NicAttachment, VmRecord } from '../record/state.ts'
import { linkDown, planNicAttach, planNicDetach } from './nic-plan.ts'
import {
  type AttachedNic,
  bootNics,
  nicNoun,
  parseNic,
  removableNic,
  reserveNic,
  viewNic,
} from './nic-record.ts'

/** As an entry of the config's `nics`. */
export type NicInput = NonNullable<VmConfigInput['nics']>[number]

const linkTimeoutMs = 30_000

/** The network cards of a running VM. As with its volumes, all that attach and detach do is on record first. */
export class VmNics {
  readonly #plugs: Plugs<'nic'>

  /** @internal */
  constructor(parts: PlugsParts) {
    const { vm } = parts
    this.#plugs = new Plugs(parts, {
      kind: 'nic',
      noun: nicNoun,
      planAttach: planNicAttach,
      planDetach: ({ id }) => planNicDetach(id),
      finishing: ({ id, spec }) => (spec.link === 'down' ? [linkDown(id)] : []),
      removable: removableNic,
      attached: (entry) => {
        const { id, port } = entry
        return ownEvent('NIC_ATTACHED', { id, port, mac: viewNic(vm, entry, true).mac })
      },
      left: ({ how, id }) => ownEvent(how === 'detached' ? 'NIC_DETACHED' : 'NIC_EJECTED', { id }),
    } satisfies Plug<'nic'>)
  }

  /**
   * Attaches a network card, at the first free hot-plug port. To attach the same card again is not an error.
   * @throws VmConfigError; VmError VM_DEVICE_EXISTS, VM_DEVICE_NO_PORT, VM_DEVICE_FAILED (QEMU refused: nothing of it is left, or
   *   `details.leftovers` names what is), VM_ABORTED.
   */
  async attach(nic: NicInput, options: PlugAttachOptions = {}): Promise<AttachedNic> {
    const spec = parseNic(nic)
    const asked = { id: spec.id, spec, reserve: (record: VmRecord) => reserveNic(record, spec) }
    return viewNic(this.#plugs.parts.vm, await this.#plugs.attach(asked, options), true)
  }

  /**
   * Detaches a network card. Detaches overlap. If a pending detach has ended since, the next repeat returns `detached`.
   * @throws VmError VM_DEVICE_NOT_FOUND, VM_DEVICE_NOT_REMOVABLE, VM_DEVICE_BUSY, VM_DEVICE_FAILED when QEMU refuses, VM_ABORTED.
   */
  async detach(id: string, options: PlugDetachOptions = {}): Promise<PlugDetachOutcome> {
    return this.#plugs.detach(id, options)
  }

  /**
   * Sets the link of a card: `down` is as if its cable were pulled. A restart after a crash sets it too.
   * @throws VmError VM_DEVICE_NOT_FOUND, VM_ABORTED; QmpError when QEMU does not answer.
   */
  async set(
    id: string,
    { link }: { readonly link: 'up' | 'down' },
    options: CallOptions = {},
  ): Promise<void> {
    const { ledger, qmp, requireRunning } = this.#plugs.parts
    const { signal, timeoutMs = linkTimeoutMs } = options
    requireRunning()
    await this.#plugs.of(id, signal, () =>
      ledger.alone(id, signal, async () => {
        const entry = attachmentOf(await ledger.read(), 'nic', id)
        if (entry !== undefined) await ledger.patch(id, { spec: { ...entry.spec, link } })
        else
          await ledger.change((record) => {
            if (!record.config.nics.some((nic) => nic.id === id))
              throw this.#plugs.error('VM_DEVICE_NOT_FOUND', id, 'is not there')
            return { record: { ...record, links: { ...record.links, [id]: link } }, value: undefined }
          })
        await qmp.execute('set_link', { name: id, up: link === 'up' }, { signal, timeoutMs })
      }),
    )
  }

  /** Every network card of the VM, those it started with included. @throws VmError VM_STATE; QmpError when QEMU does not answer. */
  async list(options: CallOptions = {}): Promise<AttachedNic[]> {
    const { ledger, requireRunning, vm } = this.#plugs.parts
    requireRunning()
    const record = await ledger.read()
    const attached = await this.#plugs.list(record, options)
    return [...bootNics(record), ...attached.map(({ entry, isPresent }) => viewNic(vm, entry, isPresent))]
  }

  /** As `vm.volumes.converge`. @internal */
  converge(): Promise<void> {
    return this.#plugs.converge()
  }

  /** Attaches a queued card, see `Reconciler.attachQueued`. @internal */
  attachQueued(entry: NicAttachment): Promise<string | undefined> {
    return this.#plugs.attachQueued(entry)
  }
}

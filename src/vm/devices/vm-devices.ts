import type { CallOptions } from '../../qmp/index.ts'
import {
  type Plug,
  type PlugAttachOptions,
  type PlugDetachOptions,
  type PlugDetachOutcome,
  Plugs,
  type PlugsParts,
} from '../attachments/plugs.ts'
import { ownEvent } from '../events.ts'
import { requireLockableFor } from '../qemu/lockable-memory.ts'
import type { DeviceAttachment, VmRecord } from '../record/state.ts'
import { planDeviceAttach, planDeviceDetach } from './device-plan.ts'
import {
  type AttachedDevice,
  type DeviceInput,
  deviceNoun,
  parseDevice,
  removableDevice,
  reserveDevice,
  viewDevice,
} from './device-record.ts'

const plug: Plug<'device'> = {
  kind: 'device',
  noun: deviceNoun,
  planAttach: planDeviceAttach,
  planDetach: ({ spec }) => planDeviceDetach(spec),
  finishing: () => [],
  removable: removableDevice,
  attached: ({ id, port, spec }) => ownEvent('DEVICE_ATTACHED', { id, driver: spec.driver, port }),
  left: ({ how, id }) => ownEvent(how === 'detached' ? 'DEVICE_DETACHED' : 'DEVICE_EJECTED', { id }),
}

const answerTimeoutMs = 30_000

/** Devices that have no verb of their own. As with volumes, all that attach and detach do is on record first. */
export class VmDevices {
  readonly #plugs: Plugs<'device'>
  readonly #pid: number

  /** @internal */
  constructor(parts: PlugsParts) {
    this.#plugs = new Plugs(parts, plug)
    this.#pid = parts.pid
  }

  /**
   * Attaches a device by QEMU's names: `{driver: 'vfio-pci', host: '0000:01:00.0'}`. A PCI device takes the first free hot-plug
   * port, a USB device any bus of its kind. To attach the same device under this id again is not an error.
   * @throws VmConfigError; VmError VM_UNSUPPORTED (a VFIO device, when the VM may not lock its memory on this host),
   *   VM_DEVICE_EXISTS, VM_DEVICE_NO_PORT, VM_DEVICE_FAILED (QEMU refused, for example because this driver cannot be added while
   *   the VM runs: nothing is left, or `details.leftovers` names what is), VM_ABORTED; QmpError when QEMU does not answer.
   */
  async attach(device: DeviceInput, options: PlugAttachOptions = {}): Promise<AttachedDevice> {
    const spec = parseDevice(device)
    const { ledger, qmp, requireRunning } = this.#plugs.parts
    requireRunning()
    await requireLockableFor(spec.driver, { config: (await ledger.read()).config, pid: this.#pid })
    const isPci = await this.#plugs.of(spec.id, options.signal, async () => {
      const limits = { signal: options.signal, timeoutMs: answerTimeoutMs }
      const types = await qmp.execute('qom-list-types', { implements: 'pci-device', abstract: false }, limits)
      return types.some(({ name }) => name === spec.driver)
    })
    const asked = {
      id: spec.id,
      spec,
      reserve: (record: VmRecord) => reserveDevice(record, spec, { isPci }),
    }
    return viewDevice(await this.#plugs.attach(asked, options), true)
  }

  /**
   * Detaches a device that was attached here, and removes what it needed. For a USB device the guest is not asked. If a pending
   * detach has ended since, the next repeat returns `detached`.
   * @throws VmError VM_DEVICE_NOT_FOUND, VM_DEVICE_NOT_REMOVABLE, VM_DEVICE_BUSY, VM_DEVICE_FAILED when QEMU refuses, VM_ABORTED.
   */
  async detach(id: string, options: PlugDetachOptions = {}): Promise<PlugDetachOutcome> {
    return this.#plugs.detach(id, options)
  }

  /** The devices that were attached here. @throws VmError VM_STATE; QmpError when QEMU does not answer. */
  async list(options: CallOptions = {}): Promise<AttachedDevice[]> {
    const { ledger, requireRunning } = this.#plugs.parts
    requireRunning()
    const attached = await this.#plugs.list(await ledger.read(), options)
    return attached.map(({ entry, isPresent }) => viewDevice(entry, isPresent))
  }

  /** As `vm.volumes.converge`. @internal */
  converge(): Promise<void> {
    return this.#plugs.converge()
  }

  /** Attaches a queued device, see `Reconciler.attachQueued`. @internal */
  attachQueued(entry: DeviceAttachment): Promise<string | undefined> {
    return this.#plugs.attachQueued(entry)
  }
}

import { type CallOptions, checkTimeout, type QmpClient } from '../../qmp/index.ts'
import { virtioMem } from '../record/paths.ts'
import {
  answerTimeoutMs,
  guestTimeoutMs,
  heard,
  type ResourceParts,
  type SetOptions,
  type SetOutcome,
  unsupported,
} from './resource.ts'

const mib = 1024 * 1024

/** The memory of a running VM. */
export class VmMemory {
  readonly #parts: ResourceParts

  /** @internal */
  constructor(parts: ResourceParts) {
    this.#parts = parts
  }

  /**
   * Sets the size of the memory, up to the config's `memory.maxMiB`: above `memoryMiB` by virtio-mem, below it by the balloon. A
   * restart after a crash has it too. The guest takes memory and gives it back in its own time: until then the outcome is
   * `pending`.
   * @throws VmError VM_UNSUPPORTED when the size is not possible, or the VM has no device for it; QmpCommandError when QEMU
   *   refuses.
   */
  async set(sizeMiB: number, options: SetOptions = {}): Promise<SetOutcome<number>> {
    const { qmp, requireRunning, store, vm } = this.#parts
    const { signal, timeoutMs = answerTimeoutMs, waitMs = guestTimeoutMs } = options
    checkTimeout(waitMs, 'waitMs')
    requireRunning()
    const { memory, memoryMiB } = (await store.read()).config
    const { maxMiB, balloon } = memory ?? {}
    const most = maxMiB ?? memoryMiB
    const hasBalloon = balloon !== undefined && balloon !== false
    const least = hasBalloon ? 1 : memoryMiB
    if (!Number.isInteger(sizeMiB) || sizeMiB < least || sizeMiB > most)
      throw unsupported(
        vm,
        `cannot have ${sizeMiB} MiB: should be ${least} to ${most}; above ${memoryMiB} needs memory.maxMiB, below a balloon`,
      )
    await store.set({ memoryMiB: sizeMiB })
    const limits = { signal, timeoutMs }
    if (maxMiB !== undefined) await this.#plug(Math.max(sizeMiB - memoryMiB, 0), limits, waitMs)
    if (hasBalloon) await this.#balloon(Math.min(sizeMiB, memoryMiB), limits, waitMs)
    const now = (hasBalloon ? await this.#unballooned(limits) : memoryMiB) + (await pluggedMiB(qmp, limits))
    return { outcome: now === sizeMiB ? 'set' : 'pending', now }
  }

  /** Asks for so much virtio-mem, and waits for the guest. */
  async #plug(sizeMiB: number, limits: CallOptions, waitMs: number): Promise<void> {
    const { qmp } = this.#parts
    if ((await pluggedMiB(qmp, limits)) === sizeMiB) return
    const size = sizeMiB * mib
    const path = `/machine/peripheral/${virtioMem}`
    await heard(
      (signal) =>
        qmp.waitFor('MEMORY_DEVICE_SIZE_CHANGE', ({ data }) => Number(data.size) === size, {
          signal,
          timeoutMs: Number.POSITIVE_INFINITY,
        }),
      {
        ask: () => qmp.execute('qom-set', { path, property: 'requested-size', value: size }, limits),
        waitMs,
        signal: limits.signal,
      },
    )
  }

  /** Has the balloon leave the guest so much, and waits for it. */
  async #balloon(sizeMiB: number, limits: CallOptions, waitMs: number): Promise<void> {
    const { qmp } = this.#parts
    if ((await this.#unballooned(limits)) === sizeMiB) return
    const value = sizeMiB * mib
    await heard(
      (signal) =>
        qmp.waitFor('BALLOON_CHANGE', ({ data }) => Number(data.actual) === value, {
          signal,
          timeoutMs: Number.POSITIVE_INFINITY,
        }),
      { ask: () => qmp.execute('balloon', { value }, limits), waitMs, signal: limits.signal },
    )
  }

  async #unballooned(limits: CallOptions): Promise<number> {
    const { actual } = await this.#parts.qmp.execute('query-balloon', undefined, limits)
    return Number(actual) / mib
  }
}

async function pluggedMiB(qmp: QmpClient, limits: CallOptions): Promise<number> {
  const devices = await qmp.execute('query-memory-devices', undefined, limits)
  const found = devices.find(({ type, data }) => type === 'virtio-mem' && data.id === virtioMem)
  return found?.type === 'virtio-mem' ? Number(found.data.size) / mib : 0
}

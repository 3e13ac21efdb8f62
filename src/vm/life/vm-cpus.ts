import { type CallOptions, checkTimeout } from '../../qmp/index.ts'
import { vcpuId } from '../record/compare.ts'
import {
  answerTimeoutMs,
  guestTimeoutMs,
  heard,
  type ResourceParts,
  type SetOptions,
  type SetOutcome,
  unsupported,
} from './resource.ts'

/** The vCPUs of a running VM. */
export class VmCpus {
  readonly #parts: ResourceParts

  /** @internal */
  constructor(parts: ResourceParts) {
    this.#parts = parts
  }

  /**
   * Sets the number of vCPUs, up to the config's `cpus.maxCpus` and down to the number at the start. A restart after a crash has
   * them too. A guest brings a new vCPU up by itself, or on a command (`echo 1 >/sys/devices/system/cpu/cpu1/online`). It has to
   * let go of a vCPU that is removed: until then the outcome is `pending`.
   * @throws VmError VM_UNSUPPORTED when the number is not possible; QmpCommandError when QEMU refuses: vCPUs that were added
   *   before stay.
   */
  async set(count: number, options: SetOptions = {}): Promise<SetOutcome<number>> {
    const { qmp, requireRunning, store, vm } = this.#parts
    const { signal, timeoutMs = answerTimeoutMs, waitMs = guestTimeoutMs } = options
    checkTimeout(waitMs, 'waitMs')
    requireRunning()
    const limits = { signal, timeoutMs }
    const slots = await qmp.execute('query-hotpluggable-cpus', undefined, limits)
    const free = slots.filter((slot) => slot['qom-path'] === undefined).toReversed()
    const present = slots.length - free.length
    const added = (await qmp.execute('query-cpus-fast', undefined, limits)).flatMap((cpu) => {
      const [, id] = /^\/machine\/peripheral\/(vcpu-\d+)$/.exec(String(cpu['qom-path'])) ?? []
      return id ?? []
    })
    const [least, most] = [present - added.length, slots.length]
    if (!Number.isInteger(count) || count < least || count > most)
      throw unsupported(
        vm,
        `cannot have ${count} vCPUs: should be ${least} to ${most}, the most being cpus.maxCpus of the config`,
      )
    await store.set({ vcpus: count })
    for (const [index, { props, type }] of free.slice(0, Math.max(count - present, 0)).entries()) {
      const id = vcpuId(nextFree(added, index))
      await qmp.execute('device_add', { driver: type, id, ...props }, limits)
    }
    const leaving = added.slice(added.length - Math.max(present - count, 0))
    if (leaving.length === 0) return { outcome: 'set', now: count }
    const gone = await Promise.all(leaving.reverse().map((id) => this.#take(id, limits, waitMs)))
    const now = count + gone.filter((isGone) => !isGone).length
    return { outcome: now === count ? 'set' : 'pending', now }
  }

  /** Takes a vCPU away. @returns whether the guest has let go of it. */
  async #take(id: string, limits: CallOptions, waitMs: number): Promise<boolean> {
    const { qmp } = this.#parts
    const ask = () => qmp.execute('device_del', { id }, limits)
    return heard(
      (signal) =>
        // 7.2 tells of the parts of a vCPU that has gone only.
        qmp.waitFor(
          'DEVICE_DELETED',
          ({ data }) => `${data.path}/`.startsWith(`/machine/peripheral/${id}/`),
          {
            signal,
            timeoutMs: Number.POSITIVE_INFINITY,
          },
        ),
      { ask, waitMs, signal: limits.signal },
    )
  }
}

/** The number of the index-th vCPU to come; names of those that have left are free again. */
function nextFree(taken: readonly string[], index: number): number {
  const numbers = Array.from({ length: taken.length + index + 1 }, (_, number) => number)
  return numbers.filter((number) => !taken.includes(vcpuId(number)))[index] ?? taken.length + index
}

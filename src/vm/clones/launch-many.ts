import { availableParallelism } from 'node:os'
import { mapLimited } from '../../util/limited.ts'
import type { HiveConfigInput } from '../config/hive.ts'
import type { VmConfig, VmConfigInput } from '../config/schema.ts'
import { VmError } from '../errors.ts'
import { type LaunchOptions, launchVm } from '../launch/launch.ts'
import type { Vm } from '../life/roles.ts'
import { beginAndWait, type Readiness } from './guest-ready.ts'
import { orGone } from './or-gone.ts'

export interface LaunchManyOptions extends LaunchOptions {
  /** How many start at a time; half of the cores unless given, at least one. */
  readonly atOnce?: number | undefined
  /** What ends the start of one, and lets the next one start. QEMU's first answer unless given: the guests boot side by side then. */
  readonly ready?: Readiness | undefined
  /** Called as soon as a VM is there, or has failed. */
  readonly onOutcome?: ((outcome: LaunchOutcome) => void) | undefined
}

/** What became of one of many VMs: `vm`, or the `error` of its launch. */
export type LaunchOutcome =
  | { readonly name: string; readonly vm: Vm; readonly error?: never }
  | { readonly name: string; readonly error: unknown; readonly vm?: never }

const readyTimeoutMs = 120_000

/** How many VMs this host starts at a time: with more, each of them takes longer and all together take no less. Pure. */
export function startsAtOnce(cores: number): number {
  return Math.max(1, Math.floor(cores / 2))
}

/**
 * Launches many VMs, a few at a time. A VM that fails does not stop the others. After an abort, the VMs that have not started
 * fail with VM_ABORTED.
 * @returns the outcome of each, in the order of the configs. Never rejects.
 */
export function launchMany(
  configs: readonly (VmConfigInput | VmConfig | HiveConfigInput)[],
  options: LaunchManyOptions = {},
): Promise<LaunchOutcome[]> {
  const { atOnce = startsAtOnce(availableParallelism()), onOutcome, ready, ...launch } = options
  return mapLimited(configs, Math.max(1, atOnce), async (config) => {
    const outcome = await launchOne(config, launch, ready)
    onOutcome?.(outcome)
    return outcome
  })
}

async function launchOne(
  config: VmConfigInput | VmConfig | HiveConfigInput,
  options: LaunchOptions,
  ready: Readiness | undefined,
): Promise<LaunchOutcome> {
  const name = String(config.name)
  try {
    if (options.signal?.aborted) {
      throw new VmError('VM_ABORTED', `the launch of VM ${name} was aborted`, {
        cause: options.signal.reason,
      })
    }
    const isHeard = ready !== undefined && options.paused !== true
    const vm = await launchVm(config, isHeard ? { ...options, paused: true } : options)
    if (!isHeard) return { name, vm }
    const { signal, timeoutMs = readyTimeoutMs } = options
    await orGone(vm, () => beginAndWait(vm, ready, { signal, timeoutMs }))
    return { name, vm }
  } catch (error) {
    return { name, error }
  }
}

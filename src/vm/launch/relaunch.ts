import type { VmConfig } from '../config/schema.ts'
import { endAllOnRecord } from '../disks/volume-servers.ts'
import { finishRestart, type OnLost } from '../life/finish-restart.ts'
import { processOf } from '../life/inspect.ts'
import type { Vm } from '../life/roles.ts'
import { ownerLock } from '../record/ownership.ts'
import { defaultStateDir, type VmPaths, vmPaths } from '../record/paths.ts'
import type { VmRecord } from '../record/state.ts'
import { VmStore } from '../record/vm-store.ts'
import { dueVolumes } from './due-volumes.ts'
import { type LaunchOptions, launchWith } from './launch.ts'

/** Launches a VM again as it was: with the volumes that were attached when it crashed, which its guest finds from its first moment. */
export class Relaunch {
  readonly #config: VmConfig
  readonly #options: LaunchOptions

  constructor(config: VmConfig, options: LaunchOptions) {
    this.#config = config
    this.#options = options
  }

  /**
   * Launches; a volume that cannot be attached again is told to `onLost` and left out.
   * @throws what `launchVm` throws, and VmError VM_STATE; the VM does not run then, and a repeat attaches the same volumes.
   */
  async run(onLost: OnLost, signal?: AbortSignal): Promise<Vm> {
    const crashed = await this.#record()
    const options = { ...this.#options, signal }
    const restart = crashed && {
      volumes: dueVolumes(crashed, this.#config),
      resume: this.#options.paused !== true,
    }
    const vm = await launchWith(this.#config, options, {
      comeback: crashed && restart && { crashed, restart },
    })
    try {
      await finishRestart(vm, onLost)
      return vm
    } catch (error) {
      await vm.kill()
      throw error
    }
  }

  /** Stops the servers of the volumes of a VM that is not launched again; not those of one that somebody else has launched since. */
  async end(): Promise<void> {
    const paths = this.#paths()
    using ownership = await ownerLock(paths, this.#config.name).catch(() => undefined)
    const record = ownership && (await this.#record())
    if (record === undefined) return
    // One of which it cannot be told may live.
    const isOver = await processOf(paths, record).then(
      (process) => process === undefined,
      () => false,
    )
    if (isOver) await endAllOnRecord(record)
  }

  /** Of the VM as it crashed; none after an end in order. */
  async #record(): Promise<VmRecord | undefined> {
    return new VmStore({ id: this.#config.name, paths: this.#paths() }).read().catch(() => undefined)
  }

  #paths(): VmPaths {
    return vmPaths(this.#options.stateDir ?? defaultStateDir(), this.#config.name)
  }
}

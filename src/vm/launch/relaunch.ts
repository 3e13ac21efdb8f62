import type { VmConfig } from '../config/schema.ts'
import { endAllOnRecord } from '../disks/volume-servers.ts'
import { messageOf, VmError } from '../errors.ts'
import { exitOf } from '../life/exit.ts'
import { processOf } from '../life/find-qemu.ts'
import { finishRestart, type OnLost } from '../life/finish-restart.ts'
import { clearLeftovers } from '../life/leftovers.ts'
import type { Vm } from '../life/roles.ts'
import { ownerLock } from '../record/ownership.ts'
import { defaultStateDir, type VmPaths, vmPaths } from '../record/paths.ts'
import type { VmRecord } from '../record/state.ts'
import { VmStore } from '../record/vm-store.ts'
import { type LaunchOptions, launchWith } from './launch.ts'
import { queuedAfter } from './queued.ts'

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
    const found = await this.#record()
    // A restart that fails puts it back, and by then nothing else tells how the VM has ended.
    const crashed = found && { ...found, exit: await exitOf(this.#paths(), found) }
    // A guest that had begun begins again.
    const paused = this.#options.paused === true && (crashed === undefined || crashed.heldBack === true)
    const options = { ...this.#options, paused, signal }
    const restart = crashed && { crashed, queued: queuedAfter(crashed, this.#config) }
    const vm = await launchWith(this.#config, options, { restart })
    try {
      await finishRestart(vm, onLost)
      return vm
    } catch (error) {
      await vm.kill()
      throw error
    }
  }

  /**
   * Stops the servers of the volumes of a VM that is not launched again, and takes away the rest of it too when it is to be `clear`;
   * nothing of a VM that somebody else has launched since.
   * @returns what could not be done.
   */
  async end({ clear }: { readonly clear: boolean }): Promise<string | undefined> {
    const paths = this.#paths()
    const { name } = this.#config
    try {
      if (clear) {
        await clearLeftovers(paths, name)
        return undefined
      }
      using _ownership = await ownerLock(paths, name)
      const record = await this.#record()
      if (record === undefined || (await processOf(paths, record)) !== undefined) return undefined
      const [server] = await endAllOnRecord(record)
      return server && `a server of a volume may not have ended: ${server}`
    } catch (error) {
      const isAnothers = error instanceof VmError && ['VM_EXISTS', 'VM_LOCKED'].includes(error.code)
      return isAnothers ? undefined : messageOf(error)
    }
  }

  /** Of the VM as it crashed; none after an end in order. */
  async #record(): Promise<VmRecord | undefined> {
    return new VmStore({ id: this.#config.name, paths: this.#paths() }).read().catch(() => undefined)
  }

  #paths(): VmPaths {
    return vmPaths(this.#options.stateDir ?? defaultStateDir(), this.#config.name)
  }
}

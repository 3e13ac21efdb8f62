import type { LockOptions } from '../process/index.ts'
import type { QmpClient } from '../qmp/index.ts'
import { letRun } from './let-run.ts'
import { endLeftMigration } from './migration.ts'
import { standStillLock } from './record/ownership.ts'
import type { VmRecord } from './record/state.ts'
import type { VmStore } from './record/vm-store.ts'

export type StandsFor = NonNullable<VmRecord['standsFor']>

/** How a process stops the VM, and whether somebody there has paused it. */
export interface Stopping {
  readonly stopVm: (options: { readonly timeoutMs: number }) => Promise<void>
  readonly isVmHeld: () => boolean
}

export interface StandStillParts {
  readonly qmp: QmpClient
  readonly store: VmStore
  readonly volumes: Stopping
}

const limits = { timeoutMs: 30_000 }
const turnMs = 60_000

/**
 * Has a VM that runs stand still for some work: one piece of work at a time, in all processes. It is on record first. When the
 * process dies, its lock is free and the record still has it: by that others know that the VM is to run on.
 */
export class StandStill implements Disposable {
  readonly #parts: StandStillParts
  #lock: Disposable | undefined
  #isToRun = false
  /** Whether what it stands still for is on record. */
  #isOurs = false

  constructor(parts: StandStillParts) {
    this.#parts = parts
  }

  /**
   * Stops the VM, and puts on record what for. A VM that stands still already for somebody else stays so after `end`. A repeat
   * stops it again if it runs.
   * @throws QmpError; ProcessError PROCESS_TIMEOUT when the VM stands still for other work for too long, PROCESS_ABORTED; VmError
   *   VM_STATE. `end` is to be called all the same.
   */
  async begin(standsFor: StandsFor, options: Partial<LockOptions> = {}): Promise<void> {
    if (this.#lock === undefined) await this.takeUp(options)
    const { qmp, store, volumes } = this.#parts
    const { running } = await qmp.execute('query-status', undefined, limits)
    if (!running && !this.#isToRun) return
    if (!this.#isOurs) await store.set({ standsFor })
    this.#isToRun = true
    this.#isOurs = true
    if (running) await volumes.stopVm(limits)
  }

  /** Takes up what a process that has died left. @returns what for, if anything: `end` lets the VM run on then. @throws as `begin`. */
  async takeUp(options: Partial<LockOptions> = {}): Promise<StandsFor | undefined> {
    const { store } = this.#parts
    this.#lock = await standStillLock(store.paths, { timeoutMs: turnMs, ...options })
    const { standsFor } = await store.read()
    this.#isToRun = standsFor !== undefined
    // QEMU may go on to save its state, and stops it once more at the end.
    if (standsFor?.what === 'copy') await endLeftMigration(this.#parts.qmp)
    return standsFor
  }

  /**
   * Lets the VM run on, unless somebody has paused it since. A repeat does nothing. @throws QmpError, VmError: it stays on record, and
   *   nobody else lets the VM run on until this is disposed of.
   */
  async end(): Promise<void> {
    if (this.#lock !== undefined && this.#isToRun) {
      const { qmp, store, volumes } = this.#parts
      await letRun(qmp, limits, () => volumes.isVmHeld())
      await store.set({ standsFor: undefined })
    }
    this[Symbol.dispose]()
  }

  /** Leaves the VM as it is, for the next process. */
  [Symbol.dispose](): void {
    this.#lock?.[Symbol.dispose]()
    this.#lock = undefined
    this.#isOurs = false
  }
}

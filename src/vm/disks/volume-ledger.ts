import { ProcessError } from '../../process/index.ts'
import { offAbort, onAbort } from '../../util/on-abort.ts'
import { VolumeError } from '../../volumes/index.ts'
import { VmError } from '../errors.ts'
import { recordLock, volumeLock } from '../record/ownership.ts'
import type { VmPaths } from '../record/paths.ts'
import { StateFile, type VmRecord, type VolumeRecord } from '../record/state.ts'
import { type EntryChange, entryOf, withChange, withoutVolume } from './volume-record.ts'

/** What the record is to be, and what the caller wants to know of it. Throws to leave the record as it is. */
type Change<T> = (record: VmRecord) => { readonly record: VmRecord; readonly value: T }

/** Whose record it is. */
interface LedgerOf {
  readonly id: string
  readonly paths: VmPaths
  /** Of its QEMU. */
  readonly pid: number
}

interface Waiting {
  /** Never throws. */
  readonly apply: (record: VmRecord) => VmRecord
  readonly written: () => void
  readonly failed: (error: unknown) => void
}

/**
 * What is on record of a VM's volumes, for several processes and several calls at once. Changes are short and made
 * under the VM's lock, those that came while one was being written in one go; work on a volume is done under a lock of its own.
 */
export class VolumeLedger {
  readonly #id: string
  readonly #pid: number
  readonly #paths: VmPaths
  readonly #state: StateFile
  #waiting: Waiting[] = []
  #writing = false
  /** Of the wait for the lock. */
  #turn = new AbortController()

  constructor({ id, paths, pid }: LedgerOf) {
    this.#id = id
    this.#pid = pid
    this.#paths = paths
    this.#state = new StateFile(paths.state, id)
  }

  /** @throws VmError VM_NOT_FOUND, VM_STATE, VM_NOT_RUNNING when it is that of a later VM of this name. */
  async read(): Promise<VmRecord> {
    const record = await this.#state.read()
    if (record.process === undefined || record.process.pid === this.#pid) return record
    const what = `VM ${this.#id} (pid ${this.#pid}) has ended, and another one runs under its name`
    throw new VmError('VM_NOT_RUNNING', what, { details: { vm: this.#id } })
  }

  /**
   * Changes the record as it is when its turn comes, and resolves when that is written.
   * @throws VolumeError VOLUME_ABORTED on abort before its turn: nothing was changed.
   */
  change<T>(change: Change<T>, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      let settle = () => {}
      const waiting: Waiting = {
        apply: (record) => {
          offAbort(signal, abort)
          try {
            const changed = change(record)
            settle = () => resolve(changed.value)
            return changed.record
          } catch (error) {
            settle = () => reject(error)
            return record
          }
        },
        written: () => settle(),
        failed: (error) => {
          offAbort(signal, abort)
          reject(error)
        },
      }
      const abort = { handleEvent: () => this.#withdraw(waiting, signal?.reason) }
      if (signal?.aborted) return waiting.failed(abortedBeforeTurn(signal.reason))
      onAbort(signal, abort)
      this.#waiting.push(waiting)
      if (!this.#writing) void this.#drain()
    })
  }

  #withdraw(waiting: Waiting, reason: unknown): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiting)
    waiting.failed(abortedBeforeTurn(reason))
    // Nobody is left for whom the lock is waited for.
    if (this.#waiting.length === 0) this.#turn.abort()
  }

  /** Changes something about a volume, and resolves with its entry then, if it has one. */
  changeEntry(id: string, change: EntryChange, signal?: AbortSignal): Promise<VolumeRecord | undefined> {
    return this.change((record) => {
      const changed = withChange(record, id, change)
      return { record: changed, value: entryOf(changed, id) }
    }, signal)
  }

  /** Strikes a volume off that was never attached. */
  forget(id: string): Promise<undefined> {
    return this.change((record) => ({ record: withoutVolume(record, id), value: undefined }))
  }

  /**
   * Does the work while nobody else, in any process, works on this volume.
   * @throws VolumeError VOLUME_ABORTED on abort, VOLUME_BUSY when somebody else works on it for a minute; what `work` throws.
   */
  async alone<T>(id: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    using _lock = await volumeLock(this.#paths, id, signal).catch((error: unknown) => {
      if (!(error instanceof ProcessError) || error.code === 'PROCESS_UNKNOWN') throw error
      const aborted = error.code === 'PROCESS_ABORTED'
      const what = aborted
        ? 'was aborted before its turn'
        : 'has been in the hands of another call for a minute'
      throw new VolumeError(aborted ? 'VOLUME_ABORTED' : 'VOLUME_BUSY', `volume ${id} ${what}`, {
        cause: error,
      })
    })
    return await work()
  }

  async #drain(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) await this.#write()
    this.#writing = false
  }

  async #write(): Promise<void> {
    let batch: Waiting[] = []
    const turn = new AbortController()
    try {
      this.#turn = turn
      using _lock = await recordLock(this.#paths, turn.signal)
      const before = await this.read()
      batch = this.#waiting.splice(0)
      const after = batch.reduce((record, { apply }) => apply(record), before)
      if (after !== before) await this.#state.write(after)
      for (const { written } of batch) written()
    } catch (error) {
      // What came since has a turn of its own.
      if (batch.length === 0 && turn.signal.aborted) return
      for (const { failed } of batch.length > 0 ? batch : this.#waiting.splice(0)) failed(error)
    }
  }
}

const abortedBeforeTurn = (reason: unknown) =>
  new VolumeError(
    'VOLUME_ABORTED',
    "a change of the VM's record was aborted before its turn: nothing was changed",
    {
      cause: reason,
    },
  )

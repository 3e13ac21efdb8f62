import { ProcessError } from '../../process/index.ts'
import { VolumeError } from '../../volumes/index.ts'
import { volumeLock } from '../record/ownership.ts'
import type { VolumeRecord } from '../record/state.ts'
import { type StoreOf, VmStore } from '../record/vm-store.ts'
import { type EntryChange, entryOf, withChange, withoutVolume } from './volume-record.ts'

/** The record of a running VM for who works on its volumes: each under a lock of its own. */
export class VolumeLedger extends VmStore {
  readonly #locksOf: StoreOf['paths']

  constructor(of: StoreOf & { readonly pid: number }) {
    super(of)
    this.#locksOf = of.paths
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
    using _lock = await volumeLock(this.#locksOf, id, signal).catch((error: unknown) => {
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
}

import { ProcessError } from '../../process/index.ts'
import { VolumeError } from '../../volumes/index.ts'
import { type Patch, volumeOf, withEnd, withPatch } from '../record/attachments.ts'
import { volumeLock } from '../record/ownership.ts'
import type { EndedAttachment, VolumeAttachment } from '../record/state.ts'
import { type StoreOf, VmStore } from '../record/vm-store.ts'

/** The record of a running VM for who works on its volumes: each under a lock of its own. */
export class VolumeLedger extends VmStore {
  readonly #locksOf: StoreOf['paths']

  constructor(of: StoreOf & { readonly pid: number }) {
    super(of)
    this.#locksOf = of.paths
  }

  /** Changes something about a volume, and resolves with its entry then, if it has one. */
  patch(id: string, patch: Patch, signal?: AbortSignal): Promise<VolumeAttachment | undefined> {
    return this.change((record) => {
      const changed = withPatch(record, id, patch)
      return { record: changed, value: volumeOf(changed, id) }
    }, signal)
  }

  /** Strikes a volume off that was never attached; its server is somebody else's to end. */
  forget(id: string): Promise<undefined> {
    return this.change((record) => {
      const { record: without } = withEnd(withPatch(record, id, { server: undefined }), id, { how: 'failed' })
      return { record: without, value: undefined }
    })
  }

  /** Puts on record how a volume has ended. */
  end(
    id: string,
    end: Pick<EndedAttachment, 'how' | 'severed' | 'unclaimed'>,
  ): Promise<EndedAttachment | undefined> {
    return this.change((record) => withEnd(record, id, end))
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

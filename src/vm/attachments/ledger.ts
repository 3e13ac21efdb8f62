import { ProcessError } from '../../process/index.ts'
import { VolumeError } from '../../volumes/index.ts'
import { VmError } from '../errors.ts'
import {
  attachmentOf,
  type EndOf,
  type Kind,
  type LiveOf,
  type Patch,
  withEnd,
  withPatch,
} from '../record/attachments.ts'
import { attachmentLock } from '../record/ownership.ts'
import type { EndedAttachment } from '../record/state.ts'
import { type StoreOf, VmStore } from '../record/vm-store.ts'

/** What is wrong with a request for an attachment that is queued. */
export const isQueued = 'is about to be attached again, by a restart of its VM'

/** The record of a running VM, for work on attachments of one kind. Each attachment has a lock of its own. */
export class AttachmentLedger<K extends Kind> extends VmStore {
  readonly kind: K
  readonly #of: StoreOf

  constructor(of: StoreOf & { readonly pid: number }, kind: K) {
    super(of)
    this.kind = kind
    this.#of = of
  }

  /** Changes something about an attachment, and resolves with what it is then, if it has not ended. */
  patch(id: string, patch: Patch<K>, signal?: AbortSignal): Promise<LiveOf<K> | undefined> {
    return this.change((record) => {
      const changed = withPatch(record, this.kind, id, patch)
      return { record: changed, value: attachmentOf(changed, this.kind, id) }
    }, signal)
  }

  /** Puts on record how an attachment has ended. */
  end(id: string, end: EndOf): Promise<EndedAttachment | undefined> {
    return this.change((record) => withEnd(record, this.kind, id, end))
  }

  /**
   * Does the work while nobody else, in any process, works on this attachment.
   * @throws VolumeError VOLUME_ABORTED on abort, VOLUME_BUSY when somebody else works on it for a minute, of another kind VmError
   *   VM_ABORTED, VM_DEVICE_BUSY; what `work` throws.
   */
  async alone<T>(id: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    using _lock = await attachmentLock(this.#of.paths, this.kind, id, signal).catch((error: unknown) => {
      if (!(error instanceof ProcessError) || error.code === 'PROCESS_UNKNOWN') throw error
      throw this.#noTurn(id, error)
    })
    return await work()
  }

  #noTurn(id: string, cause: ProcessError): VolumeError | VmError {
    const isAborted = cause.code === 'PROCESS_ABORTED'
    const what = isAborted
      ? 'was aborted before its turn'
      : 'is busy: another call has worked on it for a minute; repeat when that call ends'
    const message = `${this.kind} ${id} ${what}`
    if (this.kind === 'volume')
      return new VolumeError(isAborted ? 'VOLUME_ABORTED' : 'VOLUME_BUSY', message, { cause })
    const details = { vm: this.#of.id, device: id }
    return new VmError(isAborted ? 'VM_ABORTED' : 'VM_DEVICE_BUSY', message, { cause, details })
  }
}

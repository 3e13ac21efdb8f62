import { AttachmentLedger } from '../attachments/ledger.ts'
import { withEnd, withPatch } from '../record/attachments.ts'
import type { StoreOf } from '../record/vm-store.ts'

/** The record of a running VM, for work on its volumes. */
export class VolumeLedger extends AttachmentLedger<'volume'> {
  constructor(of: StoreOf & { readonly pid: number }) {
    super(of, 'volume')
  }

  /** Strikes off a volume that was never attached. The caller ends its server. */
  forget(id: string): Promise<undefined> {
    return this.change((record) => {
      const without = withPatch(record, 'volume', id, { server: undefined })
      return { record: withEnd(without, 'volume', id, { how: 'failed' }).record, value: undefined }
    })
  }
}

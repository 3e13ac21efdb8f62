import { AttachmentLedger } from '../attachments/ledger.ts'
import { withEnd, withPatch } from '../record/attachments.ts'
import type { StoreOf } from '../record/vm-store.ts'

/** The record of a running VM for who works on its volumes. */
export class VolumeLedger extends AttachmentLedger<'volume'> {
  constructor(of: StoreOf & { readonly pid: number }) {
    super(of, 'volume')
  }

  /** Strikes a volume off that was never attached; its server is somebody else's to end. */
  forget(id: string): Promise<undefined> {
    return this.change((record) => {
      const without = withPatch(record, 'volume', id, { server: undefined })
      return { record: withEnd(without, 'volume', id, { how: 'failed' }).record, value: undefined }
    })
  }
}

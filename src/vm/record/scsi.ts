import { readKeyval } from '../config/keyval.ts'
import { liveOf } from './attachments.ts'
import type { VmRecord } from './state.ts'

const controller = /^virtio-scsi-pci(?:-(?:non-)?transitional)?$/

/** The SCSI buses of the VM, by the controllers that it started with and those that came by `vm.devices`. Pure. */
export function scsiBuses(record: Pick<VmRecord, 'argv' | 'attachments'>): string[] {
  const { argv } = record
  const atStart = argv.flatMap((word, index) => {
    if (argv[index - 1] !== '-device') return []
    const { head, options } = readKeyval(word)
    return controller.test(options.get('driver') ?? head) ? (options.get('id') ?? []) : []
  })
  const live = liveOf(record, 'device').filter(
    ({ phase, spec }) => phase === 'attached' && controller.test(spec.driver),
  )
  return [...atStart, ...live.map(({ id }) => id)].map((id) => `${id}.0`)
}

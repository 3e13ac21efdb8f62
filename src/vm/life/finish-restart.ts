import { isLost } from '../disks/volume-failure.ts'
import { type OwnEvent, ownEvent } from '../events.ts'
import { liveIn } from '../record/attachments.ts'
import type { LiveAttachment } from '../record/state.ts'
import type { Vm } from './roles.ts'

/** Told of what could not be attached again and is left out. */
export type OnLost = (event: OwnEvent<'VOLUME_LOST' | 'NIC_LOST' | 'DEVICE_LOST'>) => void

const lost = { volume: 'VOLUME_LOST', nic: 'NIC_LOST', device: 'DEVICE_LOST' } as const

/**
 * Does what is left of a restart after a crash: attaches what is queued and then lets the guest begin. Each step is on
 * record, so that after a death in the middle the next one goes on. Resolves also when the VM ends meanwhile: what was still
 * queued then is so at the next restart.
 * @throws VmError VM_STATE when the record cannot be read or written; QmpError when QEMU does not answer. The rest stays queued.
 */
export async function finishRestart(vm: Vm, onLost: OnLost): Promise<void> {
  const { ledger } = vm
  try {
    const record = await ledger.read()
    for (const each of liveIn(record).filter(({ phase }) => phase === 'queued')) {
      const { id, kind } = each
      const message = await attachedAgain(vm, each)
      if (message !== undefined) onLost(ownEvent(lost[kind], { id, message }))
    }
    if (record.begins !== true) return
    // On record for as long as the guest may have to be let begin.
    if (vm.state === 'prelaunch') await vm.resume()
    await ledger.set({ begins: undefined })
  } catch (error) {
    if (vm.state !== 'exited' && !isLost(error)) throw error
  }
}

function attachedAgain(vm: Vm, each: LiveAttachment): Promise<string | undefined> {
  if (each.kind === 'volume') return vm.volumes.attachQueued(each)
  return each.kind === 'nic' ? vm.nics.attachQueued(each) : vm.devices.attachQueued(each)
}

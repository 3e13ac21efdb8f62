import { QemuLaunchError } from '../../errors.ts'
import { endServer, type NbdServer, volumeNames } from '../../volumes/index.ts'
import { presentDevices } from '../attachments/devices.ts'
import { takeUp } from '../disks/start-server.ts'
import { messageOf } from '../errors.ts'
import { type OwnEvent, ownEvent } from '../events.ts'
import { liveIn } from '../record/attachments.ts'
import type { DeviceAttachment, NicAttachment, VolumeAttachment } from '../record/state.ts'
import type { Vm } from './roles.ts'

/** Told of what could not be attached again and is left out. */
export type OnLost = (event: OwnEvent<'VOLUME_LOST' | 'NIC_LOST' | 'DEVICE_LOST'>) => void

const answerTimeoutMs = 30_000

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
      if (each.kind === 'volume') await attachVolumeAgain(vm, each, onLost)
      else await attachPlugAgain(vm, each, onLost)
    }
    if (record.begins !== true) return
    // On record for as long as the guest may have to be let begin.
    if (vm.state === 'prelaunch') await vm.resume()
    await ledger.set({ begins: undefined })
  } catch (error) {
    const lost = error instanceof QemuLaunchError && ['QMP_CLOSED', 'VM_NOT_RUNNING'].includes(error.code)
    const hasEnded = vm.state === 'exited' || lost
    if (!hasEnded) throw error
  }
}

/** What the work failed with. A VM that ends loses nothing: what was queued stays so. */
async function failureOf(vm: Vm, work: Promise<void>): Promise<string | undefined> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => messageOf(error),
  )
  if (failure !== undefined) await vm.qmp.execute('query-status', undefined, { timeoutMs: answerTimeoutMs })
  return failure
}

async function attachPlugAgain(
  vm: Vm,
  { id, kind }: NicAttachment | DeviceAttachment,
  onLost: OnLost,
): Promise<void> {
  const plugs = kind === 'nic' ? vm.nics : vm.devices
  const message = await failureOf(vm, plugs.attachQueued(id))
  if (message === undefined) return
  await plugs.giveUp(id)
  onLost(ownEvent(kind === 'nic' ? 'NIC_LOST' : 'DEVICE_LOST', { id, message }))
}

async function attachVolumeAgain(vm: Vm, volume: VolumeAttachment, onLost: OnLost): Promise<void> {
  const { servers, volumes } = vm
  const { id } = volume
  const server = await takeUpServer(vm, volume)
  try {
    const message = await failureOf(vm, volumes.attachQueued(id))
    if (server !== undefined && vm.state === 'exited') await server.release()
    else if (server !== undefined) await servers.hold(volume, server)
    if (message === undefined) return
    await volumes.giveUp(id)
    onLost(ownEvent('VOLUME_LOST', { id, message }))
  } catch (error) {
    await server?.release()
    throw error
  }
}

/** The server that a volume has. A lost one is not waited for where another can be started. It ends first: they have one address. */
async function takeUpServer(
  { ledger, qmp }: Vm,
  { id, server: record, spec }: VolumeAttachment,
): Promise<NbdServer | undefined> {
  if (record === undefined) return undefined
  const { answers, server } = await takeUp(record, spec)
  if (answers || spec.serve === undefined) return server
  // Who died in the middle had come so far.
  if ((await presentDevices(qmp)).has(volumeNames(id).device)) return server
  await server?.stop()
  await endServer(record)
  await ledger.patch(id, { server: undefined })
  return undefined
}

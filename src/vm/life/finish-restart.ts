import { QemuLaunchError } from '../../errors.ts'
import { settledWithin } from '../../util/deadline.ts'
import { adoptServer, type NbdServer, probeBackend, type VolumeLimits } from '../../volumes/index.ts'
import type { VolumeLedger } from '../disks/volume-ledger.ts'
import { entryOf, withoutDue, withoutLoose } from '../disks/volume-record.ts'
import { messageOf } from '../errors.ts'
import type { DueVolume } from '../record/state.ts'
import type { Vm } from './roles.ts'

/** Told of a volume that could not be attached again and is left out. */
export type OnLost = (id: string, message: string) => void

const comeBackMs = 10_000
const answerTimeoutMs = 30_000

/**
 * Does what is left of a restart after a crash: attaches each volume that is due and then lets the guest begin. Each step is
 * on record, so that after a death in the middle the next one goes on. Resolves also when the VM ends meanwhile: what was still
 * due then is due at the next restart.
 * @throws VmError VM_STATE when the record cannot be read or written; QmpError when QEMU does not answer. The rest stays due.
 */
export async function finishRestart(vm: Vm, onLost: OnLost): Promise<void> {
  const { ledger } = vm
  try {
    const { restart } = await ledger.read()
    if (restart === undefined) return
    for (const due of restart.volumes) await attachDue(vm, ledger, due, onLost)
    // On record for as long as the guest may have to be let begin.
    if (restart.resume && vm.state === 'prelaunch') await vm.resume()
    await ledger.change((record) => ({ record: { ...record, restart: undefined }, value: undefined }))
  } catch (error) {
    const lost = error instanceof QemuLaunchError && ['QMP_CLOSED', 'VM_NOT_RUNNING'].includes(error.code)
    const hasEnded = vm.state === 'exited' || lost
    if (!hasEnded) throw error
  }
}

async function attachDue(vm: Vm, ledger: VolumeLedger, due: DueVolume, onLost: OnLost): Promise<void> {
  const { spec, preset, throttled } = due
  // Who died in the middle had come so far.
  const isThere = entryOf(await ledger.read(), spec.id) !== undefined
  const server = await takeUp(due, isThere)
  try {
    const failure = isThere
      ? undefined
      : await vm.volumes.attach(spec, { preset }).then(
          () => undefined,
          (error: unknown) => messageOf(error),
        )
    if (failure === undefined && throttled !== undefined) await limit(vm, spec.id, throttled)
    // A VM that ends loses no volume.
    if (failure !== undefined) await vm.qmp.execute('query-status', undefined, { timeoutMs: answerTimeoutMs })
    const isKept = await ledger.change((record) => ({
      record: withoutDue(record, due),
      value: entryOf(record, spec.id) !== undefined,
    }))
    if (server !== undefined) {
      if (!isKept) await endLoose(ledger, due, server)
      else if (vm.state === 'exited') await server.release()
      else await vm.servers.hold(spec.id, server)
    }
    if (failure !== undefined) onLost(spec.id, failure)
  } catch (error) {
    await server?.release()
    throw error
  }
}

/** A volume that is there is not lost for want of its limits. */
async function limit(vm: Vm, id: string, limits: VolumeLimits): Promise<void> {
  await vm.volumes.throttle(id, limits).catch(() => {})
}

/** On record as loose it is found again by whoever comes after us. */
async function endLoose(
  ledger: VolumeLedger,
  { server: record }: DueVolume,
  server: NbdServer,
): Promise<void> {
  await server.stop()
  const stopped = record === undefined ? [] : [record]
  await ledger.change((now) => ({ record: withoutLoose(now, stopped), value: undefined }))
}

/** The server of a volume that is due, which may just be coming back. */
async function takeUp({ server: record, spec }: DueVolume, isThere: boolean): Promise<NbdServer | undefined> {
  const server = record === undefined ? undefined : await adoptServer(record).catch(() => undefined)
  if (server === undefined || isThere) return server
  const settled = new Promise<void>((resolve) => {
    server.onEvent(({ event }) => {
      if (event === 'SERVER_RESTARTED' || event === 'SERVER_LOST') resolve()
    })
  })
  await probeBackend(spec, {}).catch(() => settledWithin(settled, comeBackMs))
  return server
}

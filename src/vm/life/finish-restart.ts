import { QemuLaunchError } from '../../errors.ts'
import { endServer, type NbdServer, type VolumeLimits, type VolumeSpecInput } from '../../volumes/index.ts'
import { takeUp } from '../disks/start-server.ts'
import type { VolumeLedger } from '../disks/volume-ledger.ts'
import { entryOf, withoutDue, withoutLoose } from '../disks/volume-record.ts'
import { messageOf } from '../errors.ts'
import type { DueVolume } from '../record/state.ts'
import type { Vm } from './roles.ts'

/** Told of a volume that could not be attached again and is left out. */
export type OnLost = (id: string, message: string) => void

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

async function attachDue(vm: Vm, ledger: VolumeLedger, asked: DueVolume, onLost: OnLost): Promise<void> {
  const { spec, preset, throttled } = asked
  // Who died in the middle had come so far.
  const isThere = entryOf(await ledger.read(), spec.id) !== undefined
  const found = asked.server === undefined ? undefined : await takeUp(asked.server, spec)
  const isLost = !isThere && spec.serve !== undefined && found?.answers !== true
  const due = isLost ? await withoutServer(ledger, asked, found?.server) : asked
  const server = isLost ? undefined : found?.server
  try {
    const failure = isThere
      ? undefined
      : await vm.volumes.attach(volumeOf(due), { preset }).then(
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

/** With the server it has, or the one that is to be started for it. */
function volumeOf({ server, spec }: DueVolume): VolumeSpecInput {
  const { serve, uri, ...rest } = spec
  return serve === undefined || server !== undefined ? { ...rest, uri } : { ...rest, serve }
}

/** One that is lost is not waited for where another can be started. It ends first: they have one address. */
async function withoutServer(
  ledger: VolumeLedger,
  { server: record, ...due }: DueVolume,
  server: NbdServer | undefined,
): Promise<DueVolume> {
  if (record === undefined) return due
  await server?.stop()
  await endServer(record)
  await ledger.change(({ restart, ...rest }) => {
    const volumes = restart?.volumes.map((each) => (each.spec.id === due.spec.id ? due : each)) ?? []
    return { record: { ...rest, restart: restart && { ...restart, volumes } }, value: undefined }
  })
  return due
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

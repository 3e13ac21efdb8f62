import type { QmpClient, QmpEvent } from '../../qmp/index.ts'
import {
  lookAtVolume,
  portOfSpec,
  probeBackend,
  VolumeApplyError,
  VolumeError,
  type VolumeSpec,
  volumeNames,
} from '../../volumes/index.ts'
import { ownEvent } from '../events.ts'
import type { VmRecord, VolumeRecord } from '../record/state.ts'

import { type ConnectOptions, connectVolume, leftBehind } from './volume-connect.ts'

import type { Departures } from './volume-departures.ts'
import { presentDevices } from './volume-facts.ts'
import type { VolumeLedger } from './volume-ledger.ts'
import type { AttachOptions } from './volume-options.ts'
import { reconcileVolume } from './volume-reconcile.ts'
import { entryOf, reserve, type Volume, view, volumeError } from './volume-record.ts'
import { Rescue } from './volume-rescue.ts'
import { endServed, onRecord, replaceServer, startServed } from './volume-serve.ts'
import type { VolumeServers } from './volume-servers.ts'

/** What work on the volumes of a VM is done with. */
export interface VolumeParts {
  readonly vm: string
  readonly qmp: QmpClient
  readonly ledger: VolumeLedger
  readonly servers: VolumeServers
  readonly departures: Departures
  readonly emit: (event: QmpEvent) => void
}

/** Attaches a volume that has been checked. Throws as `VmVolumes.attach` does. */
export async function attachVolume(
  parts: VolumeParts,
  asked: VolumeSpec,
  options: AttachOptions,
): Promise<Volume> {
  const { departures, ledger, vm } = parts
  for (;;) {
    const found = await ledger.alone(asked.id, options.signal, () => attachAlone(parts, asked, options))
    if (found.state !== 'missing') return found
    const removal = await departures.finish(asked.id, await ledger.read())
    if (removal === 'waiting') {
      const what = 'has left the guest, and its server does not answer, for which QEMU would stand still'
      throw volumeError('VOLUME_EXISTS', vm, asked.id, what)
    }
  }
}

/**
 * The record, after a half attach of the volume, whose maker died in the middle, has been ended one way or the other.
 * To be called under the volume's lock.
 */
export async function settle(parts: VolumeParts, id: string): Promise<VmRecord> {
  const record = await parts.ledger.read()
  const entry = entryOf(record, id)
  if (entry?.phase !== 'attaching') return record
  await reconcileVolume(parts, entry)
  return parts.ledger.read()
}

/** The volume as it is attached now; `missing` when it was already, and the guest has let go of it since. */
async function attachAlone(parts: VolumeParts, asked: VolumeSpec, options: AttachOptions): Promise<Volume> {
  const { qmp } = parts
  const { preset = 'safe', signal } = options
  const record = await settle(parts, asked.id)
  const spec = onRecord(asked)
  const { entry: known, isNew } = reserve(record, spec, { preset }).value
  if (!isNew) {
    await replaceServer(parts, known, asked, options)
    // Its server is not asked: QEMU may be the one client it takes.
    return view(known, (await presentDevices(qmp, { signal })).has(volumeNames(asked.id).device))
  }
  const started = await startServed(parts, asked, options)
  const server = started ?? options.server
  try {
    return await attachAnywhere(parts, spec, { ...options, server }, record.vcpus)
  } catch (error) {
    if (started !== undefined) await endServed(parts, asked.id, started, error)
    throw error
  }
}

/** The volume, attached at the port it names or the first one that QEMU takes. */
async function attachAnywhere(
  parts: VolumeParts,
  asked: VolumeSpec,
  options: AttachOptions,
  vcpus: number,
): Promise<Volume> {
  const { ledger } = parts
  const { preset = 'safe', server, signal } = options
  const { multiConn } = await probeBackend(asked, { signal })
  const drivers = await lookAtVolume(asked)
  const foreign = new Set<string>()
  for (;;) {
    const reserved = { preset, server: server?.record, foreign }
    const { entry } = await ledger.change((now) => reserve(now, asked, reserved), signal)
    try {
      await connect(parts, entry, { multiConn, drivers, vcpus }, options)
      const volume = view({ ...entry, phase: 'attached' }, true)
      parts.emit(ownEvent('VOLUME_ATTACHED', { id: volume.id, port: volume.port, serial: volume.serial }))
      return volume
    } catch (error) {
      const isTaken = error instanceof VolumeError && error.code === 'VOLUME_PORT_OCCUPIED'
      if (!isTaken || portOfSpec(asked) !== undefined) throw error
      foreign.add(entry.port)
    }
  }
}

/** Gives QEMU and the guest the volume of this entry; or takes everything back, the entry too. */
async function connect(
  { ledger, qmp, servers, vm }: VolumeParts,
  entry: VolumeRecord,
  found: Pick<ConnectOptions, 'multiConn' | 'drivers' | 'vcpus'>,
  { onAnswer, onStep, server, signal }: AttachOptions,
): Promise<void> {
  const { id } = entry.spec
  const rescue = new Rescue(qmp, entry)
  const onConnected = ({ solo }: { readonly solo: boolean }) =>
    ledger.changeEntry(id, { phase: 'attached', ...(solo ? { solo } : {}) })
  try {
    const hooks = { onStep, onAnswer, onConnected }
    await connectVolume(qmp, entry, { ...found, vm, rescue, signal, ...hooks })
  } catch (error) {
    const isClean = !(error instanceof VolumeApplyError) || error.clean
    // The record of a VM that has ended meanwhile is gone, or says how it ended.
    const undone = isClean ? ledger.forget(id) : ledger.changeEntry(id, leftBehind(rescue))
    await undone.catch(() => {})
    throw error
  }
  if (server !== undefined) await servers.hold(id, server)
}

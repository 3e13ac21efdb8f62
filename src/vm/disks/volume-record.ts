import {
  bootDrive,
  type PlanPreset,
  portOfSpec,
  type ServerRecord,
  SlotTable,
  serialOf,
  type VolumeCounters,
  VolumeError,
  type VolumeLimits,
  type VolumeLoad,
  type VolumeSpec,
  volumeNames,
} from '../../volumes/index.ts'
import { addressed } from '../record/paths.ts'
import type { Departure, DueVolume, VmRecord, VolumeRecord } from '../record/state.ts'

/** A disk of a running VM. `missing`: on record, but QEMU does not have it; `boot`: the VM started with it and keeps it. */
export interface Volume {
  readonly id: string
  /** Of a boot disk: the name its volume has in the config. */
  readonly volume?: string | undefined
  readonly state: 'attached' | 'attaching' | 'detaching' | 'missing' | 'boot'
  /** The server or file. */
  readonly uri?: string | undefined
  readonly port?: string | undefined
  /** What the guest finds it by. */
  readonly serial?: string | undefined
  readonly node?: string | undefined
  readonly device?: string | undefined
  /** A forced detach has cut it off from its server: what the guest asks of it fails, until it lets go or is reset. */
  readonly severed?: boolean | undefined
}

/** A disk as QEMU has it at this moment; the numbers are absent while QEMU does not have it. */
export interface ListedVolume extends Volume {
  readonly sizeBytes?: number | undefined
  /** Absent without any. */
  readonly limits?: VolumeLimits | undefined
  /** Its I/O since it was attached. */
  readonly counters?: VolumeCounters | undefined
  /** Its I/O since this process listed it last. */
  readonly load?: VolumeLoad | undefined
}

/** Of departures the last so many stay on record. */
export const keptDepartures = 256

/** Which ports are taken: by the volumes on record, those that a restart is to attach, and what QEMU was seen to have at others. */
function slotTable(record: VmRecord, foreign: ReadonlySet<string>): SlotTable {
  const there = new Map(record.volumes.map(({ port, spec }) => [port, spec.id]))
  for (const { spec } of record.restart?.volumes ?? []) {
    const port = portOfSpec(spec)
    if (port === undefined || !record.ports.includes(port) || foreign.has(port)) continue
    if (!there.has(port) && entryOf(record, spec.id) === undefined) there.set(port, spec.id)
  }
  const held = [...there]
  const others = [...foreign]
    .filter((port) => !there.has(port))
    .map((port) => [port, 'another device'] as const)
  return new SlotTable(record.ports, [...held, ...others])
}

/** Whether QEMU has no more use for its server. */
export const isCut = ({ cut, severed }: Pick<VolumeRecord, 'cut' | 'severed'>) =>
  cut === true || severed === true

/** The volume's entry on record. */
export function entryOf(record: VmRecord, id: string): VolumeRecord | undefined {
  return record.volumes.find(({ spec }) => spec.id === id)
}

/** Whether the VM started with a disk of this name, or from a volume of this name, to keep it. */
function isBootDisk({ bootDisks, config }: VmRecord, id: string): boolean {
  return bootDisks.includes(id) || config.volumes.some((volume) => volume.role !== 'data' && volume.id === id)
}

/** The entry of a data volume that is there when the VM starts: as that of one attached live. */
export function attachedAtBoot(spec: VolumeSpec): VolumeRecord {
  return { spec, preset: 'safe', port: spec.bus ?? '', phase: 'attached', since: 0 }
}

interface Reserved {
  readonly preset: PlanPreset
  readonly server?: ServerRecord | undefined
  /** Ports at which QEMU has devices that are not ours. */
  readonly foreign?: ReadonlySet<string>
}

/**
 * The record with a new entry for the volume at a port that is its own from then on, or as it is with the entry it has.
 * Throws VOLUME_EXISTS, VOLUME_NO_PORT, VOLUME_PORT_OCCUPIED.
 */
export function reserve(
  record: VmRecord,
  asked: VolumeSpec,
  { preset, server, foreign = new Set() }: Reserved,
) {
  const { id } = asked
  const known = entryOf(record, id)
  if (isBootDisk(record, id))
    throw volumeError('VOLUME_EXISTS', record.id, id, 'is the name of a disk the VM started with')
  if (known?.phase === 'detaching')
    throw volumeError('VOLUME_EXISTS', record.id, id, 'is being detached: end that first')
  const { port } = slotTable(record, foreign).assign(id, portOfSpec(asked))
  if (known !== undefined) {
    if (known.spec.uri !== asked.uri)
      throw volumeError('VOLUME_EXISTS', record.id, id, `is attached from ${known.spec.uri}`)
    if (known.spec.readOnly !== asked.readOnly)
      throw volumeError('VOLUME_EXISTS', record.id, id, `is attached with readOnly: ${known.spec.readOnly}`)
    return { record, value: { entry: known, isNew: false } }
  }
  const since = record.departures.at(-1)?.number ?? 0
  const entry: VolumeRecord = {
    spec: { ...asked, bus: port },
    preset,
    port,
    phase: 'attaching',
    server,
    since,
  }
  requireOwnSerial(record, entry)
  const looseServers = record.looseServers.filter((loose) => loose.server.directory !== server?.directory)
  return {
    record: { ...record, looseServers, volumes: [...record.volumes, entry] },
    value: { entry, isNew: true },
  }
}

/** A serial that was made of the id: by it the guest, and who unmounts there, tells the disks apart. */
function requireOwnSerial(record: VmRecord, entry: VolumeRecord): void {
  const { serial } = view(entry, true)
  if (serial === undefined || entry.spec.serial !== undefined) return
  const others = [...bootDisks(record), ...record.volumes.map((other) => view(other, true))]
  const twin = others.find((other) => other.serial === serial)
  if (twin === undefined) return
  const what = `would have the serial number ${serial}, which disk ${twin.id} has: give it a \`serial\` of its own`
  throw volumeError('VOLUME_EXISTS', record.id, entry.spec.id, what)
}

/** The volume's entry when it may be detached. Throws VOLUME_NOT_REMOVABLE, VOLUME_NOT_FOUND. */
export function removable(record: VmRecord, id: string): VolumeRecord {
  if (isBootDisk(record, id))
    throw volumeError('VOLUME_NOT_REMOVABLE', record.id, id, 'is a disk the VM started with, which stays')
  const entry = entryOf(record, id)
  const isDue = record.restart?.volumes.some(({ spec }) => spec.id === id) === true
  if (entry === undefined && isDue)
    throw volumeError('VOLUME_BUSY', record.id, id, 'is about to be attached again, by a restart of its VM')
  if (entry === undefined) throw volumeError('VOLUME_NOT_FOUND', record.id, id, 'is not attached')
  if (entry.spec.removable) return entry
  throw volumeError(
    'VOLUME_NOT_REMOVABLE',
    record.id,
    id,
    'is to stay: it was attached with removable: false',
  )
}

export function volumeError(code: VolumeError['code'], vm: string, id: string, what: string): VolumeError {
  return new VolumeError(code, `volume ${id} of VM ${vm} ${what}`, { details: { vm, volume: id } })
}

/** What may change about a volume on record. */
export type EntryChange = Partial<
  Pick<VolumeRecord, 'cut' | 'phase' | 'severed' | 'server' | 'solo' | 'spec' | 'throttled'>
>

/** The record with something else about the volume. */
export function withChange(record: VmRecord, id: string, change: EntryChange): VmRecord {
  return {
    ...record,
    volumes: record.volumes.map((entry) => (entry.spec.id === id ? { ...entry, ...change } : entry)),
  }
}

/** The record without the volume; how it left is kept when told, and its server, which is to be stopped then. */
export function withoutVolume(
  record: VmRecord,
  id: string,
  left?: Pick<Departure, 'how' | 'severed' | 'unclaimed'>,
): VmRecord {
  const volumes = record.volumes.filter(({ spec }) => spec.id !== id)
  if (left === undefined) return { ...record, volumes }
  const server = entryOf(record, id)?.server
  const looseServers = [...record.looseServers, ...(server === undefined ? [] : [{ id, server }])]
  const others = record.departures.filter((departure) => departure.id !== id)
  const number = (record.departures.at(-1)?.number ?? 0) + 1
  return {
    ...record,
    volumes,
    looseServers,
    departures: [...others, { id, ...left, number }].slice(-keptDepartures),
  }
}

/** The record without servers that have been stopped. */
export function withoutLoose(record: VmRecord, stopped: readonly ServerRecord[]): VmRecord {
  const gone = new Set(stopped.map(({ directory }) => directory))
  return { ...record, looseServers: record.looseServers.filter(({ server }) => !gone.has(server.directory)) }
}

/** The record without a volume that was due. One that is there has its server from now on; of another it is loose. Pure. */
export function withoutDue(record: VmRecord, { spec: { id, serve }, server }: DueVolume): VmRecord {
  const { restart } = record
  const volumes = restart?.volumes.filter(({ spec }) => spec.id !== id) ?? []
  const rest = { ...record, restart: restart && { ...restart, volumes } }
  if (server === undefined) return rest
  const entry = entryOf(record, id)
  return entry === undefined
    ? { ...rest, looseServers: [...record.looseServers, { id, server }] }
    : withChange(rest, id, { server, spec: { ...entry.spec, serve } })
}

/** How the volume left last; undefined when it never did, or long ago. */
export function departureOf(record: VmRecord, id: string): Departure | undefined {
  return record.departures.find((departure) => departure.id === id)
}

/** Tells one stay of a volume in the VM from its next; the same for all volumes that are not there. */
export function stayOf(record: VmRecord, id: string): string {
  const entry = entryOf(record, id)
  return entry === undefined ? '' : `${id} ${entry.since}`
}

/** The record after somebody has been told of a detach that ended when nobody waited for it any more. */
export function withClaim(record: VmRecord, id: string): VmRecord {
  const claim = ({ unclaimed: _, ...departure }: Departure) => departure
  return {
    ...record,
    departures: record.departures.map((each) => (each.id === id ? claim(each) : each)),
  }
}

/** A volume as callers see it; `present` says whether QEMU has its device. */
export function view({ spec, port, phase, preset, severed }: VolumeRecord, present: boolean): Volume {
  const { node, device } = volumeNames(spec.id)
  return {
    id: spec.id,
    state: phase === 'attached' && !present ? 'missing' : phase,
    uri: spec.uri,
    port,
    serial: serialOf(spec, preset),
    node,
    device,
    ...(severed === true ? { severed } : {}),
  }
}

/** The disks the VM started with and keeps, as callers see them; of one that raw words made only the name is known. */
export function bootDisks({ bootDisks, bootServers, config }: VmRecord): Volume[] {
  const servedAt = (id: string) => bootServers.find((each) => each.id === id)?.uri ?? ''
  const cpus = typeof config.cpus === 'number' ? config.cpus : config.cpus.count
  const volumes = config.volumes.flatMap((volume) => {
    const placed = addressed(volume, servedAt)
    const made = placed.role === 'data' ? undefined : bootDrive(placed, { vcpus: cpus })
    return made === undefined ? [] : [{ volume: volume.id, drive: made.drive }]
  })
  const known = [...volumes, ...config.drives.map((drive) => ({ volume: undefined, drive }))]
  return bootDisks.map((id): Volume => {
    const found = known.find(({ drive }) => drive.id === id)
    if (found === undefined) return { id, state: 'boot' }
    const { source, serial, deviceId } = found.drive
    const uri = source?.type === 'nbd' ? source.uri : source?.path
    return { id, volume: found.volume, state: 'boot', uri, serial, device: deviceId }
  })
}

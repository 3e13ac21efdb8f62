import {
  bootDrive,
  isSameUri,
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
import { isQueued } from '../attachments/ledger.ts'
import { takenPorts, volumeOf, volumesOf, withAttachment } from '../record/attachments.ts'
import { withMedia } from '../record/media.ts'
import { addressed, keptVolume } from '../record/paths.ts'
import { scsiBuses } from '../record/scsi.ts'
import type { VmRecord, VolumeAttachment } from '../record/state.ts'

/**
 * A disk of a running VM. `queued`: to be attached, by a restart of its VM; `missing`: on record, but QEMU does not have it;
 * `boot`: the VM started with it and keeps it.
 */
export interface Volume {
  readonly id: string
  /** For a boot disk: QEMU's name for it, if the volume in the config has another name. */
  readonly drive?: string | undefined
  readonly state: 'queued' | 'attached' | 'attaching' | 'detaching' | 'missing' | 'boot'
  /** The server or file. */
  readonly uri?: string | undefined
  readonly port?: string | undefined
  /** What the guest finds it by. */
  readonly serial?: string | undefined
  readonly node?: string | undefined
  readonly device?: string | undefined
  /** Whether it has the local cache that was asked for, or goes on without it. */
  readonly cached?: boolean | undefined
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

/** Which ports are taken: by what is on record, and what QEMU was seen to have at others. */
function slotTable(record: VmRecord, foreign: ReadonlySet<string>): SlotTable {
  const there = takenPorts(record)
  const held = [...there]
  const others = [...foreign]
    .filter((port) => !there.has(port))
    .map((port) => [port, 'another device'] as const)
  return new SlotTable(record.ports, [...held, ...others])
}

/** Where a volume goes: a port of its own, or the bus of a SCSI controller. Throws VOLUME_NO_PORT, VOLUME_PORT_OCCUPIED. */
function placeFor(record: VmRecord, spec: VolumeSpec, foreign: ReadonlySet<string>): string {
  const { bus, id } = spec
  if (spec.interface !== 'scsi') return slotTable(record, foreign).assign(id, portOfSpec(spec)).port
  const buses = scsiBuses(record)
  const found = bus === undefined ? buses[0] : buses.find((each) => each === bus || each === `${bus}.0`)
  if (found !== undefined) return found
  const there = buses.length === 0 ? 'it has none' : `it has ${buses.join(', ')}`
  const which = bus === undefined ? 'a SCSI controller' : `the SCSI controller ${bus}`
  const what = `needs ${which} of the VM, ${there}: launch it with a drive of interface scsi, or attach a virtio-scsi-pci by vm.devices`
  throw volumeError('VOLUME_NO_PORT', record.id, id, what)
}

/** Whether QEMU needs its server no longer. */
export const isCut = ({ cut, severed }: Pick<VolumeAttachment, 'cut' | 'severed'>) =>
  cut === true || severed === true

/** Whether the VM started with a disk of this name, or from a volume of this name, to keep it. */
function isBootDisk({ bootDisks, config }: VmRecord, id: string): boolean {
  return bootDisks.includes(id) || config.volumes.some((volume) => keptVolume(volume)?.id === id)
}

/** A data volume that is there when the VM starts: as one attached live. */
export function attachedAtBoot(spec: VolumeSpec): Omit<VolumeAttachment, 'generation'> {
  return { kind: 'volume', id: spec.id, phase: 'attached', spec, preset: 'safe', port: spec.bus ?? '' }
}

interface Reserved {
  readonly preset: PlanPreset
  readonly server?: ServerRecord | undefined
  /** For the file of its local cache. */
  readonly cacheDirectory?: string | undefined
  /** Ports at which QEMU has devices of others. */
  readonly foreign?: ReadonlySet<string>
}

/**
 * The record with a new entry for the volume at a port that is its own from then on, or as it is with the entry it has.
 * Throws VOLUME_EXISTS, VOLUME_BUSY, VOLUME_NO_PORT, VOLUME_PORT_OCCUPIED.
 */
export function reserve(
  record: VmRecord,
  asked: VolumeSpec,
  { cacheDirectory, preset, server, foreign = new Set() }: Reserved,
) {
  const { id } = asked
  const refuse = (what: string) => volumeError('VOLUME_EXISTS', record.id, id, what)
  if (isBootDisk(record, id)) throw refuse('cannot be attached: the VM started with a disk of that name')
  const known = volumeOf(record, id)
  if (known?.phase === 'detaching' || (known?.phase === 'removing' && known.how === 'detached'))
    throw refuse('is being detached: finish that first, by repeating the detach')
  if (known?.phase === 'queued') throw volumeError('VOLUME_BUSY', record.id, id, isQueued)
  const port = placeFor(record, asked, foreign)
  if (known !== undefined) {
    const { readOnly, uri } = known.spec
    if (!isSameUri(uri, asked.uri)) throw refuse(`is attached already, from ${uri}: detach it first`)
    if (readOnly !== asked.readOnly)
      throw refuse(`is attached already, with readOnly: ${readOnly}: detach it first`)
    return { record, value: { entry: known, isNew: false } }
  }
  const made = withAttachment(record, {
    kind: 'volume',
    id,
    phase: 'attaching',
    spec: { ...asked, bus: port },
    preset,
    port,
    server,
    cacheDirectory,
  })
  requireOwnSerial(record, made.value)
  return { record: made.record, value: { entry: made.value, isNew: true } }
}

/** Refuses a serial made of the id that another disk has: the guest, and an unmount there, tell the disks apart by it. */
function requireOwnSerial(record: VmRecord, entry: VolumeAttachment): void {
  const { serial } = view(entry, true)
  if (serial === undefined || entry.spec.serial !== undefined) return
  const others = [...bootDisks(record), ...volumesOf(record).map((other) => view(other, true))]
  const twin = others.find((other) => other.serial === serial)
  if (twin === undefined) return
  const what = `cannot have the serial number ${serial}, which disk ${twin.id} has: give it another \`serial\``
  throw volumeError('VOLUME_EXISTS', record.id, entry.spec.id, what)
}

/** A queued volume at its port, or at the first free one if it has none. Throws VOLUME_NO_PORT, VOLUME_PORT_OCCUPIED. */
export function placed(record: VmRecord, { spec }: Pick<VolumeAttachment, 'spec'>) {
  const port = placeFor(record, spec, new Set())
  return { spec: { ...spec, bus: port }, port }
}

/** The volume's entry when it may be detached. Throws VOLUME_NOT_REMOVABLE, VOLUME_NOT_FOUND, VOLUME_BUSY. */
export function removable(record: VmRecord, id: string): VolumeAttachment {
  if (isBootDisk(record, id))
    throw volumeError('VOLUME_NOT_REMOVABLE', record.id, id, 'cannot be detached: the VM started with it')
  const entry = volumeOf(record, id)
  if (entry?.phase === 'queued') throw volumeError('VOLUME_BUSY', record.id, id, isQueued)
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

/** A volume as callers see it; `present` says whether QEMU has its device. */
export function view(
  { how, id, phase, port, preset, severed, spec, uncached }: VolumeAttachment,
  present: boolean,
): Volume {
  const { node, device, spare } = volumeNames(id)
  const isGone = phase === 'attached' ? !present : phase === 'removing' && how === 'ejected'
  const state = phase === 'removing' ? 'detaching' : phase
  return {
    id,
    state: isGone ? 'missing' : state,
    uri: spec.uri,
    port,
    serial: serialOf(spec, preset),
    node: uncached === true ? spare : node,
    device,
    ...(spec.localCache === undefined ? {} : { cached: uncached !== true }),
    ...(severed === true ? { severed } : {}),
  }
}

/** The record with another server of a volume the VM started with. Pure. */
export function withBootServer(record: VmRecord, id: string, server?: ServerRecord): VmRecord {
  const bootServers = record.bootServers.map((each) => (each.id === id ? { ...each, server } : each))
  return { ...record, bootServers }
}

/** The disks the VM started with and keeps, as callers see them. Of a disk that raw words made only the name is known. */
export function bootDisks({ bootDisks, bootServers, config: asked, media }: VmRecord): Volume[] {
  const config = withMedia(asked, media)
  const servedAt = (id: string) => bootServers.find((each) => each.id === id)?.uri ?? ''
  const cpus = typeof config.cpus === 'number' ? config.cpus : config.cpus.count
  const volumes = config.volumes.flatMap((volume) => {
    const kept = keptVolume(volume)
    const made = kept && bootDrive(addressed(kept, servedAt), { vcpus: cpus })
    return made === undefined ? [] : [{ volume: volume.id, drive: made.drive }]
  })
  const known = [...volumes, ...config.drives.map((drive) => ({ volume: undefined, drive }))]
  return bootDisks.map((id): Volume => {
    const found = known.find(({ drive }) => drive.id === id)
    if (found === undefined) return { id, drive: id, state: 'boot' }
    const { source, serial, deviceId } = found.drive
    const uri = source?.type === 'nbd' ? source.uri : source?.type === 'file' ? source.path : undefined
    return { id: found.volume ?? id, drive: id, state: 'boot', uri, serial, device: deviceId }
  })
}

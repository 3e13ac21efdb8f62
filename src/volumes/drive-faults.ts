import type { Fault } from '../errors.ts'
import { check, show } from '../util/schema.ts'
import { backingFaults } from './backing-spec.ts'
import { type DiskBus, deviceFaults, deviceFields, diskFaults, keyFaults } from './disk-options.ts'
import { type Drive, diskBus, formatOfDrive, isVhostUser, ofDriveAndVolume } from './drive.ts'
import { imageFaults, imageFields } from './image-node.ts'
import { limitFaults } from './limits.ts'
import { localCacheFaults } from './local-cache.ts'
import { readNbdUri, readPlainNbdUri } from './nbd-uri.ts'
import { readVolumeUri, remoteFaults } from './source.ts'
import { tlsFaults, volumeSpecSchema } from './spec.ts'

const keysOf = <T extends object>(fields: T) => Object.keys(fields) as (keyof T)[]

/** Whether it is a CD-ROM, whose medium can be changed. */
const isCdrom = (drive: Partial<Drive>) => drive.media === 'cdrom'

const deviceOnly = [
  ...(['iothread', 'numQueues', 'queueSize', 'bootIndex', 'serial', 'deviceId'] as const),
  ...(['logicalBlockSize', 'physicalBlockSize', 'iothreads', 'virtioModel', 'removableMedium'] as const),
  ...(['passthrough', 'prManager'] as const),
  ...keysOf(deviceFields),
] as const

/** What has no use for a CD-ROM. */
const diskOnly = [
  ...(['numQueues', 'queueSize', 'logicalBlockSize', 'physicalBlockSize', 'iothreads'] as const),
  ...(['rotationRate', 'geometry', 'shareable', 'ioeventfd', 'eventIdx', 'packed', 'virtioModel'] as const),
  ...(['removableMedium', 'passthrough', 'prManager', 'copyOnRead', 'snapshot'] as const),
] as const

/** What says how an image is opened. */
const imageOnly = [
  ...(['format', 'backing', 'keySecret', 'cache', 'aio', 'discard', 'detectZeroes', 'readOnly'] as const),
  ...(['reconnectDelaySeconds', 'limits', 'limitGroup', 'tls'] as const),
  ...keysOf(imageFields),
] as const

/** What is wrong between the options of one drive, with paths inside it. Options that are missing are not judged. */
export function driveFaults(drive: Partial<Drive>, vcpus: number | undefined): Fault[] {
  const faults: Fault[] = []
  const add = (path: string, message: string, value?: unknown) =>
    faults.push({ path, message, ...(value === undefined ? {} : { value }) })
  const { source } = drive
  if (source?.type === 'nbd') {
    const address = (drive.tls === undefined ? readPlainNbdUri : readNbdUri)(source.uri)
    if (typeof address === 'string') add('source.uri', `${show(source.uri)} ${address}`, source.uri)
  }
  if (source !== undefined && source.type !== 'nbd' && drive.reconnectDelaySeconds !== undefined) {
    const { reconnectDelaySeconds: value } = drive
    add('reconnectDelaySeconds', `${value} has no server to wait for: should be left out without NBD`, value)
  }
  if (source === undefined && isCdrom(drive)) {
    for (const key of imageOnly) {
      if (drive[key] === undefined) continue
      add(key, 'needs an image: should be left out of an empty CD-ROM', drive[key])
    }
  }
  const bus = diskBus(drive)
  if (bus !== undefined) {
    if (drive.id === undefined) add('id', 'is required: its device names the drive by it')
    for (const key of isCdrom(drive) ? diskOnly : []) {
      if (drive[key] === undefined) continue
      add(key, `${show(drive[key])} is for disks: should be left out for a CD-ROM`, drive[key])
    }
  } else if (isBusOnly(drive)) {
    add('device', 'false needs the interface none', drive.device)
  } else {
    for (const key of deviceOnly) {
      if (drive[key] === undefined) continue
      const why = drive.interface === 'none' ? 'with device false' : `with interface ${show(drive.interface)}`
      add(
        key,
        `${show(drive[key])} has no effect ${why}: should be left out, or interface should be none`,
        drive[key],
      )
    }
  }
  if (drive.interface === 'ide' && drive.readOnly === true && drive.media !== 'cdrom') {
    add('readOnly', 'is refused by QEMU for IDE disks: interface should be none or virtio', true)
  }
  if (vcpus !== undefined && drive.numQueues !== undefined && drive.numQueues > vcpus) {
    add(
      'numQueues',
      `${drive.numQueues} is more than the ${vcpus} vCPUs: should be 1 to ${vcpus}`,
      drive.numQueues,
    )
  }
  if (drive.iothreads !== undefined && drive.iothread !== undefined)
    add(
      'iothread',
      `${show(drive.iothread)} and iothreads cannot both be set: should be left out`,
      drive.iothread,
    )
  const standing =
    source === undefined
      ? []
      : [
          ...backingFaults(formatOfDrive({ ...drive, source }), drive.backing),
          ...keyFaults({ ...drive, format: formatOfDrive({ ...drive, source }) }),
          ...imageFaults(drive, formatOfDrive({ ...drive, source })),
          ...remoteFaults({ ...drive, source }),
        ]
  const device =
    bus === undefined ? [] : deviceFaults({ ...drive, format: formatOfDrive(drive) }, placeOf(drive, bus))
  return [
    ...faults,
    ...standing,
    ...hostFaults(drive),
    ...vhostUserFaults(drive),
    ...cachedDriveFaults(drive),
    ...device.filter(({ path }) => !isCdrom(drive) || !cdromTold.includes(path)),
    ...limitsAndTls(drive),
    ...diskFaults({ ...drive, isNbd: source?.type === 'nbd' }),
  ]
}

const ownOfHost = [
  ...(['serial', 'logicalBlockSize', 'physicalBlockSize', 'wwn', 'vendor', 'product'] as const),
  ...(['rotationRate', 'geometry', 'removableMedium', 'limits', 'snapshot', 'slice'] as const),
] as const

/** A SCSI device of the host says of itself what it is. */
function hostFaults(drive: Partial<Drive>): Fault[] {
  if (drive.passthrough !== true) {
    const message = 'is for a SCSI device of the host: should have passthrough beside it, or be left out'
    return drive.prManager === undefined ? [] : [{ path: 'prManager', message, value: drive.prManager }]
  }
  const message = 'comes from the device of the host: should be left out with passthrough'
  return [
    ...(drive.interface === 'scsi'
      ? []
      : [{ path: 'interface', message: 'should be scsi with passthrough' }]),
    ...ownOfHost.flatMap((path): Fault[] =>
      drive[path] === undefined ? [] : [{ path, message, value: drive[path] }],
    ),
  ]
}

const ofVhostUser: readonly string[] = [
  ...['id', 'source', 'format', 'interface', 'media', 'device', 'deviceId', 'bootIndex'],
  ...['numQueues', 'queueSize', 'eventIdx', 'packed'],
]

/** The program that serves a disk by vhost-user does all that QEMU would do with it. */
function vhostUserFaults(drive: Partial<Drive>): Fault[] {
  if (!isVhostUser(drive)) return []
  const message = 'is decided by the program that serves the disk: should be left out with vhost-user'
  const others = Object.entries(drive).flatMap(([path, value]): Fault[] =>
    value === undefined || ofVhostUser.includes(path) ? [] : [{ path, message, value }],
  )
  const isPlain = (drive.interface ?? 'none') === 'none' && drive.device !== false && drive.media !== 'cdrom'
  return isPlain
    ? others
    : [...others, { path: 'interface', message: 'should be none with vhost-user, for a disk' }]
}

/** What a drive with a local cache may say beside it; what of it is wrong is told elsewhere. */
const ofCached: readonly string[] = [
  ...ofDriveAndVolume,
  ...['source', 'format', 'interface', 'media', 'device', 'bootIndex', 'readOnly', 'discard', 'shareable'],
]

/** What is wrong between a local cache and the drive that is to have it. Pure. */
function cachedDriveFaults(drive: Partial<Drive>): Fault[] {
  const { device, discard, id, interface: on = 'none', localCache, media, source } = drive
  if (localCache === undefined) return []
  if (source !== undefined && source.type !== 'nbd')
    return [{ path: 'localCache', message: 'is for a disk on an NBD server: should be left out' }]
  if (on !== 'none' || device === false || media === 'cdrom') {
    const message = 'is for a virtio disk whose device is not written elsewhere: should be left out'
    return [{ path: 'localCache', message }]
  }
  const message =
    'does not go together with localCache, by which the drive becomes a volume: should be left out'
  const others = Object.entries(drive).flatMap(([path, value]): Fault[] =>
    value === undefined || ofCached.includes(path) ? [] : [{ path, message, value }],
  )
  const named = id === undefined ? undefined : check(volumeSpecSchema.shape.id, id)
  const name = named === undefined || named.ok ? [] : named.faults.map((fault) => ({ ...fault, path: 'id' }))
  const given = { ...drive, discard: discard === 'on' ? 'unmap' : discard }
  return [...others, ...name, ...localCacheFaults(given, true)]
}

/** A CD-ROM that is not on SCSI is SATA's, or IDE's; what is wrong for any CD-ROM is told before. */
const placeOf = (drive: Partial<Drive>, bus: DiskBus) => (bus === 'virtio' && isCdrom(drive) ? 'sata' : bus)
const cdromTold: readonly string[] = [...diskOnly, 'iothread']

/** QEMU takes no drive of these interfaces whose device is written elsewhere. */
const isBusOnly = ({ interface: name }: Partial<Drive>) =>
  name === 'scsi' || name === 'sata' || name === 'usb'

function limitsAndTls({ id, limitGroup, limits, source, tls }: Partial<Drive>): Fault[] {
  const ofLimits = limitFaults(limits ?? {}).map((fault) => ({ ...fault, path: `limits.${fault.path}` }))
  if (limitGroup !== undefined && limits === undefined)
    ofLimits.push({
      path: 'limits',
      message: 'is required: should be the limits that the disks of this limitGroup share',
    })
  if (tls === undefined || source === undefined) return ofLimits
  const uri = source.type === 'nbd' ? source.uri : 'path' in source ? source.path : ''
  const needsId =
    id === undefined ? [{ path: 'id', message: 'is required: its credentials are named by it' }] : []
  return [...ofLimits, ...needsId, ...tlsFaults({ tls, uri }, readVolumeUri(uri))]
}

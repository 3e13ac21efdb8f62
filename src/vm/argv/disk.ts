import { type JsonObject, stringifyJson } from '../../qmp/forms.ts'
import {
  backingOption,
  blockSizeOptions,
  canStand,
  type Drive,
  deviceOptions,
  type FileDrivers,
  fileDriver,
  formatOfDrive,
  groupLimits,
  hasDevice,
  imageOptions,
  isNbdUri,
  isVhostUser,
  keyPairs,
  type NbdAddress,
  parseNbdUri,
  protocolNode,
  qemuTakes,
  remoteNode,
  tlsCreds,
  volumeNames,
} from '../../volumes/forms.ts'
import { seedDisc, seedDrive } from '../config/cloud-init.ts'
import { diskDevices, scsiControllers } from '../config/disk-buses.ts'
import { varsFile } from '../config/firmware.ts'
import { driveFile, keyval, type Pair } from '../config/keyval.ts'
import type { ResolvedVm } from '../config/resolve.ts'

type Layout = ResolvedVm['layout']

/** The order of the options of a drive; what is not named comes after them. */
const driveOrders: Readonly<Record<Layout, readonly string[]>> = {
  hive: ['file', 'format', 'if', 'unit', 'media', 'id', 'cache', 'aio', 'discard', 'detect-zeroes'],
  proxmox: ['file', 'if', 'unit', 'media', 'id', 'cache', 'aio', 'discard', 'format', 'detect-zeroes'],
}

/** The `-drive` word of a drive. */
export function driveWords(layout: Layout, drive: Drive, drivers: FileDrivers | undefined): string[] {
  if (isVhostUser(drive)) return []
  return driveWord(layout, driveOptions(drive, drivers))
}

/** UEFI code and variables are flash chips, in this order. */
export function flash({ fileDrivers, firmware, layout }: ResolvedVm): string[] {
  if (firmware?.type !== 'uefi') return []
  const chip = (path: string, unit: number, readonly?: true) =>
    driveWord(layout, [
      ...(isNbdUri(path) ? serverPairs(path) : filePairs(path, fileDrivers)),
      ['format', isNbdUri(path) ? 'raw' : firmware.format],
      ['if', 'pflash'],
      ['unit', unit],
      ['readonly', readonly],
    ])
  const vars = firmware.vars ?? (firmware.varsTemplate === undefined ? undefined : varsFile)
  return [...chip(firmware.code, 0, true), ...(vars === undefined ? [] : chip(vars, 1))]
}

/** QEMU shows a folder as a FAT disk of 2.88 MB, or what was made of it as a disc; by the label cloud-init knows it for its own. */
export function seedWords(folder: string, format: ResolvedVm['seedFormat']): string[] {
  const fat: Pair[] = [
    ['driver', 'vvfat'],
    ['dir', folder],
    ['label', 'CIDATA'],
    ['floppy', true],
  ]
  const disc: Pair[] = [
    ['file', `${folder}/${seedDisc}`],
    ['format', 'raw'],
  ]
  const options: Pair[] = [
    ...(format === 'iso' ? disc : fat),
    ['if', 'virtio'],
    ['id', seedDrive],
    ['readonly', true],
  ]
  return ['-drive', keyval(undefined, options)]
}

function driveOptions(drive: Drive, drivers: FileDrivers | undefined): Pair[] {
  const own = hasDevice(drive)
  const interfaceName = own ? 'none' : drive.interface
  return [
    ...imagePairs(drive, drivers),
    ['format', drive.source === undefined ? undefined : formatOfDrive(drive)],
    ['if', interfaceName === 'qemu-default' ? undefined : interfaceName],
    ['media', drive.media],
    ['id', drive.id],
    ['cache', drive.cache],
    ['aio', drive.aio],
    ['discard', drive.discard],
    ['detect-zeroes', drive.detectZeroes],
    ['readonly', drive.readOnly],
    ['werror', own ? undefined : drive.werror],
    ['rerror', own ? undefined : drive.rerror],
    ['file.reconnect-delay', drive.reconnectDelaySeconds],
    ['file.pr-manager', drive.prManager === undefined ? undefined : prManager(drive)],
    ...keyPairs({ ...drive, format: formatOfDrive(drive) }),
    ...flatPairs(imageOptions(drive), ''),
    ['copy-on-read', drive.copyOnRead],
    ['snapshot', drive.snapshot],
    ...limitPairs(drive),
  ]
}

/** Where the image of a drive is. Said in JSON where no other word says what it stands on. */
function imagePairs(drive: Drive, drivers: FileDrivers | undefined): Pair[] {
  const { source, backing, media } = drive
  if (source === undefined) return []
  const format = formatOfDrive(drive)
  // The header of an image on a server could name any file of this host.
  const isForeign = source.type !== 'file' && canStand(format)
  if (backing === undefined && !isForeign) {
    if (source.type === 'nbd')
      return [...serverPairs(source.uri, drive.tls !== undefined), ...tlsPairs(drive, 'file.')]
    if (source.type === 'vhost-user') return []
    if (source.type !== 'file') return flatPairs(remoteNode(source), 'file.')
    return filePairs(source.path, media === 'cdrom' ? noDrivers(source.path) : drivers)
  }
  const node = {
    driver: format,
    file: { ...sourceNode(source, drivers), ...Object.fromEntries(tlsPairs(drive, '')) },
    ...backingOption(format, backing, { drivers }),
  }
  return [['file', `json:${stringifyJson(node)}`]]
}

function sourceNode(source: NonNullable<Drive['source']>, drivers: FileDrivers | undefined): JsonObject {
  if (source.type === 'vhost-user') return {}
  if (source.type === 'file') return protocolNode(source, drivers)
  return source.type === 'nbd'
    ? protocolNode({ type: 'nbd', address: parseNbdUri(source.uri) })
    : remoteNode(source)
}

/** A node as options of a `-drive`: what is inside is named by its path. */
function flatPairs(node: JsonObject, prefix: string): Pair[] {
  return Object.entries(node).flatMap(([key, value]): Pair[] =>
    typeof value === 'object' && value !== null
      ? flatPairs(value as JsonObject, `${prefix}${key}.`)
      : [[`${prefix}${key}`, value as Pair[1]]],
  )
}

/** QEMU finds out by itself whether a device is a CD-ROM, which can be ejected. */
const noDrivers = (path: string): FileDrivers => new Map([[path, 'file']])

function filePairs(path: string, drivers: FileDrivers | undefined): Pair[] {
  const driver = fileDriver(path, drivers)
  return [
    ['file', driveFile(path)],
    ['file.driver', driver === 'file' ? undefined : driver],
  ]
}

/** What a drive may do in a second; what is without limit is not said. */
function limitPairs({ limitGroup, limits }: Drive): Pair[] {
  if (limits === undefined) return []
  const group = groupLimits(limits)
  const shared: Pair[] = [['throttling.group', limitGroup]]
  const said = Object.entries(group).flatMap(([key, value]): Pair[] => {
    const of = key.replace(/-length$/, '')
    return Number(value) > 0 && Number(group[of]) > 0 ? [[`throttling.${key}`, Number(value)]] : []
  })
  return [...said, ...shared]
}

/** What a drive says of TLS, as options of its server's node. */
function tlsPairs({ id = '', tls }: Drive, prefix: string): [string, string][] {
  if (tls === undefined) return []
  const { hostname } = tls
  return [
    [`${prefix}tls-creds`, volumeNames(id).tls],
    ...(hostname === undefined ? [] : [[`${prefix}tls-hostname`, hostname] as [string, string]]),
  ]
}

/** The objects that drives need: credentials for TLS, and who asks for reservations. */
export function driveObjects({ drives }: ResolvedVm): string[] {
  return drives.flatMap((drive) => [
    ...(drive.tls === undefined
      ? []
      : ['-object', stringifyJson(tlsCreds(volumeNames(drive.id ?? '').tls, 'client', drive.tls))]),
    ...(drive.prManager === undefined
      ? []
      : [
          '-object',
          keyval('pr-manager-helper', [
            ['id', prManager(drive)],
            ['path', drive.prManager],
          ]),
        ]),
  ])
}

const prManager = ({ id = '' }: Drive) => `pr-${id}`
/** A program that serves a disk has one queue at least; QEMU would want one for each vCPU. */
const queuesOf = (drive: Drive) => drive.numQueues ?? (isVhostUser(drive) ? 1 : undefined)
const vhostUser = ({ id = '' }: Drive) => `vhost-${id}`

/** The sockets of the programs that serve disks by vhost-user. */
export function driveChardevs(drives: readonly Drive[]): string[] {
  return drives.flatMap((drive) =>
    drive.source?.type === 'vhost-user'
      ? [
          '-chardev',
          keyval('socket', [
            ['id', vhostUser(drive)],
            ['path', drive.source.path],
          ]),
        ]
      : [],
  )
}

/** An address as it was written where QEMU reads it as we do, else in its parts. */
function serverPairs(uri: string, isTls = false): Pair[] {
  if (qemuTakes(uri) && !isTls) return [['file', uri]]
  const address = parseNbdUri(uri)
  return [
    ['file.driver', 'nbd'],
    ...addressPairs(address),
    ['file.export', address.export === '' ? undefined : address.export],
  ]
}

function addressPairs(address: NbdAddress): Pair[] {
  return address.type === 'unix'
    ? [
        ['file.server.type', 'unix'],
        ['file.server.path', address.path],
      ]
    : [
        ['file.server.type', 'inet'],
        ['file.server.host', address.host],
        ['file.server.port', address.port],
      ]
}

/** A drive in the order of its layout. */
function driveWord(layout: Layout, options: readonly Pair[]): string[] {
  const order = driveOrders[layout]
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length)
  return [
    '-drive',
    keyval(
      undefined,
      options.toSorted(([a], [b]) => rank(a) - rank(b)),
    ),
  ]
}

/** The SCSI controllers that drives bring. */
export function scsiDevices({ drives, machine }: ResolvedVm): string[] {
  return scsiControllers(drives, machine).flatMap(({ id, iothread, numQueues, queueSize }) => [
    '-device',
    keyval('virtio-scsi-pci', [
      ['id', id],
      ['iothread', iothread],
      ['num_queues', numQueues],
      ['virtqueue_size', queueSize],
    ]),
  ])
}

/** The devices of the drives that have one of their own: those on USB, whose controller comes later, or all others. */
export function driveDevices({ drives, machine }: ResolvedVm, on: 'usb' | 'others'): string[] {
  const devices = diskDevices(drives, machine).filter(
    ({ device }) => (device.bus === 'usb') === (on === 'usb'),
  )
  return devices.flatMap(({ drive, device: { bus, driver, place } }) => {
    const isVirtio = bus === 'virtio'
    const options: Pair[] = [
      isVhostUser(drive) ? ['chardev', vhostUser(drive)] : ['drive', drive.id],
      ['id', drive.deviceId ?? (isVirtio && !isVhostUser(drive) ? undefined : drive.id)],
      ...place,
      ['iothread', isVirtio ? drive.iothread : undefined],
      ['num-queues', isVirtio ? queuesOf(drive) : undefined],
      ['queue-size', isVirtio ? drive.queueSize : undefined],
      ['bootindex', drive.bootIndex],
      ['serial', drive.serial],
      ...Object.entries(blockSizeOptions(drive)),
      ...Object.entries(deviceOptions(drive, bus === 'ide' ? 'sata' : bus)),
      ['wwn', drive.wwn],
      ['removable', drive.removableMedium],
      ['werror', drive.werror],
      ['rerror', drive.rerror],
    ]
    const { iothreads } = drive
    if (iothreads === undefined) return ['-device', keyval(driver, options)]
    // A list has no form but JSON.
    const said = Object.fromEntries(options.filter(([, value]) => value !== undefined)) as JsonObject
    const mapping = iothreads.map((iothread) => ({ iothread }))
    return ['-device', stringifyJson({ driver, ...said, 'iothread-vq-mapping': mapping })]
  })
}

import { shouldHave, show, strict, text, z } from '../util/schema.ts'
import { backingSchema } from './backing-spec.ts'
import { type DiskBus, deviceFields, diskFields } from './disk-options.ts'
import { VolumeSpecError } from './errors.ts'
import { imageFields } from './image-node.ts'
import { volumeLimitsSchema } from './limits.ts'
import { localCacheSchema } from './local-cache.ts'
import { formatOfFile, readVolumeUri, remoteSources, remoteTypes } from './source.ts'
import { qemuId, type VolumeSpec } from './spec.ts'
import { volumeTlsSchema } from './tls-spec.ts'

const source = z.discriminatedUnion(
  'type',
  [
    strict({ type: z.literal('file'), path: text }),
    strict({
      type: z.literal('nbd'),
      uri: text.describe('nbd:unix:/path[:exportname=x] or nbd://host:port[/export]'),
    }),
    ...remoteSources,
    strict({
      type: z.literal('vhost-user'),
      path: text.describe(
        'The socket of a program that serves the disk from the memory of the guest (vhost-user-blk)',
      ),
    }),
  ],
  {
    error: shouldHave(
      'type',
      ['file', 'nbd', ...remoteTypes, 'vhost-user'],
      'be {"type": "file", "path": …} or {"type": "nbd", "uri": …}',
    ),
  },
)

/** The schema of a drive: a disk that is there when the VM starts. */
export const driveSchema = strict({
  id: qemuId.optional().describe('The name of the drive, for its device'),
  source: source.optional().describe('What is in it; a CD-ROM without one is empty'),
  format: z
    .enum(['raw', 'qcow2', 'vmdk', 'vdi', 'vpc', 'vhdx', 'qed', 'luks'])
    .optional()
    .describe('By the ending (.qcow2) of a file when absent, else raw; never by what is in it'),
  backing: backingSchema
    .nullable()
    .optional()
    .describe('What the image stands on; null: nothing, whatever its header names, which is never opened'),
  interface: z
    .enum(['none', 'virtio', 'scsi', 'sata', 'usb', 'ide', 'sd', 'floppy', 'pflash', 'mtd', 'qemu-default'])
    .default('none')
    .describe(
      'none: a virtio-blk-pci device of its own is written, for a CD-ROM one of SATA or SCSI; scsi: a device on a virtio-scsi-pci controller; sata: one on the controller of q35; usb: one on that of the key usb; qemu-default: nothing is said about it',
    ),
  media: z.enum(['disk', 'cdrom']).optional(),
  device: z
    .boolean()
    .default(true)
    .describe('false: the device of an interface none is written elsewhere (rawDevices)'),
  deviceId: qemuId.optional(),
  iothread: qemuId.optional().describe('One of the iothreads'),
  bootIndex: z.int().min(0).max(2147483647).optional(),
  readOnly: diskFields.readOnly.optional(),
  numQueues: diskFields.numQueues.optional(),
  queueSize: diskFields.queueSize.optional(),
  serial: diskFields.serial.optional(),
  logicalBlockSize: diskFields.logicalBlockSize.optional(),
  physicalBlockSize: diskFields.physicalBlockSize.optional(),
  keySecret: diskFields.keySecret.optional(),
  cache: diskFields.cache.optional(),
  aio: diskFields.aio.optional(),
  discard: z.enum(['ignore', 'off', 'unmap', 'on']).optional(),
  detectZeroes: diskFields.detectZeroes.optional(),
  werror: diskFields.werror.optional(),
  rerror: diskFields.rerror.optional(),
  reconnectDelaySeconds: diskFields.reconnectDelaySeconds
    .optional()
    .describe('How long requests wait for a lost NBD server before they fail; a launch says 10'),
  iothreads: z
    .array(qemuId)
    .min(2)
    .optional()
    .describe('Several of the iothreads: the queues are spread over them. Needs QEMU 9.0'),
  ...deviceFields,
  virtioModel: z
    .enum(['transitional', 'non-transitional'])
    .optional()
    .describe(
      'transitional: for guests that know only the first virtio too; by the place of the disk when absent',
    ),
  passthrough: z
    .boolean()
    .optional()
    .describe('What the guest says to the SCSI disk goes to a SCSI device of the host'),
  prManager: text
    .optional()
    .describe('The socket of a qemu-pr-helper, for persistent reservations of such a device'),
  removableMedium: z
    .boolean()
    .optional()
    .describe('The guest takes it for a stick or a card; of SCSI and USB'),
  ...imageFields,
  limits: volumeLimitsSchema.optional().describe('What the disk may do in a second'),
  limitGroup: qemuId.optional().describe('Disks that name the same one share their limits'),
  tls: volumeTlsSchema.optional().describe('Its NBD server is spoken to over TLS and no other way'),
  localCache: localCacheSchema
    .optional()
    .describe(
      'A write-through cache on a local disk, for a disk on an NBD server; with it the disk is at a hot-plug port, and stays',
    ),
}).superRefine(({ media, source }, context) => {
  if (source !== undefined || media === 'cdrom') return
  const message = 'is required: only a CD-ROM (media "cdrom") can be empty'
  context.addIssue({ code: 'custom', path: ['source'], message })
})

/** A disk that is there when the VM starts. */
export type Drive = z.output<typeof driveSchema>

/** A drive as a person writes it. */
export type DriveInput = z.input<typeof driveSchema>

/** The interfaces by which a drive has a device of its own. */
const buses: Readonly<Record<string, DiskBus>> = { none: 'virtio', scsi: 'scsi', sata: 'sata', usb: 'usb' }

/** The bus of a drive's own device, undefined for a drive without one. */
export function diskBus(drive: Partial<Pick<Drive, 'interface' | 'device'>>): DiskBus | undefined {
  return drive.device === false ? undefined : buses[drive.interface ?? 'none']
}

/** Whether a program beside QEMU serves the disk: QEMU has no drive of it, and the memory is shared. */
export function isVhostUser({ source }: Partial<Pick<Drive, 'source'>>): boolean {
  return source?.type === 'vhost-user'
}

/** Whether a drive gets a device of its own, by which it can be placed, told of and booted from. */
export function hasDevice(drive: Partial<Pick<Drive, 'interface' | 'device'>>): boolean {
  return diskBus(drive) !== undefined
}

/** The format a drive is opened as. */
export function formatOfDrive({ source, format }: Pick<Drive, 'source' | 'format'>): string {
  return format ?? (source?.type === 'file' ? formatOfFile(source.path) : 'raw')
}

/** How a VM uses a volume that it starts with. */
export type BootRole = 'boot' | 'cloud-init' | 'efi'

const bootRoles: readonly BootRole[] = ['boot', 'cloud-init', 'efi']

const bootOptions = [
  ...(['format', 'backing', 'readOnly', 'numQueues', 'queueSize', 'serial', 'cache', 'aio'] as const),
  ...(['logicalBlockSize', 'physicalBlockSize', 'detectZeroes', 'discard', 'werror', 'rerror'] as const),
  ...(['reconnectDelaySeconds', 'iothreads', 'limits', 'limitGroup', 'tls', 'keySecret'] as const),
  ...(['wwn', 'vendor', 'product', 'rotationRate', 'geometry', 'shareable', 'ioeventfd'] as const),
  ...([
    'eventIdx',
    'packed',
    'discardNoUnref',
    'metadataCacheKiB',
    'copyOnRead',
    'snapshot',
    'slice',
  ] as const),
] as const

const { shape } = driveSchema

/** What a boot disk may say of itself: as a drive does. */
export const bootFields = {
  ...{
    format: shape.format,
    backing: shape.backing,
    keySecret: shape.keySecret,
    readOnly: shape.readOnly,
    numQueues: shape.numQueues,
  },
  ...{ queueSize: shape.queueSize, serial: shape.serial, cache: shape.cache, aio: shape.aio },
  ...{ discard: shape.discard, detectZeroes: shape.detectZeroes, werror: shape.werror, rerror: shape.rerror },
  ...{ logicalBlockSize: shape.logicalBlockSize, physicalBlockSize: shape.physicalBlockSize },
  ...{ reconnectDelaySeconds: shape.reconnectDelaySeconds, iothreads: shape.iothreads },
  ...{ limits: shape.limits, limitGroup: shape.limitGroup, tls: shape.tls },
  ...deviceFields,
  ...imageFields,
}

function optionsOf(volume: BootVolume): Partial<Drive> {
  return Object.fromEntries(
    bootOptions.flatMap((key) => (volume[key] === undefined ? [] : [[key, volume[key]]])),
  )
}

/** A volume that a VM starts with. Its role is one word, or one of three flags. Without a role it is the boot disk. */
export interface BootVolume extends Partial<Pick<Drive, (typeof bootOptions)[number]>> {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly uri: string
  readonly role?: BootRole | undefined
  readonly boot?: boolean | undefined
  readonly cloudInit?: boolean | undefined
  readonly efi?: boolean | undefined
}

/** A drive, and the iothread that it needs. */
export interface BootDrive {
  readonly drive: Drive
  readonly iothread?: { readonly id: string }
}

/**
 * The drive of a volume that is there at boot. The boot disk gets `cache=none`, a thread of its own and a queue for each vCPU;
 * cloud-init is a small CD-ROM without any of it; EFI volumes get no drive (undefined).
 * Throws VOLUME_SPEC when the address is neither a server nor a file, or the role is none of these.
 */
export function bootDrive(
  volume: BootVolume,
  options: { readonly vcpus?: number } = {},
): BootDrive | undefined {
  const role = roleOf(volume)
  if (role === 'efi') return undefined
  const read = readVolumeUri(volume.uri, { plain: volume.tls === undefined })
  if (typeof read === 'string') {
    throw new VolumeSpecError([{ path: 'uri', message: `${show(volume.uri)} ${read}`, value: volume.uri }])
  }
  const shared = {
    source:
      read.type === 'nbd'
        ? { type: 'nbd' as const, uri: volume.uri }
        : { type: 'file' as const, path: read.path },
    format: volume.format ?? (read.type === 'nbd' ? ('raw' as const) : formatOfFile(read.path)),
    device: true,
  }
  switch (role) {
    case 'cloud-init':
      return { drive: { ...shared, id: 'cloudinit', interface: 'virtio', media: 'cdrom' } }
    case 'boot':
      return {
        drive: {
          ...shared,
          id: 'os',
          interface: 'none',
          media: 'disk',
          cache: 'none',
          ...(volume.iothreads === undefined ? { iothread: 'ioth-os' } : {}),
          ...(options.vcpus === undefined ? {} : { numQueues: Math.min(Math.max(options.vcpus, 1), 1024) }),
          bootIndex: 1,
          ...optionsOf(volume),
        },
        ...(volume.iothreads === undefined ? { iothread: { id: 'ioth-os' } } : {}),
      }
    default:
      return role satisfies never
  }
}

function roleOf(volume: BootVolume): BootRole {
  const { role } = volume
  if (role !== undefined) {
    if (bootRoles.includes(role)) return role
    const message = `${show(role)} should be one of ${bootRoles.join(', ')}`
    throw new VolumeSpecError([{ path: 'role', message, value: role }])
  }
  if (volume.cloudInit === true) return 'cloud-init'
  return volume.efi === true ? 'efi' : 'boot'
}

/** What drives and volumes say in the same words. */
export const ofDriveAndVolume = [
  ...(['id', 'numQueues', 'queueSize', 'serial', 'logicalBlockSize', 'physicalBlockSize', 'cache'] as const),
  ...(['detectZeroes', 'werror', 'rerror', 'reconnectDelaySeconds', 'geometry'] as const),
  ...(['eventIdx', 'packed', 'limits', 'tls', 'localCache'] as const),
] as const

/**
 * Returns a drive with a local cache in the form of a volume, which is there from the start and stays. Undefined for the others, and
 * for those that `driveFaults` refuses for where they come from. Pure.
 */
export function cachedDrive(drive: Drive): VolumeSpec | undefined {
  const { discard, id, localCache, source } = drive
  if (localCache === undefined || id === undefined || source?.type !== 'nbd') return undefined
  const said = ofDriveAndVolume.flatMap((key) => (drive[key] === undefined ? [] : [[key, drive[key]]]))
  return {
    ...Object.fromEntries(said),
    ...{ id, uri: source.uri, iothread: true, readOnly: false, removable: false },
    ...(discard === undefined ? {} : { discard: 'ignore' }),
  }
}

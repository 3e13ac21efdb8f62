import type { Fault } from '../errors.ts'
import { shouldHave, show, strict, text, z } from '../util/schema.ts'
import { backingFaults, backingSchema } from './backing-spec.ts'
import { diskFaults, diskFields, keyFaults } from './disk-options.ts'
import { VolumeSpecError } from './errors.ts'
import { limitFaults, volumeLimitsSchema } from './limits.ts'
import { readNbdUri, readPlainNbdUri } from './nbd-uri.ts'
import { formatOfFile, readVolumeUri } from './source.ts'
import { qemuId, tlsFaults } from './spec.ts'
import { volumeTlsSchema } from './tls-spec.ts'

const source = z.discriminatedUnion(
  'type',
  [
    strict({ type: z.literal('file'), path: text }),
    strict({
      type: z.literal('nbd'),
      uri: text.describe('nbd:unix:/path[:exportname=x] or nbd://host:port[/export]'),
    }),
  ],
  {
    error: shouldHave('type', ['file', 'nbd'], 'be {"type": "file", "path": …} or {"type": "nbd", "uri": …}'),
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
    .enum(['none', 'virtio', 'ide', 'scsi', 'sd', 'floppy', 'pflash', 'mtd', 'qemu-default'])
    .default('none')
    .describe(
      'none: a virtio-blk-pci device of its own is written, for a CD-ROM one of SATA or SCSI; scsi: a device on a virtio-scsi-pci controller; qemu-default: nothing is said about it',
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
    .describe('Several of the iothreads, over which the queues are spread; of QEMU 9.0 and later'),
  limits: volumeLimitsSchema.optional().describe('What the disk may do in a second'),
  tls: volumeTlsSchema.optional().describe('Its NBD server is spoken to over TLS and no other way'),
}).superRefine(({ media, source }, context) => {
  if (source !== undefined || media === 'cdrom') return
  const message = 'is required: only a CD-ROM (media "cdrom") can be empty'
  context.addIssue({ code: 'custom', path: ['source'], message })
})

/** A disk that is there when the VM starts. */
export type Drive = z.output<typeof driveSchema>

/** A drive as a person writes it. */
export type DriveInput = z.input<typeof driveSchema>

/** Whether a drive gets a device of its own, by which it can be placed, told of and booted from. */
export function hasDevice(drive: Partial<Pick<Drive, 'interface' | 'device'>>): boolean {
  return ['none', 'scsi'].includes(drive.interface ?? 'none') && drive.device !== false
}

/** Whether it is a CD-ROM, whose medium can be changed. */
const isCdrom = (drive: Partial<Drive>) => drive.media === 'cdrom'

const deviceOnly = [
  ...(['iothread', 'numQueues', 'queueSize', 'bootIndex', 'serial', 'deviceId'] as const),
  ...(['logicalBlockSize', 'physicalBlockSize', 'iothreads'] as const),
] as const

/** What has no use for a CD-ROM. */
const diskOnly = ['numQueues', 'queueSize', 'logicalBlockSize', 'physicalBlockSize', 'iothreads'] as const

/** What says how an image is opened. */
const imageOnly = [
  ...(['format', 'backing', 'keySecret', 'cache', 'aio', 'discard', 'detectZeroes', 'readOnly'] as const),
  ...(['reconnectDelaySeconds', 'limits', 'tls'] as const),
] as const

/** The format a drive is opened as. */
export function formatOfDrive({ source, format }: Pick<Drive, 'source' | 'format'>): string {
  return format ?? (source?.type === 'file' ? formatOfFile(source.path) : 'raw')
}

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
  if (source?.type === 'file' && drive.reconnectDelaySeconds !== undefined) {
    const { reconnectDelaySeconds: value } = drive
    add('reconnectDelaySeconds', `${value} has no server to wait for: should be left out for a file`, value)
  }
  if (source === undefined && isCdrom(drive)) {
    for (const key of imageOnly) {
      if (drive[key] === undefined) continue
      add(
        key,
        `${show(drive[key])} has no image to go with: should be left out of an empty CD-ROM`,
        drive[key],
      )
    }
  }
  if (hasDevice(drive)) {
    if (drive.id === undefined) add('id', 'is required: its device names the drive by it')
    for (const key of isCdrom(drive) ? diskOnly : []) {
      if (drive[key] === undefined) continue
      add(key, `${show(drive[key])} is for disks: should be left out for a CD-ROM`, drive[key])
    }
  } else if (drive.interface === 'scsi') {
    add('device', 'false leaves nothing that QEMU takes: interface should be none then', drive.device)
  } else {
    for (const key of deviceOnly) {
      if (drive[key] === undefined) continue
      const why = drive.interface === 'none' ? 'with device false' : `with interface ${show(drive.interface)}`
      add(
        key,
        `${show(drive[key])} has no device to go to ${why}: should be left out, or the interface none`,
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
  if (drive.iothreads !== undefined && drive.interface === 'scsi')
    add('iothreads', 'are for virtio-blk: should be iothread for a SCSI disk')
  if (drive.iothreads !== undefined && drive.iothread !== undefined)
    add('iothread', `${show(drive.iothread)} is beside iothreads: should be left out`, drive.iothread)
  const standing =
    source === undefined
      ? []
      : [
          ...backingFaults(formatOfDrive({ ...drive, source }), drive.backing),
          ...keyFaults({ ...drive, format: formatOfDrive({ ...drive, source }) }),
        ]
  return [
    ...faults,
    ...standing,
    ...limitsAndTls(drive),
    ...diskFaults({ ...drive, isNbd: source?.type === 'nbd' }),
  ]
}

function limitsAndTls({ id, limits = {}, source, tls }: Partial<Drive>): Fault[] {
  const ofLimits = limitFaults(limits).map((fault) => ({ ...fault, path: `limits.${fault.path}` }))
  if (tls === undefined || source === undefined) return ofLimits
  const uri = source.type === 'nbd' ? source.uri : source.path
  const needsId =
    id === undefined ? [{ path: 'id', message: 'is required: its credentials are named by it' }] : []
  return [...ofLimits, ...needsId, ...tlsFaults({ tls, uri }, readVolumeUri(uri))]
}

/** What a volume is to a VM that starts with it. */
export type BootRole = 'boot' | 'cloud-init' | 'efi'

const bootOptions = [
  ...(['format', 'backing', 'readOnly', 'numQueues', 'queueSize', 'serial', 'cache', 'aio'] as const),
  ...(['logicalBlockSize', 'physicalBlockSize', 'detectZeroes', 'discard', 'werror', 'rerror'] as const),
  ...(['reconnectDelaySeconds', 'iothreads', 'limits', 'tls', 'keySecret'] as const),
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
  ...{ limits: shape.limits, tls: shape.tls },
}

function optionsOf(volume: BootVolume): Partial<Drive> {
  return Object.fromEntries(
    bootOptions.flatMap((key) => (volume[key] === undefined ? [] : [[key, volume[key]]])),
  )
}

/** A volume to start with; its role as one word or as one of three flags. Without any it is the boot disk. */
export interface BootVolume extends Partial<Pick<Drive, (typeof bootOptions)[number]>> {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly uri: string
  readonly role?: BootRole | undefined
  readonly boot?: boolean | undefined
  readonly cloudInit?: boolean | undefined
  readonly efi?: boolean | undefined
}

/** A drive and the iothread it wants. */
export interface BootDrive {
  readonly drive: Drive
  readonly iothread?: { readonly id: string }
}

/**
 * The drive of a volume that is there at boot. The boot disk gets `cache=none`, a thread of its own and a queue for each vCPU;
 * cloud-init is a small CD-ROM without any of it; EFI volumes get no drive (undefined).
 * Throws VOLUME_SPEC when the address is neither a server nor a file.
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
  if (volume.role !== undefined) return volume.role
  if (volume.cloudInit === true) return 'cloud-init'
  return volume.efi === true ? 'efi' : 'boot'
}

import type { Fault } from '../errors.ts'
import type { JsonObject } from '../qmp/forms.ts'
import { should, show, strict, text, z } from '../util/schema.ts'
import { cacheModes } from './cache.ts'

const maxSerialBytes = 20

// https://gitlab.com/qemu-project/qemu/-/blob/v10.0.0/hw/core/qdev-prop-internal.h and qdev-properties-system.c (blocksize).
const blockSizes = should('be a power of 2 from 512 to 2097152')
const blockSize = z
  .int({ error: blockSizes })
  .refine((size) => size >= 512 && size <= 2 * 1024 * 1024 && Number.isInteger(Math.log2(size)), {
    error: blockSizes,
  })

/** The limits that hold for every virtio disk, at boot and live. */
export const diskFields = {
  readOnly: z.boolean().describe('The guest may not write'),
  numQueues: z.int().min(1).max(1024).describe('virtio queues; QEMU gives one per vCPU when absent'),
  queueSize: z
    .int({ error: should('be a power of 2 from 4 to 1024') })
    .refine((size) => size >= 4 && size <= 1024 && Number.isInteger(Math.log2(size)), {
      error: should('be a power of 2 from 4 to 1024'),
    })
    .describe('Entries of each queue'),
  serial: z
    .string()
    .regex(/^\P{Cc}+$/u, { error: should('be a serial number without control characters') })
    .refine((serial) => Buffer.byteLength(serial) <= maxSerialBytes, {
      error: should(
        `be at most ${maxSerialBytes} bytes: a guest cannot see a longer serial number of a virtio disk`,
      ),
    })
    .describe('What the guest finds the disk by, under /dev/disk/by-id/virtio-…'),
  logicalBlockSize: blockSize.describe(
    'The smallest sector that the guest can read or write, in bytes; 512 when absent',
  ),
  physicalBlockSize: blockSize.describe(
    'The physical sector that the guest sees, in bytes; logicalBlockSize when absent',
  ),
  keySecret: text.describe(
    'For an encrypted image (LUKS, or qcow2 with LUKS): the id of the secret of the VM with its passphrase',
  ),
  cache: z.enum(cacheModes).describe("QEMU's cache mode"),
  aio: z.enum(['threads', 'native', 'io_uring']).describe('How QEMU reads and writes a file; not for NBD'),
  detectZeroes: z.enum(['off', 'on', 'unmap']),
  werror: z.enum(['report', 'ignore', 'enospc', 'stop']).describe('What QEMU does when a write fails'),
  rerror: z.enum(['report', 'ignore', 'stop']).describe('What QEMU does when a read fails'),
  reconnectDelaySeconds: z.int().min(0).max(600),
} as const

/** What is wrong between the options of a disk, at boot and live alike. */
export function diskFaults(disk: {
  readonly isNbd?: boolean | undefined
  readonly aio?: string | undefined
  readonly cache?: string | undefined
  readonly discard?: string | undefined
  readonly detectZeroes?: string | undefined
  readonly logicalBlockSize?: number | undefined
  readonly physicalBlockSize?: number | undefined
}): Fault[] {
  return [...aioFaults(disk), ...zeroFaults(disk), ...blockSizeFaults(disk)]
}

type DiskOptions = Parameters<typeof diskFaults>[0]

function zeroFaults({ detectZeroes, discard }: DiskOptions): Fault[] {
  if (detectZeroes !== 'unmap' || discard === 'unmap' || discard === 'on') return []
  const message = '"unmap" is refused by QEMU without discard: discard should be unmap too'
  return [{ path: 'detectZeroes', message, value: detectZeroes }]
}

function blockSizeFaults({ logicalBlockSize = 512, physicalBlockSize }: DiskOptions): Fault[] {
  if (physicalBlockSize === undefined || physicalBlockSize >= logicalBlockSize) return []
  const message = `${physicalBlockSize} is less than the logicalBlockSize ${logicalBlockSize}: should be at least as much`
  return [{ path: 'physicalBlockSize', message, value: physicalBlockSize }]
}

function aioFaults(disk: DiskOptions): Fault[] {
  if (disk.aio === undefined) return []
  if (disk.isNbd === true) {
    return [
      {
        path: 'aio',
        message: `${show(disk.aio)} is for files, and this is an NBD server: should be left out`,
        value: disk.aio,
      },
    ]
  }
  if (disk.aio === 'native' && disk.cache !== 'none' && disk.cache !== 'directsync') {
    const now = disk.cache === undefined ? 'without a cache mode' : `with cache ${show(disk.cache)}`
    return [
      {
        path: 'aio',
        message: `"native" is refused by QEMU ${now}: cache should be none or directsync`,
        value: disk.aio,
      },
    ]
  }
  return []
}

/** What QEMU's devices call the block sizes. One above 512 has to be said as the physical one too. */
export function blockSizeOptions({
  logicalBlockSize,
  physicalBlockSize = logicalBlockSize,
}: Pick<DiskOptions, 'logicalBlockSize' | 'physicalBlockSize'>) {
  return { logical_block_size: logicalBlockSize, physical_block_size: physicalBlockSize }
}

/** What a disk says of its encryption. */
interface Encrypted {
  readonly format?: string | undefined
  /** The id of the secret with its passphrase. */
  readonly keySecret?: string | undefined
}

/** What is wrong between a format and its passphrase. Pure. */
export function keyFaults({ format, keySecret }: Encrypted): Fault[] {
  if (format === 'luks' && keySecret === undefined)
    return [{ path: 'keySecret', message: 'is required: the id of the secret that opens the LUKS image' }]
  if (keySecret === undefined || format === 'luks' || format === 'qcow2') return []
  const message = `${show(keySecret)} is for encrypted images: should be left out, or format should be luks or qcow2`
  return [{ path: 'keySecret', message, value: keySecret }]
}

/** What a node says of its passphrase. Pure. */
export function keyOptions({ format, keySecret }: Encrypted): JsonObject {
  if (keySecret === undefined) return {}
  if (format === 'luks') return { 'key-secret': keySecret }
  return { encrypt: { format: 'luks', 'key-secret': keySecret } }
}

/** The options of a `-drive` that name the key of an encrypted image. Pure. */
export function keyPairs({ format, keySecret }: Encrypted): readonly (readonly [string, string])[] {
  if (keySecret === undefined) return []
  if (format === 'luks') return [['key-secret', keySecret]]
  return [
    ['encrypt.format', 'luks'],
    ['encrypt.key-secret', keySecret],
  ]
}

const ascii = (most: number) => should(`be 1 to ${most} printable ASCII characters`)
const words = (most: number) =>
  z.string({ error: ascii(most) }).regex(new RegExp(`^[ -~]{1,${most}}$`), { error: ascii(most) })

const worldWideName = should('be 0x and 16 hexadecimal digits, such as 0x5000c50015ea71ac')

/** What a disk tells its guest of itself beside its size and its serial number, at boot and live. QEMU's own words, except for the units. */
export const liveDeviceFields = {
  vendor: words(8).optional().describe('The vendor that a SCSI disk names'),
  product: words(16).optional().describe('The product that a SCSI or SATA disk names'),
  rotationRate: z
    .int({ error: should('be 1 for an SSD, or 1025 to 65534 turns a minute') })
    .refine((rate) => rate === 1 || (rate >= 1025 && rate <= 65534), {
      error: should('be 1 for an SSD, or 1025 to 65534 turns a minute'),
    })
    .optional()
    .describe('1 for an SSD, else the turns a minute; for SCSI and SATA'),
  geometry: strict({
    cylinders: z.int().min(1).max(65535),
    heads: z.int().min(1).max(255),
    sectors: z.int().min(1).max(255),
  })
    .optional()
    .describe('The geometry that an old guest sees'),
  shareable: z
    .boolean()
    .optional()
    .describe('Other VMs may write the disk too. For a raw image with a cluster file system'),
  ioeventfd: z
    .boolean()
    .optional()
    .describe('false: the vCPU handles the requests of the guest itself; for virtio-blk'),
  eventIdx: z.boolean().optional().describe('Whether interrupts are merged; for virtio-blk'),
  packed: z.boolean().optional().describe('Whether the queues are packed rings; for virtio-blk'),
} as const

/** The fields of a disk's device that the VM starts with. */
export const deviceFields = {
  wwn: z
    .string({ error: worldWideName })
    .regex(/^0x[0-9a-f]{16}$/i, { error: worldWideName })
    .optional()
    .describe('The world wide name, under /dev/disk/by-id/wwn-…; for SCSI and SATA'),
  ...liveDeviceFields,
} as const

const deviceObject = z.object(deviceFields)

/** What a disk tells of itself. */
export type DeviceOptions = z.output<typeof deviceObject>

/** How a disk comes to its guest. */
export type DiskBus = 'virtio' | 'scsi' | 'sata' | 'usb'

/** The buses that have what not every bus has. */
const only: Readonly<Record<string, readonly DiskBus[]>> = {
  iothread: ['virtio', 'scsi'],
  iothreads: ['virtio'],
  numQueues: ['virtio', 'scsi'],
  queueSize: ['virtio', 'scsi'],
  wwn: ['scsi', 'sata'],
  vendor: ['scsi'],
  product: ['scsi', 'sata'],
  rotationRate: ['scsi', 'sata'],
  geometry: ['virtio', 'scsi', 'sata'],
  ioeventfd: ['virtio'],
  eventIdx: ['virtio'],
  packed: ['virtio'],
  virtioModel: ['virtio'],
  removableMedium: ['scsi', 'usb'],
}

type Disk = DeviceOptions & {
  readonly iothread?: string | boolean | undefined
  readonly iothreads?: readonly string[] | undefined
  readonly logicalBlockSize?: number | undefined
  readonly format?: string | undefined
}

/** What a disk says of itself that its bus does not have, or QEMU refuses. Pure. */
export function deviceFaults(disk: Disk, bus: DiskBus): Fault[] {
  const said = new Map<string, unknown>(Object.entries(disk))
  const strange = Object.entries(only).flatMap(([path, buses]): Fault[] => {
    const value = said.get(path)
    if (value === undefined || (typeof value === 'boolean' && path === 'iothread') || buses.includes(bus))
      return []
    const message = `belongs to ${buses.join(' and ')} disks, and this one is on ${bus}: should be left out`
    return [{ path, message, value }]
  })
  return [...strange, ...sharing(disk), ...events(disk), ...ataFaults(disk, bus)]
}

function sharing({ format, shareable }: Disk): Fault[] {
  if (shareable !== true || format === undefined || format === 'raw') return []
  const message = `true needs the format raw: two QEMUs that write one ${show(format)} image destroy it`
  return [{ path: 'shareable', message, value: true }]
}

function events({ ioeventfd, iothread, iothreads }: Disk): Fault[] {
  if (ioeventfd !== false || (typeof iothread !== 'string' && iothread !== true && iothreads === undefined))
    return []
  const message = 'false does not work with an iothread: should be left out'
  return [{ path: 'ioeventfd', message, value: false }]
}

function ataFaults({ geometry, logicalBlockSize }: Disk, bus: DiskBus): Fault[] {
  if (bus !== 'sata') return []
  const blocks = logicalBlockSize === undefined || logicalBlockSize === 512
  const heads = geometry !== undefined && geometry.heads > 16
  return [
    ...(blocks
      ? []
      : [{ path: 'logicalBlockSize', message: 'should be 512 for SATA', value: logicalBlockSize }]),
    ...(heads
      ? [{ path: 'geometry.heads', message: 'should be 1 to 16 for SATA', value: geometry.heads }]
      : []),
  ]
}

/** The fields of a disk's device as QEMU's properties; undefined for a field that is not said. Pure. */
export function deviceOptions(disk: Omit<DeviceOptions, 'wwn'>, bus: DiskBus) {
  const { cylinders, heads, sectors } = disk.geometry ?? {}
  return {
    vendor: disk.vendor,
    product: bus === 'sata' ? undefined : disk.product,
    model: bus === 'sata' ? disk.product : undefined,
    rotation_rate: disk.rotationRate,
    cyls: cylinders,
    heads,
    secs: sectors,
    'share-rw': disk.shareable,
    ioeventfd: disk.ioeventfd,
    event_idx: disk.eventIdx,
    packed: disk.packed,
  }
}

import type { Fault } from '../errors.ts'
import type { JsonObject } from '../qmp/forms.ts'
import { should, show, text, z } from '../util/schema.ts'
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
        `be at most ${maxSerialBytes} bytes: the guest sees only so many of a virtio serial number`,
      ),
    })
    .describe('What the guest finds the disk by, under /dev/disk/by-id/virtio-…'),
  logicalBlockSize: blockSize.describe(
    'What the guest may read and write at least, in bytes; 512 when absent',
  ),
  physicalBlockSize: blockSize.describe(
    'What the disk writes in one piece, in bytes; as logicalBlockSize when absent',
  ),
  keySecret: text.describe(
    'Of an encrypted image (LUKS, by itself or in qcow2): the id of the secret with its passphrase, one of the secrets of the VM',
  ),
  cache: z.enum(cacheModes).describe("QEMU's cache mode"),
  aio: z.enum(['threads', 'native', 'io_uring']).describe('How file I/O is done; no use for NBD'),
  detectZeroes: z.enum(['off', 'on', 'unmap']),
  werror: z.enum(['report', 'ignore', 'enospc', 'stop']).describe('What a failed write does'),
  rerror: z.enum(['report', 'ignore', 'stop']).describe('What a failed read does'),
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
        message: `${show(disk.aio)} has no use for NBD, which is a socket: should be left out`,
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
  const message = `${show(keySecret)} opens nothing: should be left out, or the format luks or qcow2`
  return [{ path: 'keySecret', message, value: keySecret }]
}

/** What a node says of its passphrase. Pure. */
export function keyOptions({ format, keySecret }: Encrypted): JsonObject {
  if (keySecret === undefined) return {}
  if (format === 'luks') return { 'key-secret': keySecret }
  return { encrypt: { format: 'luks', 'key-secret': keySecret } }
}

/** The same as options of a `-drive`. Pure. */
export function keyPairs({ format, keySecret }: Encrypted): readonly (readonly [string, string])[] {
  if (keySecret === undefined) return []
  if (format === 'luks') return [['key-secret', keySecret]]
  return [
    ['encrypt.format', 'luks'],
    ['encrypt.key-secret', keySecret],
  ]
}

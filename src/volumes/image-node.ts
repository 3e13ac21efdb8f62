import type { Fault } from '../errors.ts'
import type { JsonObject } from '../qmp/index.ts'
import { should, show, strict, z } from '../util/schema.ts'
import { type Backing, canStand, formatOfBacking } from './backing-spec.ts'
import { VolumeSpecError } from './errors.ts'
import type { NbdAddress } from './nbd-uri.ts'
import { type FileDrivers, fileDriver, readVolumeUri, type VolumeSource } from './source.ts'

/** What is said to each node of an image, and what its files were found to be. */
export interface NodeOptions {
  readonly cache?: JsonObject | undefined
  readonly drivers?: FileDrivers | undefined
}

/**
 * The key `backing` of a node, in every case where QEMU would else open what the image's own header names: it is written
 * out down to the last image, and ends with null. Nothing for formats that stand on nothing. Pure.
 */
export function backingOption(
  format: string,
  backing: Backing | null | undefined,
  options: NodeOptions = {},
): { readonly backing?: JsonObject | null } {
  if (!canStand(format)) return {}
  return { backing: backing ? backingNode(backing, options) : null }
}

function backingNode(image: Backing, options: NodeOptions): JsonObject {
  const format = formatOfBacking(image)
  const source = readVolumeUri(image.uri, { plain: true })
  if (typeof source === 'string') {
    throw new VolumeSpecError([{ path: 'backing.uri', message: source, value: image.uri }])
  }
  const both = { 'read-only': true, ...(options.cache === undefined ? {} : { cache: options.cache }) }
  return {
    driver: format,
    ...both,
    file: { ...protocolNode(source, options.drivers), ...both },
    ...backingOption(format, image.backing, options),
  }
}

/** The node of a file or a server, with its driver and its place. */
export function protocolNode(source: VolumeSource, drivers?: FileDrivers): JsonObject {
  return source.type === 'file'
    ? { driver: fileDriver(source.path, drivers), filename: source.path }
    : { driver: 'nbd', server: socketAddress(source.address), export: source.address.export }
}

/** QAPI's SocketAddress, in which a port is a string. */
export function socketAddress(address: NbdAddress): JsonObject {
  return address.type === 'unix'
    ? { type: 'unix', path: address.path }
    : { type: 'inet', host: address.host, port: String(address.port) }
}

const sectors = should('be a multiple of 512')
const bytes = z.int({ error: sectors }).refine((count) => count >= 0 && count % 512 === 0, { error: sectors })

/** How QEMU keeps a qcow2 image, at boot and live. */
export const qcow2Fields = {
  discardNoUnref: z
    .boolean()
    .optional()
    .describe('What the guest frees keeps its place in the qcow2 image; of QEMU 8.1 and later'),
  metadataCacheKiB: z
    .int()
    .min(128)
    .max(32 * 1024 * 1024)
    .optional()
    .describe('How much of the tables of a qcow2 image is kept in memory'),
} as const

/** How QEMU opens the image of a drive, beside its format and its cache. */
export const imageFields = {
  ...qcow2Fields,
  copyOnRead: z
    .boolean()
    .optional()
    .describe('What is read from a backing image is written into the image itself'),
  snapshot: z
    .boolean()
    .optional()
    .describe('What the guest writes is gone when QEMU ends; until then it is in a file of /var/tmp'),
  slice: strict({ offsetBytes: bytes.default(0), sizeBytes: bytes.optional() })
    .optional()
    .describe('The part of a raw image that is the disk'),
} as const

const imageObject = z.object(imageFields)

/** How the image of a drive is opened. */
export type OpeningOptions = z.output<typeof imageObject>

/** What is wrong between the format of an image and how it is to be opened. Pure. */
export function imageFaults(
  image: Partial<OpeningOptions> & { readonly readOnly?: boolean | undefined },
  format: string,
): Fault[] {
  const only = (path: keyof OpeningOptions, wanted: string): Fault[] =>
    image[path] === undefined || image[path] === false || format === wanted
      ? []
      : [
          {
            path,
            message: `is for ${wanted} images, and this one is ${show(format)}: should be left out`,
            value: image[path],
          },
        ]
  const fixed = (path: 'copyOnRead'): Fault[] =>
    image[path] === true && image.readOnly === true
      ? [{ path, message: 'true is refused by QEMU for a read-only disk: should be left out', value: true }]
      : []
  return [
    ...only('discardNoUnref', 'qcow2'),
    ...only('metadataCacheKiB', 'qcow2'),
    ...only('slice', 'raw'),
    ...fixed('copyOnRead'),
  ]
}

/** The options of an image's node, by QEMU's names. Pure. */
export function imageOptions({
  discardNoUnref,
  metadataCacheKiB,
  slice,
}: Partial<OpeningOptions>): JsonObject {
  const options = {
    'discard-no-unref': discardNoUnref,
    'cache-size': metadataCacheKiB === undefined ? undefined : metadataCacheKiB * 1024,
    offset: slice?.offsetBytes,
    size: slice?.sizeBytes,
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as JsonObject
}

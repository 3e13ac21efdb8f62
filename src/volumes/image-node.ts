import type { JsonObject } from '../qmp/index.ts'
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

import type { JsonObject } from '../../qmp/index.ts'
import { cacheFlags } from '../cache.ts'
import { backingOption, protocolNode } from '../image-node.ts'
import { type FileDrivers, formatOfFile } from '../source.ts'
import type { ImageSpec } from './spec.ts'

/** The block node of an image, as QEMU's programs take it in JSON: no name is read as anything but a file's. */
export function imageNode(spec: ImageSpec, drivers?: FileDrivers): JsonObject {
  const format = spec.format ?? formatOfFile(spec.file)
  const both = { ...cacheOf(spec), discard: spec.discard ?? 'unmap', 'read-only': spec.readOnly === true }
  return {
    driver: format,
    ...both,
    ...backingOption(format, spec.backing, { ...cacheOf(spec), drivers }),
    ...(spec.detectZeroes === undefined ? {} : { 'detect-zeroes': spec.detectZeroes }),
    file: {
      ...protocolNode({ type: 'file', path: spec.file }, drivers),
      ...(spec.aio === undefined ? {} : { aio: spec.aio }),
      ...both,
    },
  }
}

function cacheOf({ cache }: ImageSpec): { readonly cache?: JsonObject } {
  if (cache === undefined) return {}
  const { direct, noFlush } = cacheFlags(cache)
  return { cache: { direct, 'no-flush': noFlush } }
}

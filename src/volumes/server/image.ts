import type { JsonObject } from '../../qmp/index.ts'
import { cacheFlags } from '../cache.ts'
import { formatOfFile } from '../spec.ts'
import type { ImageSpec } from './spec.ts'

/** The block node of an image, as QEMU's programs take it in JSON: no name is read as anything but a file's. */
export function imageNode(spec: ImageSpec): JsonObject {
  const both = { ...cacheOf(spec), discard: spec.discard ?? 'unmap', 'read-only': spec.readOnly === true }
  return {
    driver: spec.format ?? formatOfFile(spec.file),
    ...both,
    ...(spec.detectZeroes === undefined ? {} : { 'detect-zeroes': spec.detectZeroes }),
    file: {
      driver: spec.file.startsWith('/dev/') ? 'host_device' : 'file',
      filename: spec.file,
      ...(spec.aio === undefined ? {} : { aio: spec.aio }),
      ...both,
    },
  }
}

function cacheOf({ cache }: ImageSpec): JsonObject {
  if (cache === undefined) return {}
  const { direct, noFlush } = cacheFlags(cache)
  return { cache: { direct, 'no-flush': noFlush } }
}

import { isAbsolute, join } from 'node:path'
import type { Fault } from '../errors.ts'
import { check, jsonSchema, salvage, should, show, strict, text, z } from '../util/schema.ts'
import { cacheModes } from './cache.ts'
import { VolumeSpecError } from './errors.ts'
import { limitFaults, volumeLimitsSchema } from './limits.ts'
import { formatNbdUri, isNbdUri, type NbdAddress, readNbdUri, readPlainNbdUri } from './nbd-uri.ts'
import { portForDevice } from './slots.ts'
import { volumeTlsSchema } from './tls-spec.ts'

/** QEMU's form of an id, https://gitlab.com/qemu-project/qemu/-/blob/master/util/id.c. */
const idForm = /^[A-Za-z][A-Za-z0-9._-]*$/

/** An id as QEMU takes it. */
export const qemuId = z
  .string({ error: should('be an id: a letter, then letters, digits, - . or _') })
  .regex(idForm, { error: should('be an id: a letter, then letters, digits, - . or _') })

// Longer names are refused by QEMU (BDRV node names have 32 bytes with the final zero).
const maxNodeNameBytes = 31
const maxSerialBytes = 20

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
      error: should(`be at most ${maxSerialBytes} bytes: the guest sees no more of a virtio serial number`),
    })
    .describe('What the guest finds the disk by, under /dev/disk/by-id/virtio-…'),
  cache: z.enum(cacheModes).describe("QEMU's cache mode"),
  aio: z.enum(['threads', 'native', 'io_uring']).describe('How file I/O is done; no use for NBD'),
  detectZeroes: z.enum(['off', 'on', 'unmap']),
  werror: z.enum(['report', 'ignore', 'enospc', 'stop']).describe('What a failed write does'),
  rerror: z.enum(['report', 'ignore', 'stop']).describe('What a failed read does'),
  reconnectDelaySeconds: z.int().min(0).max(600),
} as const

const fields = {
  id: qemuId
    .refine((id) => Buffer.byteLength(volumeNames(id).node) <= maxNodeNameBytes, {
      error: should(
        `be at most ${maxNodeNameBytes - 'nbd-'.length} bytes: QEMU takes no longer name for the block node nbd-…`,
      ),
    })
    .describe('The name of the volume'),
  uri: text.describe(
    'nbd:unix:/path[:exportname=x], nbd://host:port[/export], nbd+unix:///export?socket=/path, nbds: for TLS, or a file',
  ),
  bus: qemuId.optional().describe('The hot-plug port; wins over device'),
  device: z
    .string()
    .refine((name) => portForDevice(name) !== undefined, {
      error: should('be /dev/sdf to /dev/sdp, which stand for hotplug1 to hotplug11'),
    })
    .optional()
    .describe('/dev/sdf to /dev/sdp: another way to name the port'),
  format: z.enum(['raw', 'qcow2']).optional().describe('Of a file; by its ending when absent'),
  iothread: z.boolean().default(true).describe('A thread of its own for the disk'),
  readOnly: diskFields.readOnly.default(false),
  numQueues: diskFields.numQueues.optional(),
  queueSize: diskFields.queueSize.optional(),
  serial: diskFields.serial.optional(),
  cache: diskFields.cache.optional(),
  aio: diskFields.aio.optional(),
  discard: z.enum(['ignore', 'unmap']).optional().describe('Whether freed blocks are given back'),
  detectZeroes: diskFields.detectZeroes.optional(),
  werror: diskFields.werror.optional(),
  rerror: diskFields.rerror.optional(),
  onIoError: z
    .enum(['report', 'pause-and-resume'])
    .optional()
    .describe(
      'pause-and-resume: the VM stops when the server is lost, and runs on when it is back; needs its owner',
    ),
  openTimeoutSeconds: z
    .int()
    .min(0)
    .max(600)
    .optional()
    .describe('How long QEMU may wait for the server, in safe plans 3'),
  reconnectDelaySeconds: diskFields.reconnectDelaySeconds
    .optional()
    .describe('How long requests wait for a lost server before they fail, in safe plans 10'),
  removable: z
    .boolean()
    .default(true)
    .describe('false: never detached; one that is there at boot cannot be ejected by the guest either'),
  tls: volumeTlsSchema.optional().describe('The server is spoken to over TLS and no other way'),
  limits: volumeLimitsSchema
    .optional()
    .describe('What the volume may do in a second, by a throttle group of its own'),
}

/** The schema of a volume file. */
export const volumeSpecSchema = strict(fields)

/** A volume as it is to be attached: what `parseVolumeSpec` gives. */
export type VolumeSpec = z.output<typeof volumeSpecSchema>

/** A volume as a person writes it. */
export type VolumeSpecInput = z.input<typeof volumeSpecSchema>

/** The names of everything a volume has in QEMU. Hot and cold volumes have the same, so a detach needs only the id. */
export function volumeNames(id: string): {
  /** What the disk uses: the server or file itself, or with limits the throttle in front of it. */
  readonly node: string
  /** The server or file behind a throttle. */
  readonly source: string
  readonly device: string
  readonly iothread: string
  readonly throttleGroup: string
  /** The credentials for TLS. */
  readonly tls: string
} {
  return {
    node: `nbd-${id}`,
    source: `src-${id}`,
    device: `vdisk-${id}`,
    iothread: `ioth-${id}`,
    throttleGroup: `thr-${id}`,
    tls: `tls-${id}`,
  }
}

/** What a volume is made of. */
export type VolumeSource = NbdSource | FileSource
export interface NbdSource {
  readonly type: 'nbd'
  readonly address: NbdAddress
}
export interface FileSource {
  readonly type: 'file'
  readonly path: string
}

/** The server or file a text means, or what is wrong with it; `plain` where there is no TLS. */
export function readVolumeUri(uri: string, { plain = false } = {}): VolumeSource | string {
  if (isNbdUri(uri)) {
    const address = plain ? readPlainNbdUri(uri) : readNbdUri(uri)
    return typeof address === 'string' ? address : { type: 'nbd', address }
  }
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(uri) ?? []
  if (scheme === undefined) return { type: 'file', path: uri }
  if (scheme.toLowerCase() !== 'file') {
    return 'should be an NBD address (nbd:unix:/path, nbd://host:port/export) or a path; a path with a colon begins with / or ./'
  }
  const path = rest.startsWith('//') ? rest.slice(2) : rest
  try {
    return path.startsWith('/')
      ? { type: 'file', path: decodeURIComponent(path) }
      : 'should be file:///absolute/path'
  } catch {
    return 'has a broken % escape'
  }
}

/** The volume as any process names it, whatever directory that works in: what is relative is so to `directory`. Pure. */
export function volumeFrom<V extends { readonly uri: string }>(directory: string, volume: V): V {
  const source = readVolumeUri(volume.uri)
  if (typeof source === 'string') return volume
  if (source.type === 'file')
    return isAbsolute(source.path) ? volume : { ...volume, uri: join(directory, source.path) }
  const { address } = source
  if (address.type !== 'unix' || isAbsolute(address.path)) return volume
  return { ...volume, uri: formatNbdUri({ ...address, path: join(directory, address.path) }) }
}

/** The format of a file by its ending. */
export function formatOfFile(path: string): 'raw' | 'qcow2' {
  return /\.qcow2$/i.test(path) ? 'qcow2' : 'raw'
}

/** The port a volume asks for, undefined when any will do. */
export function portOfSpec(spec: {
  readonly bus?: string | undefined
  readonly device?: string | undefined
}): string | undefined {
  return spec.bus ?? (spec.device === undefined ? undefined : portForDevice(spec.device))
}

/** What is wrong between the options of a disk, at boot and live alike. */
export function diskFaults(disk: {
  readonly isNbd?: boolean | undefined
  readonly aio?: string | undefined
  readonly cache?: string | undefined
}): Fault[] {
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

function specFaults(spec: Partial<VolumeSpec>): Fault[] {
  const source = spec.uri === undefined ? undefined : readVolumeUri(spec.uri)
  const faults: Fault[] = []
  if (typeof source === 'string')
    faults.push({ path: 'uri', message: `${show(spec.uri)} ${source}`, value: spec.uri })
  faults.push(...tlsFaults(spec, source))
  const isNbd = spec.uri !== undefined && isNbdUri(spec.uri)
  if (isNbd && spec.format === 'qcow2') {
    faults.push({
      path: 'format',
      message: '"qcow2" is for files: an NBD server gives raw blocks, so this should be left out',
      value: spec.format,
    })
  }
  if (spec.detectZeroes === 'unmap' && spec.discard !== 'unmap') {
    faults.push({
      path: 'detectZeroes',
      message: '"unmap" is refused by QEMU without discard: discard should be unmap too',
      value: spec.detectZeroes,
    })
  }
  for (const key of ['werror', 'rerror'] as const) {
    if (spec.onIoError !== 'pause-and-resume' || spec[key] === undefined || spec[key] === 'stop') continue
    const message = `${show(spec[key])} does not stop the VM, as onIoError wants it: should be stop, or left out`
    faults.push({ path: key, message, value: spec[key] })
  }
  const limits = limitFaults(spec.limits ?? {}).map((fault) => ({ ...fault, path: `limits.${fault.path}` }))
  return [...faults, ...limits, ...diskFaults({ ...spec, isNbd })]
}

function tlsFaults({ tls, uri }: Partial<VolumeSpec>, source: VolumeSource | string | undefined): Fault[] {
  if (typeof source !== 'object') return []
  if (source.type === 'file') {
    const message = 'has no use for a file: should be left out'
    return tls === undefined ? [] : [{ path: 'tls', message, value: tls }]
  }
  const { address } = source
  if (tls === undefined) {
    const message = `is required: ${show(uri)} asks for TLS, with {"dir": …} of the certificates`
    return address.tls === true ? [{ path: 'tls', message }] : []
  }
  const isNamed = address.type === 'tcp' || tls.hostname !== undefined || !tls.verifyPeer
  const message = 'is required: a unix socket has no name to look for in the certificate of its server'
  return isNamed ? [] : [{ path: 'tls.hostname', message }]
}

/** What parseVolumeSpec is told beside the document. */
export interface GivenVolume {
  /** Wins over the id in the document. */
  readonly id?: string | undefined
}

/**
 * A volume from what a person wrote: the object of a volume file, or a bare address with the id beside it.
 * Throws VOLUME_SPEC with every fault at once.
 */
export function parseVolumeSpec(input: unknown, given: GivenVolume = {}): VolumeSpec {
  const id = given.id === undefined ? {} : { id: given.id }
  const bare = typeof input === 'string' ? { uri: input } : input
  const document =
    typeof bare === 'object' && bare !== null && !Array.isArray(bare) ? { ...bare, ...id } : bare
  const checked = check(volumeSpecSchema, document)
  const inSchema = checked.ok ? [] : checked.faults
  // What is wrong in itself is not also missing.
  const isTold = ({ path }: Fault) => inSchema.some((fault) => fault.path.startsWith(`${path}.`))
  const sound = checked.ok ? checked.value : salvage(volumeSpecSchema, document)
  const between = specFaults(sound).filter((fault) => !isTold(fault))
  const faults = [...inSchema, ...between]
  if (!checked.ok || faults.length > 0) throw new VolumeSpecError(faults)
  return checked.value
}

/** The JSON Schema of a volume file. */
export function volumeJsonSchema(): Record<string, unknown> {
  return jsonSchema(volumeSpecSchema, 'qemu-launch volume')
}

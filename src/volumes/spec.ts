import type { Fault } from '../errors.ts'
import { check, jsonSchema, salvage, should, show, strict, text, withoutSchema, z } from '../util/schema.ts'
import { backingFaults, backingSchema, imageFormat } from './backing-spec.ts'
import { deviceFaults, diskFaults, diskFields, keyFaults, liveDeviceFields } from './disk-options.ts'
import { VolumeSpecError } from './errors.ts'
import { imageFaults, qcow2Fields } from './image-node.ts'
import { latencyHistogramSchema } from './latency.ts'
import { limitFaults, volumeLimitsSchema } from './limits.ts'
import { type CacheNames, localCacheFaults, localCacheSchema } from './local-cache.ts'
import { isNbdUri } from './nbd-uri.ts'
import { type ServeInput, type ServeSpec, serveFaults, serveSchema } from './server/serve.ts'
import { portForDevice } from './slots.ts'
import { formatOfFile, readVolumeUri, type VolumeSource } from './source.ts'
import { volumeTlsSchema } from './tls-spec.ts'

/** QEMU's form of an id, https://gitlab.com/qemu-project/qemu/-/blob/master/util/id.c. */
const idForm = /^[A-Za-z][A-Za-z0-9._-]*$/

/** An id as QEMU takes it. */
export const qemuId = z
  .string({ error: should('be an id: a letter, then letters, digits, - . or _') })
  .regex(idForm, { error: should('be an id: a letter, then letters, digits, - . or _') })

// Longer names are refused by QEMU (BDRV node names have 32 bytes with the final zero).
const maxNodeNameBytes = 31

const fields = {
  id: qemuId
    .refine((id) => Buffer.byteLength(volumeNames(id).node) <= maxNodeNameBytes, {
      error: should(
        `be at most ${maxNodeNameBytes - 'nbd-'.length} bytes: the block node is named nbd-<id>, and QEMU takes 31 bytes`,
      ),
    })
    .describe('The name of the volume'),
  uri: text
    .optional()
    .describe(
      'nbd:unix:/path[:exportname=x], nbd://host:port[/export], nbd+unix:///export?socket=/path, nbds: for TLS, or a file',
    ),
  serve: serveSchema
    .optional()
    .describe('In place of uri: a server that is started for the volume, and ends with it'),
  interface: z
    .enum(['virtio', 'scsi'])
    .optional()
    .describe(
      "scsi: a disk on a virtio-scsi controller of the VM, in the controller's thread; virtio when absent",
    ),
  bus: qemuId
    .optional()
    .describe(
      'The hot-plug port; for a SCSI disk its controller (the first when absent). It wins over device',
    ),
  device: z
    .string()
    .refine((name) => portForDevice(name) !== undefined, {
      error: should('be /dev/sdf to /dev/sdp, which stand for hotplug1 to hotplug11'),
    })
    .optional()
    .describe('/dev/sdf to /dev/sdp: another way to name the port'),
  format: z
    .enum([...imageFormat.options, 'luks'])
    .optional()
    .describe(
      'The format of the image. When absent, the ending of the file decides it, never the content. qcow2 or luks for a server that has such an image',
    ),
  backing: backingSchema
    .nullable()
    .optional()
    .describe('The backing image of a qcow2 file; null for none. What the header names is never opened'),
  iothread: z.boolean().default(true).describe('A thread of its own for the disk'),
  readOnly: diskFields.readOnly.default(false),
  numQueues: diskFields.numQueues.optional(),
  queueSize: diskFields.queueSize.optional(),
  serial: diskFields.serial.optional(),
  logicalBlockSize: diskFields.logicalBlockSize.optional(),
  physicalBlockSize: diskFields.physicalBlockSize.optional(),
  keySecret: diskFields.keySecret.optional(),
  ...liveDeviceFields,
  ...qcow2Fields,
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
    .describe('How long QEMU may wait for the server at the attach; 3 unless given (preset safe)'),
  reconnectDelaySeconds: diskFields.reconnectDelaySeconds
    .optional()
    .describe('How long requests wait for a lost server before they fail; 10 unless given (preset safe)'),
  removable: z
    .boolean()
    .default(true)
    .describe(
      'false: the volume is never detached. If it is in the config, the guest cannot eject it either',
    ),
  tls: volumeTlsSchema.optional().describe('Connects to the server over TLS only'),
  limits: volumeLimitsSchema.optional().describe('What the volume may do in a second'),
  latencyHistogram: latencyHistogramSchema.optional(),
  localCache: localCacheSchema
    .optional()
    .describe(
      'A write-through cache on a local disk, for a volume on a server. onIoError is pause-and-resume then',
    ),
}

/** The schema of a volume file. */
export const volumeSpecSchema = strict(fields)

/** The schema of a volume whose address is known, on record. */
export const volumeRecordSchema = strict({ ...fields, uri: text })

/** A volume as it is to be attached: what `parseVolumeSpec` gives. */
export type VolumeSpec = z.output<typeof volumeRecordSchema>

/** A volume as you write it: with an address, or with the server that is started for it. */
export type VolumeSpecInput = UnservedInput & ({ readonly uri: string } | { readonly serve: ServeInput })

/** A volume that names neither an address nor a server. */
export type UnservedInput = z.input<typeof volumeSpecSchema>

/** The names of everything a volume has in QEMU. Hot and cold volumes have the same, so a detach needs only the id. */
export function volumeNames(id: string): {
  /** What the disk uses: the server or file itself, or with limits the throttle in front of it. */
  readonly node: string
  /** The server or file behind a throttle, and the server of an image with a format of its own. */
  readonly source: string
  readonly device: string
  readonly iothread: string
  readonly throttleGroup: string
  /** The credentials for TLS. */
  readonly tls: string
  /** Fails every request, between the disk and what it used; there while the volume is being cut off. */
  readonly fence: string
  /** What the disk of a volume with a cache uses when the cache has failed: the server without it, or the throttle in front of that. */
  readonly spare: string
  /** The server behind that throttle. */
  readonly spareSource: string
  readonly cache: CacheNames
} {
  return {
    node: `nbd-${id}`,
    source: `src-${id}`,
    device: `vdisk-${id}`,
    iothread: `ioth-${id}`,
    throttleGroup: `thr-${id}`,
    tls: `tls-${id}`,
    fence: `cut-${id}`,
    spare: `alt-${id}`,
    spareSource: `als-${id}`,
    cache: {
      volume: `vol-${id}`,
      filler: `bck-${id}`,
      copier: `cor-${id}`,
      overlay: `ovl-${id}`,
      file: `ovf-${id}`,
    },
  }
}

/** The port a volume asks for, undefined when any will do. */
export function portOfSpec(spec: {
  readonly bus?: string | undefined
  readonly device?: string | undefined
}): string | undefined {
  return spec.bus ?? (spec.device === undefined ? undefined : portForDevice(spec.device))
}

/** What is wrong about where a volume comes from; `address` is that of the server started for it. Pure. */
export function originFaults(
  { serve, uri }: { readonly serve?: ServeSpec | undefined; readonly uri?: string | undefined },
  address?: string,
): Fault[] {
  if (serve === undefined && uri !== undefined) return []
  if (serve === undefined) {
    const message = 'is required: should be an address or a file, unless there is a server to start (serve)'
    return [{ path: 'uri', message }]
  }
  const faults = serveFaults(serve).map((fault) => ({ ...fault, path: `serve.${fault.path}` }))
  if (uri === undefined || address === undefined || uri === address) return faults
  const message = `${show(uri)} and serve cannot both be set, since serve gives the volume its address: should be left out`
  return [...faults, { path: 'uri', message, value: uri }]
}

/** Keys of a volume that are sound; others may be missing. */
type SoundVolume = Partial<Omit<VolumeSpec, 'uri'>> & { readonly uri?: string | undefined }

function specFaults(spec: SoundVolume): Fault[] {
  const source = spec.uri === undefined ? undefined : readVolumeUri(spec.uri)
  const faults: Fault[] = []
  if (typeof source === 'string')
    faults.push({ path: 'uri', message: `${show(spec.uri)} ${source}`, value: spec.uri })
  faults.push(...tlsFaults(spec, source))
  const isNbd = spec.uri !== undefined && isNbdUri(spec.uri)
  const format =
    spec.format ?? (typeof source === 'object' && source.type === 'file' ? formatOfFile(source.path) : 'raw')
  faults.push(...backingFaults(format, spec.backing), ...keyFaults({ ...spec, format }))
  for (const key of ['werror', 'rerror'] as const) {
    if (spec.onIoError !== 'pause-and-resume' || spec[key] === undefined || spec[key] === 'stop') continue
    const message = `${show(spec[key])} does not stop the VM, as onIoError wants it: should be stop, or left out`
    faults.push({ path: key, message, value: spec[key] })
  }
  faults.push(
    ...imageFaults(spec, format),
    ...deviceFaults({ ...spec, format }, spec.interface ?? 'virtio'),
    ...scsiFaults(spec),
  )
  if (spec.localCache !== undefined)
    faults.push(...localCacheFaults(spec, spec.uri === undefined ? undefined : isNbd))
  const limits = limitFaults(spec.limits ?? {}).map((fault) => ({ ...fault, path: `limits.${fault.path}` }))
  return [...faults, ...limits, ...diskFaults({ ...spec, isNbd })]
}

/** What the controller of a SCSI disk says, and the disk cannot. */
function scsiFaults(spec: SoundVolume): Fault[] {
  if (spec.interface !== 'scsi') return []
  return (['device', 'numQueues', 'queueSize'] as const).flatMap((path) =>
    spec[path] === undefined
      ? []
      : [{ path, message: 'is for virtio disks: should be left out for a SCSI disk', value: spec[path] }],
  )
}

/** What is wrong between an address and its TLS. */
export function tlsFaults({ tls, uri }: SoundVolume, source: VolumeSource | string | undefined): Fault[] {
  if (typeof source !== 'object') return []
  if (source.type === 'file') {
    const message = 'is for NBD servers, and this is a file: should be left out'
    return tls === undefined ? [] : [{ path: 'tls', message, value: tls }]
  }
  const { address } = source
  if (tls === undefined) {
    const message = `is required: ${show(uri)} needs TLS: should be {"dir": "<folder of the certificates>"}`
    return address.tls === true ? [{ path: 'tls', message }] : []
  }
  const isNamed = address.type === 'tcp' || tls.hostname !== undefined || !tls.verifyPeer
  const message =
    "is required: should be the name in the server's certificate, since a unix socket has no host name"
  return isNamed ? [] : [{ path: 'tls.hostname', message }]
}

/** What the caller of `parseVolumeSpec` adds to the document. */
export interface GivenVolume {
  /** Wins over the id in the document. */
  readonly id?: string | undefined
  /** The address of the server that is started for a volume; without it, `serve` needs its `uri` beside it. */
  readonly serveAt?: ((id: string, serve: ServeSpec) => string) | undefined
}

/**
 * Reads a volume: the object of a volume file, or an address with the id beside it. Throws VOLUME_SPEC with every fault at once.
 */
export function parseVolumeSpec(input: unknown, given: GivenVolume = {}): VolumeSpec {
  const id = given.id === undefined ? {} : { id: given.id }
  const bare = typeof input === 'string' ? { uri: input } : withoutSchema(input)
  const document =
    typeof bare === 'object' && bare !== null && !Array.isArray(bare) ? { ...bare, ...id } : bare
  const checked = check(volumeSpecSchema, document)
  const inSchema = checked.ok ? [] : checked.faults
  // What is wrong in itself is not also missing.
  const isTold = ({ path }: Fault) =>
    inSchema.some((fault) => fault.path === path || fault.path.startsWith(`${path}.`))
  const sound = checked.ok ? checked.value : salvage(volumeSpecSchema, document)
  const isServeTold = isTold({ path: 'serve', message: '' })
  const address = addressOf(sound, given)
  const origin = isServeTold ? [] : originFaults(sound, address)
  const uri = sound.serve === undefined ? sound.uri : (address ?? sound.uri)
  const unplaced =
    sound.serve !== undefined && sound.uri === undefined && given.serveAt === undefined ? [unplacedFault] : []
  const between = [...origin, ...unplaced, ...specFaults({ ...sound, uri })].filter((fault) => !isTold(fault))
  const faults = [...inSchema, ...between]
  if (!checked.ok || faults.length > 0 || uri === undefined) throw new VolumeSpecError(faults)
  return { ...checked.value, uri }
}

const unplacedFault: Fault = {
  path: 'serve',
  message: 'works only in a VM, which starts the server: should be the uri of a server that runs',
}

function addressOf({ id, serve }: SoundVolume, { serveAt }: GivenVolume): string | undefined {
  return serve === undefined || id === undefined ? undefined : serveAt?.(id, serve)
}

/** The JSON Schema of a volume file. */
export function volumeJsonSchema(): Record<string, unknown> {
  const anyOf = ['uri', 'serve'].map((key) => ({ required: [key] }))
  return { ...jsonSchema(volumeSpecSchema, 'qemu-launch volume'), anyOf }
}

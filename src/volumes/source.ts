import { isAbsolute, join, posix } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Fault } from '../errors.ts'
import type { JsonObject } from '../qmp/forms.ts'
import { should, show, strict, text, z } from '../util/schema.ts'
import { formatNbdUri, isNbdUri, type NbdAddress, readNbdUri, readPlainNbdUri } from './nbd-uri.ts'

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

/** Something that names a file or a server, and maybe what it stands on. */
interface Named {
  readonly uri: string
  readonly backing?: Named | null | undefined
}

/** The volume as any process names it, whatever directory that works in: what is relative is so to `directory`. Pure. */
export function volumeFrom<V extends Named>(directory: string, volume: V): V {
  const uri = uriFrom(directory, volume.uri)
  const backing = volume.backing ? volumeFrom(directory, volume.backing) : volume.backing
  return uri === volume.uri && backing === volume.backing
    ? volume
    : { ...volume, uri, ...(backing === undefined ? {} : { backing }) }
}

function uriFrom(directory: string, uri: string): string {
  const source = readVolumeUri(uri)
  if (typeof source === 'string') return uri
  if (source.type === 'file') return isAbsolute(source.path) ? uri : join(directory, source.path)
  const { address } = source
  if (address.type !== 'unix' || isAbsolute(address.path)) return uri
  return formatNbdUri({ ...address, path: join(directory, address.path) })
}

/** Whether two addresses mean the same server or file: one has several spellings. Pure. */
export function isSameUri(one: string, other: string): boolean {
  return one === other || isDeepStrictEqual(readVolumeUri(one), readVolumeUri(other))
}

/** The format of a file by its ending. */
export function formatOfFile(path: string): 'raw' | 'qcow2' {
  return /\.qcow2$/i.test(path) ? 'qcow2' : 'raw'
}

/** QEMU's driver for a file or a block device. */
export type FileDriver = 'file' | 'host_device'

/** What files were found to be when somebody looked; by path. */
export type FileDrivers = ReadonlyMap<string, FileDriver>

/** The driver for a path: by what was found there, else by its name. Pure. */
export function fileDriver(path: string, found?: FileDrivers): FileDriver {
  const place = posix.normalize(path)
  const isDevice = place.startsWith('/dev/') && !place.startsWith('/dev/shm/')
  return found?.get(path) ?? (isDevice ? 'host_device' : 'file')
}

const port = z.int().min(1).max(65535)
const hostName = z.string().regex(/^[\w.:-]+$/, { error: should('be the name or the address of a host') })
const secret = text
  .optional()
  .describe('The id of the secret with the password, one of the secrets of the VM')

const addresses = should('be an address of http, https, ftp or ftps')
const pciAddress = should('be the address of a PCI device, such as 0000:01:00.0')

/** The sources of disks for which QEMU itself is the client, by QEMU's names of their drivers. */
export const remoteSources = [
  strict({
    type: z.literal('http'),
    url: z.string().regex(/^(?:https?|ftps?):\/\/\S+$/, { error: addresses }),
    user: text.optional(),
    passwordSecret: secret,
  }),
  strict({
    type: z.literal('iscsi'),
    portal: text.describe('HOST:PORT'),
    target: text.describe('The name (IQN) of the target'),
    lun: z.int().min(0).max(255).default(0),
    initiator: text.optional().describe('The name of this host'),
    user: text.optional(),
    passwordSecret: secret,
  }),
  strict({
    type: z.literal('rbd'),
    pool: text,
    image: text,
    namespace: text.optional(),
    snapshot: text.optional(),
    conf: text.optional().describe('The configuration of Ceph; that of the host when absent'),
    user: text.optional(),
  }),
  strict({
    type: z.literal('ssh'),
    host: hostName,
    port: port.default(22),
    path: text,
    user: text.optional(),
  }),
  strict({ type: z.literal('nfs'), host: hostName, path: text }),
  strict({
    type: z.literal('nvme'),
    host: z
      .string()
      .regex(/^[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/i, { error: pciAddress })
      .describe('The PCI address of a drive that VFIO has'),
    namespace: z.int().min(1).default(1),
  }),
  strict({ type: z.literal('vhost-vdpa'), path: text.describe('/dev/vhost-vdpa-…') }),
  strict({
    type: z.literal('directory'),
    path: text.describe('Shown as a FAT disk, as it is when QEMU starts'),
    label: z
      .string()
      .regex(/^[ -~]{1,11}$/, { error: should('be 1 to 11 printable ASCII characters') })
      .optional(),
  }),
] as const

/** Their types, for messages. */
export const remoteTypes = ['http', 'iscsi', 'rbd', 'ssh', 'nfs', 'nvme', 'vhost-vdpa', 'directory'] as const

const anyRemote = z.discriminatedUnion('type', remoteSources)

/** A disk that QEMU fetches by itself, by another protocol than NBD. */
export type RemoteSource = z.output<typeof anyRemote>

/** What can only be read. */
export function isReadOnlySource({ type }: { readonly type: string }): boolean {
  return type === 'http' || type === 'directory'
}

/** What is wrong between such a source and its drive. Pure. */
export function remoteFaults(drive: {
  readonly source: { readonly type: string }
  readonly media?: string | undefined
  readonly readOnly?: boolean | undefined
  readonly aio?: string | undefined
}): Fault[] {
  const { aio, media, readOnly, source } = drive
  if (!remoteTypes.some((type) => type === source.type)) return []
  const writes = isReadOnlySource(source) && readOnly !== true && media !== 'cdrom'
  const message = `should be true: QEMU only reads from ${show(source.type)}`
  const files = `${show(aio)} is for files: should be left out for ${show(source.type)}`
  return [
    ...(writes ? [{ path: 'readOnly', message }] : []),
    ...(aio === undefined ? [] : [{ path: 'aio', message: files, value: aio }]),
  ]
}

/** The node of such a source, https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html, BlockdevOptions. Pure. */
export function remoteNode(source: RemoteSource): JsonObject {
  const node = nodeOf(source)
  return Object.fromEntries(Object.entries(node).filter(([, value]) => value !== undefined)) as JsonObject
}

function nodeOf(source: RemoteSource): object {
  switch (source.type) {
    case 'http':
      return {
        driver: source.url.replace(/:.*$/s, ''),
        url: source.url,
        username: source.user,
        'password-secret': source.passwordSecret,
      }
    case 'iscsi':
      return {
        driver: 'iscsi',
        transport: 'tcp',
        portal: source.portal,
        target: source.target,
        lun: source.lun,
        'initiator-name': source.initiator,
        user: source.user,
        'password-secret': source.passwordSecret,
      }
    case 'rbd': {
      const { type: driver, ...options } = source
      return { driver, ...options }
    }
    case 'ssh': {
      const { host, path, port, user } = source
      const known = { mode: 'known_hosts' }
      return { driver: 'ssh', server: { host, port: String(port) }, path, user, 'host-key-check': known }
    }
    case 'nfs':
      return { driver: 'nfs', server: { type: 'inet', host: source.host }, path: source.path }
    case 'nvme':
      return { driver: 'nvme', device: source.host, namespace: source.namespace }
    case 'vhost-vdpa':
      return { driver: 'virtio-blk-vhost-vdpa', path: source.path }
    case 'directory':
      return { driver: 'vvfat', dir: source.path, label: source.label }
    default:
      return source satisfies never
  }
}

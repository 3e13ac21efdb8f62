import { isAbsolute, join, posix } from 'node:path'
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

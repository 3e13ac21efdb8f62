import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import type { Fault } from '../errors.ts'
import { show } from '../util/schema.ts'
import { type Backing, canStand } from './backing-spec.ts'
import { type ImageHead, readImageHead } from './image-head.ts'
import { probeNbd } from './nbd-probe.ts'
import { formatNbdUri, isNbdUri } from './nbd-uri.ts'
import { type FileDriver, formatOfFile, type NbdSource, readVolumeUri, type VolumeSource } from './source.ts'

/** Where an image says what it is, and by which names. */
const servedHeadBytes = 128 * 1024

/** An image as QEMU is about to open it. */
export interface Image {
  readonly source: VolumeSource
  /** When absent, the ending of the name decides it. */
  readonly format?: string | undefined
  /** Whether a person has named the format, and so knows what is inside. When absent: whether `format` is there. */
  readonly isFormatSaid?: boolean | undefined
  readonly backing?: Backing | null | undefined
}

/** What images were found to be: the driver of each file that is there, and what is wrong, with paths inside the image. */
export interface Look {
  readonly drivers: ReadonlyMap<string, FileDriver>
  readonly faults: readonly Fault[]
}

/**
 * Looks at the files of an image before QEMU opens them: what is no disk at all (a pipe would stop the whole VM), what is
 * another format inside than it would be opened as, and what names other files of this host that nobody has said may be
 * opened. Where the format is raw what is inside is the guest's: there a file is looked at only when nobody has said so, and a
 * server is not. What cannot be read is left to QEMU, which cannot read it either. Never rejects.
 */
export async function lookAtImage(image: Image): Promise<Look> {
  const { source, format, isFormatSaid = format !== undefined, backing } = image
  const drivers = new Map<string, FileDriver>()
  const faults: Fault[] = []
  if (source.type === 'file') {
    const { path } = source
    const opened = format ?? formatOfFile(path)
    const found = await lookAtFile(path, isFormatSaid && opened === 'raw')
    if ('driver' in found) drivers.set(path, found.driver)
    if ('fault' in found) faults.push({ path: '', message: found.fault, value: path })
    if ('head' in found) faults.push(...headFaults(path, found.head, { opened, isFormatSaid, backing }))
  }
  if (source.type === 'nbd' && format !== undefined && format !== 'raw') {
    const head = await readServedHead(source)
    faults.push(...headFaults(formatNbdUri(source.address), head, { opened: format, isFormatSaid, backing }))
  }
  if (!backing) return { drivers, faults }
  const below = readVolumeUri(backing.uri)
  if (typeof below === 'string') return { drivers, faults }
  const rest = await lookAtImage({ ...backing, source: below })
  return {
    drivers: new Map([...drivers, ...rest.drivers]),
    faults: [
      ...faults,
      ...rest.faults.map((fault) => ({
        ...fault,
        path: fault.path === '' ? 'backing.uri' : `backing.${fault.path}`,
      })),
    ],
  }
}

type Found =
  | { readonly driver: FileDriver; readonly head?: ImageHead }
  | { readonly fault: string }
  | Record<never, never>

async function lookAtFile(path: string, isRaw: boolean): Promise<Found> {
  let file: FileHandle | undefined
  try {
    const kind = await stat(path)
    if (!kind.isFile() && !kind.isBlockDevice()) {
      return { fault: `${show(path)} is no disk: should be a regular file or a block device` }
    }
    const driver = kind.isFile() ? 'file' : 'host_device'
    if (isRaw) return { driver }
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const handle = file
    const head = await readImageHead(async (offset, length) => {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, offset)
      return buffer.subarray(0, bytesRead)
    })
    return { driver, ...(head === undefined ? {} : { head }) }
  } catch {
    return {}
  } finally {
    await file?.close()
  }
}

async function readServedHead({ address }: NbdSource): Promise<ImageHead | undefined> {
  try {
    const { head = Buffer.alloc(0) } = await probeNbd(address, { headBytes: servedHeadBytes })
    return await readImageHead(async (offset, length) => head.subarray(offset, offset + length))
  } catch {
    return undefined
  }
}

function headFaults(
  path: string,
  head: ImageHead | undefined,
  { backing, isFormatSaid, opened }: Pick<Image, 'backing'> & { opened: string; isFormatSaid: boolean },
): Fault[] {
  if (head === undefined) return []
  if (opened !== head.format) {
    if (isFormatSaid) return []
    const message = `${show(path)} has ${head.format} inside and would be opened as ${opened}: set "format": "${head.format}", or "format": "${opened}" if you mean that`
    return [{ path: 'format', message }]
  }
  if (head.data !== undefined) {
    const message = `${show(path)} keeps its data in another file (${show(head.data)}), which is never opened: make one image of it with qemu-img convert`
    return [{ path: 'format', message }]
  }
  if (head.backing === undefined) return []
  if (backing && isNbdUri(backing.uri)) {
    // QEMU hands the name in the header to the driver of the server as well, which refuses it.
    const message = `${show(path)} names the backing file ${show(head.backing)}, and QEMU takes no server in its place: remove the name (qemu-img rebase -u -b "")`
    return [{ path: 'backing', message }]
  }
  if (backing !== undefined) return []
  const message = canStand(opened)
    ? `${show(path)} names the backing file ${show(head.backing)}, which is not opened by itself: set "backing": {"uri": …} to open it, or "backing": null for none`
    : `${show(path)} names the backing file ${show(head.backing)}, which is never opened`
  return [{ path: 'backing', message }]
}

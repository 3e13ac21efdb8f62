import { outputOf, ProcessError } from '../../process/index.ts'
import { stringifyJson } from '../../qmp/index.ts'
import type { Backing } from '../backing-spec.ts'
import { VolumeError, VolumeSpecError } from '../errors.ts'
import { lookAtImage } from '../image-look.ts'
import { backingOption, protocolNode } from '../image-node.ts'
import { formatOfFile } from '../source.ts'

/** A disk image in a file. */
export interface ImageFile {
  readonly path: string
  /** By the ending of the path when absent: `qcow2`, else `raw`. */
  readonly format?: string | undefined
  /** The image that this one stands on; `null` for none. An image whose header names one must have this key. */
  readonly backing?: Backing | null | undefined
}

export interface ImageOptions {
  readonly signal?: AbortSignal | undefined
  /** How long qemu-img may take: 60 s unless given, or an hour where data is copied. */
  readonly timeoutMs?: number | undefined
}

export interface CopyOptions extends ImageOptions {
  /** Called with the part that is done, from 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined
}

const defaultTimeoutMs = 60_000
export const copyTimeoutMs = 3_600_000

interface Run extends CopyOptions {
  /** What is done, for the error: `cannot create /srv/a.qcow2`. */
  readonly what: string
}

/**
 * Runs qemu-img and returns what it wrote.
 * @throws VolumeError VOLUME_IMAGE_FAILED with the words of qemu-img, VOLUME_BUSY when another process has the image open,
 *   VOLUME_ABORTED on abort; ProcessError PROCESS_SPAWN and PROCESS_TIMEOUT.
 */
export async function qemuImg(
  args: readonly string[],
  { onProgress, signal, timeoutMs = defaultTimeoutMs, what }: Run,
): Promise<string> {
  const onOutput = onProgress && ((text: string) => report(text, onProgress))
  try {
    return await outputOf({ command: 'qemu-img', args, timeoutMs, signal, onOutput })
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error
    if (error.code === 'PROCESS_ABORTED') throw aborted(what, error)
    if (error.code !== 'PROCESS_EXITED') throw error
    const words = String(error.details.log).replace(/\r/g, '\n').trim().split('\n')
    const qemu = words.filter((line) => !/^\s*\(\d/.test(line)).join('\n')
    const isLocked = /Failed to get (?:shared )?".*" lock/.test(qemu)
    throw new VolumeError(isLocked ? 'VOLUME_BUSY' : 'VOLUME_IMAGE_FAILED', `${what}: ${qemu}`, {
      details: { qemu },
      cause: error,
    })
  }
}

export const aborted = (what: string, cause: unknown) =>
  new VolumeError('VOLUME_ABORTED', `${what}: it was aborted`, { cause })

function report(text: string, onProgress: (done: number) => void): void {
  const last = [...text.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1)?.[1]
  if (last !== undefined) onProgress(Number(last) / 100)
}

export function formatOf({ format, path }: ImageFile): string {
  return format ?? formatOfFile(path)
}

/**
 * The image as qemu-img is told of it: with every driver and every file in words, so that it opens nothing else.
 * @throws VolumeSpecError when the file is not what was said, or nobody has said what it stands on.
 */
export async function imageNode(image: ImageFile): Promise<string> {
  const source = { type: 'file', path: image.path } as const
  const { drivers, faults } = await lookAtImage({ ...image, source })
  if (faults.length > 0) throw new VolumeSpecError(faults, 'image')
  const format = formatOf(image)
  const node = {
    driver: format,
    file: protocolNode(source, drivers),
    ...backingOption(format, image.backing, { drivers }),
  }
  return `json:${stringifyJson(node)}`
}

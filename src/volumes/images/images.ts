import { resolve } from 'node:path'
import { type Backing, canStand } from '../backing-spec.ts'
import { VolumeError, VolumeSpecError } from '../errors.ts'
import { isBeingWritten } from './in-use.ts'
import { makeFile } from './new-file.ts'
import { writeOverlay } from './overlay-file.ts'
import {
  aborted,
  type CopyOptions,
  copyTimeoutMs,
  formatOf,
  type ImageFile,
  type ImageOptions,
  imageNode,
  qemuImg,
} from './qemu-img.ts'

/** What qemu-img says of an image. */
export interface ImageInfo {
  readonly path: string
  readonly format: string
  /** The size of the disk as a guest sees it. */
  readonly virtualSizeBytes: number
  /** How many bytes it takes on the host's disk. */
  readonly actualSizeBytes: number
  /** The backing image that its header names. */
  readonly backing?: string | undefined
}

/**
 * Makes an empty image, with the file mode 0600.
 * @throws VolumeError VOLUME_IMAGE_EXISTS, VOLUME_IMAGE_FAILED, VOLUME_ABORTED; ProcessError. Nothing is left then.
 */
export async function createImage(
  image: string | Pick<ImageFile, 'path' | 'format'>,
  { sizeBytes, ...options }: ImageOptions & { readonly sizeBytes: number },
): Promise<void> {
  const { path, format } = whole(image)
  checkSize(sizeBytes)
  const what = `cannot create ${path}`
  await makeFile(path, async (part) => {
    await qemuImg(['create', '-q', '-f', format, part, String(sizeBytes)], { ...options, what })
  })
}

/**
 * Makes a qcow2 image on top of another image: what was never written to the new one is read from the other. The image below must
 * not change from then on.
 * @returns the new image with what it stands on, as a drive or a volume takes it.
 * @throws VolumeError as `createImage`, and VOLUME_BUSY while another process may write the image below; VolumeSpecError.
 */
export async function createOverlay(
  path: string,
  {
    backing,
    sizeBytes,
    ...options
  }: ImageOptions & {
    readonly backing: string | ImageFile
    /** As large as the image below when absent. */
    readonly sizeBytes?: number | undefined
  },
): Promise<ImageFile & { readonly backing: Backing }> {
  const below = whole(backing)
  const standing = asBacking(below)
  if (sizeBytes !== undefined) checkSize(sizeBytes)
  const target = resolve(path)
  const what = `cannot create ${target}`
  await checkSource(below, `${what} on ${below.path}`)
  if (options.signal?.aborted) throw aborted(what, options.signal.reason)
  const words = ['create', '-q', '-f', 'qcow2', '-b', below.path, '-F', below.format]
  await makeFile(target, async (part) => {
    // Its start alone takes qemu-img longer than all of this.
    if (await writeOverlay(part, below, sizeBytes === undefined ? undefined : BigInt(sizeBytes))) return
    const size = sizeBytes === undefined ? [] : [String(sizeBytes)]
    await qemuImg([...words, part, ...size], { ...options, what })
  })
  return { path: target, format: 'qcow2', backing: standing }
}

/**
 * Copies an image, together with its backing images, into a new one of any format. Holes stay holes.
 * @throws VolumeError as `createImage`, and VOLUME_BUSY while another process may write the source; VolumeSpecError.
 */
export async function convertImage(
  source: string | ImageFile,
  target: string | Pick<ImageFile, 'path' | 'format'>,
  { onProgress, timeoutMs = copyTimeoutMs, ...options }: CopyOptions = {},
): Promise<void> {
  const [from, to] = [whole(source), whole(target)]
  const node = await imageNode(from)
  const progress = onProgress === undefined ? [] : ['-p']
  const what = `cannot convert ${from.path} to ${to.path}`
  await makeFile(to.path, async (part) => {
    await qemuImg(['convert', ...progress, '-O', to.format, node, part], {
      ...options,
      onProgress,
      timeoutMs,
      what,
    })
  })
}

/**
 * Says what an image is. An image that a VM has open can be asked too.
 * @throws VolumeError VOLUME_IMAGE_FAILED, VOLUME_ABORTED; VolumeSpecError; ProcessError.
 */
export async function imageInfo(image: string | ImageFile, options: ImageOptions = {}): Promise<ImageInfo> {
  const { backing = null, ...asked } = whole(image)
  const node = await imageNode({ ...asked, backing })
  const text = await qemuImg(['info', '-U', '--output=json', node], {
    ...options,
    what: `cannot read ${asked.path}`,
  })
  const found: Record<string, unknown> = JSON.parse(text)
  return {
    path: asked.path,
    format: String(found.format),
    virtualSizeBytes: Number(found['virtual-size']),
    actualSizeBytes: Number(found['actual-size']),
    ...(typeof found['full-backing-filename'] === 'string'
      ? { backing: found['full-backing-filename'] }
      : {}),
  }
}

/**
 * Makes an image larger that no running VM uses. `shrink` allows a smaller size, and cuts off what lies behind the new end.
 * @throws VolumeError VOLUME_IMAGE_FAILED, VOLUME_BUSY while another process has it open, VOLUME_ABORTED; VolumeSpecError.
 */
export async function resizeImage(
  image: string | ImageFile,
  {
    shrink,
    sizeBytes,
    ...options
  }: ImageOptions & { readonly sizeBytes: number; readonly shrink?: boolean | undefined },
): Promise<void> {
  const { path, ...asked } = whole(image)
  checkSize(sizeBytes)
  const node = await imageNode({ path, backing: null, ...asked })
  const words = ['resize', '-q', ...(shrink === true ? ['--shrink'] : []), node, String(sizeBytes)]
  await qemuImg(words, { ...options, what: `cannot resize ${path}` })
}

/**
 * Sees that an image is what was said, and that no QEMU may write it.
 * @throws VolumeError VOLUME_BUSY; VolumeSpecError.
 */
export async function checkSource(image: ImageFile, what: string): Promise<void> {
  await imageNode(image)
  if (!(await isBeingWritten(image.path))) return
  const why = 'a QEMU may write that image; stop the VM, or detach the disk first'
  throw new VolumeError('VOLUME_BUSY', `${what}: ${why}`, { details: { path: image.path } })
}

/** The image with its whole path and its format. */
export function whole(image: string | ImageFile): ImageFile & { readonly format: string } {
  const given = typeof image === 'string' ? { path: image } : image
  return { ...given, path: resolve(given.path), format: formatOf(given) }
}

/** The image as others stand on it. */
export function asBacking({ backing, format, path }: ImageFile & { readonly format: string }): Backing {
  if (format !== 'raw' && format !== 'qcow2') {
    const message = `a ${format} image cannot be a backing image: should be raw or qcow2; convert it first`
    throw new VolumeSpecError([{ path: 'format', message, value: format }], 'image')
  }
  return { uri: path, format, ...(canStand(format) ? { backing: backing ?? null } : {}) }
}

/** @throws VolumeSpecError. */
function checkSize(sizeBytes: number): void {
  if (Number.isSafeInteger(sizeBytes) && sizeBytes > 0) return
  const message = `${sizeBytes} should be a whole number of bytes above 0`
  throw new VolumeSpecError([{ path: 'sizeBytes', message, value: sizeBytes }], 'image')
}

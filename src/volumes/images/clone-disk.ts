import { constants } from 'node:fs'
import { chmod, copyFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { checkSource, convertImage, createOverlay, whole } from './images.ts'
import { makeFile } from './new-file.ts'
import type { CopyOptions, ImageFile } from './qemu-img.ts'

/**
 * How a disk is cloned. `reflink`: the file system shares the blocks, at once; `overlay`: a qcow2 image on top of the source,
 * which must not change from then on; `copy`: all bytes, and the clone stands alone.
 */
export type CloneMethod = 'reflink' | 'overlay' | 'copy'

export interface CloneDiskOptions extends CopyOptions {
  /** `auto` unless given: a reflink where the file system has it, which is found out by trying, else an overlay. */
  readonly method?: CloneMethod | 'auto' | undefined
}

/** A cloned disk: the image, as a drive or a volume takes it, and how it was made. */
export interface ClonedDisk extends ImageFile {
  readonly format: string
  readonly method: CloneMethod
}

/**
 * Makes a disk of its own from another one.
 * @throws VolumeError VOLUME_BUSY while a VM may write the source, VOLUME_IMAGE_EXISTS, VOLUME_IMAGE_FAILED (also for a `reflink` that
 *   the file system does not have), VOLUME_ABORTED; VolumeSpecError; ProcessError. Nothing is left then.
 */
export async function cloneDisk(
  source: string | ImageFile,
  target: string,
  { method = 'auto', ...options }: CloneDiskOptions = {},
): Promise<ClonedDisk> {
  const from = whole(source)
  const path = resolve(target)
  if (method === 'reflink' || method === 'auto') {
    await checkSource(from, `cannot clone ${from.path}`)
    const isShared = await reflink(from.path, path, method === 'auto')
    if (isShared) return { ...from, path, method: 'reflink' }
  }
  if (method !== 'copy') {
    return {
      ...(await createOverlay(path, { ...options, backing: from })),
      format: 'qcow2',
      method: 'overlay',
    }
  }
  await convertImage(from, { path, format: from.format }, options)
  const { backing: _, ...alone } = from
  return { ...alone, path, method: 'copy' }
}

const noReflinks: ReadonlySet<string | undefined> = new Set([
  'ENOTSUP',
  'EOPNOTSUPP',
  'EXDEV',
  'EINVAL',
  'ENOSYS',
  'ENOTTY',
])

/** @returns whether the file system did it; a file system without it is an error unless another way `isOptional`. */
async function reflink(from: string, to: string, isOptional: boolean): Promise<boolean> {
  try {
    await makeFile(to, async (part) => {
      await copyFile(from, part, constants.COPYFILE_FICLONE_FORCE)
      // The copy has the rights of its source.
      await chmod(part, 0o600)
    })
    return true
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException
    if (isOptional && noReflinks.has(code)) return false
    throw error
  }
}

import { randomUUID } from 'node:crypto'
import { link, open, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { VolumeError } from '../errors.ts'

/**
 * Makes a file (0600) in one step: `write` fills it under another name, and nobody sees a part of it. Nothing is left after a
 * failure.
 * @throws VolumeError VOLUME_IMAGE_EXISTS when there is something at `path` already, which stays; VOLUME_IMAGE_FAILED; as `write`.
 */
export async function makeFile(path: string, write: (part: string) => Promise<void>): Promise<void> {
  const part = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`)
  try {
    await (await open(part, 'wx', 0o600)).close()
    await write(part)
    await link(part, path)
  } catch (error) {
    const { code, message, syscall } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    throw code === 'EEXIST'
      ? new VolumeError(
          'VOLUME_IMAGE_EXISTS',
          `cannot make ${path}: it is there already; remove it, or name another`,
          {
            details: { path },
          },
        )
      : new VolumeError('VOLUME_IMAGE_FAILED', `cannot make ${path}: ${message}`, {
          details: { path },
          cause: error,
        })
  } finally {
    await rm(part, { force: true })
  }
}

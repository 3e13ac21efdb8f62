import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { ownerFault } from './own-directory.ts'

const flags = constants.O_RDONLY | constants.O_NONBLOCK

/**
 * Opens a file for reading. What only looks like one (a pipe, which would be waited for, a directory, a device) is an error.
 * @throws what opening throws.
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  const file = await open(path, flags)
  try {
    if ((await file.stat()).isFile()) return file
  } catch (error) {
    await file.close()
    throw error
  }
  await file.close()
  throw notAFile(path)
}

/**
 * The text of a small file that somebody else may have put there. It is read at once: the kernel has it in memory, and
 * every step that is left to another thread takes longer than all of them here.
 * @throws when it is not a file, or longer than `maxBytes`.
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<string> {
  return readAtOnce(path, maxBytes, flags)
}

/**
 * As `readRegularFile`, for what we obey: a file of the effective user or of root.
 * @throws also when it is a symbolic link, or belongs to another user.
 */
export async function readOwnFile(path: string, maxBytes: number): Promise<string> {
  return readAtOnce(path, maxBytes, flags | constants.O_NOFOLLOW, ownerFault)
}

function readAtOnce(
  path: string,
  maxBytes: number,
  how: number,
  faultOf?: (stats: Stats) => string | undefined,
): string {
  const file = openSync(path, how)
  try {
    const stat = fstatSync(file)
    if (!stat.isFile()) throw stat.isDirectory() ? aDirectory(path) : notAFile(path)
    const fault = faultOf?.(stat)
    if (fault !== undefined) throw new Error(`${path} ${fault}`)
    if (stat.size > maxBytes) throw new Error(`${path} is too big: ${stat.size} bytes`)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

const noFile: ReadonlySet<string | undefined> = new Set([undefined, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'])

/** Whether reading a file failed for good: there is none, or it is none of ours. Missing rights, missing descriptors and a bad disk may pass. */
export function isNoFile(error: unknown): boolean {
  return noFile.has((error as NodeJS.ErrnoException).code)
}

const notAFile = (path: string) => new Error(`${path} is not a file`)
const aDirectory = (path: string) => Object.assign(new Error(`${path} is a directory`), { code: 'EISDIR' })

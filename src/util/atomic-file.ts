import { rename, unlink, writeFile } from 'node:fs/promises'

/**
 * Replaces the file's content (0600) in one step: a reader sees the old or the new content, never a part.
 * After a failure the old content stands. It is not forced to the disk: what a power cut takes away, the
 * processes described here, needs no description afterwards.
 */
export async function writeFileAtomic(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    await writeFile(temporary, content, { mode: 0o600 })
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
}

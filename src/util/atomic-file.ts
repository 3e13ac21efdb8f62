import { renameSync, rmSync, writeFileSync } from 'node:fs'

/**
 * Replaces the content (0600) of a small file in one step: a reader sees the old or the new content, never a part.
 * After a failure the old content stands. It is not forced to the disk: what a power cut takes away, the
 * processes described here, needs no description afterwards. So it is a matter of memory, and done at once: every step
 * that is left to another thread takes longer than all of them here.
 */
export async function writeFileAtomic(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, content, { mode: 0o600 })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

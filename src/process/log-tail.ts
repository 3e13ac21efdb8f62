import { openRegularFile } from '../util/regular-file.ts'

/** The last lines of a log file, at most `maxBytes` of it; empty when it cannot be read. Never rejects. */
export async function readTail(path: string, maxBytes = 4096): Promise<string> {
  const file = await openRegularFile(path).catch(() => undefined)
  if (file === undefined) return ''
  try {
    const { size } = await file.stat()
    const length = Math.min(size, maxBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
    const text = buffer.toString('utf8', 0, bytesRead)
    return (length < size ? text.slice(text.indexOf('\n') + 1) : text).trimEnd()
  } catch {
    return ''
  } finally {
    await file.close().catch(() => {})
  }
}

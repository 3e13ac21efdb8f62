import { openRegularFile } from '../util/regular-file.ts'

/** The last bytes of a file, at most so many; undefined when it cannot be read. Never rejects. */
export async function readEnd(path: string, maxBytes: number): Promise<Buffer | undefined> {
  const file = await openRegularFile(path).catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const { size } = await file.stat()
    const length = Math.min(size, maxBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.subarray(0, bytesRead)
  } catch {
    return undefined
  } finally {
    await file.close().catch(() => {})
  }
}

/** The last lines of a log file, at most `maxBytes` of it; empty when it cannot be read. Never rejects. */
export async function readTail(path: string, maxBytes = 4096): Promise<string> {
  // One more byte tells whether the first line is whole.
  return lastLines((await readEnd(path, maxBytes + 1)) ?? Buffer.alloc(0), maxBytes)
}

/** The whole lines in the last `maxBytes` of a text. */
export function lastLines(bytes: Buffer, maxBytes: number): string {
  const text = bytes.toString('utf8', Math.max(bytes.length - maxBytes, 0))
  return (bytes.length > maxBytes ? text.slice(text.indexOf('\n') + 1) : text).trimEnd()
}

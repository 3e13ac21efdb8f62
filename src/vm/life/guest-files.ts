import type { CallOptions, QgaClient } from '../../qmp/index.ts'
import { VmError } from '../errors.ts'

export interface DownloadOptions extends CallOptions {
  /** A guest can make a file as long as it likes. */
  readonly maxBytes: number
}

export interface UploadOptions extends CallOptions {
  /** Hears how much has been written. */
  readonly onProgress?: ((bytes: number) => void) | undefined
}

type Agent = Pick<QgaClient, 'execute'>

/** An open file of the guest. */
export interface GuestFile {
  readonly vm: string
  readonly path: string
  readonly agent: Agent
  readonly handle: number | bigint
  /** Of the next call. */
  readonly limits: () => CallOptions
}

const chunkBytes = 48 * 1024
const closeTimeoutMs = 10_000

/** Opens a file of the guest for as long as the work takes. */
export async function withGuestFile<T>(
  { agent, limits, path, vm }: Omit<GuestFile, 'handle'>,
  mode: 'r' | 'w',
  work: (file: GuestFile) => Promise<T>,
): Promise<T> {
  const handle = await agent.execute('guest-file-open', { path, mode }, limits())
  try {
    return await work({ agent, handle, limits, path, vm })
  } finally {
    // Also after an abort: the agent keeps its files open for ever.
    await agent.execute('guest-file-close', { handle }, { timeoutMs: closeTimeoutMs }).catch(() => {})
  }
}

/** Hands the content over, part by part. @throws VmError VM_UNSUPPORTED when there is more than `maxBytes`; what `take` throws. */
export async function readGuestFile(
  { agent, handle, limits, path, vm }: GuestFile,
  maxBytes: number,
  take: (part: Buffer) => Promise<void> | void,
): Promise<void> {
  let size = 0
  for (;;) {
    const read = await agent.execute('guest-file-read', { handle, count: chunkBytes }, limits())
    const part = Buffer.from(read['buf-b64'], 'base64')
    size += part.length
    if (size > maxBytes) {
      const what = `${JSON.stringify(path)} in VM ${vm} has more than ${maxBytes / 1024 ** 2} MiB`
      throw new VmError('VM_UNSUPPORTED', what, { details: { vm, path } })
    }
    if (part.length > 0) await take(part)
    if (read.eof || part.length === 0) return
  }
}

/** Writes all of the content, part by part. @throws VmError VM_UNSUPPORTED when the guest writes no further. */
export async function writeGuestFile(
  { agent, handle, limits, path, vm }: GuestFile,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onProgress?: (bytes: number) => void,
): Promise<void> {
  let written = 0
  for await (const bytes of content) {
    for (let at = 0; at < bytes.length; ) {
      const part = Buffer.from(bytes.subarray(at, at + chunkBytes)).toString('base64')
      const { count } = await agent.execute('guest-file-write', { handle, 'buf-b64': part }, limits())
      if (Number(count) <= 0) {
        const what = `${JSON.stringify(path)} in VM ${vm} cannot be written further: the disk of the guest may be full`
        throw new VmError('VM_UNSUPPORTED', what, { details: { vm, path } })
      }
      at += Number(count)
      written += Number(count)
      onProgress?.(written)
    }
  }
  await agent.execute('guest-file-flush', { handle }, limits())
}

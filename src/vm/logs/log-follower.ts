import { type FSWatcher, watch } from 'node:fs'
import { type FileHandle, stat } from 'node:fs/promises'
import { olderLog, readEnd } from '../../process/index.ts'
import { openRegularFile } from '../../util/regular-file.ts'

const chunkBytes = 1024 * 1024

/** Reads a log while it is written, also where it is set aside meanwhile. */
export class LogFollower implements AsyncDisposable {
  readonly #path: string
  readonly #file: FileHandle
  readonly #watcher: FSWatcher
  #at = 0
  /** Tells one older part from the next. */
  #older: string | undefined
  #hasChanged = false
  #wait = () => {}

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
    this.#watcher = watch(path, () => this.wake()).on('error', () => this.wake())
  }

  /** @throws what opening throws. */
  static async open(path: string): Promise<LogFollower> {
    const file = await openRegularFile(path)
    try {
      return new LogFollower(path, file)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** What there is so far, the last bytes of it. */
  async first(maxBytes: number): Promise<Buffer> {
    for (;;) {
      const before = (await this.#lookAtOlder())?.mark
      const older = await readEnd(olderLog(this.#path), maxBytes)
      this.#at = Math.max((await this.#file.stat()).size - maxBytes, 0)
      const parts = older === undefined ? [] : [older]
      for (let part = await this.#take(); part.length > 0; part = await this.#take()) parts.push(part)
      this.#older = (await this.#lookAtOlder())?.mark
      if (this.#older === before) return Buffer.concat(parts)
    }
  }

  /** What has come since; empty when nothing has. */
  async next(): Promise<Buffer> {
    const older = await this.#lookAtOlder()
    const { size } = await this.#file.stat()
    let rest: Buffer | undefined
    // Until the log is emptied, what has been copied is still read there.
    if (older !== undefined && older.mark !== this.#older && size < older.size) {
      if (older.size > this.#at) rest = await readEnd(olderLog(this.#path), older.size - this.#at)
      this.#older = older.mark
      this.#at = 0
    } else if (size < this.#at) this.#at = 0
    const part = await this.#take()
    if (part.length > 0) this.wake()
    return rest === undefined ? part : Buffer.concat([rest, part])
  }

  /** Resolves when there may be more, or `wake` was called, since the last call. */
  async changed(): Promise<void> {
    if (!this.#hasChanged)
      await new Promise<void>((resolve) => {
        this.#wait = resolve
      })
    this.#hasChanged = false
  }

  wake(): void {
    this.#hasChanged = true
    this.#wait()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watcher.close()
    await this.#file.close()
  }

  async #take(): Promise<Buffer> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, this.#at)
    this.#at += bytesRead
    return buffer.subarray(0, bytesRead)
  }

  async #lookAtOlder(): Promise<{ readonly mark: string; readonly size: number } | undefined> {
    const found = await stat(olderLog(this.#path)).catch(() => undefined)
    return found && { mark: `${found.ino} ${found.mtimeMs}`, size: found.size }
  }
}

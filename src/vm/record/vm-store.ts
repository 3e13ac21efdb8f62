import { rm } from 'node:fs/promises'
import { writeFileAtomic } from '../../util/atomic-file.ts'
import { offAbort, onAbort } from '../../util/on-abort.ts'
import { isNoFile, readOwnFile } from '../../util/regular-file.ts'
import { inSpan } from '../../util/spans.ts'
import { VolumeError } from '../../volumes/index.ts'
import { VmError } from '../errors.ts'
import { parseAnyForm } from './earlier-forms.ts'
import { recordLock } from './ownership.ts'
import type { VmPaths } from './paths.ts'
import { seal, unseal } from './sealed.ts'
import type { VmRecord } from './state.ts'

/** What the record is to be, and what the caller wants to know of it. Throws to leave the record as it is. */
type Change<T> = (record: VmRecord) => { readonly record: VmRecord; readonly value: T }

/** Whose record it is. */
export interface StoreOf {
  readonly id: string
  readonly paths: VmPaths
  /** The pid of its QEMU. With it, the record of a later run of the same name is not read or changed. */
  readonly pid?: number | undefined
  /** Has read the record in this process. */
  readonly reader?: VmStore | undefined
}

interface Waiting {
  /** Never throws. */
  readonly apply: (record: VmRecord) => VmRecord
  readonly written: () => void
  readonly failed: (error: unknown) => void
}

const maxBytes = 16 * 1024 * 1024

/**
 * The record of one VM, for several processes and several calls at once. Nothing else reads or writes its file: each change
 * is made to the record as it is under the VM's lock, and changes that wait for the lock together are written together.
 */
export class VmStore {
  readonly #id: string
  readonly #pid: number | undefined
  /** The files of the VM. */
  readonly paths: VmPaths
  // Most reads find the file as this process left it, and need not check it again.
  #last: { readonly text: string; readonly record: VmRecord } | undefined
  #waiting: Waiting[] = []
  #isWriting = false
  /** Ends the wait for the lock. */
  #turn = new AbortController()

  constructor({ id, paths, pid, reader }: StoreOf) {
    this.#id = id
    this.#pid = pid
    this.paths = paths
    if (reader !== undefined) this.#last = reader.#last
  }

  /**
   * @throws VmError VM_NOT_FOUND when there is none, VM_STATE when it cannot be read or understood, VM_NOT_RUNNING when a later VM of
   *   this name has it.
   */
  async read(): Promise<VmRecord> {
    const record = await this.#read()
    const { pid } = record.process ?? {}
    if (this.#pid === undefined || pid === undefined || pid === this.#pid) return record
    const what = `VM ${this.#id} (pid ${this.#pid}) has ended, and another one runs under its name`
    throw new VmError('VM_NOT_RUNNING', what, { details: { vm: this.#id } })
  }

  /** The record; undefined when there is none that can be understood. @throws VmError VM_STATE when it cannot be read. */
  async find(): Promise<VmRecord | undefined> {
    return this.#read().catch((error: VmError) => {
      if (error.cause === undefined || isNoFile(error.cause)) return undefined
      throw error
    })
  }

  /**
   * Writes the first record into a directory that the caller has just made, without the lock: nobody has a record there to change.
   * @throws VmError VM_STATE when it cannot be written.
   */
  async begin(record: VmRecord): Promise<void> {
    await this.#write(record)
  }

  /** Writes the first record of a run, in place of that of the run before. @throws as `change`. */
  async create(record: VmRecord): Promise<void> {
    using _lock = await recordLock(this.paths)
    await this.#write(record)
  }

  /**
   * Changes the record as it is when its turn comes, and resolves when that is written.
   * @throws VolumeError VOLUME_ABORTED on abort before its turn; ProcessError PROCESS_TIMEOUT when another process keeps the lock;
   *   VmError as `read`, and VM_STATE when it cannot be written (the disk is full). The record is as it was then.
   */
  change<T>(change: Change<T>, signal?: AbortSignal): Promise<T> {
    return inSpan('record', {}, () => this.#change(change, signal))
  }

  #change<T>(change: Change<T>, signal: AbortSignal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      let settle = () => {}
      const waiting: Waiting = {
        apply: (record) => {
          offAbort(signal, abort)
          try {
            const changed = change(record)
            settle = () => resolve(changed.value)
            return changed.record
          } catch (error) {
            settle = () => reject(error)
            return record
          }
        },
        written: () => settle(),
        failed: (error) => {
          offAbort(signal, abort)
          reject(error)
        },
      }
      const abort = { handleEvent: () => this.#withdraw(waiting, signal?.reason) }
      if (signal?.aborted) return waiting.failed(abortedBeforeTurn(signal.reason))
      onAbort(signal, abort)
      this.#waiting.push(waiting)
      if (!this.#isWriting) void this.#drain()
    })
  }

  /** Changes these fields. @throws as `change`. */
  set(fields: Partial<VmRecord>): Promise<undefined> {
    return this.change((record) => ({ record: { ...record, ...fields }, value: undefined }))
  }

  /** Removes the VM's directory, the record with it, after the changes that are being made. @throws as `change`; what the system says. */
  async remove(): Promise<void> {
    using _lock = await recordLock(this.paths)
    await rm(this.paths.dir, { recursive: true, force: true })
  }

  #withdraw(waiting: Waiting, reason: unknown): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiting)
    waiting.failed(abortedBeforeTurn(reason))
    // Nobody waits for the lock any longer.
    if (this.#waiting.length === 0) this.#turn.abort()
  }

  async #drain(): Promise<void> {
    this.#isWriting = true
    while (this.#waiting.length > 0) await this.#writeWaiting()
    this.#isWriting = false
  }

  async #writeWaiting(): Promise<void> {
    let batch: Waiting[] = []
    if (this.#turn.signal.aborted) this.#turn = new AbortController()
    const turn = this.#turn
    try {
      using _lock = await recordLock(this.paths, turn.signal)
      const before = await this.read()
      batch = this.#waiting.splice(0)
      const after = batch.reduce((record, { apply }) => apply(record), before)
      if (after !== before) await this.#write(after)
      for (const { written } of batch) written()
    } catch (error) {
      // What came since has a turn of its own.
      if (batch.length === 0 && turn.signal.aborted) return
      for (const { failed } of batch.length > 0 ? batch : this.#waiting.splice(0)) failed(error)
    }
  }

  async #read(): Promise<VmRecord> {
    const { state } = this.paths
    const text = await readOwnFile(state, maxBytes).catch((error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR'
      const what = missing
        ? `there is no VM ${this.#id}`
        : `the state of VM ${this.#id} cannot be read: ${error.message}`
      throw this.#error(missing ? 'VM_NOT_FOUND' : 'VM_STATE', what, {}, error)
    })
    if (text === this.#last?.text) return this.#last.record
    const record = unseal(text) ?? this.#checked(text)
    this.#last = { text, record }
    return record
  }

  #checked(text: string): VmRecord {
    const checked = parseAnyForm(parse(text))
    if (checked.ok) return checked.value
    const what = `the state of VM ${this.#id} cannot be understood (${this.paths.state})`
    throw this.#error('VM_STATE', what, { faults: checked.faults })
  }

  async #write(record: VmRecord): Promise<void> {
    const text = seal(record)
    await writeFileAtomic(this.paths.state, text).catch((error: NodeJS.ErrnoException) => {
      throw this.#error(
        'VM_STATE',
        `the state of VM ${this.#id} cannot be written: ${error.message}`,
        {},
        error,
      )
    })
    this.#last = { text, record }
  }

  #error(code: 'VM_NOT_FOUND' | 'VM_STATE', message: string, details: object, cause?: unknown): VmError {
    const path = this.paths.state
    return new VmError(code, message, { details: { vm: this.#id, path, ...details }, cause })
  }
}

const abortedBeforeTurn = (cause: unknown) =>
  new VolumeError(
    'VOLUME_ABORTED',
    "a change of the VM's record was aborted before its turn: nothing was changed",
    { cause },
  )

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

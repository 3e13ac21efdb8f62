import { readFile } from 'node:fs/promises'
import { writeFileAtomic } from '../util/atomic-file.ts'
import { check, z } from '../util/schema.ts'
import { volumeSpecSchema } from '../volumes/index.ts'
import { VmError } from './errors.ts'
import { vmConfigSchema } from './schema.ts'

const identity = z.object({ pid: z.int(), startTime: z.string() })

const volumeRecordSchema = z.object({
  spec: volumeSpecSchema,
  preset: z.enum(['safe', 'hive']),
  port: z.string(),
  /** Written before the first command of an attach, after its last, and before the first of a detach. */
  phase: z.enum(['attaching', 'attached', 'detaching']),
})

const exitSchema = z.object({
  reason: z.string(),
  clean: z.boolean(),
  exitCode: z.int().optional(),
  signal: z.string().optional(),
  log: z.string(),
})

/** state.json. A later version of the library reads every earlier one. */
const vmRecordSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  createdAt: z.iso.datetime(),
  config: vmConfigSchema,
  argv: z.array(z.string()),
  vcpus: z.int(),
  ports: z.array(z.string()),
  /** Disks the VM started with: these are not detached. */
  bootDisks: z.array(z.string()),
  /** Where QEMU serves the serial console, when it does. */
  serial: z.string().optional(),
  consoleLog: z.string().optional(),
  /** Absent while the VM is being launched. */
  process: identity.optional(),
  volumes: z.array(volumeRecordSchema),
  exit: exitSchema.optional(),
})

export type VmRecord = z.output<typeof vmRecordSchema>
export type VolumeRecord = z.output<typeof volumeRecordSchema>

/** A state file. Two processes may hold one: whoever changes it holds the VM's lock and reads it first. */
export class StateFile {
  readonly #path: string
  readonly #id: string
  // Most reads find the file as this process left it, and need not check it again.
  #last: { readonly text: string; readonly record: VmRecord } | undefined

  constructor(path: string, id: string) {
    this.#path = path
    this.#id = id
  }

  /** @throws VmError VM_NOT_FOUND when there is none, VM_STATE when it cannot be understood. */
  async read(): Promise<VmRecord> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR'
      const what = missing
        ? `there is no VM ${this.#id}`
        : `the state of VM ${this.#id} cannot be read: ${error.message}`
      throw this.#error(missing ? 'VM_NOT_FOUND' : 'VM_STATE', what, {}, error)
    })
    if (text === this.#last?.text) return this.#last.record
    const checked = check(vmRecordSchema, parse(text))
    if (!checked.ok) {
      const what = `the state of VM ${this.#id} cannot be understood (${this.#path})`
      throw this.#error('VM_STATE', what, { faults: checked.faults })
    }
    this.#last = { text, record: checked.value }
    return checked.value
  }

  async write(record: VmRecord): Promise<VmRecord> {
    const text = `${JSON.stringify(record, undefined, 2)}\n`
    await writeFileAtomic(this.#path, text)
    this.#last = { text, record }
    return record
  }

  #error(code: 'VM_NOT_FOUND' | 'VM_STATE', message: string, details: object, cause?: unknown): VmError {
    return new VmError(code, message, { details: { vm: this.#id, path: this.#path, ...details }, cause })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

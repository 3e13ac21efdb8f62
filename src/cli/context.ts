import { stringifyJson } from '../qmp/index.ts'
import {
  defaultStateDir,
  parseConfigDocument,
  reattachVm,
  type Vm,
  type VmConfig,
  VmConfigError,
  VmError,
} from '../vm/index.ts'
import { parseVolumeSpec, type VolumeSpec, VolumeSpecError } from '../volumes/index.ts'
import { readDocument } from './document.ts'

export interface GlobalOptions {
  readonly stateDir?: string
  readonly json?: boolean
}

export interface Streams {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

/** What every command has at hand: where VMs are, and how to speak. */
export class Context {
  readonly streams: Streams
  readonly json: boolean
  readonly #stateDir: string | undefined

  constructor(options: GlobalOptions, streams: Streams) {
    this.streams = streams
    this.json = options.json === true
    this.#stateDir = options.stateDir
  }

  get stateDir(): string {
    return this.#stateDir ?? defaultStateDir()
  }

  /** One line on standard output. */
  print(line: string): void {
    this.streams.stdout.write(`${line}\n`)
  }

  /** The command's result: a document for programs, or a line for people. */
  result(document: unknown, line: string): void {
    if (this.json) this.print(stringifyJson(document))
    else if (line !== '') this.print(line)
  }

  /** A word beside the result, on standard error. */
  note(line: string): void {
    if (!this.json) this.streams.stderr.write(`${line}\n`)
  }

  async readConfig(path: string): Promise<VmConfig> {
    const read = await readDocument(path, this.streams.stdin)
    if ('fault' in read) throw new VmConfigError([{ path: '', message: read.fault }])
    return parseConfigDocument(read.document)
  }

  async readVolume(path: string, extra: { readonly id?: string | undefined } = {}): Promise<VolumeSpec> {
    const read = await readDocument(path, this.streams.stdin)
    if ('fault' in read) throw new VolumeSpecError([{ path: '', message: read.fault }])
    const { document } = read
    const isObject = typeof document === 'object' && document !== null && !Array.isArray(document)
    return parseVolumeSpec(extra.id !== undefined && isObject ? { ...document, id: extra.id } : document)
  }

  /** The running VM, as its owner if it has none, else as a visitor. */
  async vm(id: string): Promise<Vm> {
    try {
      return await reattachVm(id, { stateDir: this.stateDir })
    } catch (error) {
      if (!(error instanceof VmError) || error.code !== 'VM_LOCKED') throw error
      return this.visit(id)
    }
  }

  /** The running VM beside whoever owns it. */
  visit(id: string): Promise<Vm> {
    return reattachVm(id, { stateDir: this.stateDir, owner: false })
  }
}

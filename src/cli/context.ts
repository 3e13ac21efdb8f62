import { once } from 'node:events'
import { resolve } from 'node:path'
import { stringifyJson } from '../qmp/forms.ts'
import { defaultStateDir, VmConfigError, type VmConfigInput, VmError, vmPaths } from '../vm/forms.ts'
import type { DeviceInput, NicInput, Vm, VmInspection, VmVisitor } from '../vm/index.ts'
import { type GivenVolume, parseVolumeSpec, type VolumeSpec, VolumeSpecError } from '../volumes/forms.ts'
import { readDocument } from './document.ts'
import type { GlobalOptions, Streams } from './options.ts'
import { plainJson, plainText } from './plain.ts'
import { ProgressLine } from './progress.ts'

// Takes three times as long to load as all that a command needs that talks to no VM.
const vms = () => import('../vm/running.ts')

/** Hears how far the work is. */
export type Watch = Pick<ProgressLine, 'say' | 'bytes' | 'steps'>

const unwatched: Watch = { say() {}, bytes() {}, steps() {} }

/** What every command uses: the state directory, and its output. */
export class Context {
  readonly streams: Streams
  readonly json: boolean
  /** Aborted when nobody reads standard output any more, which shows at the next line. */
  readonly readerGone: AbortSignal
  readonly #stateDir: string | undefined
  #line: ProgressLine | undefined

  constructor(options: GlobalOptions, streams: Streams) {
    const gone = new AbortController()
    this.streams = streams
    this.json = options.json === true
    this.readerGone = gone.signal
    this.#stateDir = options.stateDir
    streams.stdout.once('error', () => gone.abort())
  }

  get stateDir(): string {
    return resolve(this.#stateDir ?? defaultStateDir())
  }

  /** One line on standard output. */
  print(line: string): void {
    this.streams.stdout.write(`${line}\n`)
  }

  /** Text on standard output as it is; resolves when a slow reader has taken it. */
  async write(text: string): Promise<void> {
    if (text === '' || this.streams.stdout.write(text)) return
    await once(this.streams.stdout, 'drain', { signal: this.readerGone }).catch(() => {})
  }

  /** The command's result: a document for programs, or a line for people. */
  result(document: unknown, line: string): void {
    if (this.json) this.print(plainJson(stringifyJson(document)))
    else if (line !== '') this.print(plainText(line))
  }

  /** A line beside the result, on standard error. */
  note(line: string): void {
    if (this.json) return
    this.#line?.clear()
    this.streams.stderr.write(`${plainText(line)}\n`)
  }

  /** Whether somebody watches a terminal. */
  get isWatched(): boolean {
    return this.streams.stderr.isTTY === true && !this.json
  }

  /** A line for somebody who watches. */
  progress(line: string): void {
    if (this.isWatched) this.note(line)
  }

  /** Does long work. On a terminal, the last line shows how long it takes and how much is done; after `limitMs` the work gives up. */
  async during<T>(what: string, work: (watch: Watch) => Promise<T>, limitMs?: number): Promise<T> {
    if (!this.isWatched) return work(unwatched)
    using line = new ProgressLine(this.streams.stderr, { what, limitMs })
    this.#line = line
    return await work(line)
  }

  /** Aborted by the first Ctrl-C or SIGTERM from now on; another one ends this process. */
  interrupted(): AbortSignal {
    const controller = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => controller.abort(new Error(`interrupted by ${signal}`)))
    }
    return controller.signal
  }

  /** Reads a config; the call that gets it checks it. */
  async readConfig(path: string): Promise<VmConfigInput> {
    return (await this.#read(path)) as VmConfigInput
  }

  async readVolume(path: string, given: GivenVolume = {}): Promise<VolumeSpec> {
    const read = await readDocument(path, this.streams.stdin)
    if ('fault' in read) throw new VolumeSpecError([{ path: '', message: read.fault }])
    return parseVolumeSpec(read.document, given)
  }

  /** Reads a network card, and checks it. */
  async readNic(path: string): Promise<NicInput> {
    const document = await this.#read(path)
    return (await vms()).parseNic(document)
  }

  /** Reads a device, and checks it. */
  async readDevice(path: string): Promise<DeviceInput> {
    const document = await this.#read(path)
    return (await vms()).parseDevice(document)
  }

  /** What there is of a VM. Throws VM_NOT_FOUND when there is nothing. */
  async present(id: string): Promise<VmInspection> {
    const { stateDir } = this
    // Throws when no VM can have that name.
    vmPaths(stateDir, id)
    const found = await (await vms()).inspectVm(id, { stateDir })
    if (found.state !== 'absent') return found
    throw new VmError('VM_NOT_FOUND', `there is no VM ${id}`, { details: { vm: id, stateDir } })
  }

  /** The running VM, as its owner if it has none, else as a visitor. */
  async vm(id: string, signal: AbortSignal): Promise<Vm | VmVisitor> {
    try {
      return await (await vms()).reattachVm(id, { stateDir: this.stateDir, signal })
    } catch (error) {
      if (!(error instanceof VmError) || error.code !== 'VM_LOCKED') throw error
      return this.visit(id, signal)
    }
  }

  /** The running VM beside its owner. */
  async visit(id: string, signal: AbortSignal): Promise<VmVisitor> {
    return (await vms()).reattachVm(id, { stateDir: this.stateDir, owner: false, signal })
  }

  /** @throws VmConfigError when there is no document that can be read. */
  async #read(path: string): Promise<unknown> {
    const read = await readDocument(path, this.streams.stdin)
    if ('fault' in read) throw new VmConfigError([{ path: '', message: read.fault }])
    return read.document
  }
}

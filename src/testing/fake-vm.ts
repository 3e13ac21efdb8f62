import { EventHub } from '../qmp/index.ts'
import {
  type AttachOptions,
  type DetachOptions,
  type DetachOutcome,
  type ListedVolume,
  type OwnEvents,
  type ShutdownOptions,
  type Vm,
  VmError,
  type VmEventListener,
  type VmEventName,
  type VmExit,
  type VmState,
  type VmVolumes,
  type Volume,
} from '../vm/index.ts'
import {
  hotplugPorts,
  parseVolumeSpec,
  portOfSpec,
  SlotTable,
  serialOf,
  VolumeError,
  type VolumeSpecInput,
} from '../volumes/index.ts'

type Simple = 'id' | 'pid' | 'machine' | 'state' | 'stateReason' | 'exited' | 'on' | 'off' | 'events'
type Verbs = 'pause' | 'resume' | 'reset' | 'shutdown' | 'kill' | 'leave' | 'detach'
type VolumeVerbs = 'attach' | 'detach' | 'list'

/** What a program uses of a VM, without its QMP connection, its agent and its files. A `Vm` is one, and so is a `FakeVm`. */
export interface VmLike extends Pick<Vm, Simple | Verbs> {
  readonly volumes: Pick<VmVolumes, VolumeVerbs>
}

export interface FakeVmOptions {
  /** `fake` unless given. */
  readonly id?: string | undefined
  /** How many volumes it has room for; 11 unless given. */
  readonly hotplugPorts?: number | undefined
}

interface FakeVolume extends Volume {
  readonly uri: string
  state: 'attached' | 'detaching'
}

/** A call that a `FakeVm` got, by its name and its arguments. */
export interface FakeVmCall {
  readonly name: VolumeVerbs | Verbs
  readonly args: readonly unknown[]
}

/**
 * A VM for tests of programs that plug disks: without QEMU, with the outcomes, errors and events of a real one. Volumes are
 * checked, take ports and serials, and are listed; `detach` answers `pending` while the guest holds a disk (`hold`), and what was
 * pending ends by itself when the guest lets go (`letGo`). `calls` has every call. No time passes: a wait ends at once.
 */
export class FakeVm implements VmLike {
  readonly id: string
  readonly pid = 4_194_304
  readonly machine = 'pc-q35-7.2'
  readonly exited: Promise<VmExit>
  readonly volumes: VmLike['volumes']
  readonly calls: FakeVmCall[] = []
  readonly #hub = new EventHub()
  #slots: SlotTable
  readonly #volumes = new Map<string, FakeVolume>()
  readonly #held = new Set<string>()
  /** Detached since a `detach` that was pending: the next repeat says so. */
  readonly #finished = new Set<string>()
  readonly #failures = new Map<FakeVmCall['name'], Error>()
  #state: VmState = 'running'
  #reason = 'running'
  #settle: (exit: VmExit) => void = () => {}

  constructor(options: FakeVmOptions = {}) {
    this.id = options.id ?? 'fake'
    this.#slots = new SlotTable(hotplugPorts(options.hotplugPorts ?? 11))
    this.exited = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.volumes = {
      attach: (spec: VolumeSpecInput, attachOptions?: AttachOptions) => this.#attach(spec, attachOptions),
      detach: (id, detachOptions) => this.#detach(id, detachOptions),
      list: async (): Promise<ListedVolume[]> => {
        this.#called('list', [])
        return [...this.#volumes.values()].map((volume) => ({ ...volume }))
      },
    }
  }

  get state(): VmState {
    return this.#state
  }

  get stateReason(): string {
    return this.#reason
  }

  on<N extends VmEventName | '*'>(name: N, listener: VmEventListener<N>): () => void {
    return this.#hub.on(name, listener as Parameters<EventHub['on']>[1])
  }

  off<N extends VmEventName | '*'>(name: N, listener: VmEventListener<N>): void {
    this.#hub.off(name, listener as Parameters<EventHub['off']>[1])
  }

  events: VmLike['events'] = (options) => this.#hub.stream(options as never) as never

  async pause(): Promise<void> {
    this.#called('pause', [])
    this.#move('paused', 'stop')
  }

  async resume(): Promise<void> {
    this.#called('resume', [])
    this.#move('running', 'running')
  }

  async reset(): Promise<void> {
    this.#called('reset', [])
    for (const id of this.#held) this.letGo(id)
  }

  async shutdown(options: ShutdownOptions = {}): Promise<VmExit> {
    if (this.#state !== 'exited') {
      this.#called('shutdown', [options])
      this.end({ reason: 'guest-shutdown', clean: true })
    }
    return this.exited
  }

  async kill(): Promise<VmExit> {
    if (this.#state !== 'exited') {
      this.#called('kill', [])
      this.end({ reason: 'killed', forced: true, killed: true, signal: 'SIGKILL' })
    }
    return this.exited
  }

  async leave(): Promise<void> {
    this.#called('leave', [])
    this.#settle({ ...unknownEnd, reason: 'left', left: true })
  }

  async detach(): Promise<void> {
    await this.leave()
  }

  /** Lets the next call of that name fail, with nothing done. */
  failNext(name: FakeVmCall['name'], error: Error): void {
    this.#failures.set(name, error)
  }

  /** From now on the guest lets go of this disk only after `letGo`: it is busy, or does not listen. */
  hold(id: string): void {
    this.#held.add(id)
  }

  /** The guest lets go: a detach that is pending has ended (VOLUME_DETACHED). */
  letGo(id: string): void {
    this.#held.delete(id)
    if (this.#volumes.get(id)?.state !== 'detaching') return
    this.#finished.add(id)
    this.#remove(id, 'VOLUME_DETACHED')
  }

  /** The guest ejects the disk by itself (VOLUME_EJECTED). */
  eject(id: string): void {
    if (this.#volumes.has(id)) this.#remove(id, 'VOLUME_EJECTED')
  }

  /** Emits an event of this library, as a server's death. */
  emit<N extends keyof OwnEvents>(event: N, data: OwnEvents[N]): void {
    const seconds = Math.trunc(Date.now() / 1000)
    this.#hub.emit({ event, data: { ...data }, timestamp: { seconds, microseconds: 0 } })
  }

  /** The VM ends; a crash unless told otherwise. */
  end(exit: Partial<VmExit> = {}): void {
    const whole: VmExit = { ...unknownEnd, ...exit }
    this.#move('exited', whole.reason)
    this.#hub.end(undefined)
    this.#settle(whole)
  }

  async #attach(input: VolumeSpecInput, options?: AttachOptions): Promise<Volume> {
    this.#called('attach', options === undefined ? [input] : [input, options])
    const spec = parseVolumeSpec(input)
    const known = this.#volumes.get(spec.id)
    if (known?.state === 'detaching')
      throw this.#volumeError(
        'VOLUME_EXISTS',
        spec.id,
        'is being detached: finish that first, by repeating the detach',
      )
    if (known !== undefined && known.uri !== spec.uri)
      throw this.#volumeError(
        'VOLUME_EXISTS',
        spec.id,
        `is attached already, from ${known.uri}: detach it first`,
      )
    if (known !== undefined) return { ...known }
    const { port, table } = this.#slots.assign(spec.id, portOfSpec(spec))
    this.#slots = table
    const serial = serialOf(spec, 'safe')
    const volume: FakeVolume = { id: spec.id, state: 'attached', uri: spec.uri, port, serial }
    this.#volumes.set(spec.id, volume)
    this.emit('VOLUME_ATTACHED', { id: spec.id, port, serial })
    return { ...volume }
  }

  async #detach(id: string, options?: DetachOptions): Promise<DetachOutcome> {
    this.#called('detach', options === undefined ? [id] : [id, options])
    if (this.#finished.delete(id)) return { outcome: 'detached', id }
    const volume = this.#volumes.get(id)
    if (volume === undefined) throw this.#volumeError('VOLUME_NOT_FOUND', id, 'is not attached')
    volume.state = 'detaching'
    if (this.#held.has(id) || this.#state === 'paused') {
      return { outcome: 'pending', id, ...(options?.force === true ? { severed: true } : {}) }
    }
    this.#remove(id, 'VOLUME_DETACHED')
    return { outcome: 'detached', id }
  }

  #remove(id: string, event: 'VOLUME_DETACHED' | 'VOLUME_EJECTED'): void {
    this.#volumes.delete(id)
    this.#slots = this.#slots.release(id)
    this.emit(event, { id })
  }

  #called(name: FakeVmCall['name'], args: readonly unknown[]): void {
    this.calls.push({ name, args })
    const failure = this.#failures.get(name)
    this.#failures.delete(name)
    if (failure !== undefined) throw failure
    if (this.#state === 'exited') {
      throw new VmError('VM_NOT_RUNNING', `VM ${this.id} does not run any more`, { details: { vm: this.id } })
    }
  }

  #volumeError(code: 'VOLUME_EXISTS' | 'VOLUME_NOT_FOUND', volume: string, what: string): VolumeError {
    return new VolumeError(code, `volume ${volume} of VM ${this.id} ${what}`, {
      details: { vm: this.id, volume },
    })
  }

  #move(to: VmState, reason: string): void {
    const from = this.#state
    this.#state = to
    this.#reason = reason
    if (from !== to) this.emit('VM_STATE_CHANGED', { from, to, reason })
  }
}

const unknownEnd: VmExit = {
  reason: 'crashed',
  clean: false,
  forced: false,
  killed: false,
  left: false,
  log: '',
  console: '',
}

import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, isAlive, type ProcessExit, type ProcessIdentity, stopLadder } from '../process/index.ts'
import {
  EventHub,
  type EventStream,
  type EventsOptions,
  type QmpClient,
  type QmpEvent,
} from '../qmp/index.ts'
import { settledWithin } from '../util/deadline.ts'
import type { ConsoleRelay } from './console.ts'
import { VmError } from './errors.ts'
import { describeEnd, settleDirectory, type VmExit } from './exit.ts'
import { movesState, stateAfter, stateOf, type VmState } from './lifecycle.ts'
import type { VmPaths } from './paths.ts'
import { VmVolumes } from './vm-volumes.ts'

/** What a `Vm` is made of, however it came to be ours. */
export interface VmParts {
  readonly id: string
  readonly paths: VmPaths
  readonly process: ProcessIdentity
  readonly qmp: QmpClient
  /** Set when this process is QEMU's parent. */
  readonly child?: Child | undefined
  /** Set when this process owns the VM: let go of when the VM ends or is left. */
  readonly ownership?: AsyncDisposable | undefined
  readonly console?: ConsoleRelay | undefined
}

export type ShutdownStep = 'system_powerdown' | 'quit' | 'SIGTERM' | 'SIGKILL'

export interface ShutdownOptions {
  /** How long the guest may take; 30 s unless given. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Whether to end a VM whose guest does not go down in time; true unless given. */
  readonly force?: boolean | undefined
  readonly onStep?: ((step: ShutdownStep) => void) | undefined
}

const guestTimeoutMs = 30_000
const quitTimeoutMs = 5_000
const signalTimeoutMs = 2_000
const lookAgainMs = 20

/** A virtual machine that answered. It outlives this process unless it is shut down, killed or disposed of. */
export class Vm implements AsyncDisposable {
  readonly id: string
  readonly pid: number
  /** The directory and the files of this VM. */
  readonly paths: VmPaths
  readonly qmp: QmpClient
  readonly volumes: VmVolumes
  /** How it ended, for all callers; never rejects. With reason `detached` it was left running. */
  readonly exited: Promise<VmExit>

  readonly #parts: VmParts
  readonly #hub = new EventHub()
  readonly #processEnd: Promise<ProcessExit>
  #state: VmState
  #shutdownReason: string | undefined
  readonly #leaving = new AbortController()

  private constructor(parts: VmParts, state: VmState) {
    this.id = parts.id
    this.pid = parts.process.pid
    this.paths = parts.paths
    this.qmp = parts.qmp
    this.#parts = parts
    this.#state = state
    this.volumes = new VmVolumes(parts.id, parts.paths, parts.qmp, (event) => this.#hub.emit(event))
    parts.qmp.on('*', (event) => this.#observe(event))
    this.#processEnd = parts.child?.exited ?? endOf(parts, this.#leaving.signal)
    this.exited = this.#exit()
  }

  /** @throws QmpError when QEMU does not answer `query-status`. */
  static async open(parts: VmParts): Promise<Vm> {
    // An event that came with the answer may be newer than it.
    let changed = true
    const unsubscribe = parts.qmp.on('*', ({ event }) => {
      changed ||= movesState(event)
    })
    try {
      let state: VmState = 'running'
      while (changed) {
        changed = false
        state = stateOf((await parts.qmp.execute('query-status')).status)
      }
      return new Vm(parts, state)
    } finally {
      unsubscribe()
    }
  }

  get state(): VmState {
    return this.#state
  }

  /** Stops the vCPUs. Nothing is lost; disks that are being detached are let go of when it runs on. */
  async pause(): Promise<void> {
    await this.qmp.execute('stop')
  }

  /** Lets a paused VM run on, and one that was started paused begin. */
  async resume(): Promise<void> {
    await this.qmp.execute('cont')
  }

  /** Resets the machine, as its button would: what the guest has not written is lost. */
  async reset(): Promise<void> {
    await this.qmp.execute('system_reset')
  }

  /**
   * Asks the guest to power down, a paused one after letting it run on. One that does not in time is ended: `quit`,
   * then SIGTERM, then SIGKILL, or with `force: false` left running. A guest that has not begun is ended at once.
   * @throws VmError VM_TIMEOUT when it was left running, VM_ABORTED on abort.
   */
  async shutdown(options: ShutdownOptions = {}): Promise<VmExit> {
    const { signal, force = true, onStep, timeoutMs = guestTimeoutMs } = options
    const ask = { name: 'system_powerdown' as const, timeoutMs, run: () => this.#askGuest() }
    const asked = this.#state !== 'prelaunch'
    const rungs = [...(asked ? [ask] : []), ...(force || !asked ? this.#force() : [])]
    const ended = await stopLadder(rungs, this.#processEnd, { onStep, signal })
    if (ended) return this.exited
    if (signal?.aborted) {
      throw new VmError('VM_ABORTED', `the shutdown of VM ${this.id} was aborted`, {
        cause: signal.reason,
        details: { vm: this.id },
      })
    }
    throw new VmError(
      'VM_TIMEOUT',
      `the guest of VM ${this.id} did not power down within ${timeoutMs} ms; it runs on`,
      {
        details: { vm: this.id, timeoutMs },
      },
    )
  }

  /** Ends QEMU at once, as a power cut would, and waits for its end. */
  async kill(): Promise<VmExit> {
    await this.#signal('SIGKILL')
    return this.exited
  }

  /** QEMU's events, and ours about volumes, from this call on. Ends with the VM or the signal. */
  events(options: EventsOptions = {}): EventStream {
    return this.#hub.stream(options)
  }

  /** Leaves the VM running: this process lets go of everything, and `reattachVm` takes it up again. */
  async detach(): Promise<void> {
    this.#leaving.abort()
    await this.exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state !== 'exited') await this.shutdown()
  }

  async #askGuest(): Promise<void> {
    if (this.#state === 'paused') await this.resume()
    await this.qmp.execute('system_powerdown')
  }

  #force() {
    return [
      { name: 'quit' as const, timeoutMs: quitTimeoutMs, run: () => this.#quit() },
      { name: 'SIGTERM' as const, timeoutMs: signalTimeoutMs, run: () => this.#signal('SIGTERM') },
      { name: 'SIGKILL' as const, timeoutMs: signalTimeoutMs, run: () => this.#signal('SIGKILL') },
    ]
  }

  async #quit(): Promise<void> {
    // QEMU may end before it has answered.
    await this.qmp.execute('quit', undefined, { timeoutMs: quitTimeoutMs }).catch(() => {})
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    if (this.#parts.child !== undefined) this.#parts.child.kill(signal)
    else if (await isAlive(this.#parts.process)) process.kill(this.pid, signal)
  }

  #observe(event: QmpEvent): void {
    if (event.event === 'SHUTDOWN') this.#shutdownReason = String(event.data.reason)
    this.#state = stateAfter(this.#state, event.event)
    this.#hub.emit(event)
  }

  async #exit(): Promise<VmExit> {
    const left = new Promise<undefined>((resolve) => {
      this.#leaving.signal.addEventListener('abort', () => resolve(undefined), { once: true })
    })
    const end = await Promise.race([this.#processEnd, left])
    const { child, console, ownership } = this.#parts
    // What QEMU said last may still be on its way.
    if (end !== undefined) await settledWithin(this.qmp.closed, signalTimeoutMs)
    await this.qmp.close()
    await console?.[Symbol.asyncDispose]()
    child?.unref()
    if (end === undefined) {
      await ownership?.[Symbol.asyncDispose]()
      this.#hub.end(undefined)
      return { reason: 'detached', clean: true, log: '' }
    }
    this.#state = 'exited'
    await this.volumes.end()
    const exit = await describeEnd(this.paths, end, this.#shutdownReason)
    if (ownership !== undefined) await settleDirectory(this.paths, this.id, exit)
    await ownership?.[Symbol.asyncDispose]()
    this.#hub.end(undefined)
    return exit
  }
}

/** The end of a process that is not our child: nothing tells of it but the loss of its monitor and its absence. */
async function endOf({ process, qmp }: VmParts, leaving: AbortSignal): Promise<ProcessExit> {
  await qmp.closed
  while (!leaving.aborted && (await isAlive(process))) await sleep(lookAgainMs)
  return { exitCode: undefined, signal: undefined }
}

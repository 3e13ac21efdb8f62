import { type ProcessExit, signalProcess } from '../../process/index.ts'
import { type CallOptions, checkTimeout, type QmpClient, type QmpEvent } from '../../qmp/index.ts'
import { settledWithin, within } from '../../util/deadline.ts'
import { untilAborted } from '../../util/on-abort.ts'
import { VmBackups } from '../backups/vm-backups.ts'
import { VmDevices } from '../devices/vm-devices.ts'
import { VmVolumes } from '../disks/vm-volumes.ts'
import { VolumeLedger } from '../disks/volume-ledger.ts'
import { VolumeServers } from '../disks/volume-servers.ts'
import { messageOf, VmError } from '../errors.ts'
import { VmEventSource } from '../event-source.ts'
import { ownEvent } from '../events.ts'
import { letRun } from '../let-run.ts'
import { VmNics } from '../nics/vm-nics.ts'
import { attachedDevices, compareWithRecord, type Discrepancy } from '../record/compare.ts'
import { readContents } from '../record/contents.ts'
import type { VmPaths } from '../record/paths.ts'
import type { HostForward } from '../record/state.ts'
import { describeEnd, settleDirectory } from './exit.ts'
import type { ForkOptions, ForkOverrides } from './forking.ts'
import { Guest } from './guest.ts'
import { lifeAfter, lifeEnded, type VmLife, type VmState } from './lifecycle.ts'
import { lastWordsMs, Presence } from './presence.ts'
import { finishReboot, type Rebooting, type RebootOptions, type RebootOutcome, reboot } from './reboot.ts'
import { type ShutdownOptions, type ShutdownStep, shutDown } from './shutdown.ts'
import { VmCpus } from './vm-cpus.ts'
import { leftExit, type VmExit, wasWanted } from './vm-exit.ts'
import { VmMemory } from './vm-memory.ts'
import { endOf, type VmParts } from './vm-parts.ts'

const commandTimeoutMs = 30_000
const killTimeoutMs = 60_000

const limitsOf = ({ signal, timeoutMs = commandTimeoutMs }: CallOptions = {}) => ({ signal, timeoutMs })

/** A virtual machine that answered, for its owner and its visitors alike. It outlives this process unless it is shut down or killed. */
export abstract class RunningVm extends VmEventSource implements AsyncDisposable {
  readonly id: string
  readonly pid: number
  /** The directory and the files of this VM. */
  readonly paths: VmPaths
  readonly qmp: QmpClient
  /** The machine type with its version, `pc-q35-7.2` for `q35`: give it as `machine` in a config to get the same hardware again. */
  readonly machine: string
  readonly volumes: VmVolumes
  readonly backups: VmBackups
  readonly nics: VmNics
  readonly devices: VmDevices
  readonly cpus: VmCpus
  readonly memory: VmMemory
  /** The inside of the guest, by its agent. */
  readonly guest: Guest
  /** @internal */
  readonly ledger: VolumeLedger
  /** @internal */
  readonly servers: VolumeServers
  /** How the VM ended, the same for all callers. Never rejects: what failed after the end is its `fault`. With `left` it runs on. */
  readonly exited: Promise<VmExit>

  readonly #parts: VmParts
  readonly #processEnd: Promise<ProcessExit>
  #life: VmLife
  #sent: NodeJS.Signals | undefined
  #isShutDown = false
  #begun: Promise<void> | undefined
  readonly #leaving = new AbortController()
  readonly #presence: Presence
  readonly #isDown = () => this.#life.isDown === true

  protected constructor(parts: VmParts, life: VmLife, machine: string) {
    super()
    this.id = parts.id
    this.pid = parts.process.pid
    this.paths = { ...parts.paths, ...parts.consoleFiles }
    this.qmp = parts.qmp
    this.machine = machine
    this.#parts = parts
    this.#life = life
    const { id, isSupervised, ownership, paths, qmp, reader } = parts
    const left = this.#leaving.signal
    const processEnd = parts.child?.exited ?? endOf(parts, left)
    this.#processEnd = processEnd
    const hasExited = () => this.state === 'exited'
    this.#presence = new Presence({ id, hasExited, processEnd, monitorEnd: qmp.closed, left })
    const ledger = new VolumeLedger({ id, paths, pid: this.pid, reader })
    this.ledger = ledger
    const emit = (event: QmpEvent) => this.hub.emit(event)
    this.servers = new VolumeServers({ paths, store: ledger, emit, ownership, isSupervised })
    const { explain, require: requireRunning } = this.#presence
    const shared = { vm: id, paths, qmp, emit, requireRunning, isOwner: ownership !== undefined, ledger }
    this.guest = new Guest({ id, paths, qmp, store: ledger, requireRunning, explain })
    this.cpus = new VmCpus({ ...shared, store: ledger })
    this.memory = new VmMemory({ ...shared, store: ledger })
    this.volumes = new VmVolumes({ ...shared, servers: this.servers, withAgent: this.guest.withAgent })
    this.backups = new VmBackups({ ...shared, store: ledger, pid: this.pid, volumes: this.volumes })
    this.nics = new VmNics({ ...shared, pid: this.pid })
    this.devices = new VmDevices({ ...shared, pid: this.pid })
    parts.qmp.explainClosed(explain)
    parts.qmp.on('*', (event) => this.#observe(event))
    parts.console?.begin((message) => emit(ownEvent('VM_LOG_UNLIMITED', { message })))
    this.exited = this.#exit()
    void this.#watchMonitor()
  }

  get state(): VmState {
    return this.#life.state
  }

  /** Why the VM is in that state, in QEMU's words where it has some: `io-error`, `guest-shutdown`, `stop`, … */
  get stateReason(): string {
    return this.#life.reason
  }

  /**
   * Stops the vCPUs. Nothing is lost. The guest lets go of disks that are being detached when it runs on.
   * @throws QmpError QMP_TIMEOUT (after 30 s unless given), QMP_ABORTED: QEMU may still do it; VmError VM_NOT_RUNNING. The same for
   *   `resume` and `reset`.
   */
  async pause(options?: CallOptions): Promise<void> {
    this.volumes.holdVm(true)
    await this.volumes.stopVm(options)
    // An event of an earlier resume may have come before the answer.
    this.volumes.holdVm(true)
  }

  /** Lets a paused VM run on, and a VM that was started paused begin. A job that is being cancelled ends first, in up to 3 s. */
  async resume(options?: CallOptions): Promise<void> {
    this.volumes.holdVm(false)
    await letRun(this.qmp, limitsOf(options), () => this.volumes.isVmHeld())
    await this.#begun
  }

  /** Resets the machine, as its button would: what the guest has not written is lost. A VM that does not run waits for `resume`. */
  async reset(options?: CallOptions): Promise<void> {
    await this.qmp.execute('system_reset', undefined, limitsOf(options))
  }

  /**
   * Reboots the guest in an orderly way: by its agent if the config has `guestAgent` and the agent answers, else by the power button and
   * a reset of the machine. Resolves when the machine has started over; the guest is not up again yet. A paused guest runs then. QEMU,
   * its disks and its volumes stay as they are.
   * @throws VmError VM_TIMEOUT when the guest does not go down in time (60 s unless given): it runs on, and with `force: true` the
   *   machine is reset instead; VM_ABORTED, VM_NOT_RUNNING; VM_UNSUPPORTED under `-no-reboot`.
   */
  async reboot(options: RebootOptions = {}): Promise<RebootOutcome> {
    this.#presence.require()
    return reboot(this.#rebooting, options)
  }

  /** Ends a reboot whose process died in the middle. @internal */
  finishReboot(): Promise<void> {
    return finishReboot(this.#rebooting)
  }

  /**
   * Asks the guest to power down, and asks again every 5 s (or at half of the time) until QEMU says SHUTDOWN, since a guest that boots
   * hears nothing yet. A paused guest is resumed first, and a sleeping one is woken. If the guest does not go down in time, QEMU is ended
   * by force: `quit`, then SIGTERM, then SIGKILL. With `force: false` it is left running. A guest that has not begun or has panicked is
   * ended at once, and so is a QEMU that outlives its guest (`-no-shutdown`). Nothing of the VM stays, also after force. After `leave`
   * this process is not the owner: `shutdown`, `kill` and `await using` do nothing.
   * @throws VmError VM_TIMEOUT when it was left running, VM_ABORTED on abort.
   */
  async shutdown(options: ShutdownOptions = {}): Promise<VmExit> {
    if (this.#leaving.signal.aborted) return this.exited
    const onStep = (step: ShutdownStep) => {
      this.#isShutDown ||= step !== 'system_powerdown'
      options.onStep?.(step)
    }
    const { id, qmp } = this
    const signal = (name: NodeJS.Signals) => this.#signal(name)
    const vm = { id, qmp, ended: this.#processEnd, state: () => this.state, isDown: this.#isDown, signal }
    await shutDown(vm, { ...options, onStep })
    return this.exited
  }

  /**
   * Ends QEMU at once, as a power cut would, and waits for its end, for a minute unless `timeoutMs` is given.
   * @throws VmError VM_TIMEOUT, VM_ABORTED: it is killed all the same, unless the signal came before the call.
   */
  async kill({ signal, timeoutMs = killTimeoutMs }: CallOptions = {}): Promise<VmExit> {
    checkTimeout(timeoutMs)
    if (this.#leaving.signal.aborted) return this.exited
    const details = { vm: this.id, pid: this.pid }
    const late = `VM ${this.id} was killed and has not ended within ${timeoutMs} ms`
    const onAbort = (cause: unknown) =>
      new VmError('VM_ABORTED', `waiting for the end of VM ${this.id} was aborted`, { cause, details })
    const onTimeout = () => new VmError('VM_TIMEOUT', late, { details })
    if (signal?.aborted) throw onAbort(signal.reason)
    await this.#signal('SIGKILL')
    return within(this.exited, { signal, timeoutMs }, { onTimeout, onAbort })
  }

  /**
   * Lists where QEMU differs from the VM's record, as QEMU itself reports it: somebody used another monitor, or the guest ejected a disk.
   * @throws VmError VM_NOT_RUNNING, VM_NOT_FOUND, VM_STATE; QmpError when QEMU does not answer in time, QMP_ABORTED on abort.
   */
  async discrepancies(options?: CallOptions): Promise<Discrepancy[]> {
    this.#presence.require()
    const record = await this.ledger.read()
    return compareWithRecord(record, await readContents(this.qmp, attachedDevices(record), options))
  }

  /** The ports of the host that lead into the guest, with those that the system has chosen for `hostPort: 0`. @throws as `discrepancies`. */
  async forwards(): Promise<readonly HostForward[]> {
    return (await this.ledger.read()).forwards ?? []
  }

  /** Makes a second VM of this one, as `forkVm` does. */
  abstract fork(overrides: ForkOverrides, options?: ForkOptions): Promise<RunningVm>

  /** Leaves the VM running, without an owner: `reattachVm` makes a process its owner again. `exited` resolves with `left`. */
  async leave(): Promise<void> {
    this.#leaving.abort()
    await this.exited
  }

  /** The same as `leave`. */
  async detach(): Promise<void> {
    await this.leave()
  }

  /** Whether a shutdown of this process has ended it by force. @internal */
  get isShutDown(): boolean {
    return this.#isShutDown
  }

  abstract [Symbol.asyncDispose](): Promise<void>

  get #rebooting(): Rebooting {
    const { guest, id, ledger: store, qmp } = this
    const shared = { id, qmp, store, state: () => this.state, isDown: this.#isDown }
    return { ...shared, withAgent: guest.withAgent }
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    this.#sent = signal
    if (this.#parts.child !== undefined) this.#parts.child.kill(signal)
    else await signalProcess(this.#parts.process, signal)
  }

  #observe(event: QmpEvent): void {
    const from = this.state
    this.#life = lifeAfter(this.#life, event)
    const { heldBack, ownership } = this.#parts
    if (from === 'prelaunch' && this.state === 'running' && heldBack && ownership !== undefined)
      // When the VM is launched again, it begins at once.
      this.#begun ??= this.ledger.set({ heldBack: undefined }).catch(() => {})
    this.hub.emit(event)
    this.#tellMove(from)
  }

  #tellMove(from: VmState): void {
    const { state: to, reason } = this.#life
    if (from !== to) this.hub.emit(ownEvent('VM_STATE_CHANGED', { from, to, reason }))
  }

  async #watchMonitor(): Promise<void> {
    const lost = await this.qmp.closed
    if (this.#leaving.signal.aborted) return
    // A QEMU that ends closes it a moment before.
    if ((await settledWithin(Promise.race([this.#processEnd, this.exited]), lastWordsMs)) !== undefined)
      return
    this.hub.emit(ownEvent('VM_MONITOR_LOST', { message: lost?.message ?? 'it was closed by this side' }))
  }

  async #exit(): Promise<VmExit> {
    const end = await Promise.race([this.#processEnd, untilAborted(this.#leaving.signal)])
    const { child, console, ownership } = this.#parts
    // What QEMU said last may still be on its way.
    if (end !== undefined) await settledWithin(this.qmp.closed, lastWordsMs)
    await this.qmp.close()
    await console?.[Symbol.asyncDispose]()
    child?.unref()
    try {
      if (end !== undefined) return await this.#ended(end, ownership !== undefined)
      await this.servers.release()
      return leftExit
    } finally {
      ownership?.[Symbol.dispose]()
      this.hub.end(undefined)
    }
  }

  async #ended(end: ProcessExit, owned: boolean): Promise<VmExit> {
    const seen = { pid: this.pid, said: this.#life.endCause, sent: this.#sent }
    const exit = await describeEnd(this.#parts.paths, end, seen)
    const from = this.state
    this.#life = lifeEnded(this.#life, exit.reason)
    this.#tellMove(from)
    const wanted = wasWanted(exit) || this.#isShutDown
    await this.servers.endWithVm({ clean: wanted, owned })
    if (!owned) return exit
    return settleDirectory(this.#parts.paths, this.id, exit, wanted).then(
      () => exit,
      (error: unknown) => ({ ...exit, fault: messageOf(error) }),
    )
  }
}

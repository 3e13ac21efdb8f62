import { checkTimeout } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'
import { configDifferences } from '../config/differences.ts'
import { type HiveConfigInput, parseConfigDocument } from '../config/hive.ts'
import type { VmConfig, VmConfigInput } from '../config/schema.ts'
import { messageOf, VmError } from '../errors.ts'
import { VmEventSource } from '../event-source.ts'
import { type OwnEvents, ownEvent, type VmEvent, type VmOrigin } from '../events.ts'
import { watchAnswers } from '../life/answers.ts'
import type { OnLost } from '../life/finish-restart.ts'
import { inspectVm } from '../life/inspect.ts'
import { type ReattachOptions, reattachWith } from '../life/reattach.ts'
import type { Vm } from '../life/roles.ts'
import type { ShutdownOptions } from '../life/shutdown.ts'
import { leftExit, type VmExit } from '../life/vm-exit.ts'
import type { LaunchOptions } from './launch.ts'
import { Relaunch } from './relaunch.ts'
import { checkRestartPolicy, decideRestart, type RestartPolicy } from './restart-policy.ts'
import { settleServers, withoutServerSecrets } from './volume-servers.ts'

export interface KeepRunningOptions extends LaunchOptions {
  /** For the first start; later ones end by `stop` or `leave`. */
  readonly signal?: AbortSignal | undefined
  readonly restart?: RestartPolicy | undefined
  /**
   * How long QEMU may take to answer before `VM_UNRESPONSIVE` is emitted; it is asked again half as long after each answer. 20 s
   * unless given, `Infinity` for never. It is not ended for that.
   */
  readonly unresponsiveAfterMs?: number | undefined
  /** Hears what `supervisor.on('*')` hears, and what happens at the first start: `VM_STARTED`, `VOLUME_LOST`. */
  readonly onEvent?: ((event: VmEvent) => void) | undefined
}

/**
 * Keeps a VM of this config running. If a VM of this name runs already, this process becomes its owner, and the VM stays as it
 * is. If its config differs, `VM_CONFIG_DIFFERS` and a warning say so, and the new config counts from the next start. Otherwise
 * the VM is launched. When it ends, it is launched again if the policy says so.
 *
 * After a crash, the volumes that were attached are attached again before the guest begins, those of the config like the others.
 * A volume whose server has ended is left out, and `VOLUME_LOST` tells you (at the first start `onEvent` hears it, and a
 * warning). What had been detached stays away. After a clean end the VM gets the volumes of its config and no others. Data
 * volumes with `removable: false` are always attached.
 *
 * It works for as long as this process lives. The VM outlives the process, and the next call becomes its owner, also in the
 * middle of a restart.
 * @throws what `reattachVm` and `launchVm` throw for the first start; nothing is kept running then.
 */
export async function keepRunning(
  config: VmConfigInput | VmConfig | HiveConfigInput,
  options: KeepRunningOptions = {},
): Promise<Supervisor> {
  checkRestartPolicy(options.restart ?? {})
  const { unresponsiveAfterMs = answerLimitMs } = options
  checkTimeout(unresponsiveAfterMs, 'unresponsiveAfterMs')
  const checked = settleServers(parseConfigDocument(config))
  const { onEvent, onWarning, signal, stateDir, timeoutMs } = options
  const relaunch = new Relaunch(checked, options)
  const { alive } = await inspectVm(checked.name, { stateDir })
  const tellDifferences = (paths: readonly string[]) => {
    if (paths.length === 0) return
    onEvent?.(ownEvent('VM_CONFIG_DIFFERS', { vm: checked.name, paths }))
    const what = `VM ${checked.name} runs with a config that differs from the given one (${paths.join(', ')})`
    onWarning?.(`${what}; the given one counts from its next start`)
  }
  const onLost: OnLost = (event) => {
    const { id, message } = event.data
    const what = { VOLUME_LOST: 'volume', NIC_LOST: 'NIC', DEVICE_LOST: 'device' }[event.event]
    onWarning?.(`${what} ${id} is not attached again: ${message}`)
    onEvent?.(event)
  }
  const vm = alive
    ? await takeUp(checked.name, { signal, stateDir, timeoutMs }, onLost)
    : await relaunch.run(onLost, signal)
  if (alive)
    tellDifferences(configDifferences((await vm.ledger.read()).config, withoutServerSecrets(checked)))
  const origin = alive ? 'reattached' : 'launched'
  const { name } = checked
  const policy = options.restart ?? {}
  return new Supervisor({ name, policy, relaunch, vm, origin, onEvent, unresponsiveAfterMs })
}

async function takeUp(name: string, options: ReattachOptions, onLost: OnLost): Promise<Vm> {
  const onEvent = (event: VmEvent) => {
    if (isLoss(event)) onLost(event)
  }
  return reattachWith(name, { ...options, onEvent }, { isSupervised: true })
}

const isLoss = (event: VmEvent): event is Parameters<OnLost>[0] =>
  ['VOLUME_LOST', 'NIC_LOST', 'DEVICE_LOST'].includes(event.event)

const answerLimitMs = 20_000

type SupervisorEvent =
  | 'VM_STARTED'
  | 'VM_UNRESPONSIVE'
  | 'VM_RESPONSIVE'
  | 'VM_ENDED'
  | 'VM_RESTARTING'
  | 'VM_RESTARTED'
  | 'VM_RESTART_FAILED'

interface SupervisorParts extends Pick<KeepRunningOptions, 'onEvent'> {
  readonly unresponsiveAfterMs: number
  readonly name: string
  readonly policy: RestartPolicy
  readonly relaunch: Relaunch
  readonly vm: Vm
  readonly origin: VmOrigin
}

/**
 * Starts a VM again when it ends. `stop` ends the supervisor and the VM; `leave` ends the supervisor alone. Disposal (`await
 * using`) is `stop()`: it shuts the VM down. Its events are those of all its VMs and its own.
 */
export class Supervisor extends VmEventSource implements AsyncDisposable {
  /**
   * Why it is over: resolves with the VM's last end, which was asked for or which the policy lets be, or with `left` after `leave`.
   * Rejects with VmError VM_RESTARTS when it ended, or did not start, too often.
   */
  readonly ended: Promise<VmExit>
  /** How `keepRunning` got its first VM. */
  readonly origin: VmOrigin
  readonly #name: string
  readonly #policy: RestartPolicy
  readonly #relaunch: Relaunch
  readonly #stopping = new AbortController()
  readonly #restartedAt: number[] = []
  readonly #answerLimitMs: number
  #vm: Vm
  #isLeft = false
  #starting: Promise<unknown> = Promise.resolve()

  /** @internal */
  constructor(parts: SupervisorParts) {
    super()
    const { name, onEvent, origin, policy, relaunch, vm } = parts
    this.origin = origin
    this.#name = name
    this.#policy = policy
    this.#relaunch = relaunch
    this.#vm = vm
    this.#answerLimitMs = parts.unresponsiveAfterMs
    if (onEvent !== undefined) this.on('*', onEvent)
    this.#follow(vm)
    this.#tell('VM_STARTED', { pid: vm.pid, origin })
    this.ended = this.#supervise()
    this.ended.catch(() => {})
  }

  /** The VM that runs, or ran last: another one after each restart. */
  get current(): Vm {
    return this.#vm
  }

  /**
   * Shuts the VM down, as `vm.shutdown` does, and does not start it again. Nothing of it stays, also when it had ended before.
   * @returns what `ended` resolves with.
   */
  async stop(options: ShutdownOptions = {}): Promise<VmExit> {
    this.#stopping.abort()
    await this.#starting
    if (this.#vm.state !== 'exited') await this.#vm.shutdown(options)
    return this.ended.catch(() => this.#vm.exited)
  }

  /** Leaves the VM as it is; who calls `keepRunning` or `reattachVm` next takes it up. */
  async leave(): Promise<void> {
    this.#isLeft = true
    this.#stopping.abort()
    await this.#starting
    await this.#vm.leave()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #supervise(): Promise<VmExit> {
    try {
      const exit = await this.#watch()
      const fault = await this.#clear()
      return fault === undefined ? exit : { ...exit, fault }
    } catch (error) {
      await this.#clear()
      throw error
    } finally {
      this.hub.end(undefined)
    }
  }

  /** What could not be done. Of a VM that is left, the next owner finds the servers. */
  async #clear(): Promise<string | undefined> {
    if (this.#isLeft || this.#vm.state !== 'exited') return undefined
    return this.#relaunch.end({ clear: this.#stopping.signal.aborted })
  }

  async #watch(): Promise<VmExit> {
    let exit = await this.#vm.exited
    const over = (): VmExit => (this.#isLeft ? leftExit : exit)
    for (;;) {
      if (exit.left) return exit
      if (exit.reason !== 'not-started') this.#tell('VM_ENDED', { ...exit })
      if (this.#stopping.signal.aborted) return over()
      const end = { ...exit, asked: this.#vm.isShutDown }
      const decision = decideRestart(this.#policy, end, this.#restartedAt, performance.now())
      if (!decision.restart) {
        if (decision.why === 'not-needed') return exit
        throw this.#tooOften(exit)
      }
      const { attempt, delayMs } = decision
      this.#tell('VM_RESTARTING', { attempt, delayMs })
      await sleep(delayMs, { signal: this.#stopping.signal }).catch(() => {})
      if (this.#stopping.signal.aborted) return over()
      this.#restartedAt.push(performance.now())
      const start = this.#start()
      this.#starting = start
      const failure = await start
      // The start was called off: the end before it is the last.
      if (failure !== undefined && this.#stopping.signal.aborted) return over()
      exit = failure ?? (await this.#vm.exited)
    }
  }

  /** How the start failed; undefined when it did not. */
  async #start(): Promise<VmExit | undefined> {
    try {
      const onLost: OnLost = (event) => this.hub.emit(event)
      this.#vm = await this.#relaunch.run(onLost, this.#stopping.signal)
      this.#follow(this.#vm)
      this.#tell('VM_RESTARTED', { pid: this.#vm.pid })
      return undefined
    } catch (error) {
      const message = messageOf(error)
      this.#tell('VM_RESTART_FAILED', { message })
      return { ...leftExit, reason: 'not-started', left: false, log: message }
    }
  }

  #follow(vm: Vm): void {
    const stream = vm.events()
    void (async () => {
      for await (const event of stream) this.hub.emit(event)
    })()
    const { pid } = vm
    const limitMs = this.#answerLimitMs
    void watchAnswers(vm.qmp, {
      limitMs,
      mayAsk: () => vm.state !== 'stopping',
      signal: this.#stopping.signal,
      onSilence: () => this.#tell('VM_UNRESPONSIVE', { pid, limitMs }),
      onAnswer: (silentMs) => this.#tell('VM_RESPONSIVE', { pid, silentMs: Math.round(silentMs) }),
    })
  }

  #tell<N extends SupervisorEvent>(event: N, data: Omit<OwnEvents[N], 'vm'>): void {
    this.hub.emit(ownEvent(event, { vm: this.#name, ...data } as OwnEvents[N]))
  }

  #tooOften(exit: VmExit): VmError {
    const times = this.#restartedAt.length
    return new VmError(
      'VM_RESTARTS',
      `VM ${this.#name} is not started again: it has ended (${exit.reason}) after ${times} restarts`,
      { details: { vm: this.#name, restarts: times, exit } },
    )
  }
}

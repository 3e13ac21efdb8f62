import { rm } from 'node:fs/promises'
import {
  type Child,
  describeExit,
  type ProcessExit,
  type ProcessIdentity,
  readTail,
} from '../../process/index.ts'
import { checkTimeout } from '../../qmp/index.ts'
import { unlessAborted } from '../../util/deadline.ts'
import { sleep } from '../../util/timer.ts'
import { VolumeError } from '../errors.ts'
import { formatNbdUri, type NbdAddress } from '../nbd-uri.ts'
import { blotter, startFailure } from './failure.ts'
import { type ServerRecord, type ServerState, writeServerState } from './place.ts'
import { type RestartPolicy, restartDelayMs } from './restart-policy.ts'
import { endGroup, endRemains, removeSocket, runServer, type ServerPlan } from './run.ts'
import { type Watch, watchChild } from './watch.ts'

/**
 * An event of a server. SERVER_LOST: it has ended by itself and does not come back, because it is not restarted or was restarted
 * too often.
 */
export interface ServerEvent {
  readonly event: 'SERVER_DIED' | 'SERVER_RESTARTED' | 'SERVER_RESTART_FAILED' | 'SERVER_LOST'
  readonly data: {
    readonly uri: string
    /** The pid of the server that died, or of the new one. */
    readonly pid?: number
    /** How it ended, or why it did not start, for people. */
    readonly message?: string
  }
  readonly timestamp: { readonly seconds: number; readonly microseconds: number }
}

export interface StopServerOptions {
  /** How long it may take to end by itself; 5 s unless given. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A running server that has answered an NBD handshake. */
export interface NbdServer extends AsyncDisposable {
  /** The address, in the form that `parseNbdUri` and volume files take. */
  readonly uri: string
  readonly address: NbdAddress
  /** The pid of the process that serves now, or that served last. A restart changes it. */
  readonly pid: number
  readonly sizeBytes: bigint
  readonly readOnly: boolean
  /** For `adoptServer` in any process; absent when the server ends with this process. */
  readonly record?: ServerRecord | undefined
  /** Settles once, when it has ended and is not started again; never rejects. */
  readonly exited: Promise<ProcessExit>
  /** This listener alone hears the events from now on. After a server is handed over with a volume, the VM has its events. */
  onEvent(listener: (event: ServerEvent) => void): void
  /**
   * Ends the server (SIGTERM, then SIGKILL), a restart under way included, and removes its files. Safe to repeat.
   * Detach its volume first. After an abort (VOLUME_ABORTED) it ends all the same, unless the signal came before the call.
   */
  stop(options?: StopServerOptions): Promise<void>
  /** Leaves it running, no longer watched by this process, for another to adopt. A start under way is waited for. */
  release(): Promise<void>
  /** Lets this process end while the server lives on. */
  unref(): void
}

/** What is watched at the moment. */
export interface Current {
  readonly pid: number
  /** The shell over it. */
  readonly leader: ProcessIdentity
  readonly watch: Watch
}

export interface ServerOptions {
  readonly plan: ServerPlan
  readonly state: ServerState
  readonly current: Current
  readonly onEvent?: ((event: ServerEvent) => void) | undefined
  /** Held for as long as this process watches the server. */
  readonly lock: Disposable
}

const stopTimeoutMs = 5000

export class ManagedServer implements NbdServer {
  readonly uri: string
  readonly exited: Promise<ProcessExit>
  readonly record: ServerRecord | undefined
  readonly #options: ServerOptions
  /** No further start is begun. */
  readonly #over = new AbortController()
  /** Nor is one under way waited for. */
  readonly #stopped = new AbortController()
  #listener: ((event: ServerEvent) => void) | undefined
  #current: Current
  #state: ServerState
  /** What follows its end, a restart for the most part. */
  #mending: Promise<number | undefined> | undefined
  #isReleased = false
  #isReferenced = true

  constructor(options: ServerOptions) {
    this.#options = options
    this.#current = options.current
    this.#state = options.state
    this.#listener = options.onEvent
    this.uri = formatNbdUri(options.plan.address)
    this.record = options.plan.exitWithParent ? undefined : { directory: options.plan.paths.directory }
    this.exited = this.#live()
  }

  get address(): NbdAddress {
    return this.#options.plan.address
  }

  get pid(): number {
    return this.#current.pid
  }

  get sizeBytes(): bigint {
    return BigInt(this.#state.sizeBytes)
  }

  get readOnly(): boolean {
    return this.#state.readOnly
  }

  onEvent(listener: (event: ServerEvent) => void): void {
    this.#listener = listener
  }

  async stop({ signal, timeoutMs = stopTimeoutMs }: StopServerOptions = {}): Promise<void> {
    checkTimeout(timeoutMs)
    const onAbort = (cause: unknown) =>
      new VolumeError('VOLUME_ABORTED', `waiting for the end of the server (pid ${this.pid}) was aborted`, {
        cause,
        details: { pid: this.pid, server: this.uri },
      })
    await unlessAborted(() => this.#stop(timeoutMs), signal, onAbort)
  }

  async #stop(timeoutMs: number): Promise<void> {
    if (this.#isReleased) return
    this.#over.abort()
    this.#stopped.abort()
    await this.#mending
    const { leader, pid } = this.#current
    if (!(await endGroup(leader, this.exited, timeoutMs))) {
      const message = `the server (pid ${pid}) does not end, not even by SIGKILL; its socket is left`
      throw new VolumeError('VOLUME_BACKEND', message, { details: { pid, server: this.uri } })
    }
    const { lock, plan } = this.#options
    await endRemains(plan.paths, leader)
    // First what it is found by: a process that waits to take it up finds none.
    await rm(plan.paths.state, { force: true })
    await rm(plan.paths.directory, { recursive: true, force: true })
    lock[Symbol.dispose]()
  }

  async release(): Promise<void> {
    this.#isReleased = true
    this.#over.abort()
    this.unref()
    // It writes the server's files and may take away its socket: not beside the next who watches it.
    await this.#mending
    this.#current.watch.close()
    this.#options.lock[Symbol.dispose]()
  }

  unref(): void {
    this.#isReferenced = false
    this.#current.watch.unref()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Watches the server and starts it again, until it is over. */
  async #live(): Promise<ProcessExit> {
    let tries: number | undefined = 0
    for (;;) {
      const since = performance.now()
      const exit = await this.#current.watch.ended
      if (this.#isReleased) return exit
      this.#mending = this.#mend(exit, tries, performance.now() - since)
      tries = await this.#mending
      if (tries === undefined) return exit
    }
  }

  /** After its end. @returns how many tries in a row there have been; undefined when it is over. */
  async #mend(exit: ProcessExit, before: number, livedMs: number): Promise<number | undefined> {
    const { leader, pid } = this.#current
    // Tried again before a restart, when it fails.
    await endRemains(this.#options.plan.paths, leader).catch(() => {})
    await removeSocket(this.address)
    const { restart } = this.#state
    if (this.#over.signal.aborted) return undefined
    if (restart === undefined) {
      this.#tell('SERVER_LOST', { pid, message: await this.#lastWords(exit) })
      return undefined
    }
    this.#tell('SERVER_DIED', { pid, message: await this.#lastWords(exit) })
    return this.#revive(restart, livedMs >= restart.healthyMs ? 0 : before)
  }

  async #revive(policy: RestartPolicy, before: number): Promise<number | undefined> {
    const { signal } = this.#over
    for (let tries = before; ; ) {
      const delayMs = restartDelayMs(policy, tries++)
      if (delayMs === undefined) {
        this.#tell('SERVER_LOST', { message: `given up after ${policy.maxRestarts} restarts in a row` })
        return undefined
      }
      try {
        await sleep(delayMs, { signal, ref: this.#isReferenced })
        await this.#restart(this.#stopped.signal)
        this.#tell('SERVER_RESTARTED', { pid: this.pid })
        return tries
      } catch (error) {
        if (signal.aborted) return undefined
        const { paths, spec } = this.#options.plan
        const { message } = await startFailure(error, spec, paths.directory)
        this.#tell('SERVER_RESTART_FAILED', { message })
      }
    }
  }

  async #restart(signal: AbortSignal): Promise<void> {
    const { plan } = this.#options
    await endRemains(plan.paths, this.#current.leader)
    const running = await runServer(plan, (child) => this.#started(child), signal)
    const { found, pid, child } = running
    if (found.sizeBytes < this.sizeBytes || (found.readOnly && !this.readOnly)) {
      await endGroup(child, child.exited, stopTimeoutMs)
      await removeSocket(this.address)
      throw new Error(
        `it came back with ${found.sizeBytes} bytes${found.readOnly ? ', read-only' : ''}: another disk?`,
      )
    }
    this.#current = { pid, leader: child, watch: watchChild(child) }
    // It may have been let go of meanwhile.
    if (!this.#isReferenced) this.#current.watch.unref()
  }

  /** On record before it is waited for: the next process must find it. */
  async #started(child: Child): Promise<void> {
    if (!this.#isReferenced) child.unref()
    this.#state = { ...this.#state, process: { pid: child.pid, startTime: child.startTime } }
    await writeServerState(this.#options.plan.paths, this.#state)
  }

  async #lastWords(exit: ProcessExit): Promise<string> {
    const { directory, log: file } = this.#options.plan.paths
    const blot = await blotter(directory)
    const log = blot(await readTail(file)).slice(-512)
    return `${describeExit(exit)}${log === '' ? '' : `: ${log}`}`
  }

  #tell(event: ServerEvent['event'], data: Omit<ServerEvent['data'], 'uri'>): void {
    const now = Date.now()
    const timestamp = { seconds: Math.trunc(now / 1000), microseconds: (now % 1000) * 1000 }
    // What a listener throws is not the server's failure.
    const told = { event, data: { uri: this.uri, ...data }, timestamp }
    const listener = this.#listener
    if (listener !== undefined) queueMicrotask(() => listener(told))
  }
}

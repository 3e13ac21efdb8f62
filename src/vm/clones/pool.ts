import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { type CallOptions, checkAmount, checkTimeout } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'
import { tracked } from '../../util/tracked.ts'
import { VmError } from '../errors.ts'
import { reattachVm } from '../life/reattach.ts'
import type { Vm } from '../life/roles.ts'
import { poolLock } from '../record/ownership.ts'
import { defaultStateDir } from '../record/paths.ts'
import { beginClone, cloneFrom } from './clone-vm.ts'
import { startsAtOnce } from './launch-many.ts'
import type { VmPoolMetrics, VmPoolOptions } from './pool-options.ts'
import { checkEach, endClone, hasRoom, laterThan } from './pool-upkeep.ts'
import { readTemplate, type TemplateRecord } from './template-record.ts'
import { recordsIn } from './templates.ts'

/** What a pool goes by once it is open. */
type Upkeep = Omit<VmPoolOptions, 'stateDir' | 'signal' | 'checkMs'>

const answerMs = 2_000
const checkEveryMs = 10_000

const openAborted = (template: string, { reason: cause }: AbortSignal) =>
  new VmError('VM_ABORTED', `opening the pool of ${template} was aborted`, { cause, details: { template } })

/**
 * Clones of one template that are ready and paused. Each is a VM on record. When this process dies, the next process that opens
 * the pool becomes their owner. It kills clones that are half made, and clones of an earlier template of that name.
 */
export class VmPool implements AsyncDisposable {
  readonly template: string
  readonly #stateDir: string
  readonly #record: TemplateRecord
  readonly #options: Upkeep
  readonly #lock: Disposable
  readonly #ready: Vm[] = []
  readonly #closing = new AbortController()
  /** The starts for the pool and for callers: both keep the host busy. */
  readonly #starts = new Set<Promise<void>>()
  #refills = 0
  /** The work on clones that are about to be handed out, and still marked as this pool's. */
  readonly #takes = new Set<Promise<void>>()
  #checks = Promise.resolve()
  /** The ends of clones: by themselves, or killed. */
  readonly #ends = new Set<Promise<void>>()
  #counts = { hits: 0, misses: 0, lost: 0 }
  #lastStartMs: number | undefined
  #pauseMs = 0

  private constructor(
    template: string,
    stateDir: string,
    record: TemplateRecord,
    options: Upkeep,
    lock: Disposable,
  ) {
    this.template = template
    this.#stateDir = stateDir
    this.#record = record
    this.#options = options
    this.#lock = lock
  }

  /**
   * Opens the pool of a template and begins to fill it; it takes up what a pool before has left. A clone of that pool that cannot be
   * killed is told to `onFault`, and counts as one of this pool.
   * @throws VmError VM_TEMPLATE_NOT_FOUND, VM_LOCKED when another process has this pool, VM_STATE, VM_ABORTED.
   */
  static async open(template: string, options: VmPoolOptions): Promise<VmPool> {
    const { checkMs = checkEveryMs, signal, stateDir: asked = defaultStateDir(), ...upkeep } = options
    checkAmount(upkeep.size, 'size', 'clones')
    checkTimeout(checkMs, 'checkMs')
    if (signal?.aborted) throw openAborted(template, signal)
    const stateDir = resolve(asked)
    const record = await readTemplate(stateDir, template)
    const lock = await poolLock(stateDir, template)
    const pool = new VmPool(template, stateDir, record, upkeep, lock)
    try {
      await pool.#takeUp(signal)
    } catch (error) {
      await pool.close()
      throw error
    }
    pool.#fill()
    pool.#checks = checkEach(pool.#ready, {
      everyMs: checkMs,
      signal: pool.#closing.signal,
      onSilent: (vm, error) => pool.#drop(vm, error),
    })
    return pool
  }

  get metrics(): VmPoolMetrics {
    const [{ length: ready }, starting, ending] = [this.#ready, this.#starts.size, this.#ends.size]
    return { ...this.#counts, ready, starting, ending, lastStartMs: this.#lastStartMs }
  }

  /**
   * Hands out a clone that runs; one is started when none is ready. It is the caller's from then on, as any VM.
   * @throws VmError VM_ABORTED, VM_POOL_CLOSED; what `cloneVm` and `prepare` throw.
   */
  async acquire(options: Pick<CallOptions, 'signal'> = {}): Promise<Vm> {
    if (this.#closing.signal.aborted) throw this.#closed()
    try {
      const { vm, wasReady } = await tracked(this.#takes, this.#take(options.signal))
      const { signal } = options
      const { onWarning, prepare } = this.#options
      const { config } = this.#record
      await beginClone(vm, config, { onWarning, prepare, signal })
      if (wasReady) this.#counts.hits++
      return vm
    } finally {
      this.#fill()
    }
  }

  /** Kills the clones that were not handed out, and lets go of the pool. What `acquire` is about to start fails. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all([this.#checks, ...this.#starts, ...this.#takes])
    for (const vm of this.#ready.splice(0)) this.#discard(vm.id, vm)
    await Promise.all(this.#ends)
    this.#lock[Symbol.dispose]()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** @throws VmError VM_ABORTED, VM_POOL_CLOSED. */
  #checkWanted(signal: AbortSignal | undefined): void {
    if (this.#closing.signal.aborted) throw this.#closed()
    if (!signal?.aborted) return
    const what = `the wait for a VM of the pool of ${this.template} was aborted`
    throw new VmError('VM_ABORTED', what, { cause: signal.reason })
  }

  #closed(): VmError {
    return new VmError('VM_POOL_CLOSED', `the pool of ${this.template} is closed`, {
      details: { template: this.template },
    })
  }

  /** Takes a clone out of the pool, and lets it run. A clone that does not answer is killed. */
  async #take(asked: AbortSignal | undefined): Promise<{ readonly vm: Vm; readonly wasReady: boolean }> {
    const closing = this.#closing.signal
    const signal = asked === undefined ? closing : AbortSignal.any([asked, closing])
    for (;;) {
      this.#checkWanted(asked)
      const vm = this.#ready.shift()
      if (vm === undefined) break
      if (await this.#release(vm, signal)) return { vm, wasReady: true }
    }
    this.#counts.misses++
    const vm = await tracked(this.#starts, this.#start(signal)).catch((error: unknown) => {
      this.#checkWanted(asked)
      throw error
    })
    if (await this.#release(vm, signal)) return { vm, wasReady: false }
    this.#checkWanted(asked)
    throw new VmError('VM_NOT_RUNNING', `VM ${vm.id}, a clone of ${this.template}, does not run`, {
      details: { vm: vm.id },
    })
  }

  /** Lets a clone run, and takes the mark of the pool from it. When that fails it is killed, and the result is false. */
  async #release(vm: Vm, signal: AbortSignal): Promise<boolean> {
    try {
      await vm.resume({ signal, timeoutMs: answerMs })
      // Only then: a process that finds a mark on a VM kills it, and nobody has this one yet.
      await vm.ledger.set({ pool: undefined })
      return true
    } catch (error) {
      if (!signal.aborted) {
        this.#counts.lost++
        this.#options.onFault?.(error)
      }
      this.#discard(vm.id, vm)
      return false
    }
  }

  async #start(signal: AbortSignal | undefined): Promise<Vm> {
    const begun = performance.now()
    const name = `${this.template.slice(0, 50)}-${randomBytes(5).toString('hex')}`
    const vm = await cloneFrom(
      this.#record,
      { name },
      { signal, stateDir: this.#stateDir, pool: this.template },
    )
    this.#lastStartMs = performance.now() - begun
    return vm
  }

  #keep(vm: Vm): void {
    this.#ready.push(vm)
    void vm.exited.then(() =>
      this.#drop(vm, new VmError('VM_NOT_RUNNING', `VM ${vm.id} ended while it was ready`)),
    )
  }

  /** Replaces a clone that has ended or does not answer. */
  #drop(vm: Vm, error: unknown): void {
    const index = this.#ready.indexOf(vm)
    if (index === -1) return
    this.#ready.splice(index, 1)
    this.#counts.lost++
    this.#options.onFault?.(error)
    this.#discard(vm.id, vm)
  }

  /** Kills a clone. It keeps its place in the pool until nothing of it is left. */
  #discard(id: string, vm?: Vm): void {
    const { signal } = this.#closing
    const { onFault } = this.#options
    const ended = endClone(id, { vm, onFault, signal, stateDir: this.#stateDir })
    void tracked(this.#ends, ended).finally(() => this.#fill())
  }

  /** Starts as many as are missing and may be started now. */
  #fill(): void {
    const atOnce = this.#options.startsAtOnce ?? startsAtOnce(availableParallelism())
    while (
      !this.#closing.signal.aborted &&
      this.#starts.size < atOnce &&
      this.#ready.length + this.#refills + this.#ends.size < this.#options.size
    ) {
      this.#refills++
      void tracked(this.#starts, this.#refill()).finally(() => {
        this.#refills--
        this.#fill()
      })
    }
  }

  /** Never rejects. */
  async #refill(): Promise<void> {
    const { signal } = this.#closing
    try {
      if (this.#pauseMs > 0) await sleep(this.#pauseMs, { signal })
      if (!(await hasRoom(this.#options.keepFreeMiB ?? this.#record.config.memoryMiB))) {
        this.#slowDown()
        return
      }
      const vm = await this.#start(signal)
      this.#pauseMs = 0
      this.#keep(vm)
    } catch (error) {
      if (signal.aborted) return
      this.#counts.lost++
      this.#slowDown()
      this.#options.onFault?.(error)
    }
  }

  #slowDown(): void {
    this.#pauseMs = laterThan(this.#pauseMs)
  }

  /** Takes up the clones of a pool that has died. A clone is kept if it is paused and of this template, else killed. */
  async #takeUp(signal: AbortSignal | undefined): Promise<void> {
    for (const { createdAt, id, pool } of await recordsIn(this.#stateDir)) {
      if (pool !== this.template) continue
      const isOfThis = createdAt > this.#record.createdAt && this.#ready.length < this.#options.size
      const vm = isOfThis
        ? await reattachVm(id, { signal, stateDir: this.#stateDir }).catch(() => undefined)
        : undefined
      if (vm === undefined && signal?.aborted) throw openAborted(this.template, signal)
      if (vm?.state === 'paused') this.#keep(vm)
      else this.#discard(id, vm)
    }
  }
}

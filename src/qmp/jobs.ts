import { randomUUID } from 'node:crypto'
import { type AbortListener, offAbort, onAbort } from '../util/on-abort.ts'
import type { QmpClient } from './client.ts'
import type { CommandArguments, Commands, NameOfCommand, Qmp, QmpApi } from './commands.ts'
import { checkTimeout } from './deadlines.ts'
import { QmpCommandError, QmpError } from './errors.ts'
import type { EventOf } from './event-types.ts'
import type { CallOptions } from './pending.ts'

export interface JobOptions extends CallOptions {
  /** The id of the job, for programs that call query-jobs meanwhile. A new one unless given. */
  readonly jobId?: string | undefined
  /** At `ready` (a mirror, an active commit): complete it. Default true; with false the caller sends job-complete. */
  readonly complete?: boolean | undefined
  /** Hears each status in order (qapi/job.json, JobStatus). */
  readonly onStatus?: ((status: string) => void) | undefined
  /** After an abort or a timeout the job is cancelled. How long to wait for its end; 10 000 unless given. */
  readonly cancelTimeoutMs?: number | undefined
}

/** How a job ended. */
export interface JobResult {
  readonly jobId: string
  /** Of the last query-jobs; by type of job bytes or steps. */
  readonly progress: { readonly current: number | bigint; readonly total: number | bigint }
}

type Ours = 'job-id' | 'auto-dismiss' | 'auto-finalize'
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** The arguments of a command that starts a job, without those `runJob` sets. */
export type JobArguments<C extends string, Map = Commands> = Without<CommandArguments<C, Map>, Ours>

/** These vanish with their error unless told not to; jobs of other commands stay until dismissed. */
const DISMISSED_BY_DEFAULT: ReadonlySet<string> = new Set([
  'block-commit',
  'block-stream',
  'blockdev-backup',
  'blockdev-mirror',
  'drive-backup',
  'drive-mirror',
])
const DEFAULT_CANCEL_TIMEOUT_MS = 10_000

/**
 * Runs a command that starts a job (blockdev-backup, blockdev-create, snapshot-save, …) to the end of the job, which may come
 * before the command's own reply. The job gets an id of its own and is dismissed at the end. Throws what `execute` does;
 * QMP_JOB_FAILED, with QEMU's words, when the job failed or refused to be completed; and QMP_TIMEOUT or QMP_ABORTED. After the
 * last three, `details.concluded` says whether the job is over for certain. This call cancels the job that it started, and never
 * another job of the same id.
 */
export async function runJob<C extends NameOfCommand<Api>, Api extends QmpApi = Qmp>(
  client: QmpClient<Api>,
  command: C,
  args: JobArguments<C, Api['commands']>,
  options?: JobOptions,
): Promise<JobResult>
export async function runJob(
  client: QmpClient,
  command: string,
  args: object,
  options: JobOptions = {},
): Promise<JobResult> {
  checkTimeout(options.timeoutMs)
  checkTimeout(options.cancelTimeoutMs)
  const limits = new JobLimits(options)
  const job = new Job(client, command, options, limits)
  try {
    await job.start(args)
    await Promise.race([job.concluded(limits.left), job.refused])
    return await job.finish()
  } catch (error) {
    throw await job.fail(error)
  } finally {
    job.stop()
    limits.end()
  }
}

/** The caller's limits, for all that is done for one job together. */
class JobLimits implements AbortListener {
  readonly #signal: AbortSignal | undefined
  readonly #endsAt: number | undefined
  readonly #controller = new AbortController()

  constructor({ signal, timeoutMs }: CallOptions) {
    this.#signal = signal
    this.#endsAt = timeoutMs === undefined ? undefined : performance.now() + timeoutMs
    onAbort(signal, this)
    if (signal?.aborted) this.handleEvent()
  }

  /** For the next call. */
  get left(): CallOptions {
    const timeoutMs =
      this.#endsAt === undefined ? undefined : Math.max(0, Math.ceil(this.#endsAt - performance.now()))
    return { signal: this.#controller.signal, timeoutMs }
  }

  /** Ends what still waits. */
  end(): void {
    offAbort(this.#signal, this)
    this.#controller.abort()
  }

  /** The caller's signal was aborted. */
  handleEvent(): void {
    this.#controller.abort(this.#signal?.reason)
  }
}

/** Follows one job by its events, completes it when it is ready, and cancels it. */
class Job {
  /** Rejects with QEMU's words when it stands ready and QEMU refuses to complete it. Never resolves. */
  readonly refused: Promise<never>
  readonly stop: () => void
  readonly #client: QmpClient
  readonly #command: string
  readonly #id: string
  readonly #options: JobOptions
  readonly #limits: JobLimits
  readonly #cancelLimit: CallOptions
  #refuse: (error: QmpCommandError) => void = () => {}
  #refusal: QmpCommandError | undefined
  #isCompleting = false
  #wasSent = true
  /** It was seen to begin, so that a job of this id is ours. */
  #isOurs: boolean
  #concluded = false
  #status: string | undefined

  constructor(client: QmpClient, command: string, options: JobOptions, limits: JobLimits) {
    this.#client = client
    this.#command = command
    this.#id = options.jobId ?? `job-${randomUUID()}`
    this.#isOurs = options.jobId === undefined
    this.#options = options
    this.#limits = limits
    this.#cancelLimit = { timeoutMs: options.cancelTimeoutMs ?? DEFAULT_CANCEL_TIMEOUT_MS }
    this.refused = new Promise((_, reject) => {
      this.#refuse = reject
    })
    this.refused.catch(() => {})
    this.stop = client.on('JOB_STATUS_CHANGE', (event) => this.#follow(event))
  }

  async start(args: object): Promise<void> {
    const controls = DISMISSED_BY_DEFAULT.has(this.#command)
      ? { 'auto-finalize': true, 'auto-dismiss': false }
      : undefined
    try {
      await this.#client.execute<string>(
        this.#command,
        { ...args, ...controls, 'job-id': this.#id },
        this.#limits.left,
      )
    } catch (error) {
      this.#wasSent = !(error instanceof QmpError && error.details.sent === false)
      throw error
    }
    this.#isOurs = true
  }

  /** Resolves when it has concluded, be it before. */
  async concluded(limits: CallOptions): Promise<void> {
    if (this.#concluded) return
    const isEnd = ({ data }: EventOf<'JOB_STATUS_CHANGE'>) =>
      data.id === this.#id && data.status === 'concluded'
    await this.#client.waitFor('JOB_STATUS_CHANGE', isEnd, limits)
  }

  async finish(): Promise<JobResult> {
    const jobs = await this.#client.execute('query-jobs', undefined, this.#limits.left)
    const job = jobs.find(({ id }) => id === this.#id)
    await this.#dismiss(this.#limits.left)
    if (job === undefined) throw this.#failed('was dismissed by somebody else')
    if (job.error !== undefined) throw this.#failed(`failed: ${job.error}`, { error: job.error })
    return {
      jobId: this.#id,
      progress: { current: job['current-progress'], total: job['total-progress'] },
    }
  }

  /** What to throw; a job that still runs is cancelled first. */
  async fail(error: unknown): Promise<unknown> {
    const isRefusal = error instanceof QmpCommandError && error === this.#refusal
    const gaveUp = error instanceof QmpError && (error.code === 'QMP_TIMEOUT' || error.code === 'QMP_ABORTED')
    if (!isRefusal && !gaveUp) return error
    const concluded = await this.#end()
    const details = { status: this.#status, concluded }
    const end = concluded ? 'the job is over' : 'the job could not be cancelled in time and may go on'
    if (isRefusal) {
      const why = `cannot be completed: ${error.desc}; ${end}`
      return this.#failed(why, { error: error.desc, ...details }, error)
    }
    const what = error.code === 'QMP_TIMEOUT' ? 'timed out' : 'was aborted'
    return new QmpError(error.code, `the job of '${this.#command}' ${what}; ${end}`, {
      details: { command: this.#command, jobId: this.#id, ...details },
      cause: error.code === 'QMP_ABORTED' ? error.cause : error,
    })
  }

  #follow({ data: { id, status } }: EventOf<'JOB_STATUS_CHANGE'>): void {
    if (id !== this.#id) return
    this.#status = status
    if (status === 'created') {
      this.#isOurs = true
      // That was another one of the same id.
      this.#concluded = false
    }
    this.#concluded ||= status === 'concluded'
    if (status === 'ready' && this.#isOurs && (this.#options.complete ?? true)) this.#complete()
    this.#options.onStatus?.(status)
  }

  /** Once only: a job that pauses becomes ready again. */
  #complete(): void {
    if (this.#isCompleting) return
    this.#isCompleting = true
    this.#client
      .execute<string>('job-complete', { id: this.#id }, this.#limits.left)
      .catch((error: unknown) => {
        // A job that has moved on meanwhile is on its way to an end by itself.
        if (!(error instanceof QmpCommandError) || this.#status !== 'ready') return
        this.#refusal = error
        this.#refuse(error)
      })
  }

  /** Whether the job is over for certain, or never was. */
  async #end(): Promise<boolean> {
    if (!this.#wasSent) return true
    try {
      // Answered after the command that starts the job, which had begun by then if it was not refused.
      if (!this.#isOurs) await this.#client.execute('query-jobs', undefined, this.#cancelLimit)
      if (!this.#isOurs) return true
      const cancelled = this.#concluded || (await this.#cancel())
      if (!cancelled && !this.#concluded) return this.#status === undefined
      await this.concluded(this.#cancelLimit)
      await this.#dismiss(this.#cancelLimit)
      return true
    } catch {
      return false
    }
  }

  /** Resolves with false when QEMU refuses. */
  #cancel(): Promise<boolean> {
    return this.#client
      .execute<string>('job-cancel', { id: this.#id }, this.#cancelLimit)
      .then(() => true, refused)
  }

  async #dismiss(limits: CallOptions): Promise<void> {
    await this.#client.execute<string>('job-dismiss', { id: this.#id }, limits).catch(refused)
  }

  #failed(how: string, details: Record<string, unknown> = {}, cause?: unknown): QmpError {
    return new QmpError('QMP_JOB_FAILED', `the job of '${this.#command}' ${how}`, {
      details: { command: this.#command, jobId: this.#id, ...details },
      ...(cause === undefined ? {} : { cause }),
    })
  }
}

/** The job is gone already, or was never made. */
function refused(error: unknown): false {
  if (error instanceof QmpError && error.code === 'QMP_COMMAND_FAILED') return false
  throw error
}

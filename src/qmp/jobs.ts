import { randomUUID } from 'node:crypto'
import type { QmpClient } from './client.ts'
import type { AnyName, CommandName, Commands } from './commands.ts'
import { QmpError } from './errors.ts'
import type { JsonObject } from './json.ts'
import { type CallOptions, checkTimeout } from './pending.ts'

export interface JobOptions extends CallOptions {
  /** Names the job, for whoever looks at query-jobs meanwhile. Made up by default. */
  readonly jobId?: string | undefined
  /** At `ready` (a mirror, an active commit): complete it. Default true; with false the caller sends job-complete. */
  readonly complete?: boolean | undefined
  /** Hears each status in order (qapi/job.json, JobStatus). */
  readonly onStatus?: ((status: string) => void) | undefined
  /** After an abort or a timeout the job is cancelled, and its end awaited so long. Default 10 000. */
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
export type JobArguments<C extends string> = C extends CommandName
  ? Without<NonNullable<Commands[C]['arguments']>, Ours>
  : JsonObject

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
 * Runs a command that starts a job (blockdev-backup, blockdev-create, snapshot-save, …) to the end of the job, which
 * may come before the command's own reply. The job gets an id of its own and is dismissed at the end. Throws what
 * `execute` does; QMP_JOB_FAILED, with QEMU's words, when the job failed; and after QMP_TIMEOUT or QMP_ABORTED, when
 * it was cancelled, `details.concluded` says whether it is over for certain.
 */
export async function runJob<C extends AnyName<CommandName>>(
  client: QmpClient,
  command: C,
  args: JobArguments<C>,
  options: JobOptions = {},
): Promise<JobResult> {
  checkTimeout(options.timeoutMs)
  checkTimeout(options.cancelTimeoutMs)
  const jobId = options.jobId ?? `job-${randomUUID()}`
  const watch = new JobWatch(client, jobId, options)
  const controls = DISMISSED_BY_DEFAULT.has(command)
    ? { 'auto-finalize': true, 'auto-dismiss': false }
    : undefined
  try {
    const { signal, timeoutMs } = options
    // Begins now, so that the time of the command counts.
    const concluded = client.waitFor(
      'JOB_STATUS_CHANGE',
      ({ data }) => data.id === jobId && data.status === 'concluded',
      { signal, timeoutMs },
    )
    await client.execute<string>(command, { ...args, ...controls, 'job-id': jobId }, { signal, timeoutMs })
    watch.started = true
    await concluded
    return await watch.finish(command)
  } catch (error) {
    throw await watch.fail(error, command)
  } finally {
    watch.stop()
  }
}

/** Follows one job by its events, completes it when it is ready, and cancels it. */
class JobWatch {
  /** The command that starts it was answered. */
  started = false
  readonly #client: QmpClient
  readonly #jobId: string
  readonly #cancelTimeoutMs: number
  #concluded = false
  #status: string | undefined
  readonly stop: () => void

  constructor(client: QmpClient, jobId: string, options: JobOptions) {
    this.#client = client
    this.#jobId = jobId
    this.#cancelTimeoutMs = options.cancelTimeoutMs ?? DEFAULT_CANCEL_TIMEOUT_MS
    const { complete = true, onStatus } = options
    this.stop = client.on('JOB_STATUS_CHANGE', ({ data: { id, status } }) => {
      if (id !== jobId) return
      this.#status = status
      this.#concluded ||= status === 'concluded'
      // A refusal means that the job is on its way to an end by itself.
      if (status === 'ready' && complete) client.execute<string>('job-complete', { id }).catch(() => {})
      onStatus?.(status)
    })
  }

  async finish(command: string): Promise<JobResult> {
    const jobs = await this.#client.execute('query-jobs')
    const job = jobs.find(({ id }) => id === this.#jobId)
    await this.#dismiss()
    if (job === undefined) {
      throw new QmpError('QMP_JOB_FAILED', `the job of '${command}' was dismissed by somebody else`, {
        details: { command, jobId: this.#jobId },
      })
    }
    if (job.error !== undefined) {
      throw new QmpError('QMP_JOB_FAILED', `the job of '${command}' failed: ${job.error}`, {
        details: { command, jobId: this.#jobId, error: job.error },
      })
    }
    return {
      jobId: this.#jobId,
      progress: { current: job['current-progress'], total: job['total-progress'] },
    }
  }

  /** What to throw; a job that still runs is cancelled first. */
  async fail(error: unknown, command: string): Promise<unknown> {
    const gaveUp = error instanceof QmpError && (error.code === 'QMP_TIMEOUT' || error.code === 'QMP_ABORTED')
    if (!gaveUp) return error
    const concluded = await this.#cancel()
    const end = concluded ? 'the job was cancelled' : 'the job could not be cancelled in time and may go on'
    const what = error.code === 'QMP_TIMEOUT' ? 'timed out' : 'was aborted'
    return new QmpError(error.code, `the job of '${command}' ${what}; ${end}`, {
      details: { command, jobId: this.#jobId, status: this.#status, concluded },
      cause: error.code === 'QMP_ABORTED' ? error.cause : error,
    })
  }

  async #cancel(): Promise<boolean> {
    const limit = { timeoutMs: this.#cancelTimeoutMs }
    try {
      const over = this.#concluded
        ? undefined
        : this.#client.waitFor(
            'JOB_STATUS_CHANGE',
            ({ data }) => data.id === this.#jobId && data.status === 'concluded',
            limit,
          )
      if (over !== undefined) {
        // In order after the command that starts the job: if that was never sent or failed, there is no job.
        const cancelled = await this.#client
          .execute<string>('job-cancel', { id: this.#jobId }, limit)
          .then(() => true, refused)
        if (!cancelled && !this.#concluded) return this.#status === undefined
        await over
      }
      await this.#dismiss()
      return true
    } catch {
      return false
    }
  }

  async #dismiss(): Promise<void> {
    const limit = { timeoutMs: this.#cancelTimeoutMs }
    await this.#client.execute<string>('job-dismiss', { id: this.#jobId }, limit).catch(refused)
  }
}

/** The job is gone already, or was never made. */
function refused(error: unknown): false {
  if (error instanceof QmpError && error.code === 'QMP_COMMAND_FAILED') return false
  throw error
}

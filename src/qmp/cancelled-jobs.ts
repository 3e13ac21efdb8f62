import { settledWithin } from '../util/deadline.ts'
import type { QmpClient } from './client.ts'

const rememberedMs = 60_000

const isEnd = (status: string) => status === 'concluded' || status === 'null'

/** Whether a command cancels a job. */
export function cancelsJob(command: string): boolean {
  return command === 'job-cancel' || command === 'block-job-cancel'
}

/** The jobs that one client has cancelled. QEMU answers before such a job ends, and its queries say `running` until then. */
export class CancelledJobs {
  readonly #client: Pick<QmpClient, 'waitFor'>
  readonly #ends = new Set<Promise<void>>()

  constructor(client: Pick<QmpClient, 'waitFor'>) {
    this.#client = client
  }

  /** Sends the command that cancels a job, and remembers the job until it ends. */
  async cancel<T>(args: unknown, send: () => Promise<T>): Promise<T> {
    const { device, id = device } = (args ?? {}) as { readonly id?: unknown; readonly device?: unknown }
    const over = new AbortController()
    const limits = { timeoutMs: rememberedMs, signal: over.signal }
    const ended = this.#client
      .waitFor('JOB_STATUS_CHANGE', ({ data }) => data.id === id && isEnd(data.status), limits)
      .then(
        () => {},
        () => {},
      )
    this.#ends.add(ended)
    void ended.then(() => this.#ends.delete(ended))
    try {
      return await send()
    } catch (error) {
      // It was refused, or nobody knows.
      over.abort()
      throw error
    }
  }

  /** Resolves when they have all ended, or when that takes too long. Never rejects. */
  async ended(timeoutMs: number): Promise<void> {
    if (this.#ends.size > 0) await settledWithin(Promise.all(this.#ends), timeoutMs)
  }
}

import { settledWithin } from '../util/deadline.ts'
import type { QmpClient } from './client.ts'

type Listening = Pick<QmpClient, 'waitFor'>

/** The ends of the jobs that a client was told to cancel. */
const endings = new WeakMap<object, Set<Promise<void>>>()

const rememberedMs = 60_000

/** Whether a command cancels a job. */
export function cancelsJob(command: string): boolean {
  return command === 'job-cancel' || command === 'block-job-cancel'
}

/** Sends the command that cancels a job. The job ends some time after the answer: until then the client remembers it. */
export async function cancelling<T>(client: Listening, args: unknown, send: () => Promise<T>): Promise<T> {
  const { device, id = device } = (args ?? {}) as { readonly id?: unknown; readonly device?: unknown }
  const over = new AbortController()
  const limits = { timeoutMs: rememberedMs, signal: over.signal }
  const ended = client
    .waitFor('JOB_STATUS_CHANGE', ({ data }) => data.id === id && isEnd(data.status), limits)
    .then(
      () => {},
      () => {},
    )
  const ending = endings.get(client) ?? new Set()
  endings.set(client, ending.add(ended))
  void ended.then(() => ending.delete(ended))
  try {
    return await send()
  } catch (error) {
    // It was refused, or nobody knows.
    over.abort()
    throw error
  }
}

const isEnd = (status: string) => status === 'concluded' || status === 'null'

/** Resolves when no job goes on that the client was told to cancel, or when that takes too long. Never rejects. */
export async function cancelledEnded(client: object, timeoutMs: number): Promise<void> {
  const ending = endings.get(client)
  if (ending !== undefined && ending.size > 0) await settledWithin(Promise.all(ending), timeoutMs)
}

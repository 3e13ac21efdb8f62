import { pauseMs } from '../../util/backoff.ts'
import { strict, z } from '../../util/schema.ts'

/** When a server that has ended is started again. */
export const restartPolicySchema = strict({
  /** The wait before the second try in a row, doubled before each further one; the first comes at once. */
  initialDelayMs: z.int().min(1).default(100),
  maxDelayMs: z.int().min(1).default(5000),
  /** Tries in a row after which the server is given up. */
  maxRestarts: z.int().min(1).default(10),
  /** A server that has lived so long begins a new row. */
  healthyMs: z.int().min(0).default(10_000),
})

export type RestartPolicy = z.output<typeof restartPolicySchema>

/** How long to wait before the next try, after so many in a row; undefined when it is given up. Pure. */
export function restartDelayMs(policy: RestartPolicy, tries: number): number | undefined {
  if (tries >= policy.maxRestarts) return undefined
  const { initialDelayMs: firstMs, maxDelayMs: lastMs } = policy
  return tries === 0 ? 0 : pauseMs({ firstMs, lastMs }, tries - 1)
}

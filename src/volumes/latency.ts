import { should, strict, z } from '../util/schema.ts'

const ascending = should('be whole numbers of microseconds, each larger than the one before')

/** The schema of the latency histograms of a volume. */
export const latencyHistogramSchema = z
  .union(
    [
      z.literal(true),
      strict({
        boundariesUs: z
          .array(z.int({ error: ascending }).min(1, { error: ascending }))
          .min(1)
          .max(100)
          .refine((list) => list.every((each, index) => each > (list[index - 1] ?? 0)), { error: ascending })
          .describe('In microseconds'),
      }),
    ],
    { error: should('be true, or {"boundariesUs": […]}') },
  )
  .describe('QEMU counts how long operations take, for list and metrics; true: 50 µs to 10 s')

/** From 50 µs to 10 s. */
const usualUs = [
  ...[50, 100, 200, 500],
  ...[1, 10, 100, 1_000].flatMap((ms) => [1, 2, 5].map((step) => step * ms * 1_000)),
  10_000_000,
]

/** What a latency histogram counts between, in nanoseconds. Pure. */
export function boundariesNs(asked: z.output<typeof latencyHistogramSchema>): number[] {
  return (asked === true ? usualUs : asked.boundariesUs).map((boundary) => boundary * 1_000)
}

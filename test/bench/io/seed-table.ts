import { comparisonTable } from '../../../examples/bench-guest/comparison-table.ts'
import type { FioJob } from '../../../examples/bench-guest/fio.ts'
import { medianJob } from './median-job.ts'

/** What fio said in one round, by the names of its jobs. */
export type Jobs = ReadonlyMap<string, FioJob>

/** The rounds of each setting. */
export type Results = ReadonlyMap<string, readonly Jobs[]>

/** A job of the seed before and after, in medians; with the best and the host beside it where they were measured. */
export function seedTable(results: Results, job: string): string {
  const settings = (names: readonly string[]) =>
    new Map(
      names.flatMap((name): [string, FioJob][] => {
        const rounds = (results.get(name) ?? []).flatMap((jobs) => jobs.get(job) ?? [])
        return rounds.length === 0 ? [] : [[name, medianJob(rounds)]]
      }),
    )
  return comparisonTable(settings(['before', 'after']), settings(['best', 'host direct']))
}

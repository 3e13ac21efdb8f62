import type { Direction, FioJob } from '../../../examples/bench-guest/fio.ts'
import { median } from '../statistics.ts'

/** One job of several rounds, each number the median of theirs. */
export function medianJob(rounds: readonly FioJob[]): FioJob {
  const side = (of: (job: FioJob) => Direction): Direction => {
    const directions = rounds.map(of)
    return {
      iops: median(directions.map(({ iops }) => iops)),
      bytesPerSecond: median(directions.map(({ bytesPerSecond }) => bytesPerSecond)),
      meanMs: medianOfKnown(directions.map(({ meanMs }) => meanMs)),
      p99Ms: medianOfKnown(directions.map(({ p99Ms }) => p99Ms)),
    }
  }
  return {
    name: rounds[0]?.name ?? '',
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
    read: side(({ read }) => read),
    write: side(({ write }) => write),
  }
}

function medianOfKnown(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : median(known)
}

/** One row of the report (the JSON of `--json`). */
export interface Row {
  readonly name: string
  readonly unit: string
  readonly ours: number
  readonly floor: number
  readonly ratioToFloor: number
  readonly peers: Readonly<Record<string, number>>
  readonly n: number
  readonly spread: readonly [number, number]
  readonly target: number
  readonly met: boolean
}

export interface Goal {
  readonly name: string
  readonly unit: string
  readonly target: number
  /** The target is a least, not a most: for rates. */
  readonly atLeast?: boolean
}

/** What one variant costs in one round. `ours` and at least one of the floors must be there; the best floor counts. */
export type Variants = ReadonlyMap<string, () => Promise<number>>

/** Every variant once a round, the order turned by one each time, so that a slow moment of the machine hits all. */
export async function measure(goal: Goal, variants: Variants, rounds: number): Promise<Row> {
  const names = [...variants.keys()]
  const results = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < names.length; index++) {
      const name = names[(index + round) % names.length] ?? ''
      const cost = await variants.get(name)?.()
      if (cost !== undefined) results.get(name)?.push(cost)
    }
  }
  return summarize(goal, results)
}

function summarize(goal: Goal, results: ReadonlyMap<string, readonly number[]>): Row {
  const ours = results.get('ours') ?? []
  const best = goal.atLeast === true ? Math.max : Math.min
  const floors = [...results].filter(([name]) => name.startsWith('floor')).map(([, costs]) => costs)
  // The better one of all rounds, not of each: else noise alone would raise the bar.
  const floor = floors.reduce((a, b) => (best(median(a), median(b)) === median(a) ? a : b))
  const ratios = ours.map((cost, round) => cost / (floor[round] ?? Number.NaN))
  const ratioToFloor = median(ratios)
  const others = [...results].filter(([name]) => name !== 'ours' && !name.startsWith('floor'))
  return {
    name: goal.name,
    unit: goal.unit,
    ours: round3(median(ours)),
    floor: round3(median(floor)),
    ratioToFloor: round3(ratioToFloor),
    peers: Object.fromEntries(others.map(([name, costs]) => [name, round3(median(costs))])),
    n: ours.length,
    spread: [round3(Math.min(...ratios)), round3(Math.max(...ratios))],
    target: goal.target,
    met: goal.atLeast === true ? ratioToFloor >= goal.target : ratioToFloor <= goal.target,
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

const round3 = (value: number): number => Number(value.toPrecision(4))

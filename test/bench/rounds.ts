import { median, quartiles } from './statistics.ts'

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
  /** What the target bounds, see `Goal`. */
  readonly bound: 'ratio' | 'rate' | 'excess'
  readonly better: 'less' | 'more'
  /** What the target bounds: the median of the rounds' ratios, or for `excess` of their ours - floor. */
  readonly judged: number
  /** The quartiles over the rounds of what is judged. */
  readonly quartiles: readonly [number, number]
  readonly met: boolean
  /** What must be known to read the row. */
  readonly note?: string
  /** More of what was measured, in Markdown. */
  readonly table?: string
}

export interface Goal {
  readonly name: string
  readonly unit: string
  readonly target: number
  /**
   * What the target bounds: `ratio` ours/floor from above (unless given), `rate` the same from below,
   * `excess` ours - floor from above, in the row's unit.
   */
  readonly bound?: Row['bound']
  /** Which way is better for who uses it, unless the bound says so: `more` of a rate, else `less`. */
  readonly better?: Row['better']
  readonly note?: string
  readonly table?: string
}

/** Something done once a round by each of several ways. */
export type Ways<T> = ReadonlyMap<string, () => Promise<T>>

/** What one variant costs in one round. `ours` and at least one of the floors must be there; the best floor counts. */
export type Variants = Ways<number>

/**
 * Every way once a round, so that a slow moment of the machine hits all; there and back, and then begun one further on, since
 * each finds the caches as the one before has left them.
 */
export async function interleave<T>(ways: Ways<T>, rounds: number): Promise<Map<string, T[]>> {
  const names = [...ways.keys()]
  const results = new Map<string, T[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const first = (round >> 1) % names.length
    const order = [...names.slice(first), ...names.slice(0, first)]
    for (const name of round % 2 === 0 ? order : order.toReversed()) {
      const result = await ways.get(name)?.()
      if (result !== undefined) results.get(name)?.push(result)
    }
  }
  return results
}

export async function measure(goal: Goal, variants: Variants, rounds: number): Promise<Row> {
  return summarize(goal, await interleave(variants, rounds))
}

/**
 * The row of what was measured: `ours`, the floors (names that begin so), and peers under any other name.
 * @throws Error when nothing was measured of ours or of a floor.
 */
export function summarize(goal: Goal, results: ReadonlyMap<string, readonly number[]>): Row {
  const {
    name,
    unit,
    target,
    bound = 'ratio',
    better = bound === 'rate' ? 'more' : 'less',
    note,
    table,
  } = goal
  const ours = results.get('ours') ?? []
  if (ours.length === 0) throw new Error(`${name}: nothing was measured of ours`)
  const floor = bestFloor(name, better, results)
  const against = (judge: (cost: number, bar: number) => number) =>
    ours.map((cost, round) => judge(cost, floor[round] ?? Number.NaN))
  const ratios = against((cost, bar) => cost / bar)
  const bounded = bound === 'excess' ? against((cost, bar) => cost - bar) : ratios
  const judged = median(bounded)
  const [low, high] = quartiles(bounded)
  const others = [...results].filter(([key]) => key !== 'ours' && !key.startsWith('floor'))
  return {
    name,
    unit,
    ours: round4(median(ours)),
    floor: round4(median(floor)),
    ratioToFloor: round4(median(ratios)),
    peers: Object.fromEntries(others.map(([key, costs]) => [key, round4(median(costs))])),
    n: ours.length,
    spread: [round4(Math.min(...ratios)), round4(Math.max(...ratios))],
    target,
    bound,
    better,
    judged: round4(judged),
    quartiles: [round4(low), round4(high)],
    met: bound === 'rate' ? judged >= target : judged <= target,
    ...(note === undefined ? {} : { note }),
    ...(table === undefined ? {} : { table }),
  }
}

/** The better one of all rounds, not of each: else noise alone would raise the bar. */
function bestFloor(
  name: string,
  better: Row['better'],
  results: ReadonlyMap<string, readonly number[]>,
): readonly number[] {
  const floors = [...results].filter(([key]) => key.startsWith('floor')).map(([, costs]) => costs)
  if (floors.length === 0 || floors.some((costs) => costs.length === 0)) {
    throw new Error(`${name}: nothing was measured of a floor`)
  }
  const best = better === 'more' ? Math.max : Math.min
  return floors.reduce((a, b) => (best(median(a), median(b)) === median(a) ? a : b))
}

const round4 = (value: number): number => Number(value.toPrecision(4))

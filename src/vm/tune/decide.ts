/** What one way measured in each round, the same rounds for all; more is better. */
export interface Measured {
  readonly name: string
  readonly numbers: readonly number[]
}

/** A way that beats the one in use. */
export interface Winner {
  readonly name: string
  /** 1.2: a fifth more. */
  readonly ratio: number
}

export interface Judgement {
  readonly winner: Winner | undefined
  /** Those that gain enough, if it is not chance. */
  readonly promising: readonly string[]
}

/** A smaller gain is worth no change of a config. */
const leastGain = 0.03
// Of the standard error. Chance alone goes so far once in some ten thousand ways, by Student's distribution with ten degrees of freedom or more.
const errors = 5

/**
 * The way that beats the one in use most, if one does beyond the noise, and those that might with more rounds. Each round is a pair,
 * so that what slows the host for a while slows both. The noise is that of all ways together: a few rounds of one way may agree by
 * chance. Pure.
 */
export function judge(used: Measured, others: readonly Measured[]): Judgement {
  const gains = others.map(({ name, numbers }) => ({ name, logs: pairs(used.numbers, numbers) }))
  const residuals = gains.flatMap(({ logs }) => logs.map((log) => log - mean(logs)))
  const freedom = residuals.length - gains.filter(({ logs }) => logs.length > 0).length
  if (freedom < 1) return { winner: undefined, promising: others.map(({ name }) => name) }
  const pooled = Math.sqrt(residuals.reduce((sum, residual) => sum + residual ** 2, 0) / freedom)
  const least = Math.log(1 + leastGain)
  const better = gains.filter(({ logs }) => mean(logs) > least)
  const sure = better.flatMap(({ logs, name }) => {
    const noise = Math.max(pooled, deviation(logs)) / Math.sqrt(logs.length)
    const gain = mean(logs)
    return gain - errors * noise > least ? [{ name, ratio: Math.exp(gain) }] : []
  })
  const [winner] = sure.sort((one, other) => other.ratio - one.ratio)
  return { winner, promising: better.map(({ name }) => name) }
}

/** By how much each pair differs, as a logarithm: twice and half are as far from the same. */
function pairs(used: readonly number[], other: readonly number[]): number[] {
  return other.flatMap((number, round) => {
    const before = used[round]
    return before === undefined || before <= 0 || number <= 0 ? [] : [Math.log(number / before)]
  })
}

const mean = (numbers: readonly number[]) =>
  numbers.reduce((sum, number) => sum + number, 0) / Math.max(numbers.length, 1)

function deviation(numbers: readonly number[]): number {
  const middle = mean(numbers)
  const squares = numbers.reduce((sum, number) => sum + (number - middle) ** 2, 0)
  return numbers.length < 2 ? Number.POSITIVE_INFINITY : Math.sqrt(squares / (numbers.length - 1))
}

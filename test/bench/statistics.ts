export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** What the middle half lies between; of fewer than four values, their least and greatest. */
export function quartiles(values: readonly number[]): [number, number] {
  if (values.length < 4) return [Math.min(...values), Math.max(...values)]
  return [quantile(values, 0.25), quantile(values, 0.75)]
}

/** Between two values in proportion; NaN of none. */
function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * part
  const low = sorted[Math.floor(at)] ?? Number.NaN
  const high = sorted[Math.ceil(at)] ?? Number.NaN
  return low + (high - low) * (at % 1)
}

import type { Row } from './rounds.ts'

/** One row, or several measured in one run. */
export interface Bench {
  /** The name of its row; of several, what their names begin with, apart by blanks. */
  readonly name: string
  run(quick: boolean): Promise<Row | readonly Row[]>
}

/** A bench whose rows are missing, and why. */
export interface Failure {
  readonly name: string
  readonly message: string
}

export interface Results {
  readonly rows: readonly Row[]
  readonly failed: readonly Failure[]
}

/** One after the other, also when one fails; `onResults` is given all there is after each. */
export async function runBenches(
  benches: readonly Bench[],
  quick: boolean,
  onResults: (results: Results) => void,
): Promise<Results> {
  const rows: Row[] = []
  const failed: Failure[] = []
  const began = performance.now()
  for (const [index, bench] of benches.entries()) {
    const { name } = bench
    console.error(`${index + 1} of ${benches.length}: ${name} …`)
    const start = performance.now()
    try {
      rows.push(...[await bench.run(quick)].flat())
      const now = performance.now()
      const left = ((now - began) / (index + 1)) * (benches.length - index - 1)
      console.error(`  ${((now - start) / 1000).toFixed(1)} s, some ${Math.ceil(left / 60_000)} min left`)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      failed.push({ name, message })
      console.error(`${name} failed: ${message}`)
    }
    onResults({ rows, failed })
  }
  return { rows, failed }
}

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
  for (const bench of benches) {
    const { name } = bench
    console.error(`${name} …`)
    const start = performance.now()
    try {
      rows.push(...[await bench.run(quick)].flat())
      console.error(`  ${((performance.now() - start) / 1000).toFixed(1)} s`)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      failed.push({ name, message })
      console.error(`${name} failed: ${message}`)
    }
    onResults({ rows, failed })
  }
  return { rows, failed }
}

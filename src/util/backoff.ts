/** Pauses between tries in a row, each longer than the one before. */
export interface Backoff {
  readonly firstMs: number
  readonly lastMs: number
  /** 2 unless given. */
  readonly factor?: number | undefined
}

/** How long to pause after so many pauses. Pure. */
export function pauseMs({ factor = 2, firstMs, lastMs }: Backoff, pauses: number): number {
  return Math.min(lastMs, firstMs * factor ** pauses)
}

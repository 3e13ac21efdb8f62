/** The number of single edits (insert, delete, replace, swap of two neighbours) that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, at(beforeLast, column - 2) + 1)
      }
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}

const bare = (word: string) => word.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

/**
 * The known word most like `word`, or undefined when none is near enough to be what was meant.
 * Case and punctuation do not count, so `boot_index` finds `bootIndex`.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = bare(word)
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const other = bare(candidate)
    const within = other.length > 3 && wanted.length > 3 && (other.includes(wanted) || wanted.includes(other))
    const distance = Math.min(editDistance(wanted, other), within ? 2 : Number.POSITIVE_INFINITY)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return bestDistance <= Math.max(1, Math.floor(wanted.length * 0.4)) ? best : undefined
}

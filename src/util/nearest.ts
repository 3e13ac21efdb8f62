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

/** `qmp socket ` for `qmpSocket` and `qmp_socket`. */
const spaced = (word: string) =>
  `${word.replaceAll(/([a-z0-9])(?=[A-Z])/g, '$1 ').replaceAll(/[^A-Za-z0-9]+/g, ' ')} `.toLowerCase()

/** One holds the other, or they begin with the same whole words. */
function areAkin(a: string, b: string): boolean {
  const [first, second] = [bare(a), bare(b)]
  if (Math.min(first.length, second.length) < 3) return false
  if (spaced(a).startsWith(spaced(b)) || spaced(b).startsWith(spaced(a))) return true
  return Math.min(first.length, second.length) > 3 && (first.includes(second) || second.includes(first))
}

/**
 * The known word most like `word`, and whether it is near enough to be what was meant. Undefined when none is known.
 * Case and punctuation do not count, so `boot_index` finds `bootIndex`.
 */
export function closest(
  word: string,
  known: readonly string[],
): { readonly word: string; readonly isNear: boolean } | undefined {
  const wanted = bare(word)
  const limit = Math.max(1, Math.floor(wanted.length * 0.4))
  const candidates = known.map((candidate) => {
    const edits = editDistance(wanted, bare(candidate))
    const akin = areAkin(word, candidate)
    return { word: candidate, distance: akin ? Math.min(edits, 2) : edits, isNear: akin || edits <= limit }
  })
  const order = (a: (typeof candidates)[number], b: typeof a) =>
    Number(b.isNear) - Number(a.isNear) || a.distance - b.distance
  return candidates.sort(order)[0]
}

/** The known word most like `word`, or undefined when none is near enough to be what was meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const found = closest(word, known)
  return found?.isNear === true ? found.word : undefined
}

/** A whole number from 0 on and below the limit. */
export type Below = (limit: number) => number

/** mulberry32: the same numbers for the same seed. */
export function random(seed: number): Below {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** One of them. */
export function pick<T>(below: Below, among: readonly [T, ...T[]]): T {
  return among[below(among.length)] ?? among[0]
}

/** Deck after deck without end, each with all of its cards in an order of its own: the first one, and then the others. */
export function* deal<T>(below: Below, first: readonly T[], others: readonly T[]): Generator<T, never> {
  for (let cards = first; ; cards = others) {
    const deck = [...cards]
    while (deck.length > 0) yield* deck.splice(below(deck.length), 1)
  }
}

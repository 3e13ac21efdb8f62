import type { Bench } from './bench.ts'

const own = ({ name }: Bench) => name.split(' ')

/** What people type: a bench's whole name, its beginning, or the name of one of its rows. */
const names = (asked: string, bench: Bench) =>
  own(bench).some((name) => name.startsWith(asked) || asked.startsWith(name))

/** The benches that are asked for; without names, all. */
export function chosen(benches: readonly Bench[], asked: readonly string[]): Bench[] {
  return benches.filter((bench) => asked.length === 0 || asked.some((name) => names(name, bench)))
}

/** What to say of names that no bench has; undefined when each has one. */
export function unknownNames(benches: readonly Bench[], asked: readonly string[]): string | undefined {
  const unknown = asked.filter((name) => !benches.some((bench) => names(name, bench)))
  if (unknown.length === 0) return undefined
  return `no such row: ${unknown.join(', ')}; there are ${benches.flatMap(own).join(', ')}`
}

/** Whether a row was asked for. */
export const isAsked = (row: string, asked: readonly string[]): boolean =>
  asked.length === 0 || asked.some((name) => row.startsWith(name))

/** The names that no row begins with. */
export const withoutRow = (rows: readonly { readonly name: string }[], asked: readonly string[]): string[] =>
  asked.filter((name) => !rows.some((row) => row.name.startsWith(name)))

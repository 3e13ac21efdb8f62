export type { JsonValue } from './json.ts'

/** The values known today; QEMU may answer others, so a switch over it needs a default. */
export type Open<E extends string> = E | (string & {})

/**
 * An integer of 64 bits: read, a `bigint` where a `number` would not be exact. In answers this stands for
 * QEMU's uint64, int64 and size. QEMU's plain `int` (counts, offsets, times) is `number` there, because one
 * beyond 2^53 is freakish; if one comes it is an exact `bigint` all the same.
 */
export type Int64 = number | bigint

/** A narrower integer, as an argument. */
export type Integer = number | bigint

/** For a command that takes none. */
export type NoArguments = Readonly<Record<string, never>> | undefined

/** Of an event that carries none. */
export type NoData = Readonly<Record<string, never>>

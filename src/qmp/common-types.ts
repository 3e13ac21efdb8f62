export type { JsonValue } from './json.ts'

/** The values known today; QEMU may answer others, so a switch over it needs a default. */
export type Open<E extends string> = E | (string & {})

/**
 * An integer of 64 bits. In answers it is a `bigint` where a `number` would not be exact, for QEMU's uint64, int64 and size.
 * QEMU's plain `int` (counts, offsets, times) has the type `number`, because values beyond 2^53 hardly occur; such a value is an
 * exact `bigint` all the same.
 */
export type Int64 = number | bigint

/** A narrower integer, as an argument. */
export type Integer = number | bigint

/** For a command that takes none. */
export type NoArguments = Readonly<Record<string, never>> | undefined

/** Of an event that carries none. */
export type NoData = Readonly<Record<string, never>>

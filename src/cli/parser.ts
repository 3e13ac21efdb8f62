import { InvalidArgumentError, Option } from 'commander'
import { type ArgumentKind, milliseconds as millisecondsKind } from './arguments.ts'

// The only import of commander, the parser of our command line.
export { Command, CommanderError, InvalidArgumentError, Option } from 'commander'

/** Reads an argument of this kind. */
export const argument =
  <T>({ read, should }: ArgumentKind<T>) =>
  (text: string): T => {
    const value = read(text)
    if (value !== undefined) return value
    throw new InvalidArgumentError(should)
  }

/** The option for how a volume is plugged. */
export function preset(): Option {
  return new Option('--preset <name>', 'how to attach: the safe way, or as Hive does')
    .choices(['safe', 'hive'])
    .default('safe')
}

/** An option that takes a time. */
export function milliseconds(flags: string, description: string): Option {
  return new Option(flags, description).argParser(argument(millisecondsKind))
}

/** Reads one more label. */
export function label(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (key !== undefined && value !== undefined) return { ...before, [key]: value }
  throw new InvalidArgumentError('It should be a label as key=value.')
}

/** Reads one more variable of an environment. */
export function variable(text: string, before: readonly string[] = []): readonly string[] {
  if (/^[^=]+=/.test(text)) return [...before, text]
  throw new InvalidArgumentError('It should be a name and a value, as NAME=value.')
}

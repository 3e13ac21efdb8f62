import type { Commands } from './generated/commands.ts'
import type { JsonObject } from './json.ts'

export type { Commands } from './generated/commands.ts'

export type CommandName = keyof Commands

/** The commands QEMU lets overtake others. */
export type OobCommandName = {
  [C in CommandName]: Commands[C] extends { oob: true } ? C : never
}[CommandName]

/** A name this library has types for (completed by the editor), or any other. */
export type AnyName<Known extends string> = Known | (string & {})

/** `never` for a command known not to run out of band. */
export type OobName<C extends string> = C extends Exclude<CommandName, OobCommandName> ? never : C

/** What follows the command's name in a call. */
export type CallParameters<C extends string, Options> = C extends CommandName
  ? undefined extends Commands[C]['arguments']
    ? [args?: Commands[C]['arguments'], options?: Options]
    : [args: Commands[C]['arguments'], options?: Options]
  : [args?: JsonObject, options?: Options]

/** What a command answers; `unknown` for one this library has no types for. */
export type CommandResult<C extends string> = C extends CommandName ? Commands[C]['return'] : unknown

/** What a command takes; any object for one this library has no types for. */
export type CommandArguments<C extends string> = C extends CommandName
  ? Exclude<Commands[C]['arguments'], undefined>
  : JsonObject

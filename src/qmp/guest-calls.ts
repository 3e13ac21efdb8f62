import type { CommandResult } from './commands.ts'
import type { GuestCommands } from './generated/guest.ts'

export type { GuestCommands } from './generated/guest.ts'

/** The commands that are not answered when they succeed: for `send`. */
export type SilentGuestCommandName = {
  [C in keyof GuestCommands]: GuestCommands[C]['silent'] extends true ? C : never
}[keyof GuestCommands]

/** The commands that are answered: for `execute`. */
export type GuestCommandName = Exclude<keyof GuestCommands, SilentGuestCommandName>

/** Those that are answered, by name. */
export type AnsweredGuestCommands = Pick<GuestCommands, GuestCommandName>

/** What the agent answers; `unknown` for a command without types. */
export type GuestCommandResult<C extends string> = CommandResult<C, AnsweredGuestCommands>

import type { Commands } from './generated/commands.ts'
import type { Events } from './generated/events.ts'
import type { Versions } from './generated/versions.ts'
import type { JsonObject } from './json.ts'

export type { Commands } from './generated/commands.ts'

/**
 * The types behind a client: what each command takes and answers, and what each event carries. `qemu-launch schema qmp`
 * writes one for a QEMU at hand, named `Qmp`. With `others`, names that the maps do not have are allowed, untyped.
 */
export interface QmpApi {
  readonly commands: object
  readonly events: object
  readonly others?: true
}

/** The versions of QEMU whose types this library has. */
export type QemuVersion = keyof Versions

/**
 * The types of a client unless others are given: all versions merged, and other names untyped. `Qmp<'7.2'>` has what that version
 * has and nothing else, in any build: with `QmpClient.connect<Qmp<'7.2'>>(…)` newer commands and members do not compile.
 */
export type Qmp<Version extends QemuVersion = never> = [Version] extends [never]
  ? { commands: Commands; events: Events; others: true }
  : Versions[Version]

export type CommandName = keyof Commands

/** A name this library has types for (completed by the editor), or any other. */
export type AnyName<Known extends string> = Known | (string & {})

type Names<Map, Api extends QmpApi> = Api extends { readonly others: true }
  ? AnyName<keyof Map & string>
  : keyof Map & string

/** The commands that a client of that API takes. */
export type NameOfCommand<Api extends QmpApi> = Names<Api['commands'], Api>

/** The events that a client of that API tells of. */
export type NameOfEvent<Api extends QmpApi> = Names<Api['events'], Api>

/** A member of what a map has under a name; `Otherwise` for a name it has not. */
type Entry<Map, C, K extends string, Otherwise> = C extends keyof Map
  ? Map[C] extends { readonly [key in K]: infer Value }
    ? Value
    : never
  : Otherwise

/** `never` for a command known not to run out of band. */
export type OobName<C extends string, Map = Commands> = Entry<Map, C, 'oob', true> extends true ? C : never

/** The commands QEMU lets overtake others. */
export type OobCommandName<Map = Commands> = {
  [C in keyof Map & string]: OobName<C, Map>
}[keyof Map & string]

/** The commands of that API to offer for execution out of band. */
export type NameOfOobCommand<Api extends QmpApi> = Api extends { readonly others: true }
  ? AnyName<OobCommandName<Api['commands']>>
  : OobCommandName<Api['commands']>

/** What follows the command's name in a call. */
export type CallParameters<C extends string, Options, Map = Commands> =
  undefined extends Entry<Map, C, 'arguments', JsonObject | undefined>
    ? [args?: Entry<Map, C, 'arguments', JsonObject | undefined>, options?: Options]
    : [args: Entry<Map, C, 'arguments', JsonObject | undefined>, options?: Options]

/** What a command answers; `unknown` for a command without types. */
export type CommandResult<C extends string, Map = Commands> = Entry<Map, C, 'return', unknown>

/** What a command takes; any object for a command without types. */
export type CommandArguments<C extends string, Map = Commands> = Exclude<
  Entry<Map, C, 'arguments', JsonObject>,
  undefined
>

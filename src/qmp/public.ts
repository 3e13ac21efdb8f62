/**
 * What users of `qemu-launch/qmp` call. The rooms of this library use `index.ts`.
 *
 * @module qemu-launch/qmp
 */
export type { QmpAddress } from './address.ts'
export { QmpClient } from './client.ts'
export type {
  CommandArguments,
  CommandName,
  CommandResult,
  OobCommandName,
  QemuVersion,
  Qmp,
  QmpApi,
} from './commands.ts'
export type { Int64, Open } from './common-types.ts'
export { QmpCommandError, QmpError, type QmpErrorCode } from './errors.ts'
export type { EventStream, EventStreamOptions } from './event-stream.ts'
export type { EventName, EventOf, QmpEvent } from './event-types.ts'
export type { EventListener, EventsOptions } from './events.ts'
export type * as Qga from './generated/guest.ts'
export type * as Qapi from './generated/index.ts'
export type { Commands, Events } from './generated/index.ts'
export type {
  GuestCommandName,
  GuestCommandResult,
  GuestCommands,
  SilentGuestCommandName,
} from './guest-calls.ts'
export { type JobArguments, type JobOptions, type JobResult, runJob } from './jobs.ts'
export type { JsonObject, JsonValue } from './json.ts'
export { parseJson } from './json-parse.ts'
export { stringifyJson } from './json-stringify.ts'
export { listenQmp, type QmpListener } from './listen.ts'
export type { Greeting } from './message.ts'
export { type OpenStreamOptions, openStream } from './open-stream.ts'
export type { CallOptions, ExecuteOptions } from './pending.ts'
export { QgaClient, type QgaConnectOptions, type SilentCallOptions } from './qga.ts'
export { QMP_GAP, type QmpGap, ReconnectingQmpClient, type ReconnectOptions } from './reconnect.ts'
export { QmpSchema } from './schema.ts'
export type { SchemaOptions, Supports } from './schema-source.ts'
export type { ConnectOptions } from './session.ts'
export type { StallOptions } from './stall-clock.ts'
export { type Availability, versionsOf } from './versions.ts'

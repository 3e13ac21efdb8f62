export type { QmpAddress } from './address.ts'
export { ofWholeCall } from './call-error.ts'
export { QmpClient } from './client.ts'
export { renderTypesFromIntrospection } from './codegen/introspection.ts'
export type {
  CommandArguments,
  CommandName,
  CommandResult,
  QemuVersion,
  Qmp,
  QmpApi,
} from './commands.ts'
export type { Int64 } from './common-types.ts'
export { checkAmount, checkTimeout } from './deadlines.ts'
export { QmpCommandError, QmpError } from './errors.ts'
export type { EventStream } from './event-stream.ts'
export type { EventName, EventOf, QmpEvent } from './event-types.ts'
export { EventHub, type EventListener, type EventsOptions } from './events.ts'
export * from './forms.ts'
export { OOB_COMMANDS } from './generated/command-lists.ts'
export type * as Qga from './generated/guest.ts'
export type { GuestAgentInfo } from './generated/guest.ts'
export type * as Qapi from './generated/index.ts'
export type {
  BlockdevOptions,
  Commands,
  Events,
  SchemaInfo,
  ShutdownCause,
  SocketAddress,
  StatusInfo,
} from './generated/index.ts'
export type {
  GuestCommandName,
  GuestCommandResult,
} from './guest-calls.ts'
export { runJob } from './jobs.ts'
export type { JsonValue } from './json.ts'
export { parseJson } from './json-parse.ts'
export { listenQmp, type QmpListener } from './listen.ts'
export { openStream } from './open-stream.ts'
export type { CallOptions } from './pending.ts'
export { QgaClient, type QgaConnectOptions } from './qga.ts'
export { QMP_GAP, ReconnectingQmpClient, type ReconnectOptions } from './reconnect.ts'
export { QmpSchema } from './schema.ts'
export type { ConnectOptions } from './session.ts'
export type { StallOptions } from './stall-clock.ts'
export { versionsOf } from './versions.ts'

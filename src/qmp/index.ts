export type { QmpAddress } from './address.ts'
export type {
  BlockDeviceInfo,
  BlockDeviceStats,
  BlockdevOptions,
  BlockdevRef,
  BlockInfo,
  BlockJobInfo,
  BlockStats,
  ImageInfo,
  JobInfo,
  ThrottleArguments,
} from './block-types.ts'
export { QmpClient } from './client.ts'
export type { CommandName, CommandResult, Commands, OobCommandName } from './commands.ts'
export type { Int64, JobStatus, RunState, SocketAddress } from './common-types.ts'
export { QmpCommandError, QmpError, type QmpErrorCode } from './errors.ts'
export type { EventStream, EventStreamOptions } from './event-stream.ts'
export type { EventName, EventOf, Events, QmpEvent, ShutdownCause } from './event-types.ts'
export { EventHub, type EventListener, type EventsOptions } from './events.ts'
export type { JsonObject, JsonValue } from './json.ts'
export { parseJson } from './json-parse.ts'
export { stringifyJson } from './json-stringify.ts'
export type {
  DeviceAddArguments,
  IoThreadInfo,
  MachineInfo,
  ObjectOptions,
  PciDeviceInfo,
  PciInfo,
  SchemaInfo,
  StatusInfo,
  VersionInfo,
} from './machine-types.ts'
export type { Greeting } from './message.ts'
export type { CallOptions } from './pending.ts'
export { redactArguments } from './redact.ts'
export type { ConnectOptions } from './session.ts'

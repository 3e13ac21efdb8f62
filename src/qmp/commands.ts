import type {
  BlockDeviceInfo,
  BlockdevOptions,
  BlockInfo,
  BlockJobInfo,
  BlockStats,
  JobInfo,
  ThrottleArguments,
} from './block-types.ts'
import type { Int64 } from './common-types.ts'
import type { JsonObject, JsonValue } from './json.ts'
import type * as Machine from './machine-types.ts'

/** `return: void` stands for a command that answers `{}`; `oob` marks the four that may run out of band. */
interface Shape<A, R> {
  arguments: A
  return: R
}

interface OobShape<A, R> extends Shape<A, R> {
  oob: true
}

type NoArguments = Readonly<Record<string, never>> | undefined
type ById = { id: string }
type DeviceOrId = { device?: string | undefined; id?: string | undefined }

/** Command name to arguments and answer, of QEMU 7.2 to 10.0, in the wire's own spelling. */
export interface Commands {
  'add-fd': Shape<
    { 'fdset-id'?: number | undefined; opaque?: string | undefined } | undefined,
    { readonly 'fdset-id': number; readonly fd: number }
  >
  balloon: Shape<{ value: Int64 }, void>
  'block-job-cancel': Shape<{ device: string; force?: boolean | undefined }, void>
  'block-job-set-speed': Shape<{ device: string; speed: Int64 }, void>
  block_resize: Shape<{ device?: string | undefined; 'node-name'?: string | undefined; size: Int64 }, void>
  block_set_io_throttle: Shape<ThrottleArguments, void>
  'blockdev-add': Shape<BlockdevOptions, void>
  'blockdev-del': Shape<{ 'node-name': string }, void>
  'blockdev-reopen': Shape<{ options: readonly BlockdevOptions[] }, void>
  'chardev-add': Shape<{ id: string; backend: JsonObject }, { readonly pty?: string }>
  'chardev-remove': Shape<ById, void>
  closefd: Shape<{ fdname: string }, void>
  cont: Shape<NoArguments, void>
  'device-list-properties': Shape<{ typename: string }, readonly Machine.ObjectPropertyInfo[]>
  device_add: Shape<Machine.DeviceAddArguments, void>
  device_del: Shape<ById, void>
  eject: Shape<DeviceOrId & { force?: boolean | undefined }, void>
  getfd: Shape<{ fdname: string }, void>
  'human-monitor-command': Shape<{ 'command-line': string; 'cpu-index'?: number | undefined }, string>
  'inject-nmi': Shape<NoArguments, void>
  'job-cancel': Shape<ById, void>
  'job-complete': Shape<ById, void>
  'job-dismiss': Shape<ById, void>
  'job-finalize': Shape<ById, void>
  'job-pause': Shape<ById, void>
  'job-resume': Shape<ById, void>
  migrate: Shape<
    {
      /** Required before 9.1, where `channels` came as the other way to say it. */
      uri?: string | undefined
      channels?: readonly JsonObject[] | undefined
      detach?: boolean | undefined
      resume?: boolean | undefined
    },
    void
  >
  'migrate-incoming': Shape<
    {
      uri?: string | undefined
      channels?: readonly JsonObject[] | undefined
      'exit-on-error'?: boolean | undefined
    },
    void
  >
  'migrate-pause': OobShape<NoArguments, void>
  'migrate-recover': OobShape<{ uri: string }, void>
  'migrate-set-capabilities': Shape<{ capabilities: readonly { capability: string; state: boolean }[] }, void>
  'migrate-set-parameters': Shape<JsonObject, void>
  migrate_cancel: Shape<NoArguments, void>
  netdev_add: Shape<JsonObject & { readonly type: string; readonly id: string }, void>
  netdev_del: Shape<ById, void>
  'object-add': Shape<Machine.ObjectOptions, void>
  'object-del': Shape<ById, void>
  qmp_capabilities: Shape<{ enable?: readonly 'oob'[] | undefined } | undefined, void>
  'qom-get': Shape<{ path: string; property: string }, unknown>
  'qom-list': Shape<{ path: string }, readonly Machine.ObjectPropertyInfo[]>
  'qom-list-properties': Shape<{ typename: string }, readonly Machine.ObjectPropertyInfo[]>
  'qom-list-types': Shape<
    { implements?: string | undefined; abstract?: boolean | undefined } | undefined,
    readonly Machine.ObjectTypeInfo[]
  >
  'qom-set': Shape<{ path: string; property: string; value: JsonValue }, void>
  'query-balloon': Shape<NoArguments, { readonly actual: Int64 }>
  'query-block': Shape<NoArguments, readonly BlockInfo[]>
  'query-block-jobs': Shape<NoArguments, readonly BlockJobInfo[]>
  'query-blockstats': Shape<{ 'query-nodes'?: boolean | undefined } | undefined, readonly BlockStats[]>
  'query-chardev': Shape<NoArguments, readonly Machine.ChardevInfo[]>
  'query-commands': Shape<NoArguments, readonly { readonly name: string }[]>
  'query-cpu-definitions': Shape<NoArguments, readonly Machine.CpuDefinitionInfo[]>
  'query-cpus-fast': Shape<NoArguments, readonly Machine.CpuInfoFast[]>
  'query-fdsets': Shape<NoArguments, readonly Machine.FdsetInfo[]>
  'query-hotpluggable-cpus': Shape<NoArguments, readonly Machine.HotpluggableCpu[]>
  'query-iothreads': Shape<NoArguments, readonly Machine.IoThreadInfo[]>
  'query-jobs': Shape<NoArguments, readonly JobInfo[]>
  'query-kvm': Shape<NoArguments, { readonly enabled: boolean; readonly present: boolean }>
  'query-machines': Shape<
    { 'compat-props'?: boolean | undefined } | undefined,
    readonly Machine.MachineInfo[]
  >
  'query-memory-size-summary': Shape<
    NoArguments,
    { readonly 'base-memory': Int64; readonly 'plugged-memory'?: Int64 }
  >
  'query-migrate': Shape<NoArguments, Machine.MigrationInfo>
  'query-name': Shape<NoArguments, { readonly name?: string }>
  'query-named-block-nodes': Shape<{ flat?: boolean | undefined } | undefined, readonly BlockDeviceInfo[]>
  'query-pci': Shape<NoArguments, readonly Machine.PciInfo[]>
  'query-qmp-schema': Shape<NoArguments, readonly Machine.SchemaInfo[]>
  'query-status': Shape<NoArguments, Machine.StatusInfo>
  'query-target': Shape<NoArguments, { readonly arch: string }>
  'query-uuid': Shape<NoArguments, { readonly UUID: string }>
  'query-version': Shape<NoArguments, Machine.VersionInfo>
  'query-yank': OobShape<NoArguments, readonly Machine.YankInstance[]>
  quit: Shape<NoArguments, void>
  'remove-fd': Shape<{ 'fdset-id': number; fd?: number | undefined }, void>
  'set-action': Shape<
    {
      reboot?: 'reset' | 'shutdown' | undefined
      shutdown?: 'poweroff' | 'pause' | undefined
      panic?: 'pause' | 'shutdown' | 'exit-failure' | 'none' | undefined
      watchdog?: 'reset' | 'shutdown' | 'poweroff' | 'pause' | 'debug' | 'none' | 'inject-nmi' | undefined
    },
    void
  >
  stop: Shape<NoArguments, void>
  system_powerdown: Shape<NoArguments, void>
  system_reset: Shape<NoArguments, void>
  system_wakeup: Shape<NoArguments, void>
  yank: OobShape<{ instances: readonly Machine.YankInstance[] }, void>
}

export type CommandName = keyof Commands

/** The commands QEMU lets overtake others. */
export type OobCommandName = {
  [C in CommandName]: Commands[C] extends { oob: true } ? C : never
}[CommandName]

/** A name this library has types for (completed by the editor), or any other. */
export type AnyName<Known extends string> = Known | (string & {})

/** What follows the command's name in a call. */
export type CallParameters<C extends string, Options> = C extends CommandName
  ? undefined extends Commands[C]['arguments']
    ? [args?: Commands[C]['arguments'], options?: Options]
    : [args: Commands[C]['arguments'], options?: Options]
  : [args?: JsonObject, options?: Options]

/** What a command answers; `unknown` for one this library has no types for. */
export type CommandResult<C extends string> = C extends CommandName ? Commands[C]['return'] : unknown

import type { Int64 } from './common-types.ts'
import type { JsonObject } from './json.ts'

interface Shape<A, R> {
  arguments: A
  return: R
}

type NoArguments = Readonly<Record<string, never>> | undefined
type Handle = { handle: Int64 }

export interface GuestAgentInfo {
  readonly version: string
  readonly supported_commands: readonly {
    readonly name: string
    readonly enabled: boolean
    readonly 'success-response': boolean
  }[]
}

export interface GuestExecStatus {
  readonly exited: boolean
  readonly exitcode?: number
  readonly signal?: number
  /** Base64. */
  readonly 'out-data'?: string
  /** Base64. */
  readonly 'err-data'?: string
  readonly 'out-truncated'?: boolean
  readonly 'err-truncated'?: boolean
}

export interface GuestOsInfo {
  readonly 'kernel-release'?: string
  readonly 'kernel-version'?: string
  readonly machine?: string
  readonly id?: string
  readonly name?: string
  readonly 'pretty-name'?: string
  readonly version?: string
  readonly 'version-id'?: string
  readonly variant?: string
  readonly 'variant-id'?: string
}

export interface GuestNetworkInterface {
  readonly name: string
  readonly 'hardware-address'?: string
  readonly 'ip-addresses'?: readonly {
    readonly 'ip-address': string
    readonly 'ip-address-type': 'ipv4' | 'ipv6'
    readonly prefix: number
  }[]
  readonly statistics?: Readonly<Record<string, Int64>>
}

export interface GuestFilesystemInfo {
  readonly name: string
  readonly mountpoint: string
  readonly type: string
  readonly 'used-bytes'?: Int64
  readonly 'total-bytes'?: Int64
  readonly disk: readonly JsonObject[]
}

export interface GuestLogicalProcessor {
  'logical-id': number
  online: boolean
  'can-offline'?: boolean | undefined
}

type FsfreezeStatus = 'thawed' | 'frozen'

/** The agent's commands to arguments and answer (qga/qapi-schema.json of QEMU 7.2 to 10.0); others pass untyped. */
export interface GuestCommands {
  'guest-exec': Shape<
    {
      path: string
      arg?: readonly string[] | undefined
      env?: readonly string[] | undefined
      /** Base64. */
      'input-data'?: string | undefined
      /** The names, beside true and false, are of QEMU 8.1. */
      'capture-output'?: boolean | 'none' | 'stdout' | 'stderr' | 'separated' | 'merged' | undefined
    },
    { readonly pid: number }
  >
  'guest-exec-status': Shape<{ pid: number }, GuestExecStatus>
  'guest-file-close': Shape<Handle, void>
  'guest-file-flush': Shape<Handle, void>
  'guest-file-open': Shape<{ path: string; mode?: string | undefined }, Int64>
  'guest-file-read': Shape<
    Handle & { count?: number | undefined },
    { readonly count: number; readonly 'buf-b64': string; readonly eof: boolean }
  >
  'guest-file-seek': Shape<
    Handle & { offset: Int64; whence: 'set' | 'cur' | 'end' | 0 | 1 | 2 },
    { readonly position: Int64; readonly eof: boolean }
  >
  'guest-file-write': Shape<
    Handle & { 'buf-b64': string; count?: number | undefined },
    { readonly count: number; readonly eof: boolean }
  >
  'guest-fsfreeze-freeze': Shape<NoArguments, number>
  'guest-fsfreeze-freeze-list': Shape<{ mountpoints?: readonly string[] | undefined } | undefined, number>
  'guest-fsfreeze-status': Shape<NoArguments, FsfreezeStatus>
  'guest-fsfreeze-thaw': Shape<NoArguments, number>
  'guest-fstrim': Shape<
    { minimum?: Int64 | undefined } | undefined,
    {
      readonly paths: readonly {
        readonly path: string
        readonly trimmed?: Int64
        readonly minimum?: Int64
        readonly error?: string
      }[]
    }
  >
  'guest-get-disks': Shape<
    NoArguments,
    readonly {
      readonly name: string
      readonly partition: boolean
      readonly dependencies?: readonly string[]
      readonly alias?: string
    }[]
  >
  'guest-get-fsinfo': Shape<NoArguments, readonly GuestFilesystemInfo[]>
  'guest-get-host-name': Shape<NoArguments, { readonly 'host-name': string }>
  'guest-get-osinfo': Shape<NoArguments, GuestOsInfo>
  /** Nanoseconds since 1970: beyond the safe integers, so a `bigint`. */
  'guest-get-time': Shape<NoArguments, Int64>
  'guest-get-timezone': Shape<NoArguments, { readonly offset: number; readonly zone?: string }>
  'guest-get-users': Shape<
    NoArguments,
    readonly { readonly user: string; readonly 'login-time': number; readonly domain?: string }[]
  >
  'guest-get-vcpus': Shape<NoArguments, readonly Readonly<GuestLogicalProcessor>[]>
  'guest-info': Shape<NoArguments, GuestAgentInfo>
  'guest-network-get-interfaces': Shape<NoArguments, readonly GuestNetworkInterface[]>
  'guest-ping': Shape<NoArguments, void>
  'guest-set-time': Shape<{ time?: Int64 | undefined } | undefined, void>
  'guest-set-user-password': Shape<{ username: string; password: string; crypted: boolean }, void>
  'guest-set-vcpus': Shape<{ vcpus: readonly GuestLogicalProcessor[] }, number>
  'guest-ssh-add-authorized-keys': Shape<
    { username: string; keys: readonly string[]; reset?: boolean | undefined },
    void
  >
  'guest-ssh-get-authorized-keys': Shape<{ username: string }, { readonly keys: readonly string[] }>
  'guest-ssh-remove-authorized-keys': Shape<{ username: string; keys: readonly string[] }, void>
  'guest-sync': Shape<{ id: number }, number>
}

/** Those that are not answered when they succeed. */
export interface SilentGuestCommands {
  'guest-shutdown': { mode?: 'halt' | 'powerdown' | 'reboot' | undefined } | undefined
  'guest-suspend-disk': NoArguments
  'guest-suspend-hybrid': NoArguments
  'guest-suspend-ram': NoArguments
}

export type GuestCommandName = keyof GuestCommands
export type SilentGuestCommandName = keyof SilentGuestCommands

/** What follows the command's name in a call to the agent. */
export type GuestCallParameters<C extends string, Options> = C extends GuestCommandName
  ? undefined extends GuestCommands[C]['arguments']
    ? [args?: GuestCommands[C]['arguments'], options?: Options]
    : [args: GuestCommands[C]['arguments'], options?: Options]
  : [args?: JsonObject, options?: Options]

/** What the agent answers; `unknown` for a command this library has no types for. */
export type GuestCommandResult<C extends string> = C extends GuestCommandName
  ? GuestCommands[C]['return']
  : unknown

type VoidGuestCommandName = {
  [C in GuestCommandName]: undefined extends GuestCommands[C]['return'] ? C : never
}[GuestCommandName]

/** The compiler keeps this list equal to the commands whose answer is `void`. */
const VOID_COMMANDS = {
  'guest-file-close': true,
  'guest-file-flush': true,
  'guest-ping': true,
  'guest-set-time': true,
  'guest-set-user-password': true,
  'guest-ssh-add-authorized-keys': true,
  'guest-ssh-remove-authorized-keys': true,
} satisfies Record<VoidGuestCommandName, true>

export const isVoidGuestCommand = (command: string): boolean => Object.hasOwn(VOID_COMMANDS, command)

const SILENT_COMMANDS = {
  'guest-shutdown': true,
  'guest-suspend-disk': true,
  'guest-suspend-hybrid': true,
  'guest-suspend-ram': true,
} satisfies Record<SilentGuestCommandName, true>

export const isSilentGuestCommand = (command: string): boolean => Object.hasOwn(SILENT_COMMANDS, command)

import type { Int64, MigrationStatus, Open, RunState } from './common-types.ts'
import type { JsonObject, JsonValue } from './json.ts'

export type StatusInfo = {
  readonly running: boolean
  readonly status: Open<RunState>
  /** Gone since QEMU 9.0. */
  readonly singlestep?: boolean
}

export type VersionInfo = {
  readonly qemu: { readonly major: number; readonly minor: number; readonly micro: number }
  readonly package: string
}

type SchemaNamed = { readonly name: string; readonly features?: readonly string[] }
type SchemaMember = { readonly name: string; readonly type: string; readonly features?: readonly string[] }

/** qapi/introspect.json @SchemaInfo. Type names are numbers; command, event and member names are real. */
export type SchemaInfo = SchemaNamed &
  (
    | { readonly 'meta-type': 'builtin'; readonly 'json-type': string }
    | {
        readonly 'meta-type': 'enum'
        readonly values: readonly string[]
        readonly members?: readonly { readonly name: string; readonly features?: readonly string[] }[]
      }
    | { readonly 'meta-type': 'array'; readonly 'element-type': string }
    | {
        readonly 'meta-type': 'object'
        readonly members: readonly (SchemaMember & { readonly default?: JsonValue })[]
        readonly tag?: string
        readonly variants?: readonly { readonly case: string; readonly type: string }[]
      }
    | { readonly 'meta-type': 'alternate'; readonly members: readonly { readonly type: string }[] }
    | {
        readonly 'meta-type': 'command'
        readonly 'arg-type': string
        readonly 'ret-type': string
        readonly 'allow-oob'?: boolean
      }
    | { readonly 'meta-type': 'event'; readonly 'arg-type': string }
  )

export type PciInfo = { readonly bus: number; readonly devices: readonly PciDeviceInfo[] }

export type PciDeviceInfo = {
  readonly bus: number
  readonly slot: number
  readonly function: number
  readonly class_info: { readonly desc?: string; readonly class: number }
  readonly id: {
    readonly device: number
    readonly vendor: number
    readonly subsystem?: number
    readonly 'subsystem-vendor'?: number
  }
  readonly irq?: number
  readonly irq_pin: number
  readonly qdev_id: string
  readonly pci_bridge?: PciBridgeInfo
  readonly regions: readonly PciMemoryRegion[]
}

type PciBridgeInfo = {
  readonly bus: {
    readonly number: number
    readonly secondary: number
    readonly subordinate: number
    readonly io_range: PciMemoryRange
    readonly memory_range: PciMemoryRange
    readonly prefetchable_range: PciMemoryRange
  }
  readonly devices?: readonly PciDeviceInfo[]
}

type PciMemoryRange = { readonly base: Int64; readonly limit: Int64 }

type PciMemoryRegion = {
  readonly bar: number
  readonly type: Open<'io' | 'memory'>
  readonly address: Int64
  readonly size: Int64
  readonly prefetch?: boolean
  readonly mem_type_64?: boolean
}

export type IoThreadInfo = {
  readonly id: string
  readonly 'thread-id': number
  readonly 'poll-max-ns': number
  readonly 'poll-grow': number
  readonly 'poll-shrink': number
  readonly 'aio-max-batch': number
}

type CpuInstanceProperties = {
  readonly 'node-id'?: number
  readonly 'drawer-id'?: number
  readonly 'book-id'?: number
  readonly 'socket-id'?: number
  readonly 'die-id'?: number
  readonly 'cluster-id'?: number
  readonly 'module-id'?: number
  readonly 'core-id'?: number
  readonly 'thread-id'?: number
}

export type CpuInfoFast = {
  readonly 'cpu-index': number
  readonly 'qom-path': string
  readonly 'thread-id': number
  readonly props?: CpuInstanceProperties
  readonly target: string
  /** Of s390x alone. */
  readonly 'cpu-state'?: string
}

export type HotpluggableCpu = {
  readonly type: string
  readonly 'vcpus-count': number
  readonly props: CpuInstanceProperties
  readonly 'qom-path'?: string
}

export type ChardevInfo = {
  readonly label: string
  readonly filename: string
  readonly 'frontend-open': boolean
}

export type ObjectPropertyInfo = {
  readonly name: string
  readonly type: string
  readonly description?: string
  readonly 'default-value'?: JsonValue
}

export type ObjectTypeInfo = { readonly name: string; readonly abstract?: boolean; readonly parent?: string }

export type MachineInfo = {
  readonly name: string
  readonly alias?: string
  readonly 'is-default'?: boolean
  readonly 'cpu-max': number
  readonly 'hotpluggable-cpus': boolean
  readonly 'numa-mem-supported': boolean
  readonly deprecated: boolean
  readonly 'default-cpu-type'?: string
  readonly 'default-ram-id'?: string
  readonly acpi?: boolean
  readonly 'compat-props'?: readonly JsonObject[]
}

export type CpuDefinitionInfo = {
  readonly name: string
  readonly 'migration-safe'?: boolean
  readonly static: boolean
  readonly 'unavailable-features'?: readonly string[]
  readonly typename: string
  readonly 'alias-of'?: string
  readonly deprecated: boolean
}

export type YankInstance =
  | { readonly type: 'block-node'; readonly 'node-name': string }
  | { readonly type: 'chardev'; readonly id: string }
  | { readonly type: 'migration' }

export type MigrationInfo = {
  readonly status?: Open<MigrationStatus>
  readonly ram?: JsonObject
  readonly vfio?: JsonObject
  readonly 'xbzrle-cache'?: JsonObject
  readonly 'total-time'?: number
  readonly 'expected-downtime'?: number
  readonly downtime?: number
  readonly 'setup-time'?: number
  readonly 'cpu-throttle-percentage'?: number
  readonly 'error-desc'?: string
  readonly 'blocked-reasons'?: readonly string[]
  readonly 'postcopy-blocktime'?: number
  readonly 'postcopy-vcpu-blocktime'?: readonly number[]
  readonly 'socket-address'?: readonly JsonObject[]
}

export type FdsetInfo = {
  readonly 'fdset-id': number
  readonly fds: readonly { readonly fd: number; readonly opaque?: string }[]
}

/** `driver`, and any property of that device: qapi/qdev.json leaves device_add open. */
export type DeviceAddArguments = JsonObject & {
  readonly driver: string
  readonly id?: string | undefined
  readonly bus?: string | undefined
}

type EventLoop = {
  'aio-max-batch'?: number | undefined
  'thread-pool-min'?: number | undefined
  'thread-pool-max'?: number | undefined
}

type MemoryBackend = {
  size: Int64
  dump?: boolean | undefined
  'host-nodes'?: readonly number[] | undefined
  merge?: boolean | undefined
  policy?: 'default' | 'preferred' | 'bind' | 'interleave' | undefined
  prealloc?: boolean | undefined
  'prealloc-threads'?: number | undefined
  share?: boolean | undefined
  reserve?: boolean | undefined
}

type SecretData = {
  format?: 'raw' | 'base64' | undefined
  keyid?: string | undefined
  iv?: string | undefined
} & ({ data: string; file?: undefined } | { file: string; data?: undefined })

type TlsCredentials = {
  'verify-peer'?: boolean | undefined
  dir?: string | undefined
  endpoint?: 'client' | 'server' | undefined
  priority?: string | undefined
}

/** qapi/qom.json @ObjectOptions: the types used around disks are closed, the others open. */
export type ObjectOptions = { id: string } & (
  | ({
      'qom-type': 'iothread'
      'poll-max-ns'?: number | undefined
      'poll-grow'?: number | undefined
      'poll-shrink'?: number | undefined
    } & EventLoop)
  | ({ 'qom-type': 'main-loop' } & EventLoop)
  | ({ 'qom-type': 'memory-backend-ram' } & MemoryBackend)
  | ({
      'qom-type': 'memory-backend-file'
      'mem-path': string
      align?: Int64 | undefined
      'discard-data'?: boolean | undefined
      pmem?: boolean | undefined
      readonly?: boolean | undefined
    } & MemoryBackend)
  | ({
      'qom-type': 'memory-backend-memfd'
      hugetlb?: boolean | undefined
      hugetlbsize?: Int64 | undefined
      seal?: boolean | undefined
    } & MemoryBackend)
  | ({ 'qom-type': 'secret' } & SecretData)
  | { 'qom-type': 'throttle-group'; limits?: JsonObject | undefined }
  | ({ 'qom-type': 'tls-creds-x509'; passwordid?: string | undefined } & TlsCredentials)
  | ({ 'qom-type': 'tls-creds-psk'; username?: string | undefined } & TlsCredentials)
  | ({ 'qom-type': OtherObject } & JsonObject)
)

type OtherObject =
  | `authz-${string}`
  | `can-${string}`
  | `cryptodev-${string}`
  | `filter-${string}`
  | `rng-${string}`
  | `input-${string}`
  | 'dbus-vmstate'
  | 'pr-manager-helper'
  | 'secret_keyring'
  | 'sev-guest'
  | 'thread-context'
  | 'tls-creds-anon'

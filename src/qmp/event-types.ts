import type {
  BlockErrorAction,
  Int64,
  IoOperation,
  JobStatus,
  JobType,
  MigrationStatus,
  Open,
} from './common-types.ts'
import type { JsonObject } from './json.ts'

/** `data` is `{}` when the wire has none. Members of `timestamp` are -1 when QEMU could not read its clock. */
export interface QmpEvent<N extends string = string> {
  readonly event: N
  readonly data: N extends EventName ? Events[N] : JsonObject
  readonly timestamp: { readonly seconds: number; readonly microseconds: number }
}

type None = Readonly<Record<string, never>>

export type ShutdownCause = Open<
  | 'none'
  | 'host-error'
  | 'host-qmp-quit'
  | 'host-qmp-system-reset'
  | 'host-signal'
  | 'host-ui'
  | 'guest-shutdown'
  | 'guest-reset'
  | 'guest-panic'
  | 'subsystem-reset'
  | 'snapshot-load'
>

type BlockJobState = {
  readonly type: Open<JobType>
  readonly device: string
  readonly len: number
  readonly offset: number
  readonly speed: number
}

type GuestPanic = {
  readonly action: Open<'pause' | 'poweroff' | 'run'>
  readonly info?: GuestPanicInformation
}

type GuestPanicInformation =
  | {
      readonly type: 'hyper-v'
      readonly arg1: Int64
      readonly arg2: Int64
      readonly arg3: Int64
      readonly arg4: Int64
      readonly arg5: Int64
    }
  | {
      readonly type: 's390'
      readonly core: number
      readonly 'psw-mask': Int64
      readonly 'psw-addr': Int64
      readonly reason: Open<'unknown' | 'disabled-wait' | 'extint-loop' | 'pgmint-loop' | 'opint-loop'>
    }

type DevicePath = {
  /** The id given to device_add; absent for devices without one, such as a virtio device's inner half. */
  readonly device?: string
  readonly path: string
}

type NetworkPeer = {
  readonly host: string
  readonly service: string
  readonly family: Open<'ipv4' | 'ipv6' | 'unix' | 'vsock' | 'unknown'>
  readonly websocket: boolean
}

/** Event name to data, of QEMU 7.2 to 10.0. Members are optional unless every one of these versions sends them. */
export interface Events {
  ACPI_DEVICE_OST: {
    readonly info: {
      readonly device?: string
      readonly slot: string
      readonly 'slot-type': Open<'DIMM' | 'CPU'>
      readonly source: number
      readonly status: number
    }
  }
  BALLOON_CHANGE: { readonly actual: number }
  BLOCK_EXPORT_DELETED: { readonly id: string }
  BLOCK_IMAGE_CORRUPTED: {
    readonly device: string
    readonly 'node-name'?: string
    readonly msg: string
    readonly offset?: number
    readonly size?: number
    readonly fatal: boolean
  }
  /** `device` is empty for nodes of blockdev-add: match `node-name`. Sent at most once a second per device. */
  BLOCK_IO_ERROR: {
    readonly 'qom-path'?: string
    readonly device: string
    readonly 'node-name'?: string
    readonly operation: Open<IoOperation>
    readonly action: Open<BlockErrorAction>
    readonly nospace?: boolean
    readonly reason: string
  }
  BLOCK_JOB_CANCELLED: BlockJobState
  BLOCK_JOB_COMPLETED: BlockJobState & { readonly error?: string }
  BLOCK_JOB_ERROR: {
    readonly device: string
    readonly operation: Open<IoOperation>
    readonly action: Open<BlockErrorAction>
  }
  BLOCK_JOB_PENDING: { readonly type: Open<JobType>; readonly id: string }
  BLOCK_JOB_READY: BlockJobState
  BLOCK_WRITE_THRESHOLD: {
    readonly 'node-name': string
    readonly 'amount-exceeded': Int64
    readonly 'write-threshold': Int64
  }
  DEVICE_DELETED: DevicePath
  DEVICE_TRAY_MOVED: { readonly device: string; readonly id: string; readonly 'tray-open': boolean }
  DEVICE_UNPLUG_GUEST_ERROR: DevicePath
  DUMP_COMPLETED: {
    readonly result: {
      readonly status: Open<'none' | 'active' | 'completed' | 'failed'>
      readonly completed: number
      readonly total: number
    }
    readonly error?: string
  }
  FAILOVER_NEGOTIATED: { readonly 'device-id': string }
  GUEST_CRASHLOADED: GuestPanic
  GUEST_PANICKED: GuestPanic
  GUEST_PVSHUTDOWN: None
  JOB_STATUS_CHANGE: { readonly id: string; readonly status: Open<JobStatus> }
  MEMORY_DEVICE_SIZE_CHANGE: { readonly id?: string; readonly size: Int64; readonly 'qom-path': string }
  MEMORY_FAILURE: {
    readonly recipient: Open<'hypervisor' | 'guest'>
    readonly action: Open<'ignore' | 'inject' | 'fatal' | 'reset'>
    readonly flags: { readonly 'action-required': boolean; readonly recursive: boolean }
  }
  /** Sent only while the migration capability `events` is on. */
  MIGRATION: { readonly status: Open<MigrationStatus> }
  MIGRATION_PASS: { readonly pass: number }
  NETDEV_STREAM_CONNECTED: { readonly 'netdev-id': string; readonly addr: JsonObject }
  NETDEV_STREAM_DISCONNECTED: { readonly 'netdev-id': string }
  NETDEV_VHOST_USER_CONNECTED: { readonly 'netdev-id': string; readonly 'chardev-id': string }
  NETDEV_VHOST_USER_DISCONNECTED: { readonly 'netdev-id': string }
  NIC_RX_FILTER_CHANGED: { readonly name?: string; readonly path: string }
  POWERDOWN: None
  PR_MANAGER_STATUS_CHANGED: { readonly id: string; readonly connected: boolean }
  QUORUM_FAILURE: {
    readonly reference: string
    readonly 'sector-num': number
    readonly 'sectors-count': number
  }
  QUORUM_REPORT_BAD: {
    readonly type: Open<'read' | 'write' | 'flush'>
    readonly error?: string
    readonly 'node-name': string
    readonly 'sector-num': number
    readonly 'sectors-count': number
  }
  RESET: { readonly guest: boolean; readonly reason: ShutdownCause }
  RESUME: None
  RTC_CHANGE: { readonly offset: number; readonly 'qom-path': string }
  SHUTDOWN: { readonly guest: boolean; readonly reason: ShutdownCause }
  STOP: None
  SUSPEND: None
  SUSPEND_DISK: None
  UNPLUG_PRIMARY: { readonly 'device-id': string }
  VNC_CONNECTED: {
    readonly server: NetworkPeer & { readonly auth?: string }
    readonly client: NetworkPeer
  }
  VNC_DISCONNECTED: {
    readonly server: NetworkPeer & { readonly auth?: string }
    readonly client: NetworkPeer & { readonly x509_dname?: string; readonly sasl_username?: string }
  }
  VSERPORT_CHANGE: { readonly id: string; readonly open: boolean }
  WAKEUP: None
  WATCHDOG: {
    readonly action: Open<'reset' | 'shutdown' | 'poweroff' | 'pause' | 'debug' | 'none' | 'inject-nmi'>
  }
}

export type EventName = keyof Events

/** The event of a name; one this library does not know has open data, and `'*'` is any. */
export type EventOf<N extends string> = N extends '*' ? QmpEvent : QmpEvent<N>

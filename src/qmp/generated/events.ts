// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, NoData, Open } from '../common-types.ts'
import type { ACPIOSTInfo } from './acpi.ts'
import type { BlockErrorAction, QuorumOpType } from './block-core.ts'
import type { IoOperationType } from './common.ts'
import type { DumpQueryResult } from './dump.ts'
import type { JobStatus, JobType } from './job.ts'
import type { HvBalloonInfo } from './machine.ts'
import type { S390CpuPolarization } from './machine-s390x.ts'
import type { COLOExitReason, COLOMode, MigrationStatus } from './migration.ts'
import type {
  GuestPanicAction,
  GuestPanicInformation,
  MemoryFailureAction,
  MemoryFailureFlags,
  MemoryFailureRecipient,
  ShutdownCause,
  WatchdogAction,
} from './run-state.ts'
import type { SocketAddress } from './sockets.ts'
import type {
  SpiceBasicInfo,
  SpiceChannel,
  SpiceServerInfo,
  VncBasicInfo,
  VncClientInfo,
  VncServerInfo,
} from './ui.ts'
import type { QapiVfioMigrationState } from './vfio.ts'

/** What each event carries, of QEMU 7.2 to 11.1. */
export interface Events {
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-run-state.SHUTDOWN)
   * @since 0.12
   */
  SHUTDOWN: {
    /** @since 2.10 */
    readonly guest: boolean
    /** @since 4.0 */
    readonly reason: Open<ShutdownCause>
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-run-state.POWERDOWN)
   * @since 0.12
   */
  POWERDOWN: NoData
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-run-state.RESET)
   * @since 0.12
   */
  RESET: {
    /** @since 2.10 */
    readonly guest: boolean
    /** @since 4.0 */
    readonly reason: Open<ShutdownCause>
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-run-state.STOP)
   * @since 0.12
   */
  STOP: NoData
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-run-state.RESUME)
   * @since 0.12
   */
  RESUME: NoData
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-run-state.SUSPEND)
   * @since 1.1
   */
  SUSPEND: NoData
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-run-state.SUSPEND_DISK)
   * @since 1.2
   */
  SUSPEND_DISK: NoData
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-run-state.WAKEUP)
   * @since 1.1
   */
  WAKEUP: NoData
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-run-state.WATCHDOG)
   * @since 0.13
   */
  WATCHDOG: {
    readonly action: Open<WatchdogAction>
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-run-state.GUEST_PANICKED)
   * @since 1.5
   */
  GUEST_PANICKED: {
    readonly action: Open<GuestPanicAction>
    /** @since 2.9 */
    readonly info?: GuestPanicInformation
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-run-state.GUEST_CRASHLOADED)
   * @since 5.0
   */
  GUEST_CRASHLOADED: {
    readonly action: Open<GuestPanicAction>
    readonly info?: GuestPanicInformation
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-run-state.GUEST_PVSHUTDOWN)
   * @since 9.1
   */
  GUEST_PVSHUTDOWN: NoData
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-run-state.MEMORY_FAILURE)
   * @since 5.2
   */
  MEMORY_FAILURE: {
    readonly recipient: Open<MemoryFailureRecipient>
    readonly action: Open<MemoryFailureAction>
    readonly flags: MemoryFailureFlags
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-job.JOB_STATUS_CHANGE)
   * @since 3.0
   */
  JOB_STATUS_CHANGE: {
    readonly id: string
    readonly status: Open<JobStatus>
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-block-core.BLOCK_IMAGE_CORRUPTED)
   * @since 1.7
   */
  BLOCK_IMAGE_CORRUPTED: {
    readonly device: string
    /** @since 2.4 */
    readonly 'node-name'?: string
    readonly msg: string
    readonly offset?: number
    readonly size?: number
    /** @since 2.2 */
    readonly fatal: boolean
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-block-core.BLOCK_IO_ERROR)
   * @since 0.13
   */
  BLOCK_IO_ERROR: {
    /** @since 9.2 */
    readonly 'qom-path'?: string
    readonly device: string
    /** @since 2.8 */
    readonly 'node-name'?: string
    readonly operation: Open<IoOperationType>
    readonly action: Open<BlockErrorAction>
    /** @since 2.2 */
    readonly nospace?: boolean
    /** @since 2.2 */
    readonly reason: string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-block-core.BLOCK_JOB_COMPLETED)
   * @since 1.1
   */
  BLOCK_JOB_COMPLETED: {
    readonly type: Open<JobType>
    readonly device: string
    readonly len: number
    readonly offset: number
    readonly speed: number
    readonly error?: string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-block-core.BLOCK_JOB_CANCELLED)
   * @since 1.1
   */
  BLOCK_JOB_CANCELLED: {
    readonly type: Open<JobType>
    readonly device: string
    readonly len: number
    readonly offset: number
    readonly speed: number
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-block-core.BLOCK_JOB_ERROR)
   * @since 1.3
   */
  BLOCK_JOB_ERROR: {
    readonly device: string
    readonly operation: Open<IoOperationType>
    readonly action: Open<BlockErrorAction>
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-block-core.BLOCK_JOB_READY)
   * @since 1.3
   */
  BLOCK_JOB_READY: {
    readonly type: Open<JobType>
    readonly device: string
    readonly len: number
    readonly offset: number
    readonly speed: number
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-block-core.BLOCK_JOB_PENDING)
   * @since 2.12
   */
  BLOCK_JOB_PENDING: {
    readonly type: Open<JobType>
    readonly id: string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-block-core.BLOCK_WRITE_THRESHOLD)
   * @since 2.3
   */
  BLOCK_WRITE_THRESHOLD: {
    readonly 'node-name': string
    readonly 'amount-exceeded': Int64
    readonly 'write-threshold': Int64
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-block-core.QUORUM_FAILURE)
   * @since 2.0
   */
  QUORUM_FAILURE: {
    readonly reference: string
    readonly 'sector-num': number
    readonly 'sectors-count': number
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-block-core.QUORUM_REPORT_BAD)
   * @since 2.0
   */
  QUORUM_REPORT_BAD: {
    /** @since 2.6 */
    readonly type: Open<QuorumOpType>
    readonly error?: string
    readonly 'node-name': string
    readonly 'sector-num': number
    readonly 'sectors-count': number
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-block.DEVICE_TRAY_MOVED)
   * @since 1.1
   */
  DEVICE_TRAY_MOVED: {
    readonly device: string
    /** @since 2.8 */
    readonly id: string
    readonly 'tray-open': boolean
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-block.PR_MANAGER_STATUS_CHANGED)
   * @since 3.0
   */
  PR_MANAGER_STATUS_CHANGED: {
    readonly id: string
    readonly connected: boolean
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-block-export.BLOCK_EXPORT_DELETED)
   * @since 5.2
   */
  BLOCK_EXPORT_DELETED: {
    readonly id: string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-char.VSERPORT_CHANGE)
   * @since 2.1
   */
  VSERPORT_CHANGE: {
    readonly id: string
    readonly open: boolean
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-dump.DUMP_COMPLETED)
   * @since 2.6
   */
  DUMP_COMPLETED: {
    readonly result: DumpQueryResult
    readonly error?: string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-net.NIC_RX_FILTER_CHANGED)
   * @since 1.6
   */
  NIC_RX_FILTER_CHANGED: {
    readonly name?: string
    readonly path: string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-net.FAILOVER_NEGOTIATED)
   * @since 4.2
   */
  FAILOVER_NEGOTIATED: {
    readonly 'device-id': string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-net.NETDEV_STREAM_CONNECTED)
   * @since 7.2
   */
  NETDEV_STREAM_CONNECTED: {
    readonly 'netdev-id': string
    readonly addr: SocketAddress
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-net.NETDEV_STREAM_DISCONNECTED)
   * @since 7.2
   */
  NETDEV_STREAM_DISCONNECTED: {
    readonly 'netdev-id': string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-net.NETDEV_VHOST_USER_CONNECTED)
   * @since 10.0
   */
  NETDEV_VHOST_USER_CONNECTED: {
    readonly 'netdev-id': string
    readonly 'chardev-id': string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-net.NETDEV_VHOST_USER_DISCONNECTED)
   * @since 10.0
   */
  NETDEV_VHOST_USER_DISCONNECTED: {
    readonly 'netdev-id': string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-ui.SPICE_CONNECTED)
   * @since 0.14
   * @if CONFIG_SPICE
   */
  SPICE_CONNECTED: {
    readonly server: SpiceBasicInfo
    readonly client: SpiceBasicInfo
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-ui.SPICE_INITIALIZED)
   * @since 0.14
   * @if CONFIG_SPICE
   */
  SPICE_INITIALIZED: {
    readonly server: SpiceServerInfo
    readonly client: SpiceChannel
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-ui.SPICE_DISCONNECTED)
   * @since 0.14
   * @if CONFIG_SPICE
   */
  SPICE_DISCONNECTED: {
    readonly server: SpiceBasicInfo
    readonly client: SpiceBasicInfo
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-ui.SPICE_MIGRATE_COMPLETED)
   * @since 1.3
   * @if CONFIG_SPICE
   */
  SPICE_MIGRATE_COMPLETED: NoData
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-ui.VNC_CONNECTED)
   * @since 0.13
   * @if CONFIG_VNC
   */
  VNC_CONNECTED: {
    readonly server: VncServerInfo
    readonly client: VncBasicInfo
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-ui.VNC_INITIALIZED)
   * @since 0.13
   * @if CONFIG_VNC
   */
  VNC_INITIALIZED: {
    readonly server: VncServerInfo
    readonly client: VncClientInfo
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-ui.VNC_DISCONNECTED)
   * @since 0.13
   * @if CONFIG_VNC
   */
  VNC_DISCONNECTED: {
    readonly server: VncServerInfo
    readonly client: VncClientInfo
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-migration.MIGRATION)
   * @since 2.4
   */
  MIGRATION: {
    readonly status: Open<MigrationStatus>
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-migration.MIGRATION_PASS)
   * @since 2.6
   */
  MIGRATION_PASS: {
    readonly pass: number
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-migration.COLO_EXIT)
   * @since 3.1
   */
  COLO_EXIT: {
    readonly mode: Open<COLOMode>
    readonly reason: Open<COLOExitReason>
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-migration.UNPLUG_PRIMARY)
   * @since 4.2
   */
  UNPLUG_PRIMARY: {
    readonly 'device-id': string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-qdev.DEVICE_DELETED)
   * @since 1.5
   */
  DEVICE_DELETED: {
    readonly device?: string
    readonly path: string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-qdev.DEVICE_UNPLUG_GUEST_ERROR)
   * @since 6.2
   */
  DEVICE_UNPLUG_GUEST_ERROR: {
    readonly device?: string
    readonly path: string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-machine.BALLOON_CHANGE)
   * @since 1.2
   */
  BALLOON_CHANGE: {
    readonly actual: number
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-machine.HV_BALLOON_STATUS_REPORT)
   * @since 8.2
   */
  HV_BALLOON_STATUS_REPORT: HvBalloonInfo
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-machine.MEMORY_DEVICE_SIZE_CHANGE)
   * @since 5.1
   */
  MEMORY_DEVICE_SIZE_CHANGE: {
    readonly id?: string
    readonly size: Int64
    /** @since 6.2 */
    readonly 'qom-path': string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-machine-s390x.CPU_POLARIZATION_CHANGE)
   * @since 8.2
   * @unstable
   * @if (TARGET_S390X && CONFIG_KVM)
   */
  CPU_POLARIZATION_CHANGE: {
    readonly polarization: Open<S390CpuPolarization>
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-machine-s390x.SCLP_CPI_INFO_AVAILABLE)
   * @since 10.2
   * @unstable
   */
  SCLP_CPI_INFO_AVAILABLE: NoData
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-misc.RTC_CHANGE)
   * @since 0.13
   */
  RTC_CHANGE: {
    readonly offset: number
    readonly 'qom-path': string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-misc.VFU_CLIENT_HANGUP)
   * @since 7.1
   */
  VFU_CLIENT_HANGUP: {
    readonly 'vfu-id': string
    readonly 'vfu-qom-path': string
    readonly 'dev-id': string
    readonly 'dev-qom-path': string
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-acpi.ACPI_DEVICE_OST)
   * @since 2.1
   */
  ACPI_DEVICE_OST: {
    readonly info: ACPIOSTInfo
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#event-QMP-vfio.VFIO_MIGRATION)
   * @since 9.1
   */
  VFIO_MIGRATION: {
    readonly 'device-id': string
    readonly 'qom-path': string
    readonly 'device-state': Open<QapiVfioMigrationState>
  }
  /**
   * @since 4.0
   * @removed in 10.0 or before
   */
  RDMA_GID_STATUS_CHANGED: {
    readonly netdev: string
    readonly 'gid-status': boolean
    readonly 'subnet-prefix': Int64
    readonly 'interface-id': Int64
  }
  /**
   * @since 2.4
   * @removed in 10.0 or before
   * @deprecated
   */
  MEM_UNPLUG_ERROR: {
    readonly device: string
    readonly msg: string
  }
}

// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Open } from '../common-types.ts'
import type { StrOrNull } from './common.ts'
import type { InetSocketAddressInput, SocketAddress, SocketAddressInput } from './sockets.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.MigrationRAMStats)
 * @since 0.14
 */
export type MigrationRAMStats = {
  readonly transferred: number
  readonly remaining: number
  readonly total: number
  /** @since 1.2 */
  readonly duplicate: number
  /** @since 1.2 */
  readonly normal: number
  /** @since 1.2 */
  readonly 'normal-bytes': number
  /** @since 1.3 */
  readonly 'dirty-pages-rate': number
  /** @since 1.6 */
  readonly mbps: number
  /** @since 2.1 */
  readonly 'dirty-sync-count': number
  /** @since 2.7 */
  readonly 'postcopy-requests': number
  /** @since 2.10 */
  readonly 'page-size': number
  /** @since 3.0 */
  readonly 'multifd-bytes': Int64
  /** @since 4.0 */
  readonly 'pages-per-second': Int64
  /** @since 7.0 */
  readonly 'precopy-bytes': Int64
  /** @since 7.0 */
  readonly 'downtime-bytes': Int64
  /** @since 7.0 */
  readonly 'postcopy-bytes': Int64
  /** @since 7.1 */
  readonly 'dirty-sync-missed-zero-copy': Int64
  /**
   * @since 1.5
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly skipped?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.XBZRLECacheStats)
 * @since 1.2
 */
export type XBZRLECacheStats = {
  readonly 'cache-size': Int64
  readonly bytes: number
  readonly pages: number
  readonly 'cache-miss': number
  /** @since 2.1 */
  readonly 'cache-miss-rate': number
  /** @since 5.1 */
  readonly 'encoding-rate': number
  readonly overflow: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.CompressionStats)
 * @since 3.1
 */
export type CompressionStats = {
  readonly pages: number
  readonly busy: number
  readonly 'busy-rate': number
  readonly 'compressed-size': number
  readonly 'compression-rate': number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-migration.MigrationStatus)
 * @since 2.3
 */
export type MigrationStatus =
  | 'none'
  | 'setup'
  | 'cancelling'
  | 'cancelled'
  | 'active'
  /** @since 10.2 */
  | 'postcopy-device'
  /** @since 2.5 */
  | 'postcopy-active'
  /** @since 3.0 */
  | 'postcopy-paused'
  /** @since 9.1 */
  | 'postcopy-recover-setup'
  /** @since 3.0 */
  | 'postcopy-recover'
  | 'completed'
  /** @since 11.0 */
  | 'failing'
  | 'failed'
  /** @since 2.8 */
  | 'colo'
  /** @since 2.11 */
  | 'pre-switchover'
  /** @since 2.11 */
  | 'device'
  /** @since 4.2 */
  | 'wait-unplug'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.VfioStats)
 * @since 5.2
 */
export type VfioStats = {
  readonly transferred: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.MigrationInfo)
 * @since 0.14
 */
export type MigrationInfo = {
  readonly status?: Open<MigrationStatus>
  /** @since 1.2 */
  readonly ram?: MigrationRAMStats
  /** @since 11.1 */
  readonly remaining?: Int64
  /** @since 5.2 */
  readonly vfio?: VfioStats
  /** @since 1.2 */
  readonly 'xbzrle-cache'?: XBZRLECacheStats
  /** @since 1.2 */
  readonly 'total-time'?: number
  /** @since 1.3 */
  readonly 'expected-downtime'?: number
  /** @since 1.3 */
  readonly downtime?: number
  /** @since 1.6 */
  readonly 'setup-time'?: number
  /** @since 2.7 */
  readonly 'cpu-throttle-percentage'?: number
  /** @since 2.7 */
  readonly 'error-desc'?: string
  /** @since 6.0 */
  readonly 'blocked-reasons'?: readonly string[]
  /** @since 3.0 */
  readonly 'postcopy-blocktime'?: number
  /** @since 3.0 */
  readonly 'postcopy-vcpu-blocktime'?: readonly number[]
  /**
   * @since 10.1
   * @unstable
   */
  readonly 'postcopy-latency'?: Int64
  /**
   * @since 10.1
   * @unstable
   */
  readonly 'postcopy-latency-dist'?: readonly Int64[]
  /**
   * @since 10.1
   * @unstable
   */
  readonly 'postcopy-vcpu-latency'?: readonly Int64[]
  /**
   * @since 10.1
   * @unstable
   */
  readonly 'postcopy-non-vcpu-latency'?: Int64
  /** @since 4.0 */
  readonly 'socket-address'?: readonly SocketAddress[]
  /** @since 8.1 */
  readonly 'dirty-limit-throttle-time-per-round'?: Int64
  /** @since 8.1 */
  readonly 'dirty-limit-ring-full-time'?: Int64
  /**
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly disk?: MigrationRAMStats
  /**
   * @since 3.1
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly compression?: CompressionStats
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-migration.MigrationCapability)
 * @since 1.2
 */
export type MigrationCapability =
  | 'xbzrle'
  /** @since 2.0 */
  | 'rdma-pin-all'
  /** @since 1.6 */
  | 'auto-converge'
  /** @since 2.4 */
  | 'events'
  /** @since 2.6 */
  | 'postcopy-ram'
  /**
   * @since 2.8
   * @unstable
   */
  | 'x-colo'
  /** @since 2.9 */
  | 'release-ram'
  /** @since 2.10 */
  | 'return-path'
  /** @since 2.11 */
  | 'pause-before-switchover'
  /** @since 4.0 */
  | 'multifd'
  /** @since 2.12 */
  | 'dirty-bitmaps'
  /** @since 3.0 */
  | 'postcopy-blocktime'
  /** @since 3.0 */
  | 'late-block-activate'
  /**
   * @since 4.0
   * @unstable
   */
  | 'x-ignore-shared'
  /** @since 4.2 */
  | 'validate-uuid'
  /** @since 6.0 */
  | 'background-snapshot'
  /** @since 7.1 */
  | 'zero-copy-send'
  /** @since 7.1 */
  | 'postcopy-preempt'
  /** @since 8.1 */
  | 'switchover-ack'
  /** @since 8.1 */
  | 'dirty-limit'
  /** @since 9.0 */
  | 'mapped-ram'
  /**
   * @since 1.6
   * @removed in 11.1 or before
   * @deprecated
   */
  | 'zero-blocks'
  /**
   * @since 2.4
   * @removed in 10.0 or before
   * @deprecated
   */
  | 'compress'
  /**
   * @since 2.10
   * @removed in 10.0 or before
   * @deprecated
   */
  | 'block'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.MigrationCapabilityStatus)
 * @since 1.2
 */
export type MigrationCapabilityStatus = {
  readonly capability: Open<MigrationCapability>
  readonly state: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.MigrationCapabilityStatus)
 * @since 1.2
 */
export type MigrationCapabilityStatusInput = {
  readonly capability: MigrationCapability
  readonly state: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-migration.MultiFDCompression)
 * @since 5.0
 */
export type MultiFDCompression =
  | 'none'
  | 'zlib'
  /** @if CONFIG_ZSTD */
  | 'zstd'
  /**
   * @since 9.2
   * @if CONFIG_QATZIP
   */
  | 'qatzip'
  /**
   * @since 9.1
   * @if CONFIG_QPL
   */
  | 'qpl'
  /**
   * @since 9.1
   * @if CONFIG_UADK
   */
  | 'uadk'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-migration.MigMode)
 * @since 8.2 or before
 */
export type MigMode =
  /** @since 8.2 */
  | 'normal'
  /** @since 8.2 */
  | 'cpr-reboot'
  /** @since 10.0 */
  | 'cpr-transfer'
  /** @since 10.2 */
  | 'cpr-exec'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-migration.ZeroPageDetection)
 * @since 9.0
 */
export type ZeroPageDetection = 'none' | 'legacy' | 'multifd'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.BitmapMigrationBitmapAliasTransform)
 * @since 6.0
 */
export type BitmapMigrationBitmapAliasTransform = {
  readonly persistent?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.BitmapMigrationBitmapAlias)
 * @since 5.2
 */
export type BitmapMigrationBitmapAlias = {
  readonly name: string
  readonly alias: string
  /** @since 6.0 */
  readonly transform?: BitmapMigrationBitmapAliasTransform | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.BitmapMigrationNodeAlias)
 * @since 5.2
 */
export type BitmapMigrationNodeAlias = {
  readonly 'node-name': string
  readonly alias: string
  readonly bitmaps: readonly BitmapMigrationBitmapAlias[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.MigrationParameters)
 * @since 2.4
 */
export type MigrationParameters = {
  /** @since 4.0 */
  readonly 'announce-initial'?: Int64
  /** @since 4.0 */
  readonly 'announce-max'?: Int64
  /** @since 4.0 */
  readonly 'announce-rounds'?: Int64
  /** @since 4.0 */
  readonly 'announce-step'?: Int64
  /** @since 5.0 */
  readonly 'throttle-trigger-threshold'?: number
  /** @since 2.7 */
  readonly 'cpu-throttle-initial'?: number
  /** @since 2.7 */
  readonly 'cpu-throttle-increment'?: number
  /** @since 5.1 */
  readonly 'cpu-throttle-tailslow'?: boolean
  /** @since 2.7 */
  readonly 'tls-creds'?: StrOrNull | string
  /** @since 2.7 */
  readonly 'tls-hostname'?: StrOrNull | string
  /** @since 4.0 */
  readonly 'tls-authz'?: StrOrNull | string
  /** @since 2.8 */
  readonly 'max-bandwidth'?: Int64
  /** @since 8.2 */
  readonly 'avail-switchover-bandwidth'?: Int64
  /** @since 2.8 */
  readonly 'downtime-limit'?: Int64
  /**
   * @since 2.8
   * @unstable
   */
  readonly 'x-checkpoint-delay'?: number
  /** @since 4.0 */
  readonly 'multifd-channels'?: number
  /** @since 2.11 */
  readonly 'xbzrle-cache-size'?: Int64
  /** @since 3.0 */
  readonly 'max-postcopy-bandwidth'?: Int64
  /** @since 3.1 */
  readonly 'max-cpu-throttle'?: number
  /** @since 5.0 */
  readonly 'multifd-compression'?: Open<MultiFDCompression>
  /** @since 5.0 */
  readonly 'multifd-zlib-level'?: number
  /** @since 9.2 */
  readonly 'multifd-qatzip-level'?: number
  /** @since 5.0 */
  readonly 'multifd-zstd-level'?: number
  readonly 'block-bitmap-mapping'?: readonly BitmapMigrationNodeAlias[]
  /**
   * @since 8.1
   * @unstable
   */
  readonly 'x-vcpu-dirty-limit-period'?: Int64
  /** @since 8.1 */
  readonly 'vcpu-dirty-limit'?: Int64
  /** @since 8.2 */
  readonly mode?: Open<MigMode>
  /** @since 9.0 */
  readonly 'zero-page-detection'?: Open<ZeroPageDetection>
  /** @since 9.1 */
  readonly 'direct-io'?: boolean
  /**
   * @since 11.1
   * @unstable
   */
  readonly 'x-rdma-chunk-size'?: Int64
  /** @since 10.2 */
  readonly 'cpr-exec-command'?: readonly string[]
  /**
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly 'compress-level'?: number
  /**
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly 'compress-threads'?: number
  /**
   * @since 3.1
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly 'compress-wait-thread'?: boolean
  /**
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly 'decompress-threads'?: number
  /**
   * @since 2.10
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly 'block-incremental'?: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-migration.COLOMode)
 * @since 2.8
 */
export type COLOMode = 'none' | 'primary' | 'secondary'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-migration.COLOExitReason)
 * @since 3.1
 */
export type COLOExitReason =
  | 'none'
  | 'request'
  | 'error'
  /** @since 4.0 */
  | 'processing'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-migration.MigrationAddressType)
 * @since 8.2
 */
export type MigrationAddressType = 'socket' | 'exec' | 'rdma' | 'file'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.FileMigrationArgs)
 * @since 8.2
 */
export type FileMigrationArgs = {
  readonly filename: string
  readonly offset: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.MigrationExecCommand)
 * @since 8.2
 */
export type MigrationExecCommand = {
  readonly args: readonly string[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.MigrationAddress)
 * @since 8.2
 */
export type MigrationAddress = (
  | ({ readonly transport: 'socket' } & SocketAddressInput)
  | ({ readonly transport: 'exec' } & MigrationExecCommand)
  | ({ readonly transport: 'rdma' } & InetSocketAddressInput)
  | ({ readonly transport: 'file' } & FileMigrationArgs)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-migration.MigrationChannelType)
 * @since 8.1
 */
export type MigrationChannelType =
  | 'main'
  /** @since 10.0 or before */
  | 'cpr'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.MigrationChannel)
 * @since 8.1
 */
export type MigrationChannel = {
  readonly 'channel-type': MigrationChannelType
  readonly addr: MigrationAddress
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.ReplicationStatus)
 * @since 2.9
 * @if CONFIG_REPLICATION
 */
export type ReplicationStatus = {
  readonly error: boolean
  readonly desc?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.COLOStatus)
 * @since 3.1
 * @if CONFIG_REPLICATION
 */
export type COLOStatus = {
  readonly mode: Open<COLOMode>
  /** @since 4.0 */
  readonly 'last-mode': Open<COLOMode>
  readonly reason: Open<COLOExitReason>
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.DirtyRateVcpu)
 * @since 6.2
 */
export type DirtyRateVcpu = {
  readonly id: number
  readonly 'dirty-rate': Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-migration.DirtyRateStatus)
 * @since 5.2
 */
export type DirtyRateStatus = 'unstarted' | 'measuring' | 'measured'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-migration.DirtyRateMeasureMode)
 * @since 6.2
 */
export type DirtyRateMeasureMode = 'page-sampling' | 'dirty-ring' | 'dirty-bitmap'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-migration.TimeUnit)
 * @since 8.2
 */
export type TimeUnit = 'second' | 'millisecond'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.DirtyRateInfo)
 * @since 5.2
 */
export type DirtyRateInfo = {
  readonly 'dirty-rate'?: Int64
  readonly status: Open<DirtyRateStatus>
  readonly 'start-time': Int64
  readonly 'calc-time': Int64
  /** @since 8.2 */
  readonly 'calc-time-unit'?: Open<TimeUnit>
  /** @since 6.1 */
  readonly 'sample-pages': Int64
  /** @since 6.2 */
  readonly mode: Open<DirtyRateMeasureMode>
  /** @since 6.2 */
  readonly 'vcpu-dirty-rate'?: readonly DirtyRateVcpu[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-migration.DirtyLimitInfo)
 * @since 7.1
 */
export type DirtyLimitInfo = {
  readonly 'cpu-index': number
  readonly 'limit-rate': Int64
  readonly 'current-rate': Int64
}

/**
 * @since 7.2
 * @removed in 11.1 or before
 */
export type MigrationThreadInfo = {
  readonly name: string
  readonly 'thread-id': number
}

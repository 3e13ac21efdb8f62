// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Integer, NoArguments, Open } from '../common-types.ts'
import type {
  AuthZListFileProperties,
  AuthZListProperties,
  AuthZPAMProperties,
  AuthZSimpleProperties,
} from './authz.ts'
import type {
  BlockDeviceIoStatus,
  BlockDirtyInfo,
  BlockErrorAction,
  BlockJobInfoMirror,
  BlockLatencyHistogramInfo,
  BlockStatsSpecific,
  BlockdevCacheInfo,
  BlockdevDetectZeroesOptions,
  ImageInfoSpecificFileWrapper,
  ImageInfoSpecificQCow2EncryptionBase,
  ImageInfoSpecificRbdWrapper,
  Qcow2BitmapInfo,
  Qcow2CompressionType,
  SnapshotInfo,
  ThrottleGroupProperties,
  VmdkExtentInfo,
} from './block-core.ts'
import type { IoOperationType, StrOrNull } from './common.ts'
import type {
  QCryptoBlockInfoLUKSSlot,
  QCryptoCipherAlgo,
  QCryptoCipherMode,
  QCryptoHashAlgo,
  QCryptoIVGenAlgo,
  QCryptoSecretFormat,
  TlsCredsProperties,
} from './crypto.ts'
import type { JobStatus } from './job.ts'
import type { CompatProperty, CpuInfoS390, CpuInstanceProperties } from './machine.ts'
import type { CpuModelExpansionType, CpuModelInfo, CpuModelInfoInput } from './machine-target.ts'
import type {
  BitmapMigrationNodeAlias,
  DirtyRateMeasureMode,
  DirtyRateStatus,
  DirtyRateVcpu,
  MigrationAddress,
  MigrationStatus,
  MultiFDCompression,
  TimeUnit,
  VfioStats,
  XBZRLECacheStats,
  ZeroPageDetection,
} from './migration.ts'
import type { SGXEPCSection, SevGuestInfo, SevSnpGuestInfo, SevState } from './misc-target.ts'
import type {
  AcpiGenericInitiatorProperties,
  AcpiGenericPortProperties,
  CanHostSocketcanProperties,
  ColoCompareProperties,
  CryptodevBackendProperties,
  CryptodevVhostUserProperties,
  DBusVMStateProperties,
  FilterBufferProperties,
  FilterDumpProperties,
  FilterMirrorProperties,
  FilterRedirectorProperties,
  FilterRewriterProperties,
  IOMMUFDProperties,
  InputBarrierProperties,
  InputLinuxProperties,
  IothreadProperties,
  MainLoopProperties,
  MemoryBackendEpcProperties,
  MemoryBackendFileProperties,
  MemoryBackendMemfdProperties,
  MemoryBackendProperties,
  MemoryBackendShmProperties,
  NetfilterProperties,
  PrManagerHelperProperties,
  QtestProperties,
  RemoteObjectProperties,
  RngEgdProperties,
  RngProperties,
  RngRandomProperties,
  SevGuestProperties,
  SevSnpGuestProperties,
  ThreadContextProperties,
  VfioUserServerProperties,
} from './qom.ts'
import type { RunState } from './run-state.ts'
import type { SocketAddress } from './sockets.ts'
import type { Stats, StatsSchemaValue, StatsTarget, StatsVCPUFilter } from './stats.ts'
import type { TraceEventState } from './trace.ts'

import type { Commands as AllCommands } from './commands.ts'
import type { Events as AllEvents } from './events.ts'

/** As Commands, of QEMU 10.0 alone. */
export interface Commands extends Omit<AllCommands,
  | 'query-status'
  | 'query-block'
  | 'query-blockstats'
  | 'query-block-jobs'
  | 'query-named-block-nodes'
  | 'query-migrate'
  | 'migrate-set-capabilities'
  | 'query-migrate-capabilities'
  | 'migrate-set-parameters'
  | 'query-migrate-parameters'
  | 'migrate'
  | 'migrate-incoming'
  | 'query-dirty-rate'
  | 'trace-event-get-state'
  | 'trace-event-set-state'
  | 'object-add'
  | 'query-cpus-fast'
  | 'query-machines'
  | 'query-target'
  | 'query-cpu-model-expansion'
  | 'query-sev'
  | 'query-sgx'
  | 'query-sgx-capabilities'
  | 'query-stats'
  | 'query-stats-schemas'
  | 'x-query-rdma'
  | 'x-query-profile'
> {
  /** @since 0.14 */
  'query-status': {
    arguments: NoArguments
    return: StatusInfo
    oob: false
  }
  /** @since 0.14 */
  'query-block': {
    arguments: NoArguments
    return: readonly BlockInfo[]
    oob: false
  }
  /** @since 0.14 */
  'query-blockstats': {
    arguments: {
      /** @since 2.3 */
      readonly 'query-nodes'?: boolean | undefined
    } | undefined
    return: readonly BlockStats[]
    oob: false
  }
  /** @since 1.1 */
  'query-block-jobs': {
    arguments: NoArguments
    return: readonly BlockJobInfo[]
    oob: false
  }
  /** @since 2.0 */
  'query-named-block-nodes': {
    arguments: {
      /** @since 5.0 */
      readonly flat?: boolean | undefined
    } | undefined
    return: readonly BlockDeviceInfo[]
    oob: false
  }
  /** @since 0.14 */
  'query-migrate': {
    arguments: NoArguments
    return: MigrationInfo
    oob: false
  }
  /** @since 1.2 */
  'migrate-set-capabilities': {
    arguments: {
      readonly capabilities: readonly MigrationCapabilityStatusInput[]
    }
    return: void
    oob: false
  }
  /** @since 1.2 */
  'query-migrate-capabilities': {
    arguments: NoArguments
    return: readonly MigrationCapabilityStatus[]
    oob: false
  }
  /** @since 2.4 */
  'migrate-set-parameters': {
    arguments: MigrateSetParameters | undefined
    return: void
    oob: false
  }
  /** @since 2.4 */
  'query-migrate-parameters': {
    arguments: NoArguments
    return: MigrationParameters
    oob: false
  }
  /** @since 0.14 */
  migrate: {
    arguments: {
      readonly uri?: string | undefined
      readonly channels?: readonly MigrationChannel[] | undefined
      readonly detach?: boolean | undefined
      /** @since 3.0 */
      readonly resume?: boolean | undefined
    } | undefined
    return: void
    oob: false
  }
  /** @since 2.3 */
  'migrate-incoming': {
    arguments: {
      readonly uri?: string | undefined
      readonly channels?: readonly MigrationChannel[] | undefined
      /** @since 9.1 */
      readonly 'exit-on-error'?: boolean | undefined
    } | undefined
    return: void
    oob: false
  }
  /** @since 5.2 */
  'query-dirty-rate': {
    arguments: {
      /** @since 8.2 */
      readonly 'calc-time-unit'?: TimeUnit | undefined
    } | undefined
    return: DirtyRateInfo
    oob: false
  }
  /** @since 2.2 */
  'trace-event-get-state': {
    arguments: {
      readonly name: string
    }
    return: readonly TraceEventInfo[]
    oob: false
  }
  /** @since 2.2 */
  'trace-event-set-state': {
    arguments: {
      readonly name: string
      readonly enable: boolean
      readonly 'ignore-unavailable'?: boolean | undefined
    }
    return: void
    oob: false
  }
  /** @since 2.0 */
  'object-add': {
    arguments: ObjectOptions
    return: void
    oob: false
  }
  /** @since 2.12 */
  'query-cpus-fast': {
    arguments: NoArguments
    return: readonly CpuInfoFast[]
    oob: false
  }
  /** @since 1.2 */
  'query-machines': {
    arguments: {
      /**
       * @since 9.1
       * @unstable
       */
      readonly 'compat-props'?: boolean | undefined
    } | undefined
    return: readonly MachineInfo[]
    oob: false
  }
  /** @since 1.2 */
  'query-target': {
    arguments: NoArguments
    return: TargetInfo
    oob: false
  }
  /**
   * @since 2.8
   * @if (TARGET_S390X || TARGET_I386 || TARGET_ARM || TARGET_LOONGARCH64 || TARGET_RISCV)
   */
  'query-cpu-model-expansion': {
    arguments: {
      readonly type: CpuModelExpansionType
      readonly model: CpuModelInfoInput
    }
    return: CpuModelExpansionInfo
    oob: false
  }
  /**
   * @since 2.12
   * @if TARGET_I386
   */
  'query-sev': {
    arguments: NoArguments
    return: SevInfo
    oob: false
  }
  /**
   * @since 6.2
   * @if TARGET_I386
   */
  'query-sgx': {
    arguments: NoArguments
    return: SGXInfo
    oob: false
  }
  /**
   * @since 6.2
   * @if TARGET_I386
   */
  'query-sgx-capabilities': {
    arguments: NoArguments
    return: SGXInfo
    oob: false
  }
  /** @since 7.1 */
  'query-stats': {
    arguments: StatsFilter
    return: readonly StatsResult[]
    oob: false
  }
  /** @since 7.1 */
  'query-stats-schemas': {
    arguments: {
      readonly provider?: StatsProvider | undefined
    } | undefined
    return: readonly StatsSchema[]
    oob: false
  }
}

/** As Events, of QEMU 10.0 alone. */
export interface Events extends Omit<AllEvents,
  | 'BLOCK_IO_ERROR'
  | 'RDMA_GID_STATUS_CHANGED'
  | 'MEM_UNPLUG_ERROR'
> {
  /** @since 0.13 */
  BLOCK_IO_ERROR: {
    /** @since 9.2 */
    readonly 'qom-path': string
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
}

/** @since 0.14 */
export type StatusInfo = {
  readonly running: boolean
  readonly status: Open<RunState>
}

/** @since 0.14 */
export type BlockInfo = {
  readonly device: string
  /** @since 2.10 */
  readonly qdev?: string
  readonly type: string
  readonly removable: boolean
  readonly locked: boolean
  readonly inserted?: BlockDeviceInfo
  readonly tray_open?: boolean
  readonly 'io-status'?: Open<BlockDeviceIoStatus>
}

/** @since 0.14 */
export type BlockDeviceInfo = {
  readonly file: string
  /** @since 2.0 */
  readonly 'node-name'?: string
  readonly ro: boolean
  readonly drv: string
  readonly backing_file?: string
  /** @since 1.2 */
  readonly backing_file_depth: number
  /** @since 10.0 */
  readonly active: boolean
  readonly encrypted: boolean
  /** @since 2.1 */
  readonly detect_zeroes: Open<BlockdevDetectZeroesOptions>
  readonly bps: number
  readonly bps_rd: number
  readonly bps_wr: number
  readonly iops: number
  readonly iops_rd: number
  readonly iops_wr: number
  /** @since 1.6 */
  readonly image: ImageInfo
  /** @since 1.7 */
  readonly bps_max?: number
  /** @since 1.7 */
  readonly bps_rd_max?: number
  /** @since 1.7 */
  readonly bps_wr_max?: number
  /** @since 1.7 */
  readonly iops_max?: number
  /** @since 1.7 */
  readonly iops_rd_max?: number
  /** @since 1.7 */
  readonly iops_wr_max?: number
  /** @since 2.6 */
  readonly bps_max_length?: number
  /** @since 2.6 */
  readonly bps_rd_max_length?: number
  /** @since 2.6 */
  readonly bps_wr_max_length?: number
  /** @since 2.6 */
  readonly iops_max_length?: number
  /** @since 2.6 */
  readonly iops_rd_max_length?: number
  /** @since 2.6 */
  readonly iops_wr_max_length?: number
  /** @since 1.7 */
  readonly iops_size?: number
  /** @since 2.4 */
  readonly group?: string
  /** @since 2.3 */
  readonly cache: BlockdevCacheInfo
  /** @since 2.3 */
  readonly write_threshold: number
  /** @since 4.2 */
  readonly 'dirty-bitmaps'?: readonly BlockDirtyInfo[]
}

/** @since 1.3 */
export type ImageInfo = {
  readonly filename: string
  readonly format: string
  readonly 'dirty-flag'?: boolean
  readonly 'actual-size'?: number
  readonly 'virtual-size': number
  readonly 'cluster-size'?: number
  readonly encrypted?: boolean
  /** @since 1.7 */
  readonly compressed?: boolean
  readonly 'backing-filename'?: string
  readonly 'full-backing-filename'?: string
  readonly 'backing-filename-format'?: string
  readonly snapshots?: readonly SnapshotInfo[]
  /** @since 1.7 */
  readonly 'format-specific'?: ImageInfoSpecific
  readonly 'backing-image'?: ImageInfo
}

/** @since 1.7 */
export type ImageInfoSpecific = (
  | ({ readonly type: 'qcow2' } & ImageInfoSpecificQCow2Wrapper)
  | ({ readonly type: 'vmdk' } & ImageInfoSpecificVmdkWrapper)
  | ({ readonly type: 'luks' } & ImageInfoSpecificLUKSWrapper)
  | ({ readonly type: 'rbd' } & ImageInfoSpecificRbdWrapper)
  | ({ readonly type: 'file' } & ImageInfoSpecificFileWrapper)
)

/** @since 1.7 */
export type ImageInfoSpecificQCow2Wrapper = {
  readonly data: ImageInfoSpecificQCow2
}

/** @since 1.7 */
export type ImageInfoSpecificQCow2 = {
  readonly compat: string
  /** @since 4.0 */
  readonly 'data-file'?: string
  /** @since 4.0 */
  readonly 'data-file-raw'?: boolean
  /** @since 5.2 */
  readonly 'extended-l2'?: boolean
  readonly 'lazy-refcounts'?: boolean
  /** @since 2.2 */
  readonly corrupt?: boolean
  /** @since 2.3 */
  readonly 'refcount-bits': number
  /** @since 2.10 */
  readonly encrypt?: ImageInfoSpecificQCow2Encryption
  /** @since 4.0 */
  readonly bitmaps?: readonly Qcow2BitmapInfo[]
  /** @since 5.1 */
  readonly 'compression-type': Open<Qcow2CompressionType>
}

/** @since 2.10 */
export type ImageInfoSpecificQCow2Encryption = ImageInfoSpecificQCow2EncryptionBase & (
  | ({ readonly format: 'luks' } & QCryptoBlockInfoLUKS)
  | { readonly format: 'aes' }
)

/** @since 2.7 */
export type QCryptoBlockInfoLUKS = {
  readonly 'cipher-alg': Open<QCryptoCipherAlgo>
  readonly 'cipher-mode': Open<QCryptoCipherMode>
  readonly 'ivgen-alg': Open<QCryptoIVGenAlgo>
  readonly 'ivgen-hash-alg'?: Open<QCryptoHashAlgo>
  readonly 'hash-alg': Open<QCryptoHashAlgo>
  /** @since 9.0 */
  readonly 'detached-header': boolean
  readonly 'payload-offset': number
  readonly 'master-key-iters': number
  readonly uuid: string
  readonly slots: readonly QCryptoBlockInfoLUKSSlot[]
}

/** @since 6.1 */
export type ImageInfoSpecificVmdkWrapper = {
  readonly data: ImageInfoSpecificVmdk
}

/** @since 1.7 */
export type ImageInfoSpecificVmdk = {
  readonly 'create-type': string
  readonly cid: number
  readonly 'parent-cid': number
  readonly extents: readonly VmdkExtentInfo[] | readonly ImageInfo[]
}

/** @since 2.7 */
export type ImageInfoSpecificLUKSWrapper = {
  readonly data: QCryptoBlockInfoLUKS
}

/** @since 0.14 */
export type BlockStats = {
  readonly device?: string
  /** @since 3.0 */
  readonly qdev?: string
  /** @since 2.3 */
  readonly 'node-name'?: string
  readonly stats: BlockDeviceStats
  /** @since 4.2 */
  readonly 'driver-specific'?: BlockStatsSpecific
  readonly parent?: BlockStats
  /** @since 2.0 */
  readonly backing?: BlockStats
}

/** @since 0.14 */
export type BlockDeviceStats = {
  readonly rd_bytes: number
  readonly wr_bytes: number
  /** @since 8.1 */
  readonly zone_append_bytes: number
  /** @since 4.2 */
  readonly unmap_bytes: number
  readonly rd_operations: number
  readonly wr_operations: number
  /** @since 8.1 */
  readonly zone_append_operations: number
  /** @since 0.15 */
  readonly flush_operations: number
  /** @since 4.2 */
  readonly unmap_operations: number
  /** @since 0.15 */
  readonly rd_total_time_ns: number
  /** @since 0.15 */
  readonly wr_total_time_ns: number
  /** @since 8.1 */
  readonly zone_append_total_time_ns: number
  /** @since 0.15 */
  readonly flush_total_time_ns: number
  /** @since 4.2 */
  readonly unmap_total_time_ns: number
  readonly wr_highest_offset: number
  /** @since 2.3 */
  readonly rd_merged: number
  /** @since 2.3 */
  readonly wr_merged: number
  /** @since 8.1 */
  readonly zone_append_merged: number
  /** @since 4.2 */
  readonly unmap_merged: number
  /** @since 2.5 */
  readonly idle_time_ns?: number
  /** @since 2.5 */
  readonly failed_rd_operations: number
  /** @since 2.5 */
  readonly failed_wr_operations: number
  /** @since 8.1 */
  readonly failed_zone_append_operations: number
  /** @since 2.5 */
  readonly failed_flush_operations: number
  /** @since 4.2 */
  readonly failed_unmap_operations: number
  /** @since 2.5 */
  readonly invalid_rd_operations: number
  /** @since 2.5 */
  readonly invalid_wr_operations: number
  /** @since 8.1 */
  readonly invalid_zone_append_operations: number
  /** @since 2.5 */
  readonly invalid_flush_operations: number
  /** @since 4.2 */
  readonly invalid_unmap_operations: number
  /** @since 2.5 */
  readonly account_invalid: boolean
  /** @since 2.5 */
  readonly account_failed: boolean
  /** @since 2.5 */
  readonly timed_stats: readonly BlockDeviceTimedStats[]
  /** @since 4.0 */
  readonly rd_latency_histogram?: BlockLatencyHistogramInfo
  /** @since 4.0 */
  readonly wr_latency_histogram?: BlockLatencyHistogramInfo
  /** @since 8.1 */
  readonly zone_append_latency_histogram?: BlockLatencyHistogramInfo
  /** @since 4.0 */
  readonly flush_latency_histogram?: BlockLatencyHistogramInfo
}

/** @since 2.5 */
export type BlockDeviceTimedStats = {
  readonly interval_length: number
  readonly min_rd_latency_ns: number
  readonly max_rd_latency_ns: number
  readonly avg_rd_latency_ns: number
  readonly min_wr_latency_ns: number
  readonly max_wr_latency_ns: number
  readonly avg_wr_latency_ns: number
  /** @since 8.1 */
  readonly min_zone_append_latency_ns: number
  /** @since 8.1 */
  readonly max_zone_append_latency_ns: number
  /** @since 8.1 */
  readonly avg_zone_append_latency_ns: number
  readonly min_flush_latency_ns: number
  readonly max_flush_latency_ns: number
  readonly avg_flush_latency_ns: number
  readonly avg_rd_queue_depth: number
  readonly avg_wr_queue_depth: number
  /** @since 8.1 */
  readonly avg_zone_append_queue_depth: number
}

/** @since 1.1 */
export type BlockJobInfo = {
  readonly device: string
  readonly len: number
  readonly offset: number
  /** @since 1.3 */
  readonly busy: boolean
  /** @since 1.3 */
  readonly paused: boolean
  readonly speed: number
  /** @since 1.3 */
  readonly 'io-status': Open<BlockDeviceIoStatus>
  /** @since 2.2 */
  readonly ready: boolean
  /** @since 2.12 */
  readonly status: Open<JobStatus>
  /** @since 2.12 */
  readonly 'auto-finalize': boolean
  /** @since 2.12 */
  readonly 'auto-dismiss': boolean
  /** @since 2.12 */
  readonly error?: string
} & (
  | ({ readonly type: 'mirror' } & BlockJobInfoMirror)
  | { readonly type: 'commit' | 'stream' | 'backup' | 'create' | 'amend' | 'snapshot-load' | 'snapshot-save' | 'snapshot-delete' }
)

/** @since 0.14 */
export type MigrationInfo = {
  readonly status?: Open<MigrationStatus>
  /** @since 1.2 */
  readonly ram?: MigrationStats
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
  /** @since 4.0 */
  readonly 'socket-address'?: readonly SocketAddress[]
  /** @since 8.1 */
  readonly 'dirty-limit-throttle-time-per-round'?: Int64
  /** @since 8.1 */
  readonly 'dirty-limit-ring-full-time'?: Int64
}

/** @since 0.14 */
export type MigrationStats = {
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
}

/** @since 1.2 */
export type MigrationCapabilityStatus = {
  readonly capability: Open<MigrationCapability>
  readonly state: boolean
}

/** @since 1.2 */
export type MigrationCapabilityStatusInput = {
  readonly capability: MigrationCapability
  readonly state: boolean
}

/** @since 1.2 */
export type MigrationCapability =
  | 'xbzrle'
  /** @since 2.0 */
  | 'rdma-pin-all'
  /** @since 1.6 */
  | 'auto-converge'
  /**
   * @since 1.6
   * @deprecated
   */
  | 'zero-blocks'
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

/** @since 2.4 */
export type MigrateSetParameters = {
  /** @since 4.0 */
  readonly 'announce-initial'?: Int64 | undefined
  /** @since 4.0 */
  readonly 'announce-max'?: Int64 | undefined
  /** @since 4.0 */
  readonly 'announce-rounds'?: Int64 | undefined
  /** @since 4.0 */
  readonly 'announce-step'?: Int64 | undefined
  /** @since 5.0 */
  readonly 'throttle-trigger-threshold'?: Integer | undefined
  /** @since 2.7 */
  readonly 'cpu-throttle-initial'?: Integer | undefined
  /** @since 2.7 */
  readonly 'cpu-throttle-increment'?: Integer | undefined
  /** @since 5.1 */
  readonly 'cpu-throttle-tailslow'?: boolean | undefined
  /** @since 2.7 */
  readonly 'tls-creds'?: StrOrNull | undefined
  /** @since 2.7 */
  readonly 'tls-hostname'?: StrOrNull | undefined
  /** @since 4.0 */
  readonly 'tls-authz'?: StrOrNull | undefined
  /** @since 2.8 */
  readonly 'max-bandwidth'?: Int64 | undefined
  /** @since 8.2 */
  readonly 'avail-switchover-bandwidth'?: Int64 | undefined
  /** @since 2.8 */
  readonly 'downtime-limit'?: Int64 | undefined
  /**
   * @since 2.8
   * @unstable
   */
  readonly 'x-checkpoint-delay'?: Integer | undefined
  /** @since 4.0 */
  readonly 'multifd-channels'?: Integer | undefined
  /** @since 2.11 */
  readonly 'xbzrle-cache-size'?: Int64 | undefined
  /** @since 3.0 */
  readonly 'max-postcopy-bandwidth'?: Int64 | undefined
  /** @since 3.1 */
  readonly 'max-cpu-throttle'?: Integer | undefined
  /** @since 5.0 */
  readonly 'multifd-compression'?: MultiFDCompression | undefined
  /** @since 5.0 */
  readonly 'multifd-zlib-level'?: Integer | undefined
  /** @since 9.2 */
  readonly 'multifd-qatzip-level'?: Integer | undefined
  /** @since 5.0 */
  readonly 'multifd-zstd-level'?: Integer | undefined
  readonly 'block-bitmap-mapping'?: readonly BitmapMigrationNodeAlias[] | undefined
  /**
   * @since 8.1
   * @unstable
   */
  readonly 'x-vcpu-dirty-limit-period'?: Int64 | undefined
  /** @since 8.1 */
  readonly 'vcpu-dirty-limit'?: Int64 | undefined
  /** @since 8.2 */
  readonly mode?: MigMode | undefined
  /** @since 9.0 */
  readonly 'zero-page-detection'?: ZeroPageDetection | undefined
  /** @since 9.1 */
  readonly 'direct-io'?: boolean | undefined
}

export type MigMode =
  /** @since 8.2 */
  | 'normal'
  /** @since 8.2 */
  | 'cpr-reboot'
  /** @since 10.0 */
  | 'cpr-transfer'

/** @since 2.4 */
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
  readonly 'tls-creds'?: string
  /** @since 2.7 */
  readonly 'tls-hostname'?: string
  /** @since 4.0 */
  readonly 'tls-authz'?: string
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
}

/** @since 8.1 */
export type MigrationChannel = {
  readonly 'channel-type': MigrationChannelType
  readonly addr: MigrationAddress
}

/** @since 8.1 */
export type MigrationChannelType = 'main' | 'cpr'

/** @since 5.2 */
export type DirtyRateInfo = {
  readonly 'dirty-rate'?: Int64
  readonly status: Open<DirtyRateStatus>
  readonly 'start-time': Int64
  readonly 'calc-time': Int64
  /** @since 8.2 */
  readonly 'calc-time-unit': Open<TimeUnit>
  /** @since 6.1 */
  readonly 'sample-pages': Int64
  /** @since 6.2 */
  readonly mode: Open<DirtyRateMeasureMode>
  /** @since 6.2 */
  readonly 'vcpu-dirty-rate'?: readonly DirtyRateVcpu[]
}

/** @since 2.2 */
export type TraceEventInfo = {
  readonly name: string
  readonly state: Open<TraceEventState>
}

/** @since 6.0 */
export type ObjectOptions = {
  readonly id: string
} & (
  | ({ readonly 'qom-type': 'acpi-generic-initiator' } & AcpiGenericInitiatorProperties)
  | ({ readonly 'qom-type': 'acpi-generic-port' } & AcpiGenericPortProperties)
  | ({ readonly 'qom-type': 'authz-list' } & AuthZListProperties)
  | ({ readonly 'qom-type': 'authz-listfile' } & AuthZListFileProperties)
  | ({ readonly 'qom-type': 'authz-pam' } & AuthZPAMProperties)
  | ({ readonly 'qom-type': 'authz-simple' } & AuthZSimpleProperties)
  /** @if CONFIG_LINUX */
  | ({ readonly 'qom-type': 'can-host-socketcan' } & CanHostSocketcanProperties)
  | ({ readonly 'qom-type': 'colo-compare' } & ColoCompareProperties)
  | ({ readonly 'qom-type': 'cryptodev-backend' } & CryptodevBackendProperties)
  | ({ readonly 'qom-type': 'cryptodev-backend-builtin' } & CryptodevBackendProperties)
  | ({ readonly 'qom-type': 'cryptodev-backend-lkcf' } & CryptodevBackendProperties)
  /** @if CONFIG_VHOST_CRYPTO */
  | ({ readonly 'qom-type': 'cryptodev-vhost-user' } & CryptodevVhostUserProperties)
  | ({ readonly 'qom-type': 'dbus-vmstate' } & DBusVMStateProperties)
  | ({ readonly 'qom-type': 'filter-buffer' } & FilterBufferProperties)
  | ({ readonly 'qom-type': 'filter-dump' } & FilterDumpProperties)
  | ({ readonly 'qom-type': 'filter-mirror' } & FilterMirrorProperties)
  | ({ readonly 'qom-type': 'filter-redirector' } & FilterRedirectorProperties)
  | ({ readonly 'qom-type': 'filter-replay' } & NetfilterProperties)
  | ({ readonly 'qom-type': 'filter-rewriter' } & FilterRewriterProperties)
  | ({ readonly 'qom-type': 'input-barrier' } & InputBarrierProperties)
  /** @if CONFIG_LINUX */
  | ({ readonly 'qom-type': 'input-linux' } & InputLinuxProperties)
  | ({ readonly 'qom-type': 'iommufd' } & IOMMUFDProperties)
  | ({ readonly 'qom-type': 'iothread' } & IothreadProperties)
  | ({ readonly 'qom-type': 'main-loop' } & MainLoopProperties)
  /** @if CONFIG_LINUX */
  | ({ readonly 'qom-type': 'memory-backend-epc' } & MemoryBackendEpcProperties)
  | ({ readonly 'qom-type': 'memory-backend-file' } & MemoryBackendFileProperties)
  /** @if CONFIG_LINUX */
  | ({ readonly 'qom-type': 'memory-backend-memfd' } & MemoryBackendMemfdProperties)
  | ({ readonly 'qom-type': 'memory-backend-ram' } & MemoryBackendProperties)
  /** @if CONFIG_POSIX */
  | ({ readonly 'qom-type': 'memory-backend-shm' } & MemoryBackendShmProperties)
  /** @if CONFIG_LINUX */
  | ({ readonly 'qom-type': 'pr-manager-helper' } & PrManagerHelperProperties)
  | ({ readonly 'qom-type': 'qtest' } & QtestProperties)
  | ({ readonly 'qom-type': 'rng-builtin' } & RngProperties)
  | ({ readonly 'qom-type': 'rng-egd' } & RngEgdProperties)
  /** @if CONFIG_POSIX */
  | ({ readonly 'qom-type': 'rng-random' } & RngRandomProperties)
  | ({ readonly 'qom-type': 'secret' } & SecretProperties)
  /** @if CONFIG_SECRET_KEYRING */
  | ({ readonly 'qom-type': 'secret_keyring' } & SecretKeyringProperties)
  | ({ readonly 'qom-type': 'sev-guest' } & SevGuestProperties)
  | ({ readonly 'qom-type': 'sev-snp-guest' } & SevSnpGuestProperties)
  | ({ readonly 'qom-type': 'thread-context' } & ThreadContextProperties)
  | ({ readonly 'qom-type': 'throttle-group' } & ThrottleGroupProperties)
  | ({ readonly 'qom-type': 'tls-creds-anon' } & TlsCredsAnonProperties)
  | ({ readonly 'qom-type': 'tls-creds-psk' } & TlsCredsPskProperties)
  | ({ readonly 'qom-type': 'tls-creds-x509' } & TlsCredsX509Properties)
  | ({ readonly 'qom-type': 'tls-cipher-suites' } & TlsCredsProperties)
  /** @unstable */
  | ({ readonly 'qom-type': 'x-remote-object' } & RemoteObjectProperties)
  /** @unstable */
  | ({ readonly 'qom-type': 'x-vfio-user-server' } & VfioUserServerProperties)
  | { readonly 'qom-type': 'can-bus' | 'pef-guest' | 's390-pv-guest' }
)

/** @since 2.6 */
export type SecretProperties = SecretCommonProperties & {
  readonly data?: string | undefined
  readonly file?: string | undefined
}

/** @since 2.6 */
export type SecretCommonProperties = {
  readonly format?: QCryptoSecretFormat | undefined
  readonly keyid?: string | undefined
  readonly iv?: string | undefined
}

/**
 * @since 5.1
 * @if CONFIG_SECRET_KEYRING
 */
export type SecretKeyringProperties = SecretCommonProperties & {
  readonly serial: Integer
}

/** @since 2.5 */
export type TlsCredsAnonProperties = TlsCredsProperties

/** @since 3.0 */
export type TlsCredsPskProperties = TlsCredsProperties & {
  readonly username?: string | undefined
}

/** @since 2.5 */
export type TlsCredsX509Properties = TlsCredsProperties & {
  readonly 'sanity-check'?: boolean | undefined
  readonly passwordid?: string | undefined
}

/** @since 2.12 */
export type CpuInfoFast = {
  readonly 'cpu-index': number
  readonly 'qom-path': string
  readonly 'thread-id': number
  readonly props?: CpuInstanceProperties
} & (
  | ({ readonly target: 's390x' } & CpuInfoS390)
  | { readonly target: 'aarch64' | 'alpha' | 'arm' | 'avr' | 'hppa' | 'i386' | 'loongarch64' | 'm68k' | 'microblaze' | 'microblazeel' | 'mips' | 'mips64' | 'mips64el' | 'mipsel' | 'or1k' | 'ppc' | 'ppc64' | 'riscv32' | 'riscv64' | 'rx' | 'sh4' | 'sh4eb' | 'sparc' | 'sparc64' | 'tricore' | 'x86_64' | 'xtensa' | 'xtensaeb' }
)

/** @since 1.2 */
export type MachineInfo = {
  readonly name: string
  readonly alias?: string
  readonly 'is-default'?: boolean
  /** @since 1.5 */
  readonly 'cpu-max': number
  /** @since 2.7 */
  readonly 'hotpluggable-cpus': boolean
  /** @since 4.1 */
  readonly 'numa-mem-supported': boolean
  /** @since 4.1 */
  readonly deprecated: boolean
  /** @since 4.2 */
  readonly 'default-cpu-type'?: string
  /** @since 5.2 */
  readonly 'default-ram-id'?: string
  /** @since 8.0 */
  readonly acpi: boolean
  /**
   * @since 9.1
   * @unstable
   */
  readonly 'compat-props'?: readonly CompatProperty[]
}

/** @since 1.2 */
export type TargetInfo = {
  readonly arch: Open<SysEmuTarget>
}

/** @since 3.0 */
export type SysEmuTarget =
  | 'aarch64'
  | 'alpha'
  | 'arm'
  | 'avr'
  | 'hppa'
  | 'i386'
  | 'loongarch64'
  | 'm68k'
  | 'microblaze'
  | 'microblazeel'
  | 'mips'
  | 'mips64'
  | 'mips64el'
  | 'mipsel'
  | 'or1k'
  | 'ppc'
  | 'ppc64'
  | 'riscv32'
  | 'riscv64'
  | 'rx'
  | 's390x'
  | 'sh4'
  | 'sh4eb'
  | 'sparc'
  | 'sparc64'
  | 'tricore'
  | 'x86_64'
  | 'xtensa'
  | 'xtensaeb'

/**
 * @since 2.8
 * @if (TARGET_S390X || TARGET_I386 || TARGET_ARM || TARGET_LOONGARCH64 || TARGET_RISCV)
 */
export type CpuModelExpansionInfo = {
  readonly model: CpuModelInfo
  /**
   * @since 9.1
   * @if TARGET_S390X
   */
  readonly 'deprecated-props': readonly string[]
}

/**
 * @since 2.12
 * @if TARGET_I386
 */
export type SevInfo = {
  readonly enabled: boolean
  readonly 'api-major': number
  readonly 'api-minor': number
  readonly 'build-id': number
  readonly state: Open<SevState>
} & (
  | ({ readonly 'sev-type': 'sev' } & SevGuestInfo)
  | ({ readonly 'sev-type': 'sev-snp' } & SevSnpGuestInfo)
)

/**
 * @since 6.2
 * @if TARGET_I386
 */
export type SGXInfo = {
  readonly sgx: boolean
  readonly sgx1: boolean
  readonly sgx2: boolean
  readonly flc: boolean
  /** @since 7.0 */
  readonly sections: readonly SGXEPCSection[]
}

/** @since 7.1 */
export type StatsFilter = {
  readonly providers?: readonly StatsRequest[] | undefined
} & (
  | ({ readonly target: 'vcpu' } & StatsVCPUFilter)
  | { readonly target: 'vm' | 'cryptodev' }
)

/** @since 7.1 */
export type StatsRequest = {
  readonly provider: StatsProvider
  readonly names?: readonly string[] | undefined
}

/** @since 7.1 */
export type StatsProvider = 'kvm' | 'cryptodev'

/** @since 7.1 */
export type StatsResult = {
  readonly provider: Open<StatsProvider>
  readonly 'qom-path'?: string
  readonly stats: readonly Stats[]
}

/** @since 7.1 */
export type StatsSchema = {
  readonly provider: Open<StatsProvider>
  readonly target: Open<StatsTarget>
  readonly stats: readonly StatsSchemaValue[]
}

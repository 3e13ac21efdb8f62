// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Integer, NoArguments, Open } from '../common-types.ts'
import type {
  AudiodevAlsaOptions,
  AudiodevCoreaudioOptions,
  AudiodevDsoundOptions,
  AudiodevGenericOptions,
  AudiodevJackOptions,
  AudiodevOssOptions,
  AudiodevPaOptions,
  AudiodevPipewireOptions,
  AudiodevSdlOptions,
  AudiodevSndioOptions,
  AudiodevWavOptions,
} from './audio.ts'
import type {
  AuthZListFileProperties,
  AuthZListProperties,
  AuthZPAMProperties,
  AuthZSimpleProperties,
} from './authz.ts'
import type {
  BitmapSyncMode,
  BlkdebugEvent,
  BlkdebugIOType,
  BlkdebugSetStateOptions,
  BlockDeviceIoStatus,
  BlockDirtyBitmap,
  BlockDirtyInfo,
  BlockErrorAction,
  BlockJobInfoMirror,
  BlockLatencyHistogramInfo,
  BlockPermission,
  BlockStatsSpecific,
  BlockdevCacheInfo,
  BlockdevCacheOptions,
  BlockdevCreateOptionsFile,
  BlockdevCreateOptionsNfs,
  BlockdevDetectZeroesOptions,
  BlockdevDiscardOptions,
  BlockdevDriver,
  BlockdevOnError,
  BlockdevOptionsCurlBase,
  BlockdevOptionsCurlFtp,
  BlockdevOptionsCurlFtps,
  BlockdevOptionsFile,
  BlockdevOptionsIoUring,
  BlockdevOptionsIscsi,
  BlockdevOptionsNVMe,
  BlockdevOptionsNfs,
  BlockdevOptionsNull,
  BlockdevOptionsNvmeIoUring,
  BlockdevOptionsRbd,
  BlockdevOptionsVVFAT,
  BlockdevOptionsVirtioBlkVfioPci,
  BlockdevOptionsVirtioBlkVhostUser,
  BlockdevOptionsVirtioBlkVhostVdpa,
  BlockdevQcow2Encryption,
  BlockdevQcow2Version,
  BlockdevQcowEncryption,
  BlockdevVhdxSubformat,
  BlockdevVmdkAdapterType,
  BlockdevVmdkSubformat,
  BlockdevVpcSubformat,
  ImageInfoSpecificFileWrapper,
  ImageInfoSpecificQCow2EncryptionBase,
  ImageInfoSpecificRbdWrapper,
  MirrorCopyMode,
  MirrorSyncMode,
  NewImageMode,
  OnCbwError,
  PreallocMode,
  Qcow2BitmapInfo,
  Qcow2CompressionType,
  Qcow2OverlapChecks,
  QuorumReadPattern,
  RbdEncryptionOptionsLUKSBase,
  ReplicationMode,
  SnapshotInfo,
  SshHostKeyCheck,
  ThrottleGroupProperties,
  VmdkExtentInfo,
} from './block-core.ts'
import type {
  BlockExportOptionsFuse,
  BlockExportOptionsNbd,
  BlockExportOptionsVduseBlk,
} from './block-export.ts'
import type { ChardevReturn } from './char.ts'
import type { IoOperationType, StrOrNull } from './common.ts'
import type {
  QCryptoBlockInfoLUKSSlot,
  QCryptoBlockOptionsBase,
  QCryptoBlockOptionsLUKS,
  QCryptoBlockOptionsQCow,
  QCryptoCipherMode,
  QCryptoIVGenAlgo,
  SecretKeyringProperties,
  SecretProperties,
  TlsCredsAnonProperties,
  TlsCredsProperties,
  TlsCredsPskProperties,
  TlsCredsX509Properties,
} from './crypto.ts'
import type { CxlEventLog } from './cxl.ts'
import type { JobStatus } from './job.ts'
import type {
  CpuInfoS390,
  CpuModelExpansionType,
  CpuModelInfo,
  CpuModelInfoInput,
  HvBalloonDeviceInfoWrapper,
  NumaDistOptions,
  NumaHmatCacheOptions,
  NumaHmatLBOptions,
  NumaNodeOptions,
  PCDIMMDeviceInfoWrapper,
  SgxEPCDeviceInfoWrapper,
  VirtioMEMDeviceInfoWrapper,
  VirtioPMEMDeviceInfoWrapper,
} from './machine.ts'
import type {
  BitmapMigrationNodeAlias,
  CompressionStats,
  DirtyRateMeasureMode,
  DirtyRateStatus,
  DirtyRateVcpu,
  FileMigrationArgs,
  MigrationExecCommand,
  TimeUnit,
  VfioStats,
  XBZRLECacheStats,
} from './migration.ts'
import type { SevState, SgxEpcSection } from './misc-i386.ts'
import type {
  AFXDPMode,
  NetLegacyNicOptions,
  NetdevBridgeOptions,
  NetdevHubPortOptions,
  NetdevL2TPv3Options,
  NetdevNetmapOptions,
  NetdevSocketOptions,
  NetdevTapOptions,
  NetdevUserGuestForward,
  NetdevVdeOptions,
  NetdevVhostUserOptions,
  NetdevVhostVDPAOptions,
  NetdevVmnetBridgedOptions,
  NetdevVmnetHostOptions,
  NetdevVmnetSharedOptions,
} from './net.ts'
import type {
  CanHostSocketcanProperties,
  ColoCompareProperties,
  CryptodevBackendProperties,
  CryptodevVhostUserProperties,
  DBusVMStateProperties,
  EventLoopBaseProperties,
  FilterBufferProperties,
  FilterDumpProperties,
  FilterMirrorProperties,
  FilterRedirectorProperties,
  FilterRewriterProperties,
  InputBarrierProperties,
  InputLinuxProperties,
  MainLoopProperties,
  MemoryBackendEpcProperties,
  MemoryBackendFileProperties,
  MemoryBackendMemfdProperties,
  MemoryBackendProperties,
  NetfilterProperties,
  PrManagerHelperProperties,
  QtestProperties,
  RemoteObjectProperties,
  RngEgdProperties,
  RngProperties,
  RngRandomProperties,
  ThreadContextProperties,
} from './qom.ts'
import type {
  GuestPanicAction,
  GuestPanicInformationHyperV,
  GuestPanicInformationS390,
  RunState,
} from './run-state.ts'
import type {
  FdSocketAddress,
  FdSocketAddressWrapper,
  InetSocketAddressBase,
  UnixSocketAddress,
  UnixSocketAddressWrapper,
  VsockSocketAddress,
  VsockSocketAddressWrapper,
} from './sockets.ts'
import type { Stats, StatsSchemaValue, StatsTarget, StatsVCPUFilter } from './stats.ts'
import type { TraceEventState } from './trace.ts'
import type {
  AbortWrapper,
  BlockDirtyBitmapAddWrapper,
  BlockDirtyBitmapMergeWrapper,
  BlockDirtyBitmapWrapper,
  BlockdevSnapshotInternalWrapper,
  BlockdevSnapshotSyncWrapper,
  BlockdevSnapshotWrapper,
  TransactionProperties,
} from './transaction.ts'
import type { DisplayCurses, DisplayDBus, DisplayEGLHeadless, DisplayGLMode, DisplaySDL } from './ui.ts'
import type { VhostDeviceProtocols, VirtioDeviceStatus } from './virtio.ts'

import type { Commands as AllCommands } from './commands.ts'
import type { Events as AllEvents } from './events.ts'

/** As Commands, of QEMU 8.2 alone. */
export interface Commands extends Omit<AllCommands,
  | 'query-status'
  | 'x-accel-stats'
  | 'query-accelerators'
  | 'query-block'
  | 'query-blockstats'
  | 'query-block-jobs'
  | 'block-commit'
  | 'drive-backup'
  | 'blockdev-backup'
  | 'query-named-block-nodes'
  | 'blockdev-mirror'
  | 'block-stream'
  | 'blockdev-add'
  | 'blockdev-reopen'
  | 'blockdev-set-active'
  | 'blockdev-create'
  | 'nbd-server-start'
  | 'block-export-add'
  | 'chardev-add'
  | 'chardev-change'
  | 'netdev_add'
  | 'request-ebpf'
  | 'query-display-options'
  | 'display-update'
  | 'query-migrate'
  | 'migrate-set-capabilities'
  | 'query-migrate-capabilities'
  | 'migrate-set-parameters'
  | 'query-migrate-parameters'
  | 'migrate-continue'
  | 'migrate'
  | 'migrate-incoming'
  | 'query-dirty-rate'
  | 'transaction'
  | 'trace-event-get-state'
  | 'qom-list-get'
  | 'object-add'
  | 'device-sync-config'
  | 'query-cpus-fast'
  | 'query-machines'
  | 'query-target'
  | 'query-hotpluggable-cpus'
  | 'set-numa-node'
  | 'query-memory-devices'
  | 'x-query-interrupt-controllers'
  | 'query-firmware-log'
  | 'query-cpu-model-expansion'
  | 'query-iothreads'
  | 'query-sev'
  | 'query-sgx'
  | 'query-sgx-capabilities'
  | 'query-audiodevs'
  | 'inject-ghes-v2-error'
  | 'query-stats'
  | 'query-stats-schemas'
  | 'x-query-virtio-status'
  | 'x-query-virtio-vhost-queue-status'
  | 'cxl-inject-general-media-event'
  | 'cxl-inject-dram-event'
  | 'cxl-inject-memory-module-event'
  | 'cxl-add-dynamic-capacity'
  | 'cxl-release-dynamic-capacity'
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
    arguments: {} | undefined
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
  /** @since 1.3 */
  'block-commit': {
    arguments: {
      /** @since 2.7 */
      readonly 'job-id'?: string | undefined
      readonly device: string
      /** @since 3.1 */
      readonly 'base-node'?: string | undefined
      /** @deprecated */
      readonly base?: string | undefined
      /** @since 3.1 */
      readonly 'top-node'?: string | undefined
      /** @deprecated */
      readonly top?: string | undefined
      /** @since 2.1 */
      readonly 'backing-file'?: string | undefined
      readonly speed?: Int64 | undefined
      /** @since 5.0 */
      readonly 'on-error'?: BlockdevOnError | undefined
      /** @since 2.9 */
      readonly 'filter-node-name'?: string | undefined
      /** @since 3.1 */
      readonly 'auto-finalize'?: boolean | undefined
      /** @since 3.1 */
      readonly 'auto-dismiss'?: boolean | undefined
    }
    return: void
    oob: false
  }
  /**
   * @since 1.6
   * @deprecated
   */
  'drive-backup': {
    arguments: DriveBackup
    return: void
    oob: false
  }
  /** @since 2.3 */
  'blockdev-backup': {
    arguments: BlockdevBackup
    return: void
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
  /** @since 2.6 */
  'blockdev-mirror': {
    arguments: {
      /** @since 2.7 */
      readonly 'job-id'?: string | undefined
      readonly device: string
      readonly target: string
      readonly replaces?: string | undefined
      readonly sync: MirrorSyncMode
      readonly speed?: Int64 | undefined
      readonly granularity?: Integer | undefined
      readonly 'buf-size'?: Int64 | undefined
      readonly 'on-source-error'?: BlockdevOnError | undefined
      readonly 'on-target-error'?: BlockdevOnError | undefined
      /** @since 2.9 */
      readonly 'filter-node-name'?: string | undefined
      /** @since 3.0 */
      readonly 'copy-mode'?: MirrorCopyMode | undefined
      /** @since 3.1 */
      readonly 'auto-finalize'?: boolean | undefined
      /** @since 3.1 */
      readonly 'auto-dismiss'?: boolean | undefined
    }
    return: void
    oob: false
  }
  /** @since 1.1 */
  'block-stream': {
    arguments: {
      /** @since 2.7 */
      readonly 'job-id'?: string | undefined
      readonly device: string
      readonly base?: string | undefined
      /** @since 2.8 */
      readonly 'base-node'?: string | undefined
      /** @since 2.1 */
      readonly 'backing-file'?: string | undefined
      /** @since 6.0 */
      readonly bottom?: string | undefined
      readonly speed?: Int64 | undefined
      /** @since 1.3 */
      readonly 'on-error'?: BlockdevOnError | undefined
      /** @since 6.0 */
      readonly 'filter-node-name'?: string | undefined
      /** @since 3.1 */
      readonly 'auto-finalize'?: boolean | undefined
      /** @since 3.1 */
      readonly 'auto-dismiss'?: boolean | undefined
    }
    return: void
    oob: false
  }
  /** @since 2.9 */
  'blockdev-add': {
    arguments: BlockdevOptions
    return: void
    oob: false
  }
  /** @since 6.1 */
  'blockdev-reopen': {
    arguments: {
      readonly options: readonly BlockdevOptions[]
    }
    return: void
    oob: false
  }
  /** @since 3.0 */
  'blockdev-create': {
    arguments: {
      readonly 'job-id': string
      readonly options: BlockdevCreateOptions
    }
    return: void
    oob: false
  }
  /** @since 1.3 */
  'nbd-server-start': {
    arguments: {
      /** @since 2.6 */
      readonly 'tls-creds'?: string | undefined
      /** @since 4.0 */
      readonly 'tls-authz'?: string | undefined
      /** @since 5.2 */
      readonly 'max-connections'?: Integer | undefined
      /** @since 1.3 */
      readonly addr: SocketAddressLegacy
    }
    return: void
    oob: false
  }
  /** @since 5.2 */
  'block-export-add': {
    arguments: BlockExportOptions
    return: void
    oob: false
  }
  /** @since 1.4 */
  'chardev-add': {
    arguments: {
      readonly id: string
      readonly backend: ChardevBackend
    }
    return: ChardevReturn
    oob: false
  }
  /** @since 2.10 */
  'chardev-change': {
    arguments: {
      readonly id: string
      readonly backend: ChardevBackend
    }
    return: ChardevReturn
    oob: false
  }
  /** @since 0.14 */
  netdev_add: {
    arguments: Netdev
    return: void
    oob: false
  }
  /** @since 3.1 */
  'query-display-options': {
    arguments: NoArguments
    return: DisplayOptions
    oob: false
  }
  /** @since 7.1 */
  'display-update': {
    arguments: DisplayUpdateOptions
    return: void
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
    arguments: {
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
      /** @deprecated */
      readonly 'compress-level'?: Integer | undefined
      /** @deprecated */
      readonly 'compress-threads'?: Integer | undefined
      /**
       * @since 3.1
       * @deprecated
       */
      readonly 'compress-wait-thread'?: boolean | undefined
      /** @deprecated */
      readonly 'decompress-threads'?: Integer | undefined
      /**
       * @since 2.10
       * @deprecated
       */
      readonly 'block-incremental'?: boolean | undefined
    } | undefined
    return: void
    oob: false
  }
  /** @since 2.4 */
  'query-migrate-parameters': {
    arguments: NoArguments
    return: MigrationParameters
    oob: false
  }
  /** @since 2.11 */
  'migrate-continue': {
    arguments: {
      readonly state: MigrationStatus
    }
    return: void
    oob: false
  }
  /** @since 0.14 */
  migrate: {
    arguments: {
      readonly uri?: string | undefined
      readonly channels?: readonly MigrationChannel[] | undefined
      /** @since 3.0 */
      readonly resume?: boolean | undefined
      readonly detach?: boolean | undefined
      /** @deprecated */
      readonly blk?: boolean | undefined
      /** @deprecated */
      readonly inc?: boolean | undefined
    } | undefined
    return: void
    oob: false
  }
  /** @since 2.3 */
  'migrate-incoming': {
    arguments: {
      readonly uri?: string | undefined
      readonly channels?: readonly MigrationChannel[] | undefined
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
  /** @since 1.1 */
  transaction: {
    arguments: {
      readonly actions: readonly TransactionAction[]
      readonly properties?: TransactionProperties | undefined
    }
    return: void
    oob: false
  }
  /** @since 2.2 */
  'trace-event-get-state': {
    arguments: {
      readonly name: string
      /**
       * @since 2.7
       * @deprecated
       */
      readonly vcpu?: Int64 | undefined
    }
    return: readonly TraceEventInfo[]
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
    arguments: {} | undefined
    return: readonly MachineInfo[]
    oob: false
  }
  /** @since 1.2 */
  'query-target': {
    arguments: NoArguments
    return: QemuTargetInfo
    oob: false
  }
  /** @since 2.7 */
  'query-hotpluggable-cpus': {
    arguments: NoArguments
    return: readonly HotpluggableCPU[]
    oob: false
  }
  /** @since 3.0 */
  'set-numa-node': {
    arguments: NumaOptions
    return: void
    oob: false
  }
  /** @since 2.1 */
  'query-memory-devices': {
    arguments: NoArguments
    return: readonly MemoryDeviceInfo[]
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
  /** @since 2.0 */
  'query-iothreads': {
    arguments: NoArguments
    return: readonly IOThreadInfo[]
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
    return: SgxInfo
    oob: false
  }
  /**
   * @since 6.2
   * @if TARGET_I386
   */
  'query-sgx-capabilities': {
    arguments: NoArguments
    return: SgxInfo
    oob: false
  }
  /** @since 8.0 */
  'query-audiodevs': {
    arguments: NoArguments
    return: readonly Audiodev[]
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
  /**
   * @since 7.2
   * @unstable
   */
  'x-query-virtio-status': {
    arguments: {
      readonly path: string
    }
    return: VirtioStatus
    oob: false
  }
  /**
   * @since 7.2
   * @unstable
   */
  'x-query-virtio-vhost-queue-status': {
    arguments: {
      readonly path: string
      readonly queue: Integer
    }
    return: VirtVhostQueueStatus
    oob: false
  }
  /** @since 8.1 */
  'cxl-inject-general-media-event': {
    arguments: {
      readonly path: string
      readonly log: CxlEventLog
      readonly flags: Integer
      readonly dpa: Int64
      readonly descriptor: Integer
      readonly type: Integer
      readonly 'transaction-type': Integer
      readonly channel?: Integer | undefined
      readonly rank?: Integer | undefined
      readonly device?: Integer | undefined
      readonly 'component-id'?: string | undefined
    }
    return: void
    oob: false
  }
  /** @since 8.1 */
  'cxl-inject-dram-event': {
    arguments: {
      readonly path: string
      readonly log: CxlEventLog
      readonly flags: Integer
      readonly dpa: Int64
      readonly descriptor: Integer
      readonly type: Integer
      readonly 'transaction-type': Integer
      readonly channel?: Integer | undefined
      readonly rank?: Integer | undefined
      readonly 'nibble-mask'?: Integer | undefined
      readonly 'bank-group'?: Integer | undefined
      readonly bank?: Integer | undefined
      readonly row?: Integer | undefined
      readonly column?: Integer | undefined
      readonly 'correction-mask'?: readonly Int64[] | undefined
    }
    return: void
    oob: false
  }
  /** @since 8.1 */
  'cxl-inject-memory-module-event': {
    arguments: {
      readonly path: string
      readonly log: CxlEventLog
      readonly flags: Integer
      readonly type: Integer
      readonly 'health-status': Integer
      readonly 'media-status': Integer
      readonly 'additional-status': Integer
      readonly 'life-used': Integer
      readonly temperature: Integer
      readonly 'dirty-shutdown-count': Integer
      readonly 'corrected-volatile-error-count': Integer
      readonly 'corrected-persistent-error-count': Integer
    }
    return: void
    oob: false
  }
}

/** As Events, of QEMU 8.2 alone. */
export interface Events extends Omit<AllEvents,
  | 'GUEST_PANICKED'
  | 'GUEST_CRASHLOADED'
  | 'GUEST_PVSHUTDOWN'
  | 'BLOCK_IO_ERROR'
  | 'NETDEV_STREAM_CONNECTED'
  | 'NETDEV_VHOST_USER_CONNECTED'
  | 'NETDEV_VHOST_USER_DISCONNECTED'
  | 'MIGRATION'
  | 'SCLP_CPI_INFO_AVAILABLE'
  | 'VFIO_MIGRATION'
> {
  /** @since 1.5 */
  GUEST_PANICKED: {
    readonly action: Open<GuestPanicAction>
    /** @since 2.9 */
    readonly info?: GuestPanicInformation
  }
  /** @since 5.0 */
  GUEST_CRASHLOADED: {
    readonly action: Open<GuestPanicAction>
    readonly info?: GuestPanicInformation
  }
  /** @since 0.13 */
  BLOCK_IO_ERROR: {
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
  /** @since 7.2 */
  NETDEV_STREAM_CONNECTED: {
    readonly 'netdev-id': string
    readonly addr: SocketAddress
  }
  /** @since 2.4 */
  MIGRATION: {
    readonly status: Open<MigrationStatus>
  }
}

/** @since 0.14 */
export type StatusInfo = {
  readonly running: boolean
  readonly status: Open<RunState>
  /** @deprecated */
  readonly singlestep: boolean
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
  readonly 'payload-offset': number
  readonly 'master-key-iters': number
  readonly uuid: string
  readonly slots: readonly QCryptoBlockInfoLUKSSlot[]
}

/** @since 2.6 */
export type QCryptoCipherAlgo =
  | 'aes-128'
  | 'aes-192'
  | 'aes-256'
  /** @since 6.1 */
  | 'des'
  /** @since 2.9 */
  | '3des'
  | 'cast5-128'
  | 'serpent-128'
  | 'serpent-192'
  | 'serpent-256'
  | 'twofish-128'
  | 'twofish-192'
  | 'twofish-256'

/** @since 2.6 */
export type QCryptoHashAlgo =
  | 'md5'
  | 'sha1'
  /** @since 2.7 */
  | 'sha224'
  | 'sha256'
  /** @since 2.7 */
  | 'sha384'
  /** @since 2.7 */
  | 'sha512'
  /** @since 2.7 */
  | 'ripemd160'

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

/** @since 1.6 */
export type DriveBackup = BackupCommon & {
  readonly target: string
  readonly format?: string | undefined
  readonly mode?: NewImageMode | undefined
}

/** @since 4.2 */
export type BackupCommon = {
  /** @since 2.7 */
  readonly 'job-id'?: string | undefined
  readonly device: string
  readonly sync: MirrorSyncMode
  readonly speed?: Int64 | undefined
  /** @since 2.4 */
  readonly bitmap?: string | undefined
  /** @since 4.2 */
  readonly 'bitmap-mode'?: BitmapSyncMode | undefined
  /** @since 2.8 */
  readonly compress?: boolean | undefined
  readonly 'on-source-error'?: BlockdevOnError | undefined
  readonly 'on-target-error'?: BlockdevOnError | undefined
  /** @since 2.12 */
  readonly 'auto-finalize'?: boolean | undefined
  /** @since 2.12 */
  readonly 'auto-dismiss'?: boolean | undefined
  /** @since 4.2 */
  readonly 'filter-node-name'?: string | undefined
  /**
   * @since 6.0
   * @unstable
   */
  readonly 'x-perf'?: BackupPerf | undefined
}

/** @since 6.0 */
export type BackupPerf = {
  readonly 'use-copy-range'?: boolean | undefined
  readonly 'max-workers'?: Int64 | undefined
  readonly 'max-chunk'?: Int64 | undefined
}

/** @since 2.3 */
export type BlockdevBackup = BackupCommon & {
  readonly target: string
}

/** @since 2.9 */
export type BlockdevOptions = {
  /** @since 2.0 */
  readonly 'node-name'?: string | undefined
  readonly discard?: BlockdevDiscardOptions | undefined
  readonly cache?: BlockdevCacheOptions | undefined
  readonly 'read-only'?: boolean | undefined
  /** @since 3.1 */
  readonly 'auto-read-only'?: boolean | undefined
  /** @since 2.10 */
  readonly 'force-share'?: boolean | undefined
  /** @since 2.1 */
  readonly 'detect-zeroes'?: BlockdevDetectZeroesOptions | undefined
} & (
  | ({ readonly driver: 'blkdebug' } & BlockdevOptionsBlkdebug)
  | ({ readonly driver: 'blklogwrites' } & BlockdevOptionsBlklogwrites)
  | ({ readonly driver: 'blkreplay' } & BlockdevOptionsBlkreplay)
  | ({ readonly driver: 'blkverify' } & BlockdevOptionsBlkverify)
  | ({ readonly driver: 'bochs' } & BlockdevOptionsGenericFormat)
  | ({ readonly driver: 'cloop' } & BlockdevOptionsGenericFormat)
  | ({ readonly driver: 'compress' } & BlockdevOptionsGenericFormat)
  | ({ readonly driver: 'copy-before-write' } & BlockdevOptionsCbw)
  | ({ readonly driver: 'copy-on-read' } & BlockdevOptionsCor)
  | ({ readonly driver: 'dmg' } & BlockdevOptionsGenericFormat)
  | ({ readonly driver: 'file' } & BlockdevOptionsFile)
  | ({ readonly driver: 'snapshot-access' } & BlockdevOptionsGenericFormat)
  | ({ readonly driver: 'ftp' } & BlockdevOptionsCurlFtp)
  | ({ readonly driver: 'ftps' } & BlockdevOptionsCurlFtps)
  /** @if HAVE_HOST_BLOCK_DEVICE */
  | ({ readonly driver: 'host_cdrom' } & BlockdevOptionsFile)
  /** @if HAVE_HOST_BLOCK_DEVICE */
  | ({ readonly driver: 'host_device' } & BlockdevOptionsFile)
  | ({ readonly driver: 'http' } & BlockdevOptionsCurlHttp)
  | ({ readonly driver: 'https' } & BlockdevOptionsCurlHttps)
  /** @if CONFIG_BLKIO */
  | ({ readonly driver: 'io_uring' } & BlockdevOptionsIoUring)
  | ({ readonly driver: 'iscsi' } & BlockdevOptionsIscsi)
  | ({ readonly driver: 'luks' } & BlockdevOptionsLUKS)
  | ({ readonly driver: 'nbd' } & BlockdevOptionsNbd)
  | ({ readonly driver: 'nfs' } & BlockdevOptionsNfs)
  | ({ readonly driver: 'null-aio' } & BlockdevOptionsNull)
  | ({ readonly driver: 'null-co' } & BlockdevOptionsNull)
  | ({ readonly driver: 'nvme' } & BlockdevOptionsNVMe)
  /** @if CONFIG_BLKIO */
  | ({ readonly driver: 'nvme-io_uring' } & BlockdevOptionsNvmeIoUring)
  | ({ readonly driver: 'parallels' } & BlockdevOptionsGenericFormat)
  | ({ readonly driver: 'preallocate' } & BlockdevOptionsPreallocate)
  | ({ readonly driver: 'qcow' } & BlockdevOptionsQcow)
  | ({ readonly driver: 'qcow2' } & BlockdevOptionsQcow2)
  | ({ readonly driver: 'qed' } & BlockdevOptionsGenericCOWFormat)
  | ({ readonly driver: 'quorum' } & BlockdevOptionsQuorum)
  | ({ readonly driver: 'raw' } & BlockdevOptionsRaw)
  | ({ readonly driver: 'rbd' } & BlockdevOptionsRbd)
  /** @if CONFIG_REPLICATION */
  | ({ readonly driver: 'replication' } & BlockdevOptionsReplication)
  | ({ readonly driver: 'ssh' } & BlockdevOptionsSsh)
  | ({ readonly driver: 'throttle' } & BlockdevOptionsThrottle)
  | ({ readonly driver: 'vdi' } & BlockdevOptionsGenericFormat)
  | ({ readonly driver: 'vhdx' } & BlockdevOptionsGenericFormat)
  /** @if CONFIG_BLKIO */
  | ({ readonly driver: 'virtio-blk-vfio-pci' } & BlockdevOptionsVirtioBlkVfioPci)
  /** @if CONFIG_BLKIO */
  | ({ readonly driver: 'virtio-blk-vhost-user' } & BlockdevOptionsVirtioBlkVhostUser)
  /** @if CONFIG_BLKIO */
  | ({ readonly driver: 'virtio-blk-vhost-vdpa' } & BlockdevOptionsVirtioBlkVhostVdpa)
  | ({ readonly driver: 'vmdk' } & BlockdevOptionsGenericCOWFormat)
  | ({ readonly driver: 'vpc' } & BlockdevOptionsGenericFormat)
  | ({ readonly driver: 'vvfat' } & BlockdevOptionsVVFAT)
  /** @deprecated */
  | ({ readonly driver: 'gluster' } & BlockdevOptionsGluster)
)

/** @since 2.9 */
export type BlockdevOptionsBlkdebug = {
  readonly image: BlockdevRef
  readonly config?: string | undefined
  readonly align?: Int64 | undefined
  /** @since 2.10 */
  readonly 'max-transfer'?: Integer | undefined
  /** @since 2.10 */
  readonly 'opt-write-zero'?: Integer | undefined
  /** @since 2.10 */
  readonly 'max-write-zero'?: Integer | undefined
  /** @since 2.10 */
  readonly 'opt-discard'?: Integer | undefined
  /** @since 2.10 */
  readonly 'max-discard'?: Integer | undefined
  readonly 'inject-error'?: readonly BlkdebugInjectErrorOptions[] | undefined
  readonly 'set-state'?: readonly BlkdebugSetStateOptions[] | undefined
  /** @since 5.0 */
  readonly 'take-child-perms'?: readonly BlockPermission[] | undefined
  /** @since 5.0 */
  readonly 'unshare-child-perms'?: readonly BlockPermission[] | undefined
}

/** @since 2.9 */
export type BlockdevRef = BlockdevOptions | string

/** @since 2.9 */
export type BlkdebugInjectErrorOptions = {
  readonly event: BlkdebugEvent
  readonly state?: Int64 | undefined
  /** @since 4.1 */
  readonly iotype?: BlkdebugIOType | undefined
  readonly errno?: Int64 | undefined
  readonly sector?: Int64 | undefined
  readonly once?: boolean | undefined
  readonly immediately?: boolean | undefined
}

/** @since 3.0 */
export type BlockdevOptionsBlklogwrites = {
  readonly file: BlockdevRef
  readonly log: BlockdevRef
  readonly 'log-sector-size'?: Integer | undefined
  readonly 'log-append'?: boolean | undefined
  readonly 'log-super-update-interval'?: Int64 | undefined
}

/** @since 4.2 */
export type BlockdevOptionsBlkreplay = {
  readonly image: BlockdevRef
}

/** @since 2.9 */
export type BlockdevOptionsBlkverify = {
  readonly test: BlockdevRef
  readonly raw: BlockdevRef
}

/** @since 2.9 */
export type BlockdevOptionsGenericFormat = {
  readonly file: BlockdevRef
}

/** @since 6.2 */
export type BlockdevOptionsCbw = BlockdevOptionsGenericFormat & {
  readonly target: BlockdevRef
  /** @since 7.0 */
  readonly bitmap?: BlockDirtyBitmap | undefined
  /** @since 7.1 */
  readonly 'on-cbw-error'?: OnCbwError | undefined
  /** @since 7.1 */
  readonly 'cbw-timeout'?: Integer | undefined
}

/** @since 6.0 */
export type BlockdevOptionsCor = BlockdevOptionsGenericFormat & {
  readonly bottom?: string | undefined
}

/** @since 2.9 */
export type BlockdevOptionsCurlHttp = BlockdevOptionsCurlBase & {
  readonly cookie?: string | undefined
  /** @since 2.10 */
  readonly 'cookie-secret'?: string | undefined
}

/** @since 2.9 */
export type BlockdevOptionsCurlHttps = {
  readonly url: string
  readonly readahead?: Int64 | undefined
  readonly timeout?: Int64 | undefined
  readonly username?: string | undefined
  readonly 'password-secret'?: string | undefined
  readonly 'proxy-username'?: string | undefined
  readonly 'proxy-password-secret'?: string | undefined
  readonly cookie?: string | undefined
  /** @since 2.10 */
  readonly 'cookie-secret'?: string | undefined
  readonly sslverify?: boolean | undefined
}

/** @since 2.9 */
export type BlockdevOptionsLUKS = BlockdevOptionsGenericFormat & {
  /** @since 2.6 */
  readonly 'key-secret'?: string | undefined
}

/** @since 2.9 */
export type BlockdevOptionsNbd = {
  readonly server: SocketAddressInput
  readonly export?: string | undefined
  readonly 'tls-creds'?: string | undefined
  /** @since 7.0 */
  readonly 'tls-hostname'?: string | undefined
  /**
   * @since 3.0
   * @unstable
   */
  readonly 'x-dirty-bitmap'?: string | undefined
  /** @since 4.2 */
  readonly 'reconnect-delay'?: Integer | undefined
  /** @since 7.0 */
  readonly 'open-timeout'?: Integer | undefined
}

/** @since 2.9 */
export type SocketAddress = (
  | ({ readonly type: 'inet' } & InetSocketAddress)
  | ({ readonly type: 'unix' } & UnixSocketAddress)
  | ({ readonly type: 'vsock' } & VsockSocketAddress)
  | ({ readonly type: 'fd' } & FdSocketAddress)
)

/** @since 2.9 */
export type SocketAddressInput = (
  | ({ readonly type: 'inet' } & InetSocketAddressInput)
  | ({ readonly type: 'unix' } & UnixSocketAddress)
  | ({ readonly type: 'vsock' } & VsockSocketAddress)
  | ({ readonly type: 'fd' } & FdSocketAddress)
)

/** @since 1.3 */
export type InetSocketAddress = InetSocketAddressBase & {
  /** @since 2.9 */
  readonly numeric?: boolean
  readonly to?: number
  readonly ipv4?: boolean
  readonly ipv6?: boolean
  /** @since 4.2 */
  readonly 'keep-alive'?: boolean
  /**
   * @since 6.1
   * @if HAVE_IPPROTO_MPTCP
   */
  readonly mptcp?: boolean
}

/** @since 1.3 */
export type InetSocketAddressInput = InetSocketAddressBase & {
  /** @since 2.9 */
  readonly numeric?: boolean | undefined
  readonly to?: Integer | undefined
  readonly ipv4?: boolean | undefined
  readonly ipv6?: boolean | undefined
  /** @since 4.2 */
  readonly 'keep-alive'?: boolean | undefined
  /**
   * @since 6.1
   * @if HAVE_IPPROTO_MPTCP
   */
  readonly mptcp?: boolean | undefined
}

/** @since 6.0 */
export type BlockdevOptionsPreallocate = BlockdevOptionsGenericFormat & {
  readonly 'prealloc-align'?: Int64 | undefined
  readonly 'prealloc-size'?: Int64 | undefined
}

/** @since 2.10 */
export type BlockdevOptionsQcow = BlockdevOptionsGenericCOWFormat & {
  readonly encrypt?: BlockdevQcowEncryption | undefined
}

/** @since 2.9 */
export type BlockdevOptionsGenericCOWFormat = BlockdevOptionsGenericFormat & {
  readonly backing?: BlockdevRefOrNull | undefined
}

/** @since 2.9 */
export type BlockdevRefOrNull = BlockdevOptions | string | null

/** @since 2.9 */
export type BlockdevOptionsQcow2 = BlockdevOptionsGenericCOWFormat & {
  readonly 'lazy-refcounts'?: boolean | undefined
  readonly 'pass-discard-request'?: boolean | undefined
  readonly 'pass-discard-snapshot'?: boolean | undefined
  readonly 'pass-discard-other'?: boolean | undefined
  /** @since 8.1 */
  readonly 'discard-no-unref'?: boolean | undefined
  /** @since 2.2 */
  readonly 'overlap-check'?: Qcow2OverlapChecks | undefined
  /** @since 2.2 */
  readonly 'cache-size'?: Int64 | undefined
  /** @since 2.2 */
  readonly 'l2-cache-size'?: Int64 | undefined
  /** @since 2.12 */
  readonly 'l2-cache-entry-size'?: Int64 | undefined
  /** @since 2.2 */
  readonly 'refcount-cache-size'?: Int64 | undefined
  /** @since 2.5 */
  readonly 'cache-clean-interval'?: Int64 | undefined
  /** @since 2.10 */
  readonly encrypt?: BlockdevQcow2Encryption | undefined
  /** @since 4.0 */
  readonly 'data-file'?: BlockdevRef | undefined
}

/** @since 2.9 */
export type BlockdevOptionsQuorum = {
  readonly blkverify?: boolean | undefined
  readonly children: readonly BlockdevRef[]
  readonly 'vote-threshold': Int64
  /** @since 2.1 */
  readonly 'rewrite-corrupted'?: boolean | undefined
  /** @since 2.2 */
  readonly 'read-pattern'?: QuorumReadPattern | undefined
}

/** @since 2.9 */
export type BlockdevOptionsRaw = BlockdevOptionsGenericFormat & {
  readonly offset?: Int64 | undefined
  readonly size?: Int64 | undefined
}

/**
 * @since 2.9
 * @if CONFIG_REPLICATION
 */
export type BlockdevOptionsReplication = BlockdevOptionsGenericFormat & {
  readonly mode: ReplicationMode
  readonly 'top-id'?: string | undefined
}

/** @since 2.9 */
export type BlockdevOptionsSsh = {
  readonly server: InetSocketAddressInput
  readonly path: string
  readonly user?: string | undefined
  readonly 'host-key-check'?: SshHostKeyCheck | undefined
}

/** @since 2.11 */
export type BlockdevOptionsThrottle = {
  readonly 'throttle-group': string
  readonly file: BlockdevRef
}

/** @since 2.9 */
export type BlockdevOptionsGluster = {
  readonly volume: string
  readonly path: string
  readonly server: readonly SocketAddressInput[]
  /** @since 2.8 */
  readonly debug?: Int64 | undefined
  /** @since 2.8 */
  readonly logfile?: string | undefined
}

/** @since 2.12 */
export type BlockdevCreateOptions = (
  | ({ readonly driver: 'file' } & BlockdevCreateOptionsFile)
  | ({ readonly driver: 'luks' } & BlockdevCreateOptionsLUKS)
  | ({ readonly driver: 'nfs' } & BlockdevCreateOptionsNfs)
  | ({ readonly driver: 'parallels' } & BlockdevCreateOptionsParallels)
  | ({ readonly driver: 'qcow' } & BlockdevCreateOptionsQcow)
  | ({ readonly driver: 'qcow2' } & BlockdevCreateOptionsQcow2)
  | ({ readonly driver: 'qed' } & BlockdevCreateOptionsQed)
  | ({ readonly driver: 'rbd' } & BlockdevCreateOptionsRbd)
  | ({ readonly driver: 'ssh' } & BlockdevCreateOptionsSsh)
  | ({ readonly driver: 'vdi' } & BlockdevCreateOptionsVdi)
  | ({ readonly driver: 'vhdx' } & BlockdevCreateOptionsVhdx)
  | ({ readonly driver: 'vmdk' } & BlockdevCreateOptionsVmdk)
  | ({ readonly driver: 'vpc' } & BlockdevCreateOptionsVpc)
  /** @deprecated */
  | ({ readonly driver: 'gluster' } & BlockdevCreateOptionsGluster)
  | { readonly driver: 'blkdebug' | 'blklogwrites' | 'blkreplay' | 'blkverify' | 'bochs' | 'cloop' | 'compress' | 'copy-before-write' | 'copy-on-read' | 'dmg' | 'snapshot-access' | 'ftp' | 'ftps' | 'host_cdrom' | 'host_device' | 'http' | 'https' | 'io_uring' | 'iscsi' | 'nbd' | 'null-aio' | 'null-co' | 'nvme' | 'nvme-io_uring' | 'preallocate' | 'quorum' | 'raw' | 'replication' | 'throttle' | 'virtio-blk-vfio-pci' | 'virtio-blk-vhost-user' | 'virtio-blk-vhost-vdpa' | 'vvfat' }
)

/** @since 2.12 */
export type BlockdevCreateOptionsLUKS = QCryptoBlockCreateOptionsLUKS & {
  readonly file: BlockdevRef
  readonly size: Int64
  /** @since 4.2 */
  readonly preallocation?: PreallocMode | undefined
}

/** @since 2.6 */
export type QCryptoBlockCreateOptionsLUKS = QCryptoBlockOptionsLUKS & {
  readonly 'cipher-alg'?: QCryptoCipherAlgo | undefined
  readonly 'cipher-mode'?: QCryptoCipherMode | undefined
  readonly 'ivgen-alg'?: QCryptoIVGenAlgo | undefined
  readonly 'ivgen-hash-alg'?: QCryptoHashAlgo | undefined
  readonly 'hash-alg'?: QCryptoHashAlgo | undefined
  /** @since 2.8 */
  readonly 'iter-time'?: Int64 | undefined
}

/** @since 2.12 */
export type BlockdevCreateOptionsParallels = {
  readonly file: BlockdevRef
  readonly size: Int64
  readonly 'cluster-size'?: Int64 | undefined
}

/** @since 2.12 */
export type BlockdevCreateOptionsQcow = {
  readonly file: BlockdevRef
  readonly size: Int64
  readonly 'backing-file'?: string | undefined
  readonly encrypt?: QCryptoBlockCreateOptions | undefined
}

/** @since 2.6 */
export type QCryptoBlockCreateOptions = QCryptoBlockOptionsBase & (
  | ({ readonly format: 'qcow' } & QCryptoBlockOptionsQCow)
  | ({ readonly format: 'luks' } & QCryptoBlockCreateOptionsLUKS)
)

/** @since 2.12 */
export type BlockdevCreateOptionsQcow2 = {
  readonly file: BlockdevRef
  /** @since 4.0 */
  readonly 'data-file'?: BlockdevRef | undefined
  /** @since 4.0 */
  readonly 'data-file-raw'?: boolean | undefined
  /** @since 5.2 */
  readonly 'extended-l2'?: boolean | undefined
  readonly size: Int64
  readonly version?: BlockdevQcow2Version | undefined
  readonly 'backing-file'?: string | undefined
  readonly 'backing-fmt'?: BlockdevDriver | undefined
  readonly encrypt?: QCryptoBlockCreateOptions | undefined
  readonly 'cluster-size'?: Int64 | undefined
  readonly preallocation?: PreallocMode | undefined
  readonly 'lazy-refcounts'?: boolean | undefined
  readonly 'refcount-bits'?: Int64 | undefined
  /** @since 5.1 */
  readonly 'compression-type'?: Qcow2CompressionType | undefined
}

/** @since 2.12 */
export type BlockdevCreateOptionsQed = {
  readonly file: BlockdevRef
  readonly size: Int64
  readonly 'backing-file'?: string | undefined
  readonly 'backing-fmt'?: BlockdevDriver | undefined
  readonly 'cluster-size'?: Int64 | undefined
  readonly 'table-size'?: Int64 | undefined
}

/** @since 2.12 */
export type BlockdevCreateOptionsRbd = {
  readonly location: BlockdevOptionsRbd
  readonly size: Int64
  readonly 'cluster-size'?: Int64 | undefined
  /** @since 6.1 */
  readonly encrypt?: RbdEncryptionCreateOptions | undefined
}

/** @since 6.1 */
export type RbdEncryptionCreateOptions = (
  | ({ readonly format: 'luks' } & RbdEncryptionCreateOptionsLUKS)
  | ({ readonly format: 'luks2' } & RbdEncryptionCreateOptionsLUKS2)
  | { readonly format: 'luks-any' }
)

/** @since 6.1 */
export type RbdEncryptionCreateOptionsLUKS = RbdEncryptionCreateOptionsLUKSBase

/** @since 6.1 */
export type RbdEncryptionCreateOptionsLUKSBase = RbdEncryptionOptionsLUKSBase & {
  readonly 'cipher-alg'?: QCryptoCipherAlgo | undefined
}

/** @since 6.1 */
export type RbdEncryptionCreateOptionsLUKS2 = RbdEncryptionCreateOptionsLUKSBase

/** @since 2.12 */
export type BlockdevCreateOptionsSsh = {
  readonly location: BlockdevOptionsSsh
  readonly size: Int64
}

/** @since 2.12 */
export type BlockdevCreateOptionsVdi = {
  readonly file: BlockdevRef
  readonly size: Int64
  readonly preallocation?: PreallocMode | undefined
}

/** @since 2.12 */
export type BlockdevCreateOptionsVhdx = {
  readonly file: BlockdevRef
  readonly size: Int64
  readonly 'log-size'?: Int64 | undefined
  readonly 'block-size'?: Int64 | undefined
  readonly subformat?: BlockdevVhdxSubformat | undefined
  readonly 'block-state-zero'?: boolean | undefined
}

/** @since 4.0 */
export type BlockdevCreateOptionsVmdk = {
  readonly file: BlockdevRef
  readonly size: Int64
  readonly extents?: readonly BlockdevRef[] | undefined
  readonly subformat?: BlockdevVmdkSubformat | undefined
  readonly 'backing-file'?: string | undefined
  readonly 'adapter-type'?: BlockdevVmdkAdapterType | undefined
  readonly hwversion?: string | undefined
  /** @since 6.2 */
  readonly toolsversion?: string | undefined
  readonly 'zeroed-grain'?: boolean | undefined
}

/** @since 2.12 */
export type BlockdevCreateOptionsVpc = {
  readonly file: BlockdevRef
  readonly size: Int64
  readonly subformat?: BlockdevVpcSubformat | undefined
  readonly 'force-size'?: boolean | undefined
}

/** @since 2.12 */
export type BlockdevCreateOptionsGluster = {
  readonly location: BlockdevOptionsGluster
  readonly size: Int64
  readonly preallocation?: PreallocMode | undefined
}

/** @since 1.3 */
export type SocketAddressLegacy = (
  | ({ readonly type: 'inet' } & InetSocketAddressWrapper)
  | ({ readonly type: 'unix' } & UnixSocketAddressWrapper)
  | ({ readonly type: 'vsock' } & VsockSocketAddressWrapper)
  | ({ readonly type: 'fd' } & FdSocketAddressWrapper)
)

/** @since 1.3 */
export type InetSocketAddressWrapper = {
  readonly data: InetSocketAddressInput
}

/** @since 4.2 */
export type BlockExportOptions = {
  readonly id: string
  /** @since 5.2 */
  readonly 'fixed-iothread'?: boolean | undefined
  /** @since 5.2 */
  readonly iothread?: string | undefined
  /** @since 5.2 */
  readonly 'node-name': string
  readonly writable?: boolean | undefined
  /** @since 5.2 */
  readonly writethrough?: boolean | undefined
} & (
  | ({ readonly type: 'nbd' } & BlockExportOptionsNbd)
  /**
   * @since 5.2
   * @if CONFIG_VHOST_USER_BLK_SERVER
   */
  | ({ readonly type: 'vhost-user-blk' } & BlockExportOptionsVhostUserBlk)
  /**
   * @since 6.0
   * @if CONFIG_FUSE
   */
  | ({ readonly type: 'fuse' } & BlockExportOptionsFuse)
  /**
   * @since 7.1
   * @if CONFIG_VDUSE_BLK_EXPORT
   */
  | ({ readonly type: 'vduse-blk' } & BlockExportOptionsVduseBlk)
)

/** @since 5.2 */
export type BlockExportOptionsVhostUserBlk = {
  readonly addr: SocketAddressInput
  readonly 'logical-block-size'?: Int64 | undefined
  readonly 'num-queues'?: Integer | undefined
}

/** @since 1.4 */
export type ChardevBackend = (
  | ({ readonly type: 'file' } & ChardevFileWrapper)
  /** @if HAVE_CHARDEV_SERIAL */
  | ({ readonly type: 'serial' } & ChardevHostdevWrapper)
  /** @if HAVE_CHARDEV_PARALLEL */
  | ({ readonly type: 'parallel' } & ChardevHostdevWrapper)
  /** @since 1.5 */
  | ({ readonly type: 'pipe' } & ChardevHostdevWrapper)
  | ({ readonly type: 'socket' } & ChardevSocketWrapper)
  /** @since 1.5 */
  | ({ readonly type: 'udp' } & ChardevUdpWrapper)
  | ({ readonly type: 'pty' } & ChardevCommonWrapper)
  | ({ readonly type: 'null' } & ChardevCommonWrapper)
  /** @since 1.5 */
  | ({ readonly type: 'mux' } & ChardevMuxWrapper)
  /** @since 1.5 */
  | ({ readonly type: 'msmouse' } & ChardevCommonWrapper)
  /** @since 2.9 */
  | ({ readonly type: 'wctablet' } & ChardevCommonWrapper)
  /**
   * @since 1.5
   * @if CONFIG_BRLAPI
   */
  | ({ readonly type: 'braille' } & ChardevCommonWrapper)
  /** @since 2.2 */
  | ({ readonly type: 'testdev' } & ChardevCommonWrapper)
  /** @since 1.5 */
  | ({ readonly type: 'stdio' } & ChardevStdioWrapper)
  /**
   * @since 1.5
   * @if CONFIG_WIN32
   */
  | ({ readonly type: 'console' } & ChardevCommonWrapper)
  /**
   * @since 1.5
   * @if CONFIG_SPICE
   */
  | ({ readonly type: 'spicevmc' } & ChardevSpiceChannelWrapper)
  /**
   * @since 1.5
   * @if CONFIG_SPICE
   */
  | ({ readonly type: 'spiceport' } & ChardevSpicePortWrapper)
  /**
   * @since 6.1
   * @if CONFIG_SPICE_PROTOCOL
   */
  | ({ readonly type: 'qemu-vdagent' } & ChardevQemuVDAgentWrapper)
  /**
   * @since 7.0
   * @if CONFIG_DBUS_DISPLAY
   */
  | ({ readonly type: 'dbus' } & ChardevDBusWrapper)
  /** @since 1.5 */
  | ({ readonly type: 'vc' } & ChardevVCWrapper)
  /** @since 1.6 */
  | ({ readonly type: 'ringbuf' } & ChardevRingbufWrapper)
  /**
   * @since 1.5
   * @deprecated
   */
  | ({ readonly type: 'memory' } & ChardevRingbufWrapper)
)

/** @since 1.4 */
export type ChardevFileWrapper = {
  readonly data: ChardevFile
}

/** @since 1.4 */
export type ChardevFile = ChardevCommon & {
  readonly in?: string | undefined
  readonly out: string
  /** @since 2.6 */
  readonly append?: boolean | undefined
}

/** @since 2.6 */
export type ChardevCommon = {
  readonly logfile?: string | undefined
  readonly logappend?: boolean | undefined
}

/** @since 1.4 */
export type ChardevHostdevWrapper = {
  readonly data: ChardevHostdev
}

/** @since 1.4 */
export type ChardevHostdev = ChardevCommon & {
  readonly device: string
}

/** @since 1.4 */
export type ChardevSocketWrapper = {
  readonly data: ChardevSocket
}

/** @since 1.4 */
export type ChardevSocket = ChardevCommon & {
  readonly addr: SocketAddressLegacy
  /** @since 2.6 */
  readonly 'tls-creds'?: string | undefined
  /** @since 4.0 */
  readonly 'tls-authz'?: string | undefined
  readonly server?: boolean | undefined
  readonly wait?: boolean | undefined
  readonly nodelay?: boolean | undefined
  readonly telnet?: boolean | undefined
  /** @since 2.10 */
  readonly tn3270?: boolean | undefined
  /** @since 3.1 */
  readonly websocket?: boolean | undefined
  /**
   * @since 2.2
   * @deprecated
   */
  readonly reconnect?: Int64 | undefined
}

/** @since 1.5 */
export type ChardevUdpWrapper = {
  readonly data: ChardevUdp
}

/** @since 1.5 */
export type ChardevUdp = ChardevCommon & {
  readonly remote: SocketAddressLegacy
  readonly local?: SocketAddressLegacy | undefined
}

/** @since 2.6 */
export type ChardevCommonWrapper = {
  readonly data: ChardevCommon
}

/** @since 1.5 */
export type ChardevMuxWrapper = {
  readonly data: ChardevMux
}

/** @since 1.5 */
export type ChardevMux = ChardevCommon & {
  readonly chardev: string
}

/** @since 1.5 */
export type ChardevStdioWrapper = {
  readonly data: ChardevStdio
}

/** @since 1.5 */
export type ChardevStdio = ChardevCommon & {
  readonly signal?: boolean | undefined
}

/**
 * @since 1.5
 * @if CONFIG_SPICE
 */
export type ChardevSpiceChannelWrapper = {
  readonly data: ChardevSpiceChannel
}

/**
 * @since 1.5
 * @if CONFIG_SPICE
 */
export type ChardevSpiceChannel = ChardevCommon & {
  readonly type: string
}

/**
 * @since 1.5
 * @if CONFIG_SPICE
 */
export type ChardevSpicePortWrapper = {
  readonly data: ChardevSpicePort
}

/**
 * @since 1.5
 * @if CONFIG_SPICE
 */
export type ChardevSpicePort = ChardevCommon & {
  readonly fqdn: string
}

/**
 * @since 6.1
 * @if CONFIG_SPICE_PROTOCOL
 */
export type ChardevQemuVDAgentWrapper = {
  readonly data: ChardevQemuVDAgent
}

/**
 * @since 6.1
 * @if CONFIG_SPICE_PROTOCOL
 */
export type ChardevQemuVDAgent = ChardevCommon & {
  readonly mouse?: boolean | undefined
  readonly clipboard?: boolean | undefined
}

/**
 * @since 7.0
 * @if CONFIG_DBUS_DISPLAY
 */
export type ChardevDBusWrapper = {
  readonly data: ChardevDBus
}

/**
 * @since 7.0
 * @if CONFIG_DBUS_DISPLAY
 */
export type ChardevDBus = ChardevCommon & {
  readonly name: string
}

/** @since 1.5 */
export type ChardevVCWrapper = {
  readonly data: ChardevVC
}

/** @since 1.5 */
export type ChardevVC = ChardevCommon & {
  readonly width?: Int64 | undefined
  readonly height?: Int64 | undefined
  readonly cols?: Int64 | undefined
  readonly rows?: Int64 | undefined
}

/** @since 1.5 */
export type ChardevRingbufWrapper = {
  readonly data: ChardevRingbuf
}

/** @since 1.5 */
export type ChardevRingbuf = ChardevCommon & {
  readonly size?: Int64 | undefined
}

/** @since 1.2 */
export type Netdev = {
  readonly id: string
} & (
  | ({ readonly type: 'nic' } & NetLegacyNicOptions)
  | ({ readonly type: 'user' } & NetdevUserOptions)
  | ({ readonly type: 'tap' } & NetdevTapOptions)
  | ({ readonly type: 'l2tpv3' } & NetdevL2TPv3Options)
  | ({ readonly type: 'socket' } & NetdevSocketOptions)
  | ({ readonly type: 'stream' } & NetdevStreamOptions)
  | ({ readonly type: 'dgram' } & NetdevDgramOptions)
  | ({ readonly type: 'vde' } & NetdevVdeOptions)
  | ({ readonly type: 'bridge' } & NetdevBridgeOptions)
  | ({ readonly type: 'hubport' } & NetdevHubPortOptions)
  | ({ readonly type: 'netmap' } & NetdevNetmapOptions)
  | ({ readonly type: 'vhost-user' } & NetdevVhostUserOptions)
  | ({ readonly type: 'vhost-vdpa' } & NetdevVhostVDPAOptions)
  /** @if CONFIG_AF_XDP */
  | ({ readonly type: 'af-xdp' } & NetdevAFXDPOptions)
  /** @if CONFIG_VMNET */
  | ({ readonly type: 'vmnet-host' } & NetdevVmnetHostOptions)
  /** @if CONFIG_VMNET */
  | ({ readonly type: 'vmnet-shared' } & NetdevVmnetSharedOptions)
  /** @if CONFIG_VMNET */
  | ({ readonly type: 'vmnet-bridged' } & NetdevVmnetBridgedOptions)
  | { readonly type: 'none' }
)

/** @since 1.2 */
export type NetdevUserOptions = {
  readonly hostname?: string | undefined
  readonly restrict?: boolean | undefined
  /** @since 2.6 */
  readonly ipv4?: boolean | undefined
  /** @since 2.6 */
  readonly ipv6?: boolean | undefined
  readonly ip?: string | undefined
  readonly net?: string | undefined
  readonly host?: string | undefined
  readonly tftp?: string | undefined
  readonly bootfile?: string | undefined
  readonly dhcpstart?: string | undefined
  readonly dns?: string | undefined
  readonly dnssearch?: readonly NetdevUserGuestForward[] | undefined
  /** @since 3.0 */
  readonly domainname?: string | undefined
  /** @since 2.6 */
  readonly 'ipv6-prefix'?: string | undefined
  /** @since 2.6 */
  readonly 'ipv6-prefixlen'?: Int64 | undefined
  /** @since 2.6 */
  readonly 'ipv6-host'?: string | undefined
  /** @since 2.6 */
  readonly 'ipv6-dns'?: string | undefined
  readonly smb?: string | undefined
  readonly smbserver?: string | undefined
  readonly hostfwd?: readonly NetdevUserGuestForward[] | undefined
  readonly guestfwd?: readonly NetdevUserGuestForward[] | undefined
  /** @since 3.1 */
  readonly 'tftp-server-name'?: string | undefined
}

/** @since 7.2 */
export type NetdevStreamOptions = {
  readonly addr: SocketAddressInput
  readonly server?: boolean | undefined
  /**
   * @since 8.0
   * @deprecated
   */
  readonly reconnect?: Int64 | Integer | undefined
}

/** @since 7.2 */
export type NetdevDgramOptions = {
  readonly local?: SocketAddressInput | undefined
  readonly remote?: SocketAddressInput | undefined
}

/**
 * @since 8.2
 * @if CONFIG_AF_XDP
 */
export type NetdevAFXDPOptions = {
  readonly ifname: string
  readonly mode?: AFXDPMode | undefined
  readonly 'force-copy'?: boolean | undefined
  readonly queues?: Int64 | undefined
  readonly 'start-queue'?: Int64 | undefined
  readonly inhibit?: boolean | undefined
  readonly 'sock-fds'?: string | undefined
}

/** @since 2.12 */
export type DisplayOptions = {
  readonly 'full-screen'?: boolean
  readonly 'window-close'?: boolean
  /** @since 5.0 */
  readonly 'show-cursor'?: boolean
  readonly gl?: Open<DisplayGLMode>
} & (
  /** @if CONFIG_GTK */
  | ({ readonly type: 'gtk' } & DisplayGTK)
  /** @if CONFIG_SDL */
  | ({ readonly type: 'sdl' } & DisplaySDL)
  /**
   * @since 3.1
   * @if CONFIG_OPENGL
   */
  | ({ readonly type: 'egl-headless' } & DisplayEGLHeadless)
  /** @if CONFIG_CURSES */
  | ({ readonly type: 'curses' } & DisplayCurses)
  /** @if CONFIG_COCOA */
  | ({ readonly type: 'cocoa' } & DisplayCocoa)
  /**
   * @since 7.0
   * @if CONFIG_DBUS_DISPLAY
   */
  | ({ readonly type: 'dbus' } & DisplayDBus)
  | { readonly type: 'default' | 'none' | 'spice-app' }
)

/** @since 2.12 */
export type DisplayGTK = {
  readonly 'grab-on-hover'?: boolean
  /** @since 3.1 */
  readonly 'zoom-to-fit'?: boolean
  /** @since 7.1 */
  readonly 'show-tabs'?: boolean
  readonly 'show-menubar'?: boolean
}

/** @since 7.0 */
export type DisplayCocoa = {
  readonly 'left-command-key'?: boolean
  readonly 'full-grab'?: boolean
  readonly 'swap-opt-cmd'?: boolean
  /** @since 8.2 */
  readonly 'zoom-to-fit'?: boolean
}

/** @since 7.1 */
export type DisplayUpdateOptions = (
  | ({ readonly type: 'vnc' } & DisplayUpdateOptionsVNC)
)

/** @since 7.1 */
export type DisplayUpdateOptionsVNC = {
  readonly addresses?: readonly SocketAddressInput[] | undefined
}

/** @since 0.14 */
export type MigrationInfo = {
  readonly status?: Open<MigrationStatus>
  /** @since 1.2 */
  readonly ram?: MigrationRAMStats
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
  /** @deprecated */
  readonly disk?: MigrationRAMStats
  /**
   * @since 3.1
   * @deprecated
   */
  readonly compression?: CompressionStats
}

/** @since 2.3 */
export type MigrationStatus =
  | 'none'
  | 'setup'
  | 'cancelling'
  | 'cancelled'
  | 'active'
  /** @since 2.5 */
  | 'postcopy-active'
  /** @since 3.0 */
  | 'postcopy-paused'
  /** @since 3.0 */
  | 'postcopy-recover'
  | 'completed'
  | 'failed'
  /** @since 2.8 */
  | 'colo'
  /** @since 2.11 */
  | 'pre-switchover'
  /** @since 2.11 */
  | 'device'
  /** @since 4.2 */
  | 'wait-unplug'

/** @since 0.14 */
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
   * @deprecated
   */
  readonly skipped: number
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
  /**
   * @since 1.6
   * @deprecated
   */
  | 'zero-blocks'
  /**
   * @since 2.4
   * @deprecated
   */
  | 'compress'
  /**
   * @since 2.10
   * @deprecated
   */
  | 'block'

/** @since 5.0 */
export type MultiFDCompression =
  | 'none'
  | 'zlib'
  /** @if CONFIG_ZSTD */
  | 'zstd'

export type MigMode =
  /** @since 8.2 */
  | 'normal'
  /** @since 8.2 */
  | 'cpr-reboot'

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
  /** @deprecated */
  readonly 'compress-level'?: number
  /** @deprecated */
  readonly 'compress-threads'?: number
  /**
   * @since 3.1
   * @deprecated
   */
  readonly 'compress-wait-thread'?: boolean
  /** @deprecated */
  readonly 'decompress-threads'?: number
  /**
   * @since 2.10
   * @deprecated
   */
  readonly 'block-incremental'?: boolean
}

/** @since 8.1 */
export type MigrationChannel = {
  readonly 'channel-type': MigrationChannelType
  readonly addr: MigrationAddress
}

/** @since 8.1 */
export type MigrationChannelType = 'main'

/** @since 8.2 */
export type MigrationAddress = (
  | ({ readonly transport: 'socket' } & SocketAddressInput)
  | ({ readonly transport: 'exec' } & MigrationExecCommand)
  | ({ readonly transport: 'rdma' } & InetSocketAddressInput)
  | ({ readonly transport: 'file' } & FileMigrationArgs)
)

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

/** @since 1.1 */
export type TransactionAction = (
  | ({ readonly type: 'abort' } & AbortWrapper)
  | ({ readonly type: 'block-dirty-bitmap-add' } & BlockDirtyBitmapAddWrapper)
  | ({ readonly type: 'block-dirty-bitmap-remove' } & BlockDirtyBitmapWrapper)
  | ({ readonly type: 'block-dirty-bitmap-clear' } & BlockDirtyBitmapWrapper)
  | ({ readonly type: 'block-dirty-bitmap-enable' } & BlockDirtyBitmapWrapper)
  | ({ readonly type: 'block-dirty-bitmap-disable' } & BlockDirtyBitmapWrapper)
  | ({ readonly type: 'block-dirty-bitmap-merge' } & BlockDirtyBitmapMergeWrapper)
  | ({ readonly type: 'blockdev-backup' } & BlockdevBackupWrapper)
  | ({ readonly type: 'blockdev-snapshot' } & BlockdevSnapshotWrapper)
  | ({ readonly type: 'blockdev-snapshot-internal-sync' } & BlockdevSnapshotInternalWrapper)
  | ({ readonly type: 'blockdev-snapshot-sync' } & BlockdevSnapshotSyncWrapper)
  /** @deprecated */
  | ({ readonly type: 'drive-backup' } & DriveBackupWrapper)
)

/** @since 2.3 */
export type BlockdevBackupWrapper = {
  readonly data: BlockdevBackup
}

/** @since 1.6 */
export type DriveBackupWrapper = {
  readonly data: DriveBackup
}

/** @since 2.2 */
export type TraceEventInfo = {
  readonly name: string
  readonly state: Open<TraceEventState>
  /**
   * @since 2.7
   * @deprecated
   */
  readonly vcpu: boolean
}

/** @since 6.0 */
export type ObjectOptions = {
  readonly id: string
} & (
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
  | ({ readonly 'qom-type': 'iothread' } & IothreadProperties)
  | ({ readonly 'qom-type': 'main-loop' } & MainLoopProperties)
  /** @if CONFIG_LINUX */
  | ({ readonly 'qom-type': 'memory-backend-epc' } & MemoryBackendEpcProperties)
  | ({ readonly 'qom-type': 'memory-backend-file' } & MemoryBackendFileProperties)
  /** @if CONFIG_LINUX */
  | ({ readonly 'qom-type': 'memory-backend-memfd' } & MemoryBackendMemfdProperties)
  | ({ readonly 'qom-type': 'memory-backend-ram' } & MemoryBackendProperties)
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

/** @since 2.0 */
export type IothreadProperties = EventLoopBaseProperties & {
  readonly 'poll-max-ns'?: Int64 | undefined
  readonly 'poll-grow'?: Int64 | undefined
  readonly 'poll-shrink'?: Int64 | undefined
}

/** @since 2.12 */
export type SevGuestProperties = {
  readonly 'sev-device'?: string | undefined
  readonly cbitpos?: Integer | undefined
  readonly 'reduced-phys-bits': Integer
  /** @since 6.2 */
  readonly 'kernel-hashes'?: boolean | undefined
  readonly 'dh-cert-file'?: string | undefined
  readonly 'session-file'?: string | undefined
  readonly policy?: Integer | undefined
  readonly handle?: Integer | undefined
}

/** @since 7.1 */
export type VfioUserServerProperties = {
  readonly socket: SocketAddressInput
  readonly device: string
}

/** @since 2.12 */
export type CpuInfoFast = {
  readonly 'cpu-index': number
  readonly 'qom-path': string
  readonly 'thread-id': number
  readonly props?: CpuInstanceProperties
} & (
  | ({ readonly target: 's390x' } & CpuInfoS390)
  | { readonly target: 'aarch64' | 'alpha' | 'arm' | 'avr' | 'hppa' | 'i386' | 'loongarch64' | 'm68k' | 'microblaze' | 'mips' | 'mips64' | 'mips64el' | 'mipsel' | 'or1k' | 'ppc' | 'ppc64' | 'riscv32' | 'riscv64' | 'rx' | 'sh4' | 'sh4eb' | 'sparc' | 'sparc64' | 'tricore' | 'x86_64' | 'xtensa' | 'xtensaeb' | 'microblazeel' | 'cris' | 'nios2' }
)

/** @since 2.7 */
export type CpuInstanceProperties = {
  readonly 'node-id'?: number
  /** @since 8.2 */
  readonly 'drawer-id'?: number
  /** @since 8.2 */
  readonly 'book-id'?: number
  readonly 'socket-id'?: number
  /** @since 4.1 */
  readonly 'die-id'?: number
  /** @since 7.1 */
  readonly 'cluster-id'?: number
  readonly 'core-id'?: number
  readonly 'thread-id'?: number
}

/** @since 2.7 */
export type CpuInstancePropertiesInput = {
  readonly 'node-id'?: Int64 | undefined
  /** @since 8.2 */
  readonly 'drawer-id'?: Int64 | undefined
  /** @since 8.2 */
  readonly 'book-id'?: Int64 | undefined
  readonly 'socket-id'?: Int64 | undefined
  /** @since 4.1 */
  readonly 'die-id'?: Int64 | undefined
  /** @since 7.1 */
  readonly 'cluster-id'?: Int64 | undefined
  readonly 'core-id'?: Int64 | undefined
  readonly 'thread-id'?: Int64 | undefined
}

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
}

/** @since 1.2 */
export type QemuTargetInfo = {
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
  | 'microblazeel'
  | 'cris'
  | 'nios2'

/** @since 2.7 */
export type HotpluggableCPU = {
  readonly type: string
  readonly 'vcpus-count': number
  readonly props: CpuInstanceProperties
  readonly 'qom-path'?: string
}

/** @since 2.1 */
export type NumaOptions = (
  | ({ readonly type: 'node' } & NumaNodeOptions)
  /** @since 2.10 */
  | ({ readonly type: 'dist' } & NumaDistOptions)
  /** @since 2.10 */
  | ({ readonly type: 'cpu' } & NumaCpuOptions)
  /** @since 5.0 */
  | ({ readonly type: 'hmat-lb' } & NumaHmatLBOptions)
  /** @since 5.0 */
  | ({ readonly type: 'hmat-cache' } & NumaHmatCacheOptions)
)

/** @since 2.10 */
export type NumaCpuOptions = CpuInstancePropertiesInput

/** @since 2.1 */
export type MemoryDeviceInfo = (
  | ({ readonly type: 'dimm' } & PCDIMMDeviceInfoWrapper)
  | ({ readonly type: 'nvdimm' } & PCDIMMDeviceInfoWrapper)
  | ({ readonly type: 'virtio-pmem' } & VirtioPMEMDeviceInfoWrapper)
  | ({ readonly type: 'virtio-mem' } & VirtioMEMDeviceInfoWrapper)
  | ({ readonly type: 'sgx-epc' } & SgxEPCDeviceInfoWrapper)
  | ({ readonly type: 'hv-balloon' } & HvBalloonDeviceInfoWrapper)
)

/**
 * @since 2.8
 * @if (TARGET_S390X || TARGET_I386 || TARGET_ARM || TARGET_LOONGARCH64 || TARGET_RISCV)
 */
export type CpuModelExpansionInfo = {
  readonly model: CpuModelInfo
}

/** @since 2.0 */
export type IOThreadInfo = {
  readonly id: string
  readonly 'thread-id': number
  /** @since 2.9 */
  readonly 'poll-max-ns': number
  /** @since 2.9 */
  readonly 'poll-grow': number
  /** @since 2.9 */
  readonly 'poll-shrink': number
  /** @since 6.1 */
  readonly 'aio-max-batch': number
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
  readonly policy: number
  readonly handle: number
}

/**
 * @since 6.2
 * @if TARGET_I386
 */
export type SgxInfo = {
  readonly sgx: boolean
  readonly sgx1: boolean
  readonly sgx2: boolean
  readonly flc: boolean
  /** @since 7.0 */
  readonly sections: readonly SgxEpcSection[]
}

/** @since 4.0 */
export type Audiodev = {
  readonly id: string
  readonly 'timer-period'?: number
} & (
  | ({ readonly driver: 'none' } & AudiodevGenericOptions)
  /** @if CONFIG_AUDIO_ALSA */
  | ({ readonly driver: 'alsa' } & AudiodevAlsaOptions)
  /** @if CONFIG_AUDIO_COREAUDIO */
  | ({ readonly driver: 'coreaudio' } & AudiodevCoreaudioOptions)
  /** @if CONFIG_DBUS_DISPLAY */
  | ({ readonly driver: 'dbus' } & AudiodevGenericOptions)
  /** @if CONFIG_AUDIO_DSOUND */
  | ({ readonly driver: 'dsound' } & AudiodevDsoundOptions)
  /**
   * @since 5.1
   * @if CONFIG_AUDIO_JACK
   */
  | ({ readonly driver: 'jack' } & AudiodevJackOptions)
  /** @if CONFIG_AUDIO_OSS */
  | ({ readonly driver: 'oss' } & AudiodevOssOptions)
  /** @if CONFIG_AUDIO_PA */
  | ({ readonly driver: 'pa' } & AudiodevPaOptions)
  /** @if CONFIG_AUDIO_PIPEWIRE */
  | ({ readonly driver: 'pipewire' } & AudiodevPipewireOptions)
  /** @if CONFIG_AUDIO_SDL */
  | ({ readonly driver: 'sdl' } & AudiodevSdlOptions)
  /** @if CONFIG_AUDIO_SNDIO */
  | ({ readonly driver: 'sndio' } & AudiodevSndioOptions)
  /** @if CONFIG_SPICE */
  | ({ readonly driver: 'spice' } & AudiodevGenericOptions)
  | ({ readonly driver: 'wav' } & AudiodevWavOptions)
)

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

/** @since 7.2 */
export type VirtioStatus = {
  readonly name: string
  readonly 'device-id': number
  readonly 'vhost-started': boolean
  readonly 'device-endian': string
  readonly 'guest-features': VirtioDeviceFeatures
  readonly 'host-features': VirtioDeviceFeatures
  readonly 'backend-features': VirtioDeviceFeatures
  readonly 'num-vqs': number
  readonly status: VirtioDeviceStatus
  readonly isr: number
  readonly 'queue-sel': number
  readonly 'vm-running': boolean
  readonly broken: boolean
  readonly disabled: boolean
  readonly 'use-started': boolean
  readonly started: boolean
  readonly 'start-on-kick': boolean
  readonly 'disable-legacy-check': boolean
  readonly 'bus-name': string
  readonly 'use-guest-notifier-mask': boolean
  readonly 'vhost-dev'?: VhostStatus
}

/** @since 7.2 */
export type VirtioDeviceFeatures = {
  readonly transports: readonly string[]
  readonly 'dev-features'?: readonly string[]
  readonly 'unknown-dev-features'?: Int64
}

/** @since 7.2 */
export type VhostStatus = {
  readonly 'n-mem-sections': number
  readonly 'n-tmp-sections': number
  readonly nvqs: number
  readonly 'vq-index': number
  readonly features: VirtioDeviceFeatures
  readonly 'acked-features': VirtioDeviceFeatures
  readonly 'protocol-features': VhostDeviceProtocols
  readonly 'max-queues': Int64
  readonly 'backend-cap': Int64
  readonly 'log-enabled': boolean
  readonly 'log-size': Int64
  readonly 'backend-features': VirtioDeviceFeatures
}

/** @since 7.2 */
export type VirtVhostQueueStatus = {
  readonly name: string
  readonly kick: number
  readonly call: number
  readonly num: number
  readonly 'desc-phys': Int64
  readonly 'desc-size': number
  readonly 'avail-phys': Int64
  readonly 'avail-size': number
  readonly 'used-phys': Int64
  readonly 'used-size': number
  readonly desc: Int64
  readonly avail: Int64
  readonly used: Int64
}

/** @since 2.9 */
export type GuestPanicInformation = (
  | ({ readonly type: 'hyper-v' } & GuestPanicInformationHyperV)
  /** @since 2.12 */
  | ({ readonly type: 's390' } & GuestPanicInformationS390)
)

// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Integer, JsonValue, NoArguments, Open } from '../common-types.ts'
import type { AcceleratorInfo, KvmInfo } from './accelerator.ts'
import type { ACPIOSTInfo } from './acpi.ts'
import type { Audiodev } from './audio.ts'
import type { BlockdevChangeReadOnlyMode, PRManagerInfo } from './block.ts'
import type {
  BlockDeviceInfo,
  BlockDirtyBitmap,
  BlockDirtyBitmapAdd,
  BlockDirtyBitmapMerge,
  BlockDirtyBitmapSha256,
  BlockIOThrottle,
  BlockInfo,
  BlockJobChangeOptions,
  BlockJobInfo,
  BlockStats,
  BlockdevAmendOptions,
  BlockdevBackup,
  BlockdevCreateOptions,
  BlockdevOnError,
  BlockdevOptions,
  BlockdevSnapshot,
  BlockdevSnapshotInternal,
  BlockdevSnapshotSync,
  DriveBackup,
  DriveMirror,
  MirrorCopyMode,
  MirrorSyncMode,
  SnapshotInfo,
  XDbgBlockGraph,
} from './block-core.ts'
import type {
  BlockExportInfo,
  BlockExportOptions,
  BlockExportRemoveMode,
  NbdServerAddOptions,
} from './block-export.ts'
import type { ChardevBackend, ChardevBackendInfo, ChardevInfo, ChardevReturn, DataFormat } from './char.ts'
import type { HumanReadableText, StrOrNull } from './common.ts'
import type { CommandInfo, QMPCapability, VersionInfo } from './control.ts'
import type { QCryptodevInfo } from './cryptodev.ts'
import type {
  CXLUncorErrorRecord,
  CxlCorErrorType,
  CxlDynamicCapacityExtent,
  CxlEventLog,
  CxlExtentRemovalPolicy,
  CxlExtentSelectionPolicy,
} from './cxl.ts'
import type { DumpGuestMemoryCapability, DumpGuestMemoryFormat, DumpQueryResult } from './dump.ts'
import type { EbpfObject, EbpfProgramID } from './ebpf.ts'
import type { SchemaInfo } from './introspect.ts'
import type { JobInfo } from './job.ts'
import type {
  BalloonInfo,
  CpuDefinitionInfo,
  CpuInfoFast,
  CpuModelBaselineInfo,
  CpuModelCompareInfo,
  CpuModelExpansionInfo,
  CpuModelExpansionType,
  CpuModelInfoInput,
  CurrentMachineParams,
  FirmwareLog,
  GuidInfo,
  HotpluggableCPU,
  HvBalloonInfo,
  MachineInfo,
  Memdev,
  MemoryDeviceInfo,
  MemoryInfo,
  NumaOptions,
  QemuTargetInfo,
  UuidInfo,
} from './machine.ts'
import type { S390CpuEntitlement } from './machine-common.ts'
import type { CpuPolarizationInfo } from './machine-s390x.ts'
import type {
  BitmapMigrationNodeAlias,
  COLOStatus,
  DirtyLimitInfo,
  DirtyRateInfo,
  DirtyRateMeasureMode,
  MigMode,
  MigrationCapabilityStatus,
  MigrationCapabilityStatusInput,
  MigrationChannel,
  MigrationInfo,
  MigrationParameters,
  MigrationStatus,
  MigrationThreadInfo,
  MultiFDCompression,
  ReplicationStatus,
  TimeUnit,
  ZeroPageDetection,
} from './migration.ts'
import type { AddfdInfo, CommandLineOptionInfo, FdsetInfo, IOThreadInfo, NameInfo } from './misc.ts'
import type { GICCapability } from './misc-arm.ts'
import type {
  EvtchnInfo,
  SevAttestationReport,
  SevCapability,
  SevInfo,
  SevLaunchMeasureInfo,
  SgxInfo,
} from './misc-i386.ts'
import type { AnnounceParameters, Netdev, RxFilterInfo } from './net.ts'
import type { PciInfo } from './pci.ts'
import type { ObjectOptions, ObjectPropertiesValues, ObjectPropertyInfo, ObjectTypeInfo } from './qom.ts'
import type { ReplayInfo } from './replay.ts'
import type { RockerOfDpaFlow, RockerOfDpaGroup, RockerPort, RockerSwitch } from './rocker.ts'
import type { PanicAction, RebootAction, ShutdownAction, StatusInfo, WatchdogAction } from './run-state.ts'
import type { SocketAddressLegacy } from './sockets.ts'
import type { StatsFilter, StatsProvider, StatsResult, StatsSchema } from './stats.ts'
import type { TPMInfo, TpmModel, TpmType } from './tpm.ts'
import type { TraceEventInfo } from './trace.ts'
import type { TransactionAction, TransactionProperties } from './transaction.ts'
import type {
  DisplayOptions,
  DisplayReloadOptions,
  DisplayUpdateOptions,
  ExpirePasswordOptions,
  ImageFormat,
  InputEvent,
  KeyValue,
  MouseInfo,
  SetPasswordOptions,
  SpiceInfo,
  VncInfo,
  VncInfo2,
} from './ui.ts'
import type {
  VirtQueueStatus,
  VirtVhostQueueStatus,
  VirtioInfo,
  VirtioQueueElement,
  VirtioStatus,
} from './virtio.ts'
import type { YankInstance } from './yank.ts'

/** What each command takes and answers, and whether it may overtake others, of QEMU 7.2 to 11.1. */
export interface Commands {
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-run-state.query-status)
   * @since 0.14
   */
  'query-status': {
    arguments: NoArguments
    return: StatusInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-run-state.watchdog-set-action)
   * @since 2.11
   */
  'watchdog-set-action': {
    arguments: {
      readonly action: WatchdogAction
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-run-state.set-action)
   * @since 6.0
   */
  'set-action': {
    arguments: {
      readonly reboot?: RebootAction | undefined
      readonly shutdown?: ShutdownAction | undefined
      readonly panic?: PanicAction | undefined
      readonly watchdog?: WatchdogAction | undefined
    } | undefined
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-job.job-pause)
   * @since 3.0
   */
  'job-pause': {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-job.job-resume)
   * @since 3.0
   */
  'job-resume': {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-job.job-cancel)
   * @since 3.0
   */
  'job-cancel': {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-job.job-complete)
   * @since 3.0
   */
  'job-complete': {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-job.job-dismiss)
   * @since 3.0
   */
  'job-dismiss': {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-job.job-finalize)
   * @since 3.0
   */
  'job-finalize': {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-job.query-jobs)
   * @since 3.0
   */
  'query-jobs': {
    arguments: NoArguments
    return: readonly JobInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-accelerator.query-kvm)
   * @since 0.14
   * @deprecated
   */
  'query-kvm': {
    arguments: NoArguments
    return: KvmInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-accelerator.x-accel-stats)
   * @since 10.1
   * @unstable
   */
  'x-accel-stats': {
    arguments: NoArguments
    return: HumanReadableText
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-accelerator.query-accelerators)
   * @since 10.2
   */
  'query-accelerators': {
    arguments: NoArguments
    return: AcceleratorInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.query-block)
   * @since 0.14
   */
  'query-block': {
    arguments: {
      /** @since 11.0 */
      readonly flat?: boolean | undefined
    } | undefined
    return: readonly BlockInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.query-blockstats)
   * @since 0.14
   */
  'query-blockstats': {
    arguments: {
      /** @since 2.3 */
      readonly 'query-nodes'?: boolean | undefined
    } | undefined
    return: readonly BlockStats[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.query-block-jobs)
   * @since 1.1
   */
  'query-block-jobs': {
    arguments: NoArguments
    return: readonly BlockJobInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block_resize)
   * @since 0.14
   */
  block_resize: {
    arguments: {
      readonly device?: string | undefined
      /** @since 2.0 */
      readonly 'node-name'?: string | undefined
      readonly size: Int64
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.blockdev-snapshot-sync)
   * @since 0.14
   */
  'blockdev-snapshot-sync': {
    arguments: BlockdevSnapshotSync
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.blockdev-snapshot)
   * @since 2.5
   * @feature allow-write-only-overlay
   */
  'blockdev-snapshot': {
    arguments: BlockdevSnapshot
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.change-backing-file)
   * @since 2.1
   */
  'change-backing-file': {
    arguments: {
      readonly device: string
      readonly 'image-node-name': string
      readonly 'backing-file': string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-commit)
   * @since 1.3
   */
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
      /** @since 9.0 */
      readonly 'backing-mask-protocol'?: boolean | undefined
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
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.drive-backup)
   * @since 1.6
   * @deprecated
   */
  'drive-backup': {
    arguments: DriveBackup
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.blockdev-backup)
   * @since 2.3
   */
  'blockdev-backup': {
    arguments: BlockdevBackup
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.query-named-block-nodes)
   * @since 2.0
   */
  'query-named-block-nodes': {
    arguments: {
      /** @since 5.0 */
      readonly flat?: boolean | undefined
    } | undefined
    return: readonly BlockDeviceInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.x-debug-query-block-graph)
   * @since 4.0
   * @unstable
   */
  'x-debug-query-block-graph': {
    arguments: NoArguments
    return: XDbgBlockGraph
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.drive-mirror)
   * @since 1.3
   */
  'drive-mirror': {
    arguments: DriveMirror
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-dirty-bitmap-add)
   * @since 2.4
   */
  'block-dirty-bitmap-add': {
    arguments: BlockDirtyBitmapAdd
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-dirty-bitmap-remove)
   * @since 2.4
   */
  'block-dirty-bitmap-remove': {
    arguments: BlockDirtyBitmap
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-dirty-bitmap-clear)
   * @since 2.4
   */
  'block-dirty-bitmap-clear': {
    arguments: BlockDirtyBitmap
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-dirty-bitmap-enable)
   * @since 4.0
   */
  'block-dirty-bitmap-enable': {
    arguments: BlockDirtyBitmap
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-dirty-bitmap-disable)
   * @since 4.0
   */
  'block-dirty-bitmap-disable': {
    arguments: BlockDirtyBitmap
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-dirty-bitmap-merge)
   * @since 4.0
   */
  'block-dirty-bitmap-merge': {
    arguments: BlockDirtyBitmapMerge
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.x-debug-block-dirty-bitmap-sha256)
   * @since 2.10
   * @unstable
   */
  'x-debug-block-dirty-bitmap-sha256': {
    arguments: BlockDirtyBitmap
    return: BlockDirtyBitmapSha256
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.blockdev-mirror)
   * @since 2.6
   */
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
      /** @since 10.1 */
      readonly 'target-is-zero'?: boolean | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-stream)
   * @since 1.1
   */
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
      /** @since 9.0 */
      readonly 'backing-mask-protocol'?: boolean | undefined
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
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-job-set-speed)
   * @since 1.1
   */
  'block-job-set-speed': {
    arguments: {
      readonly device: string
      readonly speed: Int64
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-job-cancel)
   * @since 1.1
   */
  'block-job-cancel': {
    arguments: {
      readonly device: string
      /** @since 1.3 */
      readonly force?: boolean | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-job-pause)
   * @since 1.3
   * @deprecated
   */
  'block-job-pause': {
    arguments: {
      readonly device: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-job-resume)
   * @since 1.3
   * @deprecated
   */
  'block-job-resume': {
    arguments: {
      readonly device: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-job-complete)
   * @since 1.3
   * @deprecated
   */
  'block-job-complete': {
    arguments: {
      readonly device: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-job-dismiss)
   * @since 2.12
   * @deprecated
   */
  'block-job-dismiss': {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-job-finalize)
   * @since 2.12
   * @deprecated
   */
  'block-job-finalize': {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-job-change)
   * @since 8.2
   */
  'block-job-change': {
    arguments: BlockJobChangeOptions
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.blockdev-add)
   * @since 2.9
   */
  'blockdev-add': {
    arguments: BlockdevOptions
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.blockdev-reopen)
   * @since 6.1
   */
  'blockdev-reopen': {
    arguments: {
      readonly options: readonly BlockdevOptions[]
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.blockdev-del)
   * @since 2.9
   */
  'blockdev-del': {
    arguments: {
      readonly 'node-name': string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.blockdev-set-active)
   * @since 10.0
   */
  'blockdev-set-active': {
    arguments: {
      readonly 'node-name'?: string | undefined
      readonly active: boolean
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.blockdev-create)
   * @since 3.0
   */
  'blockdev-create': {
    arguments: {
      readonly 'job-id': string
      readonly options: BlockdevCreateOptions
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.x-blockdev-amend)
   * @since 5.1
   * @unstable
   */
  'x-blockdev-amend': {
    arguments: {
      readonly 'job-id': string
      readonly 'node-name': string
      readonly options: BlockdevAmendOptions
      readonly force?: boolean | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.block-set-write-threshold)
   * @since 2.3
   */
  'block-set-write-threshold': {
    arguments: {
      readonly 'node-name': string
      readonly 'write-threshold': Int64
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.x-blockdev-change)
   * @since 2.7
   * @unstable
   */
  'x-blockdev-change': {
    arguments: {
      readonly parent: string
      readonly child?: string | undefined
      readonly node?: string | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.x-blockdev-set-iothread)
   * @since 2.12
   * @unstable
   */
  'x-blockdev-set-iothread': {
    arguments: {
      readonly 'node-name': string
      readonly iothread: StrOrNull
      readonly force?: boolean | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.blockdev-snapshot-internal-sync)
   * @since 1.7
   */
  'blockdev-snapshot-internal-sync': {
    arguments: BlockdevSnapshotInternal
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-core.blockdev-snapshot-delete-internal-sync)
   * @since 1.7
   */
  'blockdev-snapshot-delete-internal-sync': {
    arguments: {
      readonly device: string
      readonly id?: string | undefined
      readonly name?: string | undefined
    }
    return: SnapshotInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block.query-pr-managers)
   * @since 3.0
   */
  'query-pr-managers': {
    arguments: NoArguments
    return: readonly PRManagerInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block.eject)
   * @since 0.14
   */
  eject: {
    arguments: {
      /** @deprecated */
      readonly device?: string | undefined
      /** @since 2.8 */
      readonly id?: string | undefined
      readonly force?: boolean | undefined
    } | undefined
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block.blockdev-open-tray)
   * @since 2.5
   */
  'blockdev-open-tray': {
    arguments: {
      /** @deprecated */
      readonly device?: string | undefined
      /** @since 2.8 */
      readonly id?: string | undefined
      readonly force?: boolean | undefined
    } | undefined
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block.blockdev-close-tray)
   * @since 2.5
   */
  'blockdev-close-tray': {
    arguments: {
      /** @deprecated */
      readonly device?: string | undefined
      /** @since 2.8 */
      readonly id?: string | undefined
    } | undefined
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block.blockdev-remove-medium)
   * @since 2.12
   */
  'blockdev-remove-medium': {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block.blockdev-insert-medium)
   * @since 2.12
   */
  'blockdev-insert-medium': {
    arguments: {
      readonly id: string
      readonly 'node-name': string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block.blockdev-change-medium)
   * @since 2.5
   */
  'blockdev-change-medium': {
    arguments: {
      /** @deprecated */
      readonly device?: string | undefined
      /** @since 2.8 */
      readonly id?: string | undefined
      readonly filename: string
      readonly format?: string | undefined
      /** @since 7.1 */
      readonly force?: boolean | undefined
      readonly 'read-only-mode'?: BlockdevChangeReadOnlyMode | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block.block_set_io_throttle)
   * @since 1.1
   */
  block_set_io_throttle: {
    arguments: BlockIOThrottle
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block.block-latency-histogram-set)
   * @since 4.0
   */
  'block-latency-histogram-set': {
    arguments: {
      readonly id: string
      readonly boundaries?: readonly Int64[] | undefined
      readonly 'boundaries-read'?: readonly Int64[] | undefined
      readonly 'boundaries-write'?: readonly Int64[] | undefined
      /** @since 8.2 or before */
      readonly 'boundaries-zap'?: readonly Int64[] | undefined
      readonly 'boundaries-flush'?: readonly Int64[] | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-export.nbd-server-start)
   * @since 1.3
   */
  'nbd-server-start': {
    arguments: {
      /** @since 10.0 */
      readonly 'handshake-max-seconds'?: Integer | undefined
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
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-export.nbd-server-add)
   * @since 1.3
   * @deprecated
   */
  'nbd-server-add': {
    arguments: NbdServerAddOptions
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-export.nbd-server-remove)
   * @since 2.12
   * @deprecated
   */
  'nbd-server-remove': {
    arguments: {
      readonly name: string
      readonly mode?: BlockExportRemoveMode | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-export.nbd-server-stop)
   * @since 1.3
   */
  'nbd-server-stop': {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-export.block-export-add)
   * @since 5.2
   */
  'block-export-add': {
    arguments: BlockExportOptions
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-export.block-export-del)
   * @since 5.2
   */
  'block-export-del': {
    arguments: {
      readonly id: string
      readonly mode?: BlockExportRemoveMode | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-block-export.query-block-exports)
   * @since 5.2
   */
  'query-block-exports': {
    arguments: NoArguments
    return: readonly BlockExportInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-char.query-chardev)
   * @since 0.14
   */
  'query-chardev': {
    arguments: NoArguments
    return: readonly ChardevInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-char.query-chardev-backends)
   * @since 2.0
   */
  'query-chardev-backends': {
    arguments: NoArguments
    return: readonly ChardevBackendInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-char.ringbuf-write)
   * @since 1.4
   */
  'ringbuf-write': {
    arguments: {
      readonly device: string
      readonly data: string
      readonly format?: DataFormat | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-char.ringbuf-read)
   * @since 1.4
   */
  'ringbuf-read': {
    arguments: {
      readonly device: string
      readonly size: Int64
      readonly format?: DataFormat | undefined
    }
    return: string
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-char.chardev-add)
   * @since 1.4
   */
  'chardev-add': {
    arguments: {
      readonly id: string
      readonly backend: ChardevBackend
    }
    return: ChardevReturn
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-char.chardev-change)
   * @since 2.10
   */
  'chardev-change': {
    arguments: {
      readonly id: string
      readonly backend: ChardevBackend
    }
    return: ChardevReturn
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-char.chardev-remove)
   * @since 1.4
   */
  'chardev-remove': {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-char.chardev-send-break)
   * @since 2.10
   */
  'chardev-send-break': {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-dump.dump-guest-memory)
   * @since 1.2
   */
  'dump-guest-memory': {
    arguments: {
      readonly paging: boolean
      readonly protocol: string
      /** @since 2.6 */
      readonly detach?: boolean | undefined
      readonly begin?: Int64 | undefined
      readonly length?: Int64 | undefined
      /** @since 2.0 */
      readonly format?: DumpGuestMemoryFormat | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-dump.query-dump)
   * @since 2.6
   */
  'query-dump': {
    arguments: NoArguments
    return: DumpQueryResult
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-dump.query-dump-guest-memory-capability)
   * @since 2.0
   */
  'query-dump-guest-memory-capability': {
    arguments: NoArguments
    return: DumpGuestMemoryCapability
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-net.set_link)
   * @since 0.14
   */
  set_link: {
    arguments: {
      readonly name: string
      readonly up: boolean
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-net.netdev_add)
   * @since 0.14
   */
  netdev_add: {
    arguments: Netdev
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-net.netdev_del)
   * @since 0.14
   */
  netdev_del: {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-net.query-rx-filter)
   * @since 1.6
   */
  'query-rx-filter': {
    arguments: {
      readonly name?: string | undefined
    } | undefined
    return: readonly RxFilterInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-net.announce-self)
   * @since 4.0
   */
  'announce-self': {
    arguments: AnnounceParameters
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ebpf.request-ebpf)
   * @since 9.0
   * @if CONFIG_EBPF
   */
  'request-ebpf': {
    arguments: {
      readonly id: EbpfProgramID
    }
    return: EbpfObject
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-rocker.query-rocker)
   * @since 2.4
   */
  'query-rocker': {
    arguments: {
      readonly name: string
    }
    return: RockerSwitch
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-rocker.query-rocker-ports)
   * @since 2.4
   */
  'query-rocker-ports': {
    arguments: {
      readonly name: string
    }
    return: readonly RockerPort[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-rocker.query-rocker-of-dpa-flows)
   * @since 2.4
   */
  'query-rocker-of-dpa-flows': {
    arguments: {
      readonly name: string
      readonly 'tbl-id'?: Integer | undefined
    }
    return: readonly RockerOfDpaFlow[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-rocker.query-rocker-of-dpa-groups)
   * @since 2.4
   */
  'query-rocker-of-dpa-groups': {
    arguments: {
      readonly name: string
      readonly type?: Integer | undefined
    }
    return: readonly RockerOfDpaGroup[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-tpm.query-tpm-models)
   * @since 1.5
   * @if CONFIG_TPM
   */
  'query-tpm-models': {
    arguments: NoArguments
    return: readonly Open<TpmModel>[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-tpm.query-tpm-types)
   * @since 1.5
   * @if CONFIG_TPM
   */
  'query-tpm-types': {
    arguments: NoArguments
    return: readonly Open<TpmType>[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-tpm.query-tpm)
   * @since 1.5
   * @if CONFIG_TPM
   */
  'query-tpm': {
    arguments: NoArguments
    return: readonly TPMInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.set_password)
   * @since 0.14
   */
  set_password: {
    arguments: SetPasswordOptions
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.expire_password)
   * @since 0.14
   */
  expire_password: {
    arguments: ExpirePasswordOptions
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.screendump)
   * @since 0.14
   * @if CONFIG_PIXMAN
   */
  screendump: {
    arguments: {
      readonly filename: string
      /** @since 2.12 */
      readonly device?: string | undefined
      /** @since 2.12 */
      readonly head?: Int64 | undefined
      /** @since 7.1 */
      readonly format?: ImageFormat | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.query-spice)
   * @since 0.14
   * @if CONFIG_SPICE
   */
  'query-spice': {
    arguments: NoArguments
    return: SpiceInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.query-vnc)
   * @since 0.14
   * @if CONFIG_VNC
   */
  'query-vnc': {
    arguments: NoArguments
    return: VncInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.query-vnc-servers)
   * @since 2.3
   * @if CONFIG_VNC
   */
  'query-vnc-servers': {
    arguments: NoArguments
    return: readonly VncInfo2[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.change-vnc-password)
   * @since 1.1
   * @if CONFIG_VNC
   */
  'change-vnc-password': {
    arguments: {
      readonly password: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.query-mice)
   * @since 0.14
   */
  'query-mice': {
    arguments: NoArguments
    return: readonly MouseInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.send-key)
   * @since 1.3
   */
  'send-key': {
    arguments: {
      readonly keys: readonly KeyValue[]
      readonly 'hold-time'?: Int64 | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.input-send-event)
   * @since 2.6
   */
  'input-send-event': {
    arguments: {
      readonly device?: string | undefined
      readonly head?: Int64 | undefined
      readonly events: readonly InputEvent[]
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.query-display-options)
   * @since 3.1
   */
  'query-display-options': {
    arguments: NoArguments
    return: DisplayOptions
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.display-reload)
   * @since 6.0
   */
  'display-reload': {
    arguments: DisplayReloadOptions
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.display-update)
   * @since 7.1
   */
  'display-update': {
    arguments: DisplayUpdateOptions
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.client_migrate_info)
   * @since 0.14
   */
  client_migrate_info: {
    arguments: {
      readonly protocol: string
      readonly hostname: string
      readonly port?: Int64 | undefined
      readonly 'tls-port'?: Int64 | undefined
      readonly 'cert-subject'?: string | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.query-migrate)
   * @since 0.14
   */
  'query-migrate': {
    arguments: NoArguments
    return: MigrationInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.migrate-set-capabilities)
   * @since 1.2
   */
  'migrate-set-capabilities': {
    arguments: {
      readonly capabilities: readonly MigrationCapabilityStatusInput[]
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.query-migrate-capabilities)
   * @since 1.2
   */
  'query-migrate-capabilities': {
    arguments: NoArguments
    return: readonly MigrationCapabilityStatus[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.migrate-set-parameters)
   * @since 2.4
   */
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
      /**
       * @since 11.1
       * @unstable
       */
      readonly 'x-rdma-chunk-size'?: Int64 | undefined
      /** @since 10.2 */
      readonly 'cpr-exec-command'?: readonly string[] | undefined
      /**
       * @removed in 10.0 or before
       * @deprecated
       */
      readonly 'compress-level'?: Integer | undefined
      /**
       * @removed in 10.0 or before
       * @deprecated
       */
      readonly 'compress-threads'?: Integer | undefined
      /**
       * @since 3.1
       * @removed in 10.0 or before
       * @deprecated
       */
      readonly 'compress-wait-thread'?: boolean | undefined
      /**
       * @removed in 10.0 or before
       * @deprecated
       */
      readonly 'decompress-threads'?: Integer | undefined
      /**
       * @since 2.10
       * @removed in 10.0 or before
       * @deprecated
       */
      readonly 'block-incremental'?: boolean | undefined
    } | undefined
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.query-migrate-parameters)
   * @since 2.4
   */
  'query-migrate-parameters': {
    arguments: NoArguments
    return: MigrationParameters
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.migrate-start-postcopy)
   * @since 2.5
   */
  'migrate-start-postcopy': {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.x-colo-lost-heartbeat)
   * @since 2.8
   * @unstable
   * @if CONFIG_REPLICATION
   */
  'x-colo-lost-heartbeat': {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.migrate_cancel)
   * @since 0.14
   */
  migrate_cancel: {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.migrate-continue)
   * @since 2.11
   */
  'migrate-continue': {
    arguments: {
      readonly state: MigrationStatus
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.migrate)
   * @since 0.14
   */
  migrate: {
    arguments: {
      /** Some versions require it. */
      readonly uri?: string | undefined
      /** @since 8.2 or before */
      readonly channels?: readonly MigrationChannel[] | undefined
      /** @since 3.0 */
      readonly resume?: boolean | undefined
      /** @removed in 11.1 or before */
      readonly detach?: boolean | undefined
      /**
       * @removed in 10.0 or before
       * @deprecated
       */
      readonly blk?: boolean | undefined
      /**
       * @removed in 10.0 or before
       * @deprecated
       */
      readonly inc?: boolean | undefined
    } | undefined
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.migrate-incoming)
   * @since 2.3
   */
  'migrate-incoming': {
    arguments: {
      /** Some versions require it. */
      readonly uri?: string | undefined
      /** @since 8.2 or before */
      readonly channels?: readonly MigrationChannel[] | undefined
      /** @since 9.1 */
      readonly 'exit-on-error'?: boolean | undefined
    } | undefined
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.xen-save-devices-state)
   * @since 1.1
   */
  'xen-save-devices-state': {
    arguments: {
      readonly filename: string
      /** @since 2.11 */
      readonly live?: boolean | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.xen-set-global-dirty-log)
   * @since 1.3
   */
  'xen-set-global-dirty-log': {
    arguments: {
      readonly enable: boolean
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.xen-load-devices-state)
   * @since 2.7
   */
  'xen-load-devices-state': {
    arguments: {
      readonly filename: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.xen-set-replication)
   * @since 2.9
   * @if CONFIG_REPLICATION
   */
  'xen-set-replication': {
    arguments: {
      readonly enable: boolean
      readonly primary: boolean
      readonly failover?: boolean | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.query-xen-replication-status)
   * @since 2.9
   * @if CONFIG_REPLICATION
   */
  'query-xen-replication-status': {
    arguments: NoArguments
    return: ReplicationStatus
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.xen-colo-do-checkpoint)
   * @since 2.9
   * @if CONFIG_REPLICATION
   */
  'xen-colo-do-checkpoint': {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.query-colo-status)
   * @since 3.1
   * @if CONFIG_REPLICATION
   */
  'query-colo-status': {
    arguments: NoArguments
    return: COLOStatus
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.migrate-recover)
   * @since 3.0
   */
  'migrate-recover': {
    arguments: {
      readonly uri: string
    }
    return: void
    oob: true
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.migrate-pause)
   * @since 3.0
   */
  'migrate-pause': {
    arguments: NoArguments
    return: void
    oob: true
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.calc-dirty-rate)
   * @since 5.2
   */
  'calc-dirty-rate': {
    arguments: {
      readonly 'calc-time': Int64
      /** @since 8.2 */
      readonly 'calc-time-unit'?: TimeUnit | undefined
      /** @since 6.1 */
      readonly 'sample-pages'?: Int64 | undefined
      /** @since 6.1 */
      readonly mode?: DirtyRateMeasureMode | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.query-dirty-rate)
   * @since 5.2
   */
  'query-dirty-rate': {
    arguments: {
      /** @since 8.2 */
      readonly 'calc-time-unit'?: TimeUnit | undefined
    } | undefined
    return: DirtyRateInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.set-vcpu-dirty-limit)
   * @since 7.1
   */
  'set-vcpu-dirty-limit': {
    arguments: {
      readonly 'cpu-index'?: Int64 | undefined
      readonly 'dirty-rate': Int64
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.cancel-vcpu-dirty-limit)
   * @since 7.1
   */
  'cancel-vcpu-dirty-limit': {
    arguments: {
      readonly 'cpu-index'?: Int64 | undefined
    } | undefined
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.query-vcpu-dirty-limit)
   * @since 7.1
   */
  'query-vcpu-dirty-limit': {
    arguments: NoArguments
    return: readonly DirtyLimitInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.snapshot-save)
   * @since 6.0
   */
  'snapshot-save': {
    arguments: {
      readonly 'job-id': string
      readonly tag: string
      readonly vmstate: string
      readonly devices: readonly string[]
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.snapshot-load)
   * @since 6.0
   */
  'snapshot-load': {
    arguments: {
      readonly 'job-id': string
      readonly tag: string
      readonly vmstate: string
      readonly devices: readonly string[]
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-migration.snapshot-delete)
   * @since 6.0
   */
  'snapshot-delete': {
    arguments: {
      readonly 'job-id': string
      readonly tag: string
      readonly devices: readonly string[]
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-transaction.transaction)
   * @since 1.1
   */
  transaction: {
    arguments: {
      readonly actions: readonly TransactionAction[]
      readonly properties?: TransactionProperties | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-trace.trace-event-get-state)
   * @since 2.2
   */
  'trace-event-get-state': {
    arguments: {
      readonly name: string
      /**
       * @since 2.7
       * @removed in 10.0 or before
       * @deprecated
       */
      readonly vcpu?: Int64 | undefined
    }
    return: readonly TraceEventInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-trace.trace-event-set-state)
   * @since 2.2
   */
  'trace-event-set-state': {
    arguments: {
      readonly name: string
      readonly enable: boolean
      readonly 'ignore-unavailable'?: boolean | undefined
      /**
       * @since 2.7
       * @removed in 10.0 or before
       * @deprecated
       */
      readonly vcpu?: Int64 | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-control.qmp_capabilities)
   * @since 0.13
   */
  qmp_capabilities: {
    arguments: {
      /** @since 2.12 */
      readonly enable?: readonly QMPCapability[] | undefined
    } | undefined
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-control.query-version)
   * @since 0.14
   */
  'query-version': {
    arguments: NoArguments
    return: VersionInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-control.query-commands)
   * @since 0.14
   */
  'query-commands': {
    arguments: NoArguments
    return: readonly CommandInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-control.quit)
   * @since 0.14
   */
  quit: {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-introspect.query-qmp-schema)
   * @since 2.5
   */
  'query-qmp-schema': {
    arguments: NoArguments
    return: readonly SchemaInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-qom.qom-list)
   * @since 1.2
   */
  'qom-list': {
    arguments: {
      readonly path: string
    }
    return: readonly ObjectPropertyInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-qom.qom-get)
   * @since 1.2
   */
  'qom-get': {
    arguments: {
      readonly path: string
      readonly property: string
    }
    return: unknown
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-qom.qom-list-get)
   * @since 10.1
   */
  'qom-list-get': {
    arguments: {
      readonly paths: readonly string[]
    }
    return: readonly ObjectPropertiesValues[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-qom.qom-set)
   * @since 1.2
   */
  'qom-set': {
    arguments: {
      readonly path: string
      readonly property: string
      readonly value: JsonValue
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-qom.qom-list-types)
   * @since 1.1
   */
  'qom-list-types': {
    arguments: {
      readonly implements?: string | undefined
      readonly abstract?: boolean | undefined
    } | undefined
    return: readonly ObjectTypeInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-qom.qom-list-properties)
   * @since 2.12
   */
  'qom-list-properties': {
    arguments: {
      readonly typename: string
    }
    return: readonly ObjectPropertyInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-qom.object-add)
   * @since 2.0
   */
  'object-add': {
    arguments: ObjectOptions
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-qom.object-del)
   * @since 2.0
   */
  'object-del': {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-qdev.device-list-properties)
   * @since 1.2
   */
  'device-list-properties': {
    arguments: {
      readonly typename: string
    }
    return: readonly ObjectPropertyInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-qdev.device_add)
   * @since 0.13
   * @feature json-cli
   * @feature json-cli-hotplug
   */
  device_add: {
    arguments: {
      readonly driver: string
      readonly bus?: string | undefined
      readonly id?: string | undefined
      readonly [member: string]: JsonValue | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-qdev.device_del)
   * @since 0.14
   */
  device_del: {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-qdev.device-sync-config)
   * @since 9.2
   * @unstable
   */
  'device-sync-config': {
    arguments: {
      readonly id: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-cpus-fast)
   * @since 2.12
   */
  'query-cpus-fast': {
    arguments: NoArguments
    return: readonly CpuInfoFast[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-machines)
   * @since 1.2
   */
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
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-current-machine)
   * @since 4.0
   */
  'query-current-machine': {
    arguments: NoArguments
    return: CurrentMachineParams
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-target)
   * @since 1.2
   */
  'query-target': {
    arguments: NoArguments
    return: QemuTargetInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-uuid)
   * @since 0.14
   */
  'query-uuid': {
    arguments: NoArguments
    return: UuidInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-vm-generation-id)
   * @since 2.9
   */
  'query-vm-generation-id': {
    arguments: NoArguments
    return: GuidInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.system_reset)
   * @since 0.14
   */
  system_reset: {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.system_powerdown)
   * @since 0.14
   */
  system_powerdown: {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.system_wakeup)
   * @since 1.1
   */
  system_wakeup: {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.inject-nmi)
   * @since 0.14
   */
  'inject-nmi': {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.memsave)
   * @since 0.14
   */
  memsave: {
    arguments: {
      readonly val: Int64
      readonly size: Int64
      readonly filename: string
      readonly 'cpu-index'?: Int64 | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.pmemsave)
   * @since 0.14
   */
  pmemsave: {
    arguments: {
      readonly val: Int64
      readonly size: Int64
      readonly filename: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-memdev)
   * @since 2.1
   */
  'query-memdev': {
    arguments: NoArguments
    return: readonly Memdev[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-hotpluggable-cpus)
   * @since 2.7
   */
  'query-hotpluggable-cpus': {
    arguments: NoArguments
    return: readonly HotpluggableCPU[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.set-numa-node)
   * @since 3.0
   */
  'set-numa-node': {
    arguments: NumaOptions
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.balloon)
   * @since 0.14
   */
  balloon: {
    arguments: {
      readonly value: Int64
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-balloon)
   * @since 0.14
   */
  'query-balloon': {
    arguments: NoArguments
    return: BalloonInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-hv-balloon-status-report)
   * @since 8.2
   */
  'query-hv-balloon-status-report': {
    arguments: NoArguments
    return: HvBalloonInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-memory-size-summary)
   * @since 2.11
   */
  'query-memory-size-summary': {
    arguments: NoArguments
    return: MemoryInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-memory-devices)
   * @since 2.1
   */
  'query-memory-devices': {
    arguments: NoArguments
    return: readonly MemoryDeviceInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.x-query-irq)
   * @since 6.2
   * @unstable
   */
  'x-query-irq': {
    arguments: NoArguments
    return: HumanReadableText
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.x-query-jit)
   * @since 6.2
   * @unstable
   * @if CONFIG_TCG
   */
  'x-query-jit': {
    arguments: NoArguments
    return: HumanReadableText
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.x-query-numa)
   * @since 6.2
   * @unstable
   */
  'x-query-numa': {
    arguments: NoArguments
    return: HumanReadableText
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.x-query-ramblock)
   * @since 6.2
   * @unstable
   */
  'x-query-ramblock': {
    arguments: NoArguments
    return: HumanReadableText
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.x-query-roms)
   * @since 6.2
   * @unstable
   */
  'x-query-roms': {
    arguments: NoArguments
    return: HumanReadableText
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.x-query-usb)
   * @since 6.2
   * @unstable
   */
  'x-query-usb': {
    arguments: NoArguments
    return: HumanReadableText
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.dumpdtb)
   * @since 7.2
   * @if CONFIG_FDT
   */
  dumpdtb: {
    arguments: {
      readonly filename: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.x-query-interrupt-controllers)
   * @since 9.1
   * @unstable
   */
  'x-query-interrupt-controllers': {
    arguments: NoArguments
    return: HumanReadableText
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-firmware-log)
   * @since 10.2
   */
  'query-firmware-log': {
    arguments: {
      readonly 'max-size'?: Int64 | undefined
    } | undefined
    return: FirmwareLog
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.dump-skeys)
   * @since 2.5
   * @if TARGET_S390X
   */
  'dump-skeys': {
    arguments: {
      readonly filename: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-cpu-model-comparison)
   * @since 2.8
   * @if TARGET_S390X
   */
  'query-cpu-model-comparison': {
    arguments: {
      readonly modela: CpuModelInfoInput
      readonly modelb: CpuModelInfoInput
    }
    return: CpuModelCompareInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-cpu-model-baseline)
   * @since 2.8
   * @if TARGET_S390X
   */
  'query-cpu-model-baseline': {
    arguments: {
      readonly modela: CpuModelInfoInput
      readonly modelb: CpuModelInfoInput
    }
    return: CpuModelBaselineInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-cpu-model-expansion)
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
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine.query-cpu-definitions)
   * @since 1.2
   * @if (TARGET_PPC || TARGET_ARM || TARGET_I386 || TARGET_S390X || TARGET_MIPS || TARGET_LOONGARCH64 || TARGET_RISCV)
   */
  'query-cpu-definitions': {
    arguments: NoArguments
    return: readonly CpuDefinitionInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine-s390x.set-cpu-topology)
   * @since 8.2
   * @unstable
   * @if (TARGET_S390X && CONFIG_KVM)
   */
  'set-cpu-topology': {
    arguments: {
      readonly 'core-id': Integer
      readonly 'socket-id'?: Integer | undefined
      readonly 'book-id'?: Integer | undefined
      readonly 'drawer-id'?: Integer | undefined
      readonly entitlement?: S390CpuEntitlement | undefined
      readonly dedicated?: boolean | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-machine-s390x.query-s390x-cpu-polarization)
   * @since 8.2
   * @unstable
   * @if (TARGET_S390X && CONFIG_KVM)
   */
  'query-s390x-cpu-polarization': {
    arguments: NoArguments
    return: CpuPolarizationInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-replay.query-replay)
   * @since 5.2
   */
  'query-replay': {
    arguments: NoArguments
    return: ReplayInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-replay.replay-break)
   * @since 5.2
   */
  'replay-break': {
    arguments: {
      readonly icount: Int64
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-replay.replay-delete-break)
   * @since 5.2
   */
  'replay-delete-break': {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-replay.replay-seek)
   * @since 5.2
   */
  'replay-seek': {
    arguments: {
      readonly icount: Int64
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-yank.yank)
   * @since 6.0
   */
  yank: {
    arguments: {
      readonly instances: readonly YankInstance[]
    }
    return: void
    oob: true
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-yank.query-yank)
   * @since 6.0
   */
  'query-yank': {
    arguments: NoArguments
    return: readonly YankInstance[]
    oob: true
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.add_client)
   * @since 0.14
   */
  add_client: {
    arguments: {
      readonly protocol: string
      readonly fdname: string
      readonly skipauth?: boolean | undefined
      readonly tls?: boolean | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.query-name)
   * @since 0.14
   */
  'query-name': {
    arguments: NoArguments
    return: NameInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.query-iothreads)
   * @since 2.0
   */
  'query-iothreads': {
    arguments: NoArguments
    return: readonly IOThreadInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.stop)
   * @since 0.14
   */
  stop: {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.cont)
   * @since 0.14
   */
  cont: {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.x-exit-preconfig)
   * @since 3.0
   * @unstable
   */
  'x-exit-preconfig': {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.human-monitor-command)
   * @since 0.14
   * @feature savevm-monitor-nodes
   */
  'human-monitor-command': {
    arguments: {
      readonly 'command-line': string
      readonly 'cpu-index'?: Int64 | undefined
    }
    return: string
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.getfd)
   * @since 0.14
   * @if CONFIG_POSIX
   */
  getfd: {
    arguments: {
      readonly fdname: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.get-win32-socket)
   * @since 8.0
   * @if CONFIG_WIN32
   */
  'get-win32-socket': {
    arguments: {
      readonly info: string
      readonly fdname: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.closefd)
   * @since 0.14
   */
  closefd: {
    arguments: {
      readonly fdname: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.add-fd)
   * @since 1.2
   */
  'add-fd': {
    arguments: {
      readonly 'fdset-id'?: Int64 | undefined
      readonly opaque?: string | undefined
    } | undefined
    return: AddfdInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.remove-fd)
   * @since 1.2
   */
  'remove-fd': {
    arguments: {
      readonly 'fdset-id': Int64
      readonly fd?: Int64 | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.query-fdsets)
   * @since 1.2
   */
  'query-fdsets': {
    arguments: NoArguments
    return: readonly FdsetInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc.query-command-line-options)
   * @since 1.5
   */
  'query-command-line-options': {
    arguments: {
      readonly option?: string | undefined
    } | undefined
    return: readonly CommandLineOptionInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc-arm.query-gic-capabilities)
   * @since 2.6
   * @if TARGET_ARM
   */
  'query-gic-capabilities': {
    arguments: NoArguments
    return: readonly GICCapability[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc-i386.rtc-reset-reinjection)
   * @since 2.1
   * @if TARGET_I386
   */
  'rtc-reset-reinjection': {
    arguments: NoArguments
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc-i386.query-sev)
   * @since 2.12
   * @if TARGET_I386
   */
  'query-sev': {
    arguments: NoArguments
    return: SevInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc-i386.query-sev-launch-measure)
   * @since 2.12
   * @if TARGET_I386
   */
  'query-sev-launch-measure': {
    arguments: NoArguments
    return: SevLaunchMeasureInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc-i386.query-sev-capabilities)
   * @since 2.12
   * @if TARGET_I386
   */
  'query-sev-capabilities': {
    arguments: NoArguments
    return: SevCapability
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc-i386.sev-inject-launch-secret)
   * @since 6.0
   * @if TARGET_I386
   */
  'sev-inject-launch-secret': {
    arguments: {
      readonly 'packet-header': string
      readonly secret: string
      readonly gpa?: Int64 | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc-i386.query-sev-attestation-report)
   * @since 6.1
   * @if TARGET_I386
   */
  'query-sev-attestation-report': {
    arguments: {
      readonly mnonce: string
    }
    return: SevAttestationReport
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc-i386.query-sgx)
   * @since 6.2
   * @if TARGET_I386
   */
  'query-sgx': {
    arguments: NoArguments
    return: SgxInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc-i386.query-sgx-capabilities)
   * @since 6.2
   * @if TARGET_I386
   */
  'query-sgx-capabilities': {
    arguments: NoArguments
    return: SgxInfo
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc-i386.xen-event-list)
   * @since 8.0
   * @if TARGET_I386
   */
  'xen-event-list': {
    arguments: NoArguments
    return: readonly EvtchnInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-misc-i386.xen-event-inject)
   * @since 8.0
   * @if TARGET_I386
   */
  'xen-event-inject': {
    arguments: {
      readonly port: Integer
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-audio.query-audiodevs)
   * @since 8.0
   */
  'query-audiodevs': {
    arguments: NoArguments
    return: readonly Audiodev[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-acpi.query-acpi-ospm-status)
   * @since 2.1
   */
  'query-acpi-ospm-status': {
    arguments: NoArguments
    return: readonly ACPIOSTInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-acpi-hest.inject-ghes-v2-error)
   * @since 10.2
   * @unstable
   */
  'inject-ghes-v2-error': {
    arguments: {
      readonly cper: string
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-pci.query-pci)
   * @since 0.14
   */
  'query-pci': {
    arguments: NoArguments
    return: readonly PciInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-stats.query-stats)
   * @since 7.1
   */
  'query-stats': {
    arguments: StatsFilter
    return: readonly StatsResult[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-stats.query-stats-schemas)
   * @since 7.1
   */
  'query-stats-schemas': {
    arguments: {
      readonly provider?: StatsProvider | undefined
    } | undefined
    return: readonly StatsSchema[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-virtio.x-query-virtio)
   * @since 7.2
   * @unstable
   */
  'x-query-virtio': {
    arguments: NoArguments
    return: readonly VirtioInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-virtio.x-query-virtio-status)
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
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-virtio.x-query-virtio-queue-status)
   * @since 7.2
   * @unstable
   */
  'x-query-virtio-queue-status': {
    arguments: {
      readonly path: string
      readonly queue: Integer
    }
    return: VirtQueueStatus
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-virtio.x-query-virtio-vhost-queue-status)
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
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-virtio.x-query-virtio-queue-element)
   * @since 7.2
   * @unstable
   */
  'x-query-virtio-queue-element': {
    arguments: {
      readonly path: string
      readonly queue: Integer
      readonly index?: Integer | undefined
    }
    return: VirtioQueueElement
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-cryptodev.query-cryptodev)
   * @since 8.0
   */
  'query-cryptodev': {
    arguments: NoArguments
    return: readonly QCryptodevInfo[]
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-cxl.cxl-inject-general-media-event)
   * @since 8.1
   */
  'cxl-inject-general-media-event': {
    arguments: {
      readonly path: string
      readonly log: CxlEventLog
      readonly flags: Integer
      /** @since 11.1 or before */
      readonly 'maint-op-class'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'maint-op-subclass'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'ld-id'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'head-id'?: Integer | undefined
      readonly dpa: Int64
      readonly descriptor: Integer
      readonly type: Integer
      readonly 'transaction-type': Integer
      readonly channel?: Integer | undefined
      readonly rank?: Integer | undefined
      readonly device?: Integer | undefined
      readonly 'component-id'?: string | undefined
      /** @since 11.1 or before */
      readonly 'is-comp-id-pldm'?: boolean | undefined
      /** @since 11.1 or before */
      readonly 'cme-ev-flags'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'cme-count'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'sub-type'?: Integer | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-cxl.cxl-inject-dram-event)
   * @since 8.1
   */
  'cxl-inject-dram-event': {
    arguments: {
      readonly path: string
      readonly log: CxlEventLog
      readonly flags: Integer
      /** @since 11.1 or before */
      readonly 'maint-op-class'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'maint-op-subclass'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'ld-id'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'head-id'?: Integer | undefined
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
      /** @since 11.1 or before */
      readonly 'component-id'?: string | undefined
      /** @since 11.1 or before */
      readonly 'is-comp-id-pldm'?: boolean | undefined
      /** @since 11.1 or before */
      readonly 'sub-channel'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'cme-ev-flags'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'cvme-count'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'sub-type'?: Integer | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-cxl.cxl-inject-memory-module-event)
   * @since 8.1
   */
  'cxl-inject-memory-module-event': {
    arguments: {
      readonly path: string
      readonly log: CxlEventLog
      readonly flags: Integer
      /** @since 11.1 or before */
      readonly 'maint-op-class'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'maint-op-subclass'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'ld-id'?: Integer | undefined
      /** @since 11.1 or before */
      readonly 'head-id'?: Integer | undefined
      readonly type: Integer
      readonly 'health-status': Integer
      readonly 'media-status': Integer
      readonly 'additional-status': Integer
      readonly 'life-used': Integer
      readonly temperature: Integer
      readonly 'dirty-shutdown-count': Integer
      readonly 'corrected-volatile-error-count': Integer
      readonly 'corrected-persistent-error-count': Integer
      /** @since 11.1 or before */
      readonly 'component-id'?: string | undefined
      /** @since 11.1 or before */
      readonly 'is-comp-id-pldm'?: boolean | undefined
      /** @since 11.1 or before */
      readonly 'sub-type'?: Integer | undefined
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-cxl.cxl-inject-poison)
   * @since 8.1
   */
  'cxl-inject-poison': {
    arguments: {
      readonly path: string
      readonly start: Int64
      readonly length: Int64
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-cxl.cxl-inject-uncorrectable-errors)
   * @since 8.0
   */
  'cxl-inject-uncorrectable-errors': {
    arguments: {
      readonly path: string
      readonly errors: readonly CXLUncorErrorRecord[]
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-cxl.cxl-inject-correctable-error)
   * @since 8.0
   */
  'cxl-inject-correctable-error': {
    arguments: {
      readonly path: string
      readonly type: CxlCorErrorType
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-cxl.cxl-add-dynamic-capacity)
   * @since 9.1
   * @unstable
   */
  'cxl-add-dynamic-capacity': {
    arguments: {
      readonly path: string
      readonly 'host-id': Integer
      readonly 'selection-policy': CxlExtentSelectionPolicy
      readonly region: Integer
      readonly tag?: string | undefined
      readonly extents: readonly CxlDynamicCapacityExtent[]
    }
    return: void
    oob: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-cxl.cxl-release-dynamic-capacity)
   * @since 9.1
   * @unstable
   */
  'cxl-release-dynamic-capacity': {
    arguments: {
      readonly path: string
      readonly 'host-id': Integer
      readonly 'removal-policy': CxlExtentRemovalPolicy
      readonly 'forced-removal'?: boolean | undefined
      readonly 'sanitize-on-release'?: boolean | undefined
      readonly region: Integer
      readonly tag?: string | undefined
      readonly extents: readonly CxlDynamicCapacityExtent[]
    }
    return: void
    oob: false
  }
  /**
   * @since 7.2
   * @removed in 11.1 or before
   * @deprecated
   */
  'query-migrationthreads': {
    arguments: NoArguments
    return: readonly MigrationThreadInfo[]
    oob: false
  }
  /**
   * @since 6.2
   * @removed in 11.1 or before
   * @unstable
   * @if CONFIG_TCG
   */
  'x-query-opcount': {
    arguments: NoArguments
    return: HumanReadableText
    oob: false
  }
  /**
   * @since 6.2
   * @removed in 10.0 or before
   * @unstable
   */
  'x-query-rdma': {
    arguments: NoArguments
    return: HumanReadableText
    oob: false
  }
  /**
   * @since 6.2
   * @removed in 8.2 or before
   * @unstable
   * @if CONFIG_TCG
   */
  'x-query-profile': {
    arguments: NoArguments
    return: HumanReadableText
    oob: false
  }
}

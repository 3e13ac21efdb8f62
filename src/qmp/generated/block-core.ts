// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Integer, Open } from '../common-types.ts'
import type { OnOffAuto } from './common.ts'
import type {
  QCryptoBlockAmendOptions,
  QCryptoBlockAmendOptionsLUKS,
  QCryptoBlockCreateOptions,
  QCryptoBlockCreateOptionsLUKS,
  QCryptoBlockInfoLUKS,
  QCryptoBlockOptionsLUKS,
  QCryptoBlockOptionsQCow,
  QCryptoCipherAlgo,
} from './crypto.ts'
import type { JobStatus } from './job.ts'
import type { InetSocketAddressBase, InetSocketAddressInput, SocketAddressInput } from './sockets.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.SnapshotInfo)
 * @since 1.3
 */
export type SnapshotInfo = {
  readonly id: string
  readonly name: string
  readonly 'vm-state-size': number
  readonly 'date-sec': number
  readonly 'date-nsec': number
  readonly 'vm-clock-sec': number
  readonly 'vm-clock-nsec': number
  /** @since 5.2 */
  readonly icount?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfoSpecificQCow2EncryptionBase)
 * @since 2.10
 */
export type ImageInfoSpecificQCow2EncryptionBase = {
  readonly format: Open<BlockdevQcow2EncryptionFormat>
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfoSpecificQCow2Encryption)
 * @since 2.10
 */
export type ImageInfoSpecificQCow2Encryption = ImageInfoSpecificQCow2EncryptionBase & (
  | ({ readonly format: 'luks' } & QCryptoBlockInfoLUKS)
  | { readonly format: 'aes' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfoSpecificQCow2)
 * @since 1.7
 */
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

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfoSpecificVmdk)
 * @since 1.7
 */
export type ImageInfoSpecificVmdk = {
  readonly 'create-type': string
  readonly cid: number
  readonly 'parent-cid': number
  readonly extents: readonly VmdkExtentInfo[] | readonly ImageInfo[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.VmdkExtentInfo)
 * @since 8.0
 */
export type VmdkExtentInfo = {
  readonly filename: string
  readonly format: string
  readonly 'virtual-size': number
  readonly 'cluster-size'?: number
  readonly compressed?: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfoSpecificRbd)
 * @since 6.1
 */
export type ImageInfoSpecificRbd = {
  readonly 'encryption-format'?: Open<RbdImageEncryptionFormat>
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfoSpecificFile)
 * @since 8.0
 */
export type ImageInfoSpecificFile = {
  readonly 'extent-size-hint'?: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.ImageInfoSpecificKind)
 * @since 1.7
 */
export type ImageInfoSpecificKind =
  | 'qcow2'
  | 'vmdk'
  | 'luks'
  | 'rbd'
  /** @since 8.2 or before */
  | 'file'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfoSpecificQCow2Wrapper)
 * @since 1.7
 */
export type ImageInfoSpecificQCow2Wrapper = {
  readonly data: ImageInfoSpecificQCow2
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfoSpecificVmdkWrapper)
 * @since 6.1
 */
export type ImageInfoSpecificVmdkWrapper = {
  readonly data: ImageInfoSpecificVmdk
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfoSpecificLUKSWrapper)
 * @since 2.7
 */
export type ImageInfoSpecificLUKSWrapper = {
  readonly data: QCryptoBlockInfoLUKS
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfoSpecificRbdWrapper)
 * @since 6.1
 */
export type ImageInfoSpecificRbdWrapper = {
  readonly data: ImageInfoSpecificRbd
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfoSpecificFileWrapper)
 * @since 8.0
 */
export type ImageInfoSpecificFileWrapper = {
  readonly data: ImageInfoSpecificFile
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfoSpecific)
 * @since 1.7
 */
export type ImageInfoSpecific = (
  | ({ readonly type: 'qcow2' } & ImageInfoSpecificQCow2Wrapper)
  | ({ readonly type: 'vmdk' } & ImageInfoSpecificVmdkWrapper)
  | ({ readonly type: 'luks' } & ImageInfoSpecificLUKSWrapper)
  | ({ readonly type: 'rbd' } & ImageInfoSpecificRbdWrapper)
  /** @since 8.2 or before */
  | ({ readonly type: 'file' } & ImageInfoSpecificFileWrapper)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockLimitsInfo)
 * @since 11.1 or before
 */
export type BlockLimitsInfo = {
  readonly 'request-alignment': number
  readonly 'max-discard'?: Int64
  readonly 'discard-alignment'?: number
  readonly 'max-write-zeroes'?: Int64
  readonly 'write-zeroes-alignment'?: number
  readonly 'opt-transfer'?: number
  readonly 'max-transfer'?: number
  readonly 'max-hw-transfer'?: number
  readonly 'max-iov': number
  readonly 'max-hw-iov'?: number
  readonly 'min-mem-alignment': Int64
  readonly 'opt-mem-alignment': Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfo)
 * @since 1.3
 */
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
  /** @since 10.2 */
  readonly limits?: BlockLimitsInfo
  /** @since 1.7 */
  readonly 'format-specific'?: ImageInfoSpecific
  readonly 'backing-image'?: ImageInfo
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCacheInfo)
 * @since 2.3
 */
export type BlockdevCacheInfo = {
  readonly writeback: boolean
  readonly direct: boolean
  readonly 'no-flush': boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevChild)
 * @since 10.1
 */
export type BlockdevChild = {
  readonly child: string
  readonly 'node-name': string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockDeviceInfo)
 * @since 0.14
 */
export type BlockDeviceInfo = {
  readonly file: string
  /**
   * Some versions require it.
   * @since 2.0
   */
  readonly 'node-name'?: string
  readonly ro: boolean
  readonly drv: string
  readonly backing_file?: string
  /** @since 1.2 */
  readonly backing_file_depth: number
  /** @since 10.1 */
  readonly children?: readonly BlockdevChild[]
  /** @since 10.0 */
  readonly active?: boolean
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

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockDeviceIoStatus)
 * @since 1.0
 */
export type BlockDeviceIoStatus = 'ok' | 'failed' | 'nospace'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockDirtyInfo)
 * @since 1.3
 */
export type BlockDirtyInfo = {
  /** @since 2.4 */
  readonly name?: string
  readonly count: number
  /** @since 1.4 */
  readonly granularity: number
  /** @since 4.0 */
  readonly recording: boolean
  /** @since 4.0 */
  readonly busy: boolean
  /** @since 4.0 */
  readonly persistent: boolean
  /** @since 4.0 */
  readonly inconsistent?: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.Qcow2BitmapInfoFlags)
 * @since 4.0
 */
export type Qcow2BitmapInfoFlags = 'in-use' | 'auto'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.Qcow2BitmapInfo)
 * @since 4.0
 */
export type Qcow2BitmapInfo = {
  readonly name: string
  readonly granularity: number
  readonly flags: readonly Open<Qcow2BitmapInfoFlags>[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockLatencyHistogramInfo)
 * @since 4.0
 */
export type BlockLatencyHistogramInfo = {
  readonly boundaries: readonly Int64[]
  readonly bins: readonly Int64[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockInfo)
 * @since 0.14
 */
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

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockDeviceTimedStats)
 * @since 2.5
 */
export type BlockDeviceTimedStats = {
  readonly interval_length: number
  readonly min_rd_latency_ns: number
  readonly max_rd_latency_ns: number
  readonly avg_rd_latency_ns: number
  readonly min_wr_latency_ns: number
  readonly max_wr_latency_ns: number
  readonly avg_wr_latency_ns: number
  /** @since 8.1 */
  readonly min_zone_append_latency_ns?: number
  /** @since 8.1 */
  readonly max_zone_append_latency_ns?: number
  /** @since 8.1 */
  readonly avg_zone_append_latency_ns?: number
  readonly min_flush_latency_ns: number
  readonly max_flush_latency_ns: number
  readonly avg_flush_latency_ns: number
  readonly avg_rd_queue_depth: number
  readonly avg_wr_queue_depth: number
  /** @since 8.1 */
  readonly avg_zone_append_queue_depth?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockDeviceStats)
 * @since 0.14
 */
export type BlockDeviceStats = {
  readonly rd_bytes: number
  readonly wr_bytes: number
  /** @since 8.1 */
  readonly zone_append_bytes?: number
  /** @since 4.2 */
  readonly unmap_bytes: number
  readonly rd_operations: number
  readonly wr_operations: number
  /** @since 8.1 */
  readonly zone_append_operations?: number
  /** @since 0.15 */
  readonly flush_operations: number
  /** @since 4.2 */
  readonly unmap_operations: number
  /** @since 0.15 */
  readonly rd_total_time_ns: number
  /** @since 0.15 */
  readonly wr_total_time_ns: number
  /** @since 8.1 */
  readonly zone_append_total_time_ns?: number
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
  readonly zone_append_merged?: number
  /** @since 4.2 */
  readonly unmap_merged: number
  /** @since 2.5 */
  readonly idle_time_ns?: number
  /** @since 2.5 */
  readonly failed_rd_operations: number
  /** @since 2.5 */
  readonly failed_wr_operations: number
  /** @since 8.1 */
  readonly failed_zone_append_operations?: number
  /** @since 2.5 */
  readonly failed_flush_operations: number
  /** @since 4.2 */
  readonly failed_unmap_operations: number
  /** @since 2.5 */
  readonly invalid_rd_operations: number
  /** @since 2.5 */
  readonly invalid_wr_operations: number
  /** @since 8.1 */
  readonly invalid_zone_append_operations?: number
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

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockStatsSpecificFile)
 * @since 4.2
 */
export type BlockStatsSpecificFile = {
  readonly 'discard-nb-ok': Int64
  readonly 'discard-nb-failed': Int64
  readonly 'discard-bytes-ok': Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockStatsSpecificNvme)
 * @since 5.2
 */
export type BlockStatsSpecificNvme = {
  readonly 'completion-errors': Int64
  readonly 'aligned-accesses': Int64
  readonly 'unaligned-accesses': Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockStatsSpecific)
 * @since 4.2
 */
export type BlockStatsSpecific = (
  | ({ readonly driver: 'file' } & BlockStatsSpecificFile)
  /** @if HAVE_HOST_BLOCK_DEVICE */
  | ({ readonly driver: 'host_device' } & BlockStatsSpecificFile)
  | ({ readonly driver: 'nvme' } & BlockStatsSpecificNvme)
  | { readonly driver: 'blkdebug' | 'blklogwrites' | 'blkreplay' | 'blkverify' | 'bochs' | 'cloop' | 'compress' | 'copy-before-write' | 'copy-on-read' | 'dmg' | 'snapshot-access' | 'ftp' | 'ftps' | 'host_cdrom' | 'http' | 'https' | 'io_uring' | 'iscsi' | 'luks' | 'nbd' | 'nfs' | 'null-aio' | 'null-co' | 'nvme-io_uring' | 'parallels' | 'preallocate' | 'qcow' | 'qcow2' | 'qed' | 'quorum' | 'raw' | 'rbd' | 'replication' | 'ssh' | 'throttle' | 'vdi' | 'vhdx' | 'virtio-blk-vfio-pci' | 'virtio-blk-vhost-user' | 'virtio-blk-vhost-vdpa' | 'vmdk' | 'vpc' | 'vvfat' | 'gluster' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockStats)
 * @since 0.14
 */
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

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockdevOnError)
 * @since 1.3
 */
export type BlockdevOnError =
  | 'report'
  | 'ignore'
  | 'enospc'
  | 'stop'
  /** @since 2.7 */
  | 'auto'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.MirrorSyncMode)
 * @since 1.3
 */
export type MirrorSyncMode =
  | 'top'
  | 'full'
  | 'none'
  /** @since 2.4 */
  | 'incremental'
  /** @since 4.2 */
  | 'bitmap'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BitmapSyncMode)
 * @since 4.2
 */
export type BitmapSyncMode = 'on-success' | 'never' | 'always'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.MirrorCopyMode)
 * @since 3.0
 */
export type MirrorCopyMode = 'background' | 'write-blocking'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockJobInfoMirror)
 * @since 8.2
 */
export type BlockJobInfoMirror = {
  readonly 'actively-synced': boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockJobInfo)
 * @since 1.1
 */
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
  /** @since 8.2 or before */
  | ({ readonly type: 'mirror' } & Partial<BlockJobInfoMirror>)
  | { readonly type: 'commit' | 'stream' | 'backup' | 'create' | 'amend' | 'snapshot-load' | 'snapshot-save' | 'snapshot-delete' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.NewImageMode)
 * @since 1.1
 */
export type NewImageMode = 'existing' | 'absolute-paths'

/** [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevSnapshotSync) */
export type BlockdevSnapshotSync = {
  readonly device?: string | undefined
  /** @since 2.0 */
  readonly 'node-name'?: string | undefined
  readonly 'snapshot-file': string
  /** @since 2.0 */
  readonly 'snapshot-node-name'?: string | undefined
  readonly format?: string | undefined
  readonly mode?: NewImageMode | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevSnapshot)
 * @since 2.5
 */
export type BlockdevSnapshot = {
  readonly node: string
  readonly overlay: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BackupPerf)
 * @since 6.0
 */
export type BackupPerf = {
  readonly 'use-copy-range'?: boolean | undefined
  readonly 'max-workers'?: Int64 | undefined
  readonly 'max-chunk'?: Int64 | undefined
  /** @since 9.2 */
  readonly 'min-cluster-size'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BackupCommon)
 * @since 4.2
 */
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
  /** @since 10.1 */
  readonly 'on-cbw-error'?: OnCbwError | undefined
  /** @since 2.12 */
  readonly 'auto-finalize'?: boolean | undefined
  /** @since 2.12 */
  readonly 'auto-dismiss'?: boolean | undefined
  /** @since 4.2 */
  readonly 'filter-node-name'?: string | undefined
  /** @since 9.1 */
  readonly 'discard-source'?: boolean | undefined
  /**
   * @since 6.0
   * @unstable
   */
  readonly 'x-perf'?: BackupPerf | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.DriveBackup)
 * @since 1.6
 */
export type DriveBackup = BackupCommon & {
  readonly target: string
  readonly format?: string | undefined
  readonly mode?: NewImageMode | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevBackup)
 * @since 2.3
 */
export type BlockdevBackup = BackupCommon & {
  readonly target: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.XDbgBlockGraphNodeType)
 * @since 4.0
 */
export type XDbgBlockGraphNodeType = 'block-backend' | 'block-job' | 'block-driver'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.XDbgBlockGraphNode)
 * @since 4.0
 */
export type XDbgBlockGraphNode = {
  readonly id: Int64
  readonly type: Open<XDbgBlockGraphNodeType>
  readonly name: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockPermission)
 * @since 4.0
 */
export type BlockPermission = 'consistent-read' | 'write' | 'write-unchanged' | 'resize'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.XDbgBlockGraphEdge)
 * @since 4.0
 */
export type XDbgBlockGraphEdge = {
  readonly parent: Int64
  readonly child: Int64
  readonly name: string
  readonly perm: readonly Open<BlockPermission>[]
  readonly 'shared-perm': readonly Open<BlockPermission>[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.XDbgBlockGraph)
 * @since 4.0
 */
export type XDbgBlockGraph = {
  readonly nodes: readonly XDbgBlockGraphNode[]
  readonly edges: readonly XDbgBlockGraphEdge[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.DriveMirror)
 * @since 1.3
 */
export type DriveMirror = {
  /** @since 2.7 */
  readonly 'job-id'?: string | undefined
  readonly device: string
  readonly target: string
  readonly format?: string | undefined
  /** @since 2.1 */
  readonly 'node-name'?: string | undefined
  /** @since 2.1 */
  readonly replaces?: string | undefined
  readonly sync: MirrorSyncMode
  readonly mode?: NewImageMode | undefined
  readonly speed?: Int64 | undefined
  /** @since 1.4 */
  readonly granularity?: Integer | undefined
  /** @since 1.4 */
  readonly 'buf-size'?: Int64 | undefined
  readonly 'on-source-error'?: BlockdevOnError | undefined
  readonly 'on-target-error'?: BlockdevOnError | undefined
  /** @since 2.4 */
  readonly unmap?: boolean | undefined
  /** @since 3.0 */
  readonly 'copy-mode'?: MirrorCopyMode | undefined
  /** @since 3.1 */
  readonly 'auto-finalize'?: boolean | undefined
  /** @since 3.1 */
  readonly 'auto-dismiss'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockDirtyBitmap)
 * @since 2.4
 */
export type BlockDirtyBitmap = {
  readonly node: string
  readonly name: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockDirtyBitmapAdd)
 * @since 2.4
 */
export type BlockDirtyBitmapAdd = {
  readonly node: string
  readonly name: string
  readonly granularity?: Integer | undefined
  /** @since 2.10 */
  readonly persistent?: boolean | undefined
  /** @since 4.0 */
  readonly disabled?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#alternate-QMP-block-core.BlockDirtyBitmapOrStr)
 * @since 4.1
 */
export type BlockDirtyBitmapOrStr = string | BlockDirtyBitmap

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockDirtyBitmapMerge)
 * @since 4.0
 */
export type BlockDirtyBitmapMerge = {
  readonly node: string
  readonly target: string
  readonly bitmaps: readonly BlockDirtyBitmapOrStr[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockDirtyBitmapSha256)
 * @since 2.10
 */
export type BlockDirtyBitmapSha256 = {
  readonly sha256: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockIOThrottle)
 * @since 1.1
 */
export type BlockIOThrottle = {
  /** @deprecated */
  readonly device?: string | undefined
  /** @since 2.8 */
  readonly id?: string | undefined
  readonly bps: Int64
  readonly bps_rd: Int64
  readonly bps_wr: Int64
  readonly iops: Int64
  readonly iops_rd: Int64
  readonly iops_wr: Int64
  /** @since 1.7 */
  readonly bps_max?: Int64 | undefined
  /** @since 1.7 */
  readonly bps_rd_max?: Int64 | undefined
  /** @since 1.7 */
  readonly bps_wr_max?: Int64 | undefined
  /** @since 1.7 */
  readonly iops_max?: Int64 | undefined
  /** @since 1.7 */
  readonly iops_rd_max?: Int64 | undefined
  /** @since 1.7 */
  readonly iops_wr_max?: Int64 | undefined
  /** @since 2.6 */
  readonly bps_max_length?: Int64 | undefined
  /** @since 2.6 */
  readonly bps_rd_max_length?: Int64 | undefined
  /** @since 2.6 */
  readonly bps_wr_max_length?: Int64 | undefined
  /** @since 2.6 */
  readonly iops_max_length?: Int64 | undefined
  /** @since 2.6 */
  readonly iops_rd_max_length?: Int64 | undefined
  /** @since 2.6 */
  readonly iops_wr_max_length?: Int64 | undefined
  /** @since 1.7 */
  readonly iops_size?: Int64 | undefined
  /** @since 2.4 */
  readonly group?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ThrottleLimits)
 * @since 2.11
 */
export type ThrottleLimits = {
  readonly 'iops-total'?: Int64 | undefined
  readonly 'iops-total-max'?: Int64 | undefined
  readonly 'iops-total-max-length'?: Int64 | undefined
  readonly 'iops-read'?: Int64 | undefined
  readonly 'iops-read-max'?: Int64 | undefined
  readonly 'iops-read-max-length'?: Int64 | undefined
  readonly 'iops-write'?: Int64 | undefined
  readonly 'iops-write-max'?: Int64 | undefined
  readonly 'iops-write-max-length'?: Int64 | undefined
  readonly 'bps-total'?: Int64 | undefined
  readonly 'bps-total-max'?: Int64 | undefined
  readonly 'bps-total-max-length'?: Int64 | undefined
  readonly 'bps-read'?: Int64 | undefined
  readonly 'bps-read-max'?: Int64 | undefined
  readonly 'bps-read-max-length'?: Int64 | undefined
  readonly 'bps-write'?: Int64 | undefined
  readonly 'bps-write-max'?: Int64 | undefined
  readonly 'bps-write-max-length'?: Int64 | undefined
  readonly 'iops-size'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ThrottleGroupProperties)
 * @since 2.11
 */
export type ThrottleGroupProperties = {
  readonly limits?: ThrottleLimits | undefined
  /** @unstable */
  readonly 'x-iops-total'?: Int64 | undefined
  /** @unstable */
  readonly 'x-iops-total-max'?: Int64 | undefined
  /** @unstable */
  readonly 'x-iops-total-max-length'?: Int64 | undefined
  /** @unstable */
  readonly 'x-iops-read'?: Int64 | undefined
  /** @unstable */
  readonly 'x-iops-read-max'?: Int64 | undefined
  /** @unstable */
  readonly 'x-iops-read-max-length'?: Int64 | undefined
  /** @unstable */
  readonly 'x-iops-write'?: Int64 | undefined
  /** @unstable */
  readonly 'x-iops-write-max'?: Int64 | undefined
  /** @unstable */
  readonly 'x-iops-write-max-length'?: Int64 | undefined
  /** @unstable */
  readonly 'x-bps-total'?: Int64 | undefined
  /** @unstable */
  readonly 'x-bps-total-max'?: Int64 | undefined
  /** @unstable */
  readonly 'x-bps-total-max-length'?: Int64 | undefined
  /** @unstable */
  readonly 'x-bps-read'?: Int64 | undefined
  /** @unstable */
  readonly 'x-bps-read-max'?: Int64 | undefined
  /** @unstable */
  readonly 'x-bps-read-max-length'?: Int64 | undefined
  /** @unstable */
  readonly 'x-bps-write'?: Int64 | undefined
  /** @unstable */
  readonly 'x-bps-write-max'?: Int64 | undefined
  /** @unstable */
  readonly 'x-bps-write-max-length'?: Int64 | undefined
  /** @unstable */
  readonly 'x-iops-size'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockJobChangeOptionsMirror)
 * @since 8.2
 */
export type BlockJobChangeOptionsMirror = {
  readonly 'copy-mode': MirrorCopyMode
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockJobChangeOptions)
 * @since 8.2
 */
export type BlockJobChangeOptions = {
  readonly id: string
} & (
  | ({ readonly type: 'mirror' } & BlockJobChangeOptionsMirror)
  | { readonly type: 'commit' | 'stream' | 'backup' | 'create' | 'amend' | 'snapshot-load' | 'snapshot-save' | 'snapshot-delete' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockdevDiscardOptions)
 * @since 2.9
 */
export type BlockdevDiscardOptions = 'ignore' | 'unmap'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockdevDetectZeroesOptions)
 * @since 2.1
 */
export type BlockdevDetectZeroesOptions = 'off' | 'on' | 'unmap'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockdevAioOptions)
 * @since 2.9
 */
export type BlockdevAioOptions =
  | 'threads'
  | 'native'
  /**
   * @since 5.0
   * @if CONFIG_LINUX_IO_URING
   */
  | 'io_uring'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCacheOptions)
 * @since 2.9
 */
export type BlockdevCacheOptions = {
  readonly direct?: boolean | undefined
  readonly 'no-flush'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockdevDriver)
 * @since 2.9
 */
export type BlockdevDriver =
  | 'blkdebug'
  | 'blklogwrites'
  | 'blkreplay'
  | 'blkverify'
  | 'bochs'
  | 'cloop'
  | 'compress'
  | 'copy-before-write'
  | 'copy-on-read'
  | 'dmg'
  | 'file'
  | 'snapshot-access'
  | 'ftp'
  | 'ftps'
  /** @if HAVE_HOST_BLOCK_DEVICE */
  | 'host_cdrom'
  /** @if HAVE_HOST_BLOCK_DEVICE */
  | 'host_device'
  | 'http'
  | 'https'
  /** @if CONFIG_BLKIO */
  | 'io_uring'
  | 'iscsi'
  | 'luks'
  | 'nbd'
  | 'nfs'
  | 'null-aio'
  | 'null-co'
  | 'nvme'
  /** @if CONFIG_BLKIO */
  | 'nvme-io_uring'
  | 'parallels'
  | 'preallocate'
  | 'qcow'
  | 'qcow2'
  | 'qed'
  | 'quorum'
  | 'raw'
  | 'rbd'
  /** @if CONFIG_REPLICATION */
  | 'replication'
  | 'ssh'
  | 'throttle'
  | 'vdi'
  | 'vhdx'
  /** @if CONFIG_BLKIO */
  | 'virtio-blk-vfio-pci'
  /** @if CONFIG_BLKIO */
  | 'virtio-blk-vhost-user'
  /** @if CONFIG_BLKIO */
  | 'virtio-blk-vhost-vdpa'
  | 'vmdk'
  | 'vpc'
  | 'vvfat'
  /**
   * @removed in 11.1 or before
   * @deprecated
   */
  | 'gluster'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsFile)
 * @since 2.9
 * @feature dynamic-auto-read-only
 */
export type BlockdevOptionsFile = {
  readonly filename: string
  /** @since 2.11 */
  readonly 'pr-manager'?: string | undefined
  /** @since 2.10 */
  readonly locking?: OnOffAuto | undefined
  /** @since 2.8 */
  readonly aio?: BlockdevAioOptions | undefined
  /** @since 6.2 */
  readonly 'aio-max-batch'?: Int64 | undefined
  /**
   * @since 4.0
   * @if CONFIG_LINUX
   */
  readonly 'drop-cache'?: boolean | undefined
  /**
   * @since 3.0
   * @unstable
   */
  readonly 'x-check-cache-dropped'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsNull)
 * @since 2.9
 */
export type BlockdevOptionsNull = {
  readonly size?: Int64 | undefined
  /** @since 2.4 */
  readonly 'latency-ns'?: Int64 | undefined
  /** @since 4.1 */
  readonly 'read-zeroes'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsNVMe)
 * @since 2.12
 */
export type BlockdevOptionsNVMe = {
  readonly device: string
  readonly namespace: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsVVFAT)
 * @since 2.9
 */
export type BlockdevOptionsVVFAT = {
  readonly dir: string
  readonly 'fat-type'?: Int64 | undefined
  readonly floppy?: boolean | undefined
  /** @since 2.4 */
  readonly label?: string | undefined
  readonly rw?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsGenericFormat)
 * @since 2.9
 */
export type BlockdevOptionsGenericFormat = {
  readonly file: BlockdevRef
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsLUKS)
 * @since 2.9
 */
export type BlockdevOptionsLUKS = BlockdevOptionsGenericFormat & {
  /** @since 2.6 */
  readonly 'key-secret'?: string | undefined
  /** @since 9.0 */
  readonly header?: BlockdevRef | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsGenericCOWFormat)
 * @since 2.9
 */
export type BlockdevOptionsGenericCOWFormat = BlockdevOptionsGenericFormat & {
  readonly backing?: BlockdevRefOrNull | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.Qcow2OverlapCheckMode)
 * @since 2.9
 */
export type Qcow2OverlapCheckMode = 'none' | 'constant' | 'cached' | 'all'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.Qcow2OverlapCheckFlags)
 * @since 2.9
 */
export type Qcow2OverlapCheckFlags = {
  readonly template?: Qcow2OverlapCheckMode | undefined
  readonly 'main-header'?: boolean | undefined
  readonly 'active-l1'?: boolean | undefined
  readonly 'active-l2'?: boolean | undefined
  readonly 'refcount-table'?: boolean | undefined
  readonly 'refcount-block'?: boolean | undefined
  readonly 'snapshot-table'?: boolean | undefined
  readonly 'inactive-l1'?: boolean | undefined
  readonly 'inactive-l2'?: boolean | undefined
  /** @since 3.0 */
  readonly 'bitmap-directory'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#alternate-QMP-block-core.Qcow2OverlapChecks)
 * @since 2.9
 */
export type Qcow2OverlapChecks = Qcow2OverlapCheckFlags | Qcow2OverlapCheckMode

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockdevQcowEncryptionFormat)
 * @since 2.10
 */
export type BlockdevQcowEncryptionFormat = 'aes'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevQcowEncryption)
 * @since 2.10
 */
export type BlockdevQcowEncryption = (
  | ({ readonly format: 'aes' } & QCryptoBlockOptionsQCow)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsQcow)
 * @since 2.10
 */
export type BlockdevOptionsQcow = BlockdevOptionsGenericCOWFormat & {
  readonly encrypt?: BlockdevQcowEncryption | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockdevQcow2EncryptionFormat)
 * @since 2.10
 */
export type BlockdevQcow2EncryptionFormat = 'aes' | 'luks'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevQcow2Encryption)
 * @since 2.10
 */
export type BlockdevQcow2Encryption = (
  | ({ readonly format: 'aes' } & QCryptoBlockOptionsQCow)
  | ({ readonly format: 'luks' } & QCryptoBlockOptionsLUKS)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsPreallocate)
 * @since 6.0
 */
export type BlockdevOptionsPreallocate = BlockdevOptionsGenericFormat & {
  readonly 'prealloc-align'?: Int64 | undefined
  readonly 'prealloc-size'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsQcow2)
 * @since 2.9
 */
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

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.SshHostKeyCheckMode)
 * @since 2.12
 */
export type SshHostKeyCheckMode = 'none' | 'hash' | 'known_hosts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.SshHostKeyCheckHashType)
 * @since 2.12
 */
export type SshHostKeyCheckHashType = 'md5' | 'sha1' | 'sha256'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.SshHostKeyHash)
 * @since 2.12
 */
export type SshHostKeyHash = {
  readonly type: SshHostKeyCheckHashType
  readonly hash: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.SshHostKeyCheck)
 * @since 2.12
 */
export type SshHostKeyCheck = (
  | ({ readonly mode: 'hash' } & SshHostKeyHash)
  | { readonly mode: 'none' | 'known_hosts' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsSsh)
 * @since 2.9
 */
export type BlockdevOptionsSsh = {
  readonly server: InetSocketAddressInput
  readonly path: string
  readonly user?: string | undefined
  readonly 'host-key-check'?: SshHostKeyCheck | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlkdebugEvent)
 * @since 2.9
 */
export type BlkdebugEvent =
  | 'l1_update'
  | 'l1_grow_alloc_table'
  | 'l1_grow_write_table'
  | 'l1_grow_activate_table'
  | 'l2_load'
  | 'l2_update'
  | 'l2_update_compressed'
  | 'l2_alloc_cow_read'
  | 'l2_alloc_write'
  | 'read_aio'
  | 'read_backing_aio'
  | 'read_compressed'
  | 'write_aio'
  | 'write_compressed'
  | 'vmstate_load'
  | 'vmstate_save'
  | 'cow_read'
  | 'cow_write'
  | 'reftable_load'
  | 'reftable_grow'
  | 'reftable_update'
  | 'refblock_load'
  | 'refblock_update'
  | 'refblock_update_part'
  | 'refblock_alloc'
  | 'refblock_alloc_hookup'
  | 'refblock_alloc_write'
  | 'refblock_alloc_write_blocks'
  | 'refblock_alloc_write_table'
  | 'refblock_alloc_switch_table'
  | 'cluster_alloc'
  | 'cluster_alloc_bytes'
  | 'cluster_free'
  | 'flush_to_os'
  | 'flush_to_disk'
  | 'pwritev_rmw_head'
  | 'pwritev_rmw_after_head'
  | 'pwritev_rmw_tail'
  | 'pwritev_rmw_after_tail'
  | 'pwritev'
  | 'pwritev_zero'
  | 'pwritev_done'
  | 'empty_image_prepare'
  /** @since 2.11 */
  | 'l1_shrink_write_table'
  /** @since 2.11 */
  | 'l1_shrink_free_l2_clusters'
  /** @since 2.11 */
  | 'cor_write'
  /** @since 4.1 */
  | 'cluster_alloc_space'
  /** @since 4.1 */
  | 'none'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlkdebugIOType)
 * @since 4.1
 */
export type BlkdebugIOType =
  | 'read'
  | 'write'
  | 'write-zeroes'
  | 'discard'
  | 'flush'
  | 'block-status'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlkdebugInjectErrorOptions)
 * @since 2.9
 */
export type BlkdebugInjectErrorOptions = {
  readonly event: BlkdebugEvent
  readonly state?: Int64 | undefined
  /** @since 4.1 */
  readonly iotype?: BlkdebugIOType | undefined
  readonly errno?: Int64 | undefined
  /** @since 11.1 */
  readonly 'delay-ns'?: Int64 | undefined
  readonly sector?: Int64 | undefined
  readonly once?: boolean | undefined
  readonly immediately?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlkdebugSetStateOptions)
 * @since 2.9
 */
export type BlkdebugSetStateOptions = {
  readonly event: BlkdebugEvent
  readonly state?: Int64 | undefined
  readonly new_state: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsBlkdebug)
 * @since 2.9
 */
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

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsBlklogwrites)
 * @since 3.0
 */
export type BlockdevOptionsBlklogwrites = {
  readonly file: BlockdevRef
  readonly log: BlockdevRef
  readonly 'log-sector-size'?: Integer | undefined
  readonly 'log-append'?: boolean | undefined
  readonly 'log-super-update-interval'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsBlkverify)
 * @since 2.9
 */
export type BlockdevOptionsBlkverify = {
  readonly test: BlockdevRef
  readonly raw: BlockdevRef
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsBlkreplay)
 * @since 4.2
 */
export type BlockdevOptionsBlkreplay = {
  readonly image: BlockdevRef
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.QuorumReadPattern)
 * @since 2.9
 */
export type QuorumReadPattern = 'quorum' | 'fifo'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsQuorum)
 * @since 2.9
 */
export type BlockdevOptionsQuorum = {
  readonly blkverify?: boolean | undefined
  readonly children: readonly BlockdevRef[]
  readonly 'vote-threshold': Int64
  /** @since 2.1 */
  readonly 'rewrite-corrupted'?: boolean | undefined
  /** @since 2.2 */
  readonly 'read-pattern'?: QuorumReadPattern | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsIoUring)
 * @since 7.2
 * @if CONFIG_BLKIO
 */
export type BlockdevOptionsIoUring = {
  readonly filename: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsNvmeIoUring)
 * @since 7.2
 * @if CONFIG_BLKIO
 */
export type BlockdevOptionsNvmeIoUring = {
  readonly path: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsVirtioBlkVfioPci)
 * @since 7.2
 * @if CONFIG_BLKIO
 */
export type BlockdevOptionsVirtioBlkVfioPci = {
  readonly path: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsVirtioBlkVhostUser)
 * @since 7.2
 * @if CONFIG_BLKIO
 */
export type BlockdevOptionsVirtioBlkVhostUser = {
  readonly path: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsVirtioBlkVhostVdpa)
 * @since 7.2
 * @feature fdset
 * @if CONFIG_BLKIO
 */
export type BlockdevOptionsVirtioBlkVhostVdpa = {
  readonly path: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.IscsiTransport)
 * @since 2.9
 */
export type IscsiTransport = 'tcp' | 'iser'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.IscsiHeaderDigest)
 * @since 2.9
 */
export type IscsiHeaderDigest = 'crc32c' | 'none' | 'crc32c-none' | 'none-crc32c'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsIscsi)
 * @since 2.9
 */
export type BlockdevOptionsIscsi = {
  readonly transport: IscsiTransport
  readonly portal: string
  readonly target: string
  readonly lun?: Int64 | undefined
  readonly user?: string | undefined
  readonly 'password-secret'?: string | undefined
  readonly 'initiator-name'?: string | undefined
  readonly 'header-digest'?: IscsiHeaderDigest | undefined
  readonly timeout?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.RbdAuthMode)
 * @since 3.0
 */
export type RbdAuthMode = 'cephx' | 'none'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.RbdImageEncryptionFormat)
 * @since 6.1
 */
export type RbdImageEncryptionFormat =
  | 'luks'
  | 'luks2'
  /** @since 8.0 */
  | 'luks-any'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.RbdEncryptionOptionsLUKSBase)
 * @since 6.1
 */
export type RbdEncryptionOptionsLUKSBase = {
  readonly 'key-secret': string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.RbdEncryptionCreateOptionsLUKSBase)
 * @since 6.1
 */
export type RbdEncryptionCreateOptionsLUKSBase = RbdEncryptionOptionsLUKSBase & {
  readonly 'cipher-alg'?: QCryptoCipherAlgo | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.RbdEncryptionOptionsLUKS)
 * @since 6.1
 */
export type RbdEncryptionOptionsLUKS = RbdEncryptionOptionsLUKSBase

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.RbdEncryptionOptionsLUKS2)
 * @since 6.1
 */
export type RbdEncryptionOptionsLUKS2 = RbdEncryptionOptionsLUKSBase

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.RbdEncryptionOptionsLUKSAny)
 * @since 8.0
 */
export type RbdEncryptionOptionsLUKSAny = RbdEncryptionOptionsLUKSBase

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.RbdEncryptionCreateOptionsLUKS)
 * @since 6.1
 */
export type RbdEncryptionCreateOptionsLUKS = RbdEncryptionCreateOptionsLUKSBase

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.RbdEncryptionCreateOptionsLUKS2)
 * @since 6.1
 */
export type RbdEncryptionCreateOptionsLUKS2 = RbdEncryptionCreateOptionsLUKSBase

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.RbdEncryptionOptions)
 * @since 6.1
 */
export type RbdEncryptionOptions = {
  /** @since 8.0 */
  readonly parent?: RbdEncryptionOptions | undefined
} & (
  | ({ readonly format: 'luks' } & RbdEncryptionOptionsLUKS)
  | ({ readonly format: 'luks2' } & RbdEncryptionOptionsLUKS2)
  /** @since 8.0 */
  | ({ readonly format: 'luks-any' } & RbdEncryptionOptionsLUKSAny)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.RbdEncryptionCreateOptions)
 * @since 6.1
 */
export type RbdEncryptionCreateOptions = (
  | ({ readonly format: 'luks' } & RbdEncryptionCreateOptionsLUKS)
  | ({ readonly format: 'luks2' } & RbdEncryptionCreateOptionsLUKS2)
  | { readonly format: 'luks-any' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsRbd)
 * @since 2.9
 */
export type BlockdevOptionsRbd = {
  readonly pool: string
  /** @since 5.0 */
  readonly namespace?: string | undefined
  readonly image: string
  readonly conf?: string | undefined
  readonly snapshot?: string | undefined
  /** @since 6.1 */
  readonly encrypt?: RbdEncryptionOptions | undefined
  readonly user?: string | undefined
  /** @since 3.0 */
  readonly 'auth-client-required'?: readonly RbdAuthMode[] | undefined
  /** @since 3.0 */
  readonly 'key-secret'?: string | undefined
  readonly server?: readonly InetSocketAddressBase[] | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.ReplicationMode)
 * @since 2.9
 * @if CONFIG_REPLICATION
 */
export type ReplicationMode = 'primary' | 'secondary'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsReplication)
 * @since 2.9
 * @if CONFIG_REPLICATION
 */
export type BlockdevOptionsReplication = BlockdevOptionsGenericFormat & {
  readonly mode: ReplicationMode
  readonly 'top-id'?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.NFSTransport)
 * @since 2.9
 */
export type NFSTransport = 'inet'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.NFSServer)
 * @since 2.9
 */
export type NFSServer = {
  readonly type: NFSTransport
  readonly host: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsNfs)
 * @since 2.9
 */
export type BlockdevOptionsNfs = {
  readonly server: NFSServer
  readonly path: string
  readonly user?: Int64 | undefined
  readonly group?: Int64 | undefined
  readonly 'tcp-syn-count'?: Int64 | undefined
  readonly 'readahead-size'?: Int64 | undefined
  readonly 'page-cache-size'?: Int64 | undefined
  readonly debug?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsCurlBase)
 * @since 2.9
 */
export type BlockdevOptionsCurlBase = {
  readonly url: string
  readonly readahead?: Int64 | undefined
  readonly timeout?: Int64 | undefined
  readonly username?: string | undefined
  readonly 'password-secret'?: string | undefined
  readonly 'proxy-username'?: string | undefined
  readonly 'proxy-password-secret'?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsCurlHttp)
 * @since 2.9
 */
export type BlockdevOptionsCurlHttp = BlockdevOptionsCurlBase & {
  readonly cookie?: string | undefined
  /** @since 2.10 */
  readonly 'cookie-secret'?: string | undefined
  /** @since 11.0 */
  readonly 'force-range'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsCurlHttps)
 * @since 2.9
 */
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
  /** @since 11.0 */
  readonly 'force-range'?: boolean | undefined
  readonly sslverify?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsCurlFtp)
 * @since 2.9
 */
export type BlockdevOptionsCurlFtp = BlockdevOptionsCurlBase

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsCurlFtps)
 * @since 2.9
 */
export type BlockdevOptionsCurlFtps = BlockdevOptionsCurlBase & {
  readonly sslverify?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsNbd)
 * @since 2.9
 */
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

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsRaw)
 * @since 2.9
 */
export type BlockdevOptionsRaw = BlockdevOptionsGenericFormat & {
  readonly offset?: Int64 | undefined
  readonly size?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsThrottle)
 * @since 2.11
 */
export type BlockdevOptionsThrottle = {
  readonly 'throttle-group': string
  readonly file: BlockdevRef
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsCor)
 * @since 6.0
 */
export type BlockdevOptionsCor = BlockdevOptionsGenericFormat & {
  readonly bottom?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.OnCbwError)
 * @since 7.1
 */
export type OnCbwError = 'break-guest-write' | 'break-snapshot'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptionsCbw)
 * @since 6.2
 */
export type BlockdevOptionsCbw = BlockdevOptionsGenericFormat & {
  readonly target: BlockdevRef
  /** @since 7.0 */
  readonly bitmap?: BlockDirtyBitmap | undefined
  /** @since 7.1 */
  readonly 'on-cbw-error'?: OnCbwError | undefined
  /** @since 7.1 */
  readonly 'cbw-timeout'?: Integer | undefined
  /** @since 9.2 */
  readonly 'min-cluster-size'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevOptions)
 * @since 2.9
 */
export type BlockdevOptions = {
  /** @since 2.0 */
  readonly 'node-name'?: string | undefined
  readonly discard?: BlockdevDiscardOptions | undefined
  readonly cache?: BlockdevCacheOptions | undefined
  /** @since 10.0 */
  readonly active?: boolean | undefined
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
  /**
   * @removed in 11.1 or before
   * @deprecated
   */
  | ({ readonly driver: 'gluster' } & BlockdevOptionsGluster)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#alternate-QMP-block-core.BlockdevRef)
 * @since 2.9
 */
export type BlockdevRef = BlockdevOptions | string

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#alternate-QMP-block-core.BlockdevRefOrNull)
 * @since 2.9
 */
export type BlockdevRefOrNull = BlockdevOptions | string | null

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptionsFile)
 * @since 2.12
 */
export type BlockdevCreateOptionsFile = {
  readonly filename: string
  readonly size: Int64
  readonly preallocation?: PreallocMode | undefined
  readonly nocow?: boolean | undefined
  /** @since 5.1 */
  readonly 'extent-size-hint'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptionsLUKS)
 * @since 2.12
 */
export type BlockdevCreateOptionsLUKS = QCryptoBlockCreateOptionsLUKS & {
  /** Some versions require it. */
  readonly file?: BlockdevRef | undefined
  /** @since 9.0 */
  readonly header?: BlockdevRef | undefined
  readonly size: Int64
  /** @since 4.2 */
  readonly preallocation?: PreallocMode | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptionsNfs)
 * @since 2.12
 */
export type BlockdevCreateOptionsNfs = {
  readonly location: BlockdevOptionsNfs
  readonly size: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptionsParallels)
 * @since 2.12
 */
export type BlockdevCreateOptionsParallels = {
  readonly file: BlockdevRef
  readonly size: Int64
  readonly 'cluster-size'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptionsQcow)
 * @since 2.12
 */
export type BlockdevCreateOptionsQcow = {
  readonly file: BlockdevRef
  readonly size: Int64
  readonly 'backing-file'?: string | undefined
  readonly encrypt?: QCryptoBlockCreateOptions | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockdevQcow2Version)
 * @since 2.12
 */
export type BlockdevQcow2Version = 'v2' | 'v3'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.Qcow2CompressionType)
 * @since 5.1
 */
export type Qcow2CompressionType =
  | 'zlib'
  /** @if CONFIG_ZSTD */
  | 'zstd'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptionsQcow2)
 * @since 2.12
 */
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

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptionsQed)
 * @since 2.12
 */
export type BlockdevCreateOptionsQed = {
  readonly file: BlockdevRef
  readonly size: Int64
  readonly 'backing-file'?: string | undefined
  readonly 'backing-fmt'?: BlockdevDriver | undefined
  readonly 'cluster-size'?: Int64 | undefined
  readonly 'table-size'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptionsRbd)
 * @since 2.12
 */
export type BlockdevCreateOptionsRbd = {
  readonly location: BlockdevOptionsRbd
  readonly size: Int64
  readonly 'cluster-size'?: Int64 | undefined
  /** @since 6.1 */
  readonly encrypt?: RbdEncryptionCreateOptions | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockdevVmdkSubformat)
 * @since 4.0
 */
export type BlockdevVmdkSubformat =
  | 'monolithicSparse'
  | 'monolithicFlat'
  | 'twoGbMaxExtentSparse'
  | 'twoGbMaxExtentFlat'
  | 'streamOptimized'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockdevVmdkAdapterType)
 * @since 4.0
 */
export type BlockdevVmdkAdapterType = 'ide' | 'buslogic' | 'lsilogic' | 'legacyESX'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptionsVmdk)
 * @since 4.0
 */
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

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptionsSsh)
 * @since 2.12
 */
export type BlockdevCreateOptionsSsh = {
  readonly location: BlockdevOptionsSsh
  readonly size: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptionsVdi)
 * @since 2.12
 */
export type BlockdevCreateOptionsVdi = {
  readonly file: BlockdevRef
  readonly size: Int64
  readonly preallocation?: PreallocMode | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockdevVhdxSubformat)
 * @since 2.12
 */
export type BlockdevVhdxSubformat = 'dynamic' | 'fixed'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptionsVhdx)
 * @since 2.12
 */
export type BlockdevCreateOptionsVhdx = {
  readonly file: BlockdevRef
  readonly size: Int64
  readonly 'log-size'?: Int64 | undefined
  readonly 'block-size'?: Int64 | undefined
  readonly subformat?: BlockdevVhdxSubformat | undefined
  readonly 'block-state-zero'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockdevVpcSubformat)
 * @since 2.12
 */
export type BlockdevVpcSubformat = 'dynamic' | 'fixed'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptionsVpc)
 * @since 2.12
 */
export type BlockdevCreateOptionsVpc = {
  readonly file: BlockdevRef
  readonly size: Int64
  readonly subformat?: BlockdevVpcSubformat | undefined
  readonly 'force-size'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevCreateOptions)
 * @since 2.12
 */
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
  /**
   * @removed in 11.1 or before
   * @deprecated
   */
  | ({ readonly driver: 'gluster' } & BlockdevCreateOptionsGluster)
  | { readonly driver: 'blkdebug' | 'blklogwrites' | 'blkreplay' | 'blkverify' | 'bochs' | 'cloop' | 'compress' | 'copy-before-write' | 'copy-on-read' | 'dmg' | 'snapshot-access' | 'ftp' | 'ftps' | 'host_cdrom' | 'host_device' | 'http' | 'https' | 'io_uring' | 'iscsi' | 'nbd' | 'null-aio' | 'null-co' | 'nvme' | 'nvme-io_uring' | 'preallocate' | 'quorum' | 'raw' | 'replication' | 'throttle' | 'virtio-blk-vfio-pci' | 'virtio-blk-vhost-user' | 'virtio-blk-vhost-vdpa' | 'vvfat' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevAmendOptionsLUKS)
 * @since 5.1
 */
export type BlockdevAmendOptionsLUKS = QCryptoBlockAmendOptionsLUKS

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevAmendOptionsQcow2)
 * @since 5.1
 */
export type BlockdevAmendOptionsQcow2 = {
  readonly encrypt?: QCryptoBlockAmendOptions | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevAmendOptions)
 * @since 5.1
 */
export type BlockdevAmendOptions = (
  | ({ readonly driver: 'luks' } & BlockdevAmendOptionsLUKS)
  | ({ readonly driver: 'qcow2' } & BlockdevAmendOptionsQcow2)
  | { readonly driver: 'blkdebug' | 'blklogwrites' | 'blkreplay' | 'blkverify' | 'bochs' | 'cloop' | 'compress' | 'copy-before-write' | 'copy-on-read' | 'dmg' | 'file' | 'snapshot-access' | 'ftp' | 'ftps' | 'host_cdrom' | 'host_device' | 'http' | 'https' | 'io_uring' | 'iscsi' | 'nbd' | 'nfs' | 'null-aio' | 'null-co' | 'nvme' | 'nvme-io_uring' | 'parallels' | 'preallocate' | 'qcow' | 'qed' | 'quorum' | 'raw' | 'rbd' | 'replication' | 'ssh' | 'throttle' | 'vdi' | 'vhdx' | 'virtio-blk-vfio-pci' | 'virtio-blk-vhost-user' | 'virtio-blk-vhost-vdpa' | 'vmdk' | 'vpc' | 'vvfat' | 'gluster' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.BlockErrorAction)
 * @since 2.1
 */
export type BlockErrorAction = 'ignore' | 'report' | 'stop'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.PreallocMode)
 * @since 2.2
 */
export type PreallocMode = 'off' | 'metadata' | 'falloc' | 'full'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-core.QuorumOpType)
 * @since 2.6
 */
export type QuorumOpType = 'read' | 'write' | 'flush'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.BlockdevSnapshotInternal)
 * @since 1.7
 */
export type BlockdevSnapshotInternal = {
  readonly device: string
  readonly name: string
}

/**
 * @since 2.9
 * @removed in 11.1 or before
 */
export type BlockdevOptionsGluster = {
  readonly volume: string
  readonly path: string
  readonly server: readonly SocketAddressInput[]
  /** @since 2.8 */
  readonly debug?: Int64 | undefined
  /** @since 2.8 */
  readonly logfile?: string | undefined
}

/**
 * @since 2.12
 * @removed in 11.1 or before
 */
export type BlockdevCreateOptionsGluster = {
  readonly location: BlockdevOptionsGluster
  readonly size: Int64
  readonly preallocation?: PreallocMode | undefined
}

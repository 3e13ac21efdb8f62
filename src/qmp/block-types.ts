import type { Int64, IoStatus, JobStatus, JobType, Open, SocketAddress } from './common-types.ts'
import type { JsonObject, JsonValue } from './json.ts'

export type BlockInfo = {
  readonly device: string
  readonly qdev?: string
  readonly type: string
  readonly removable: boolean
  readonly locked: boolean
  readonly inserted?: BlockDeviceInfo
  readonly tray_open?: boolean
  readonly 'io-status'?: Open<IoStatus>
}

export type BlockDeviceInfo = {
  readonly file: string
  readonly 'node-name'?: string
  readonly ro: boolean
  readonly drv: string
  readonly backing_file?: string
  readonly backing_file_depth: number
  readonly active?: boolean
  readonly encrypted: boolean
  readonly detect_zeroes: Open<'off' | 'on' | 'unmap'>
  readonly bps: number
  readonly bps_rd: number
  readonly bps_wr: number
  readonly iops: number
  readonly iops_rd: number
  readonly iops_wr: number
  readonly image: ImageInfo
  readonly bps_max?: number
  readonly bps_rd_max?: number
  readonly bps_wr_max?: number
  readonly iops_max?: number
  readonly iops_rd_max?: number
  readonly iops_wr_max?: number
  readonly bps_max_length?: number
  readonly bps_rd_max_length?: number
  readonly bps_wr_max_length?: number
  readonly iops_max_length?: number
  readonly iops_rd_max_length?: number
  readonly iops_wr_max_length?: number
  readonly iops_size?: number
  readonly group?: string
  readonly cache: { readonly writeback: boolean; readonly direct: boolean; readonly 'no-flush': boolean }
  readonly write_threshold: number
  readonly 'dirty-bitmaps'?: readonly BlockDirtyInfo[]
}

type BlockDirtyInfo = {
  readonly name?: string
  readonly count: number
  readonly granularity: number
  readonly recording: boolean
  readonly busy: boolean
  readonly persistent: boolean
  readonly inconsistent?: boolean
}

export type ImageInfo = {
  readonly filename: string
  readonly format: string
  readonly 'dirty-flag'?: boolean
  readonly 'actual-size'?: number
  readonly 'virtual-size': number
  readonly 'cluster-size'?: number
  readonly encrypted?: boolean
  readonly compressed?: boolean
  readonly 'backing-filename'?: string
  readonly 'full-backing-filename'?: string
  readonly 'backing-filename-format'?: string
  readonly snapshots?: readonly JsonObject[]
  readonly 'backing-image'?: ImageInfo
  readonly 'format-specific'?: JsonObject
}

export type BlockStats = {
  readonly device?: string
  readonly qdev?: string
  readonly 'node-name'?: string
  readonly stats: BlockDeviceStats
  readonly 'driver-specific'?: JsonObject
  readonly parent?: BlockStats
  readonly backing?: BlockStats
}

export type BlockDeviceStats = {
  readonly rd_bytes: number
  readonly wr_bytes: number
  readonly zone_append_bytes?: number
  readonly unmap_bytes: number
  readonly rd_operations: number
  readonly wr_operations: number
  readonly zone_append_operations?: number
  readonly flush_operations: number
  readonly unmap_operations: number
  readonly rd_total_time_ns: Int64
  readonly wr_total_time_ns: Int64
  readonly zone_append_total_time_ns?: Int64
  readonly flush_total_time_ns: Int64
  readonly unmap_total_time_ns: Int64
  readonly wr_highest_offset: number
  readonly rd_merged: number
  readonly wr_merged: number
  readonly zone_append_merged?: number
  readonly unmap_merged: number
  readonly idle_time_ns?: Int64
  readonly failed_rd_operations: number
  readonly failed_wr_operations: number
  readonly failed_zone_append_operations?: number
  readonly failed_flush_operations: number
  readonly failed_unmap_operations: number
  readonly invalid_rd_operations: number
  readonly invalid_wr_operations: number
  readonly invalid_zone_append_operations?: number
  readonly invalid_flush_operations: number
  readonly invalid_unmap_operations: number
  readonly account_invalid: boolean
  readonly account_failed: boolean
  readonly timed_stats: readonly JsonObject[]
  readonly rd_latency_histogram?: LatencyHistogram
  readonly wr_latency_histogram?: LatencyHistogram
  readonly zone_append_latency_histogram?: LatencyHistogram
  readonly flush_latency_histogram?: LatencyHistogram
}

type LatencyHistogram = { readonly boundaries: readonly Int64[]; readonly bins: readonly Int64[] }

export type BlockJobInfo = {
  readonly type: Open<JobType>
  readonly device: string
  readonly len: number
  readonly offset: number
  readonly busy: boolean
  readonly paused: boolean
  readonly speed: number
  readonly 'io-status': Open<IoStatus>
  readonly ready: boolean
  readonly status: Open<JobStatus>
  readonly 'auto-finalize': boolean
  readonly 'auto-dismiss': boolean
  readonly error?: string
  /** Since 8.2, of mirror jobs. */
  readonly 'actively-synced'?: boolean
}

export type JobInfo = {
  readonly id: string
  readonly type: Open<JobType>
  readonly status: Open<JobStatus>
  readonly 'current-progress': number
  readonly 'total-progress': number
  readonly error?: string
}

export type ThrottleArguments = {
  /** @deprecated by QEMU: use `id`, the qdev id. */
  device?: string | undefined
  id?: string | undefined
  bps: Int64
  bps_rd: Int64
  bps_wr: Int64
  iops: Int64
  iops_rd: Int64
  iops_wr: Int64
  bps_max?: Int64 | undefined
  bps_rd_max?: Int64 | undefined
  bps_wr_max?: Int64 | undefined
  iops_max?: Int64 | undefined
  iops_rd_max?: Int64 | undefined
  iops_wr_max?: Int64 | undefined
  bps_max_length?: Int64 | undefined
  bps_rd_max_length?: Int64 | undefined
  bps_wr_max_length?: Int64 | undefined
  iops_max_length?: Int64 | undefined
  iops_rd_max_length?: Int64 | undefined
  iops_wr_max_length?: Int64 | undefined
  iops_size?: Int64 | undefined
  group?: string | undefined
}

type BlockdevBase = {
  'node-name'?: string | undefined
  discard?: 'ignore' | 'unmap' | undefined
  cache?: { direct?: boolean | undefined; 'no-flush'?: boolean | undefined } | undefined
  'read-only'?: boolean | undefined
  'auto-read-only'?: boolean | undefined
  'force-share'?: boolean | undefined
  'detect-zeroes'?: 'off' | 'on' | 'unmap' | undefined
}

/** A node by name, or one made on the spot. */
export type BlockdevRef = string | BlockdevOptions

type FileDriver = {
  filename: string
  'pr-manager'?: string | undefined
  locking?: 'auto' | 'on' | 'off' | undefined
  aio?: 'threads' | 'native' | 'io_uring' | undefined
  'aio-max-batch'?: number | undefined
}

type Qcow2Driver = {
  file: BlockdevRef
  backing?: BlockdevRef | null | undefined
  'lazy-refcounts'?: boolean | undefined
  'pass-discard-request'?: boolean | undefined
  'pass-discard-snapshot'?: boolean | undefined
  'pass-discard-other'?: boolean | undefined
  /** Since 8.1. */
  'discard-no-unref'?: boolean | undefined
  'overlap-check'?: JsonValue | undefined
  'cache-size'?: Int64 | undefined
  'l2-cache-size'?: Int64 | undefined
  'l2-cache-entry-size'?: Int64 | undefined
  'refcount-cache-size'?: Int64 | undefined
  'cache-clean-interval'?: Int64 | undefined
  encrypt?: JsonObject | undefined
  'data-file'?: BlockdevRef | undefined
}

type NbdDriver = {
  server: SocketAddress
  export?: string | undefined
  'tls-creds'?: string | undefined
  'tls-hostname'?: string | undefined
  'x-dirty-bitmap'?: string | undefined
  'reconnect-delay'?: number | undefined
  'open-timeout'?: number | undefined
}

type NullDriver = {
  size?: Int64 | undefined
  'latency-ns'?: Int64 | undefined
  'read-zeroes'?: boolean | undefined
}

/** Drivers whose members this library does not spell out yet. */
type OtherDriver =
  | 'blkdebug'
  | 'blkverify'
  | 'compress'
  | 'copy-before-write'
  | 'copy-on-read'
  | 'ftp'
  | 'gluster'
  | 'host_cdrom'
  | 'http'
  | 'https'
  | 'iscsi'
  | 'nfs'
  | 'nvme'
  | 'preallocate'
  | 'qcow'
  | 'qed'
  | 'quorum'
  | 'rbd'
  | 'snapshot-access'
  | 'ssh'
  | 'vdi'
  | 'vhdx'
  | 'vmdk'
  | 'vpc'
  | 'vvfat'
  | `virtio-blk-${string}`

/** qapi/block-core.json @BlockdevOptions. */
export type BlockdevOptions = BlockdevBase &
  (
    | ({ driver: 'file' | 'host_device' } & FileDriver)
    | ({ driver: 'nbd' } & NbdDriver)
    | ({ driver: 'null-co' | 'null-aio' } & NullDriver)
    | ({ driver: 'qcow2' } & Qcow2Driver)
    | { driver: 'raw'; file: BlockdevRef; offset?: Int64 | undefined; size?: Int64 | undefined }
    | { driver: 'throttle'; 'throttle-group': string; file: BlockdevRef }
    | { driver: 'luks'; file: BlockdevRef; 'key-secret'?: string | undefined }
    | ({ driver: OtherDriver } & JsonObject)
  )

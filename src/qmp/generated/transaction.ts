// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type {
  BlockDirtyBitmap,
  BlockDirtyBitmapAdd,
  BlockDirtyBitmapMerge,
  BlockdevBackup,
  BlockdevSnapshot,
  BlockdevSnapshotInternal,
  BlockdevSnapshotSync,
  DriveBackup,
} from './block-core.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-transaction.Abort)
 * @since 1.6
 */
export type Abort = Readonly<Record<string, never>>

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-transaction.ActionCompletionMode)
 * @since 2.5
 */
export type ActionCompletionMode = 'individual' | 'grouped'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-transaction.TransactionActionKind)
 * @since 1.1
 */
export type TransactionActionKind =
  | 'abort'
  | 'block-dirty-bitmap-add'
  | 'block-dirty-bitmap-remove'
  | 'block-dirty-bitmap-clear'
  | 'block-dirty-bitmap-enable'
  | 'block-dirty-bitmap-disable'
  | 'block-dirty-bitmap-merge'
  | 'blockdev-backup'
  | 'blockdev-snapshot'
  | 'blockdev-snapshot-internal-sync'
  | 'blockdev-snapshot-sync'
  /** @deprecated */
  | 'drive-backup'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-transaction.AbortWrapper)
 * @since 1.6
 */
export type AbortWrapper = {
  readonly data: Abort
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-transaction.BlockDirtyBitmapAddWrapper)
 * @since 2.5
 */
export type BlockDirtyBitmapAddWrapper = {
  readonly data: BlockDirtyBitmapAdd
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-transaction.BlockDirtyBitmapWrapper)
 * @since 2.5
 */
export type BlockDirtyBitmapWrapper = {
  readonly data: BlockDirtyBitmap
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-transaction.BlockDirtyBitmapMergeWrapper)
 * @since 4.0
 */
export type BlockDirtyBitmapMergeWrapper = {
  readonly data: BlockDirtyBitmapMerge
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-transaction.BlockdevBackupWrapper)
 * @since 2.3
 */
export type BlockdevBackupWrapper = {
  readonly data: BlockdevBackup
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-transaction.BlockdevSnapshotWrapper)
 * @since 2.5
 */
export type BlockdevSnapshotWrapper = {
  readonly data: BlockdevSnapshot
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-transaction.BlockdevSnapshotInternalWrapper)
 * @since 1.7
 */
export type BlockdevSnapshotInternalWrapper = {
  readonly data: BlockdevSnapshotInternal
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-transaction.BlockdevSnapshotSyncWrapper)
 * @since 1.1
 */
export type BlockdevSnapshotSyncWrapper = {
  readonly data: BlockdevSnapshotSync
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-transaction.DriveBackupWrapper)
 * @since 1.6
 */
export type DriveBackupWrapper = {
  readonly data: DriveBackup
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-transaction.TransactionAction)
 * @since 1.1
 */
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

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-transaction.TransactionProperties)
 * @since 2.5
 */
export type TransactionProperties = {
  readonly 'completion-mode'?: ActionCompletionMode | undefined
}

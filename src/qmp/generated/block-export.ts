// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Integer, Open } from '../common-types.ts'
import type { BlockDirtyBitmapOrStr } from './block-core.ts'
import type { SocketAddressInput } from './sockets.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-export.BlockExportOptionsNbdBase)
 * @since 5.0
 */
export type BlockExportOptionsNbdBase = {
  /** @since 2.12 */
  readonly name?: string | undefined
  /** @since 5.0 */
  readonly description?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-export.BlockExportOptionsNbd)
 * @since 5.2
 */
export type BlockExportOptionsNbd = BlockExportOptionsNbdBase & {
  readonly bitmaps?: readonly BlockDirtyBitmapOrStr[] | undefined
  /** @since 5.2 */
  readonly 'allocation-depth'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-export.BlockExportOptionsVhostUserBlk)
 * @since 5.2
 */
export type BlockExportOptionsVhostUserBlk = {
  readonly addr: SocketAddressInput
  readonly 'logical-block-size'?: Int64 | undefined
  readonly 'num-queues'?: Integer | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-export.FuseExportAllowOther)
 * @since 6.1
 */
export type FuseExportAllowOther = 'off' | 'on' | 'auto'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-export.BlockExportOptionsFuse)
 * @since 6.0
 * @if CONFIG_FUSE
 */
export type BlockExportOptionsFuse = {
  readonly mountpoint: string
  readonly growable?: boolean | undefined
  /** @since 6.1 */
  readonly 'allow-other'?: FuseExportAllowOther | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-export.BlockExportOptionsVduseBlk)
 * @since 7.1
 */
export type BlockExportOptionsVduseBlk = {
  readonly name: string
  readonly 'num-queues'?: Integer | undefined
  readonly 'queue-size'?: Integer | undefined
  readonly 'logical-block-size'?: Int64 | undefined
  readonly serial?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-export.NbdServerAddOptions)
 * @since 5.0
 */
export type NbdServerAddOptions = BlockExportOptionsNbdBase & {
  readonly device: string
  readonly writable?: boolean | undefined
  /** @since 4.0 */
  readonly bitmap?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-export.BlockExportRemoveMode)
 * @since 2.12
 */
export type BlockExportRemoveMode = 'safe' | 'hard'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block-export.BlockExportType)
 * @since 4.2
 */
export type BlockExportType =
  | 'nbd'
  /**
   * @since 5.2
   * @if CONFIG_VHOST_USER_BLK_SERVER
   */
  | 'vhost-user-blk'
  /**
   * @since 6.0
   * @if CONFIG_FUSE
   */
  | 'fuse'
  /**
   * @since 7.1
   * @if CONFIG_VDUSE_BLK_EXPORT
   */
  | 'vduse-blk'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-export.BlockExportOptions)
 * @since 4.2
 */
export type BlockExportOptions = {
  readonly id: string
  /** @since 5.2 */
  readonly 'fixed-iothread'?: boolean | undefined
  /** @since 5.2 */
  readonly iothread?: BlockExportIothreads | string | undefined
  /** @since 5.2 */
  readonly 'node-name': string
  readonly writable?: boolean | undefined
  /** @since 5.2 */
  readonly writethrough?: boolean | undefined
  /** @since 10.0 */
  readonly 'allow-inactive'?: boolean | undefined
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

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#alternate-QMP-block-export.BlockExportIothreads)
 * @since 10.1
 */
export type BlockExportIothreads = string | readonly string[]

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-export.BlockExportInfo)
 * @since 5.2
 */
export type BlockExportInfo = {
  readonly id: string
  readonly type: Open<BlockExportType>
  readonly 'node-name': string
  readonly 'shutting-down': boolean
}

// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-dump.DumpGuestMemoryFormat)
 * @since 2.0
 */
export type DumpGuestMemoryFormat =
  | 'elf'
  | 'kdump-zlib'
  | 'kdump-lzo'
  | 'kdump-snappy'
  /** @since 8.2 */
  | 'kdump-raw-zlib'
  /** @since 8.2 */
  | 'kdump-raw-lzo'
  /** @since 8.2 */
  | 'kdump-raw-snappy'
  /**
   * @since 2.13
   * @feature allowed-by-guest
   */
  | 'win-dmp'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-dump.DumpStatus)
 * @since 2.6
 */
export type DumpStatus = 'none' | 'active' | 'completed' | 'failed'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-dump.DumpQueryResult)
 * @since 2.6
 */
export type DumpQueryResult = {
  readonly status: Open<DumpStatus>
  readonly completed: number
  readonly total: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-dump.DumpGuestMemoryCapability)
 * @since 2.0
 */
export type DumpGuestMemoryCapability = {
  readonly formats: readonly Open<DumpGuestMemoryFormat>[]
}

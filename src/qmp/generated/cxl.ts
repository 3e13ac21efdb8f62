// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Integer } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-cxl.CxlEventLog)
 * @since 8.1
 */
export type CxlEventLog = 'informational' | 'warning' | 'failure' | 'fatal'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-cxl.CxlUncorErrorType)
 * @since 8.0
 */
export type CxlUncorErrorType =
  | 'cache-data-parity'
  | 'cache-address-parity'
  | 'cache-be-parity'
  | 'cache-data-ecc'
  | 'mem-data-parity'
  | 'mem-address-parity'
  | 'mem-be-parity'
  | 'mem-data-ecc'
  | 'reinit-threshold'
  | 'rsvd-encoding'
  | 'poison-received'
  | 'receiver-overflow'
  | 'internal'
  | 'cxl-ide-tx'
  | 'cxl-ide-rx'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-cxl.CXLUncorErrorRecord)
 * @since 8.0
 */
export type CXLUncorErrorRecord = {
  readonly type: CxlUncorErrorType
  readonly header: readonly Integer[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-cxl.CxlCorErrorType)
 * @since 8.0
 */
export type CxlCorErrorType =
  | 'cache-data-ecc'
  | 'mem-data-ecc'
  | 'crc-threshold'
  | 'retry-threshold'
  | 'cache-poison-received'
  | 'mem-poison-received'
  | 'physical'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-cxl.CxlDynamicCapacityExtent)
 * @since 9.1
 */
export type CxlDynamicCapacityExtent = {
  readonly offset: Int64
  readonly len: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-cxl.CxlExtentSelectionPolicy)
 * @since 9.1
 */
export type CxlExtentSelectionPolicy = 'free' | 'contiguous' | 'prescriptive' | 'enable-shared-access'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-cxl.CxlExtentRemovalPolicy)
 * @since 9.1
 */
export type CxlExtentRemovalPolicy = 'tag-based' | 'prescriptive'

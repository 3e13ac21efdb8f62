// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-trace.TraceEventState)
 * @since 2.2
 */
export type TraceEventState = 'unavailable' | 'disabled' | 'enabled'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-trace.TraceEventInfo)
 * @since 2.2
 */
export type TraceEventInfo = {
  readonly name: string
  readonly state: Open<TraceEventState>
  /**
   * @since 2.7
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly vcpu?: boolean
}

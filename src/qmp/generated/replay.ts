// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-replay.ReplayMode)
 * @since 2.5
 */
export type ReplayMode = 'none' | 'record' | 'play'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-replay.ReplayInfo)
 * @since 5.2
 */
export type ReplayInfo = {
  readonly mode: Open<ReplayMode>
  readonly filename?: string
  readonly icount: number
}

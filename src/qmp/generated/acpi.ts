// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Open } from '../common-types.ts'

/** [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-acpi.ACPISlotType) */
export type ACPISlotType =
  | 'DIMM'
  /** @since 2.7 */
  | 'CPU'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-acpi.ACPIOSTInfo)
 * @since 2.1
 */
export type ACPIOSTInfo = {
  readonly device?: string
  readonly slot: string
  readonly 'slot-type': Open<ACPISlotType>
  readonly source: number
  readonly status: number
}

// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-accelerator.KvmInfo)
 * @since 0.14
 */
export type KvmInfo = {
  readonly enabled: boolean
  readonly present: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-accelerator.Accelerator)
 * @since 10.2
 */
export type Accelerator = 'hvf' | 'kvm' | 'mshv' | 'nvmm' | 'qtest' | 'tcg' | 'whpx' | 'xen'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-accelerator.AcceleratorInfo)
 * @since 10.2
 */
export type AcceleratorInfo = {
  readonly enabled: Open<Accelerator>
  readonly present: readonly Open<Accelerator>[]
}

// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine-s390x.S390CpuPolarization)
 * @since 8.2
 * @if TARGET_S390X
 */
export type S390CpuPolarization = 'horizontal' | 'vertical'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine-s390x.CpuPolarizationInfo)
 * @since 8.2
 * @if (TARGET_S390X && CONFIG_KVM)
 */
export type CpuPolarizationInfo = {
  readonly polarization: Open<S390CpuPolarization>
}

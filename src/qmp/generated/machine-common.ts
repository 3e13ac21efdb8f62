// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine-common.S390CpuEntitlement)
 * @since 8.2
 */
export type S390CpuEntitlement = 'auto' | 'low' | 'medium' | 'high'

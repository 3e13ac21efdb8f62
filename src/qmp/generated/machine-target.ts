// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { JsonValue, Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine-target.CpuModelInfo)
 * @since 2.8
 */
export type CpuModelInfo = {
  readonly name: string
  readonly props?: unknown
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine-target.CpuModelInfo)
 * @since 2.8
 */
export type CpuModelInfoInput = {
  readonly name: string
  readonly props?: JsonValue | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine-target.CpuModelExpansionType)
 * @since 2.8
 */
export type CpuModelExpansionType = 'static' | 'full'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine-target.CpuModelCompareResult)
 * @since 2.8
 */
export type CpuModelCompareResult = 'incompatible' | 'identical' | 'superset' | 'subset'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine-target.CpuModelBaselineInfo)
 * @since 2.8
 * @if TARGET_S390X
 */
export type CpuModelBaselineInfo = {
  readonly model: CpuModelInfo
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine-target.CpuModelCompareInfo)
 * @since 2.8
 * @if TARGET_S390X
 */
export type CpuModelCompareInfo = {
  readonly result: Open<CpuModelCompareResult>
  readonly 'responsible-properties': readonly string[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine-target.CpuModelExpansionInfo)
 * @since 2.8
 * @if (TARGET_S390X || TARGET_I386 || TARGET_ARM || TARGET_LOONGARCH64 || TARGET_RISCV)
 */
export type CpuModelExpansionInfo = {
  readonly model: CpuModelInfo
  /**
   * @since 9.1
   * @if TARGET_S390X
   */
  readonly 'deprecated-props'?: readonly string[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine-target.CpuDefinitionInfo)
 * @since 1.2
 * @if (TARGET_PPC || TARGET_ARM || TARGET_I386 || TARGET_S390X || TARGET_MIPS || TARGET_LOONGARCH64 || TARGET_RISCV)
 */
export type CpuDefinitionInfo = {
  readonly name: string
  /** @since 2.8 */
  readonly 'migration-safe'?: boolean
  /** @since 2.8 */
  readonly static: boolean
  /** @since 2.8 */
  readonly 'unavailable-features'?: readonly string[]
  /** @since 2.9 */
  readonly typename: string
  /** @since 4.1 */
  readonly 'alias-of'?: string
  /** @since 5.2 */
  readonly deprecated: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine-target.S390CpuPolarization)
 * @since 8.2
 * @if TARGET_S390X
 */
export type S390CpuPolarization = 'horizontal' | 'vertical'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine-target.CpuPolarizationInfo)
 * @since 8.2
 * @if (TARGET_S390X && CONFIG_KVM)
 */
export type CpuPolarizationInfo = {
  readonly polarization: Open<S390CpuPolarization>
}

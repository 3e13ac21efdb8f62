// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-tpm.TpmModel)
 * @since 1.5
 * @if CONFIG_TPM
 */
export type TpmModel =
  | 'tpm-tis'
  /** @since 2.12 */
  | 'tpm-crb'
  /** @since 5.0 */
  | 'tpm-spapr'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-tpm.TpmType)
 * @since 1.5
 * @if CONFIG_TPM
 */
export type TpmType =
  | 'passthrough'
  /** @since 2.11 */
  | 'emulator'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-tpm.TPMPassthroughOptions)
 * @since 1.5
 * @if CONFIG_TPM
 */
export type TPMPassthroughOptions = {
  readonly path?: string
  readonly 'cancel-path'?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-tpm.TPMEmulatorOptions)
 * @since 2.11
 * @if CONFIG_TPM
 */
export type TPMEmulatorOptions = {
  readonly chardev: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-tpm.TPMPassthroughOptionsWrapper)
 * @since 1.5
 * @if CONFIG_TPM
 */
export type TPMPassthroughOptionsWrapper = {
  readonly data: TPMPassthroughOptions
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-tpm.TPMEmulatorOptionsWrapper)
 * @since 2.11
 * @if CONFIG_TPM
 */
export type TPMEmulatorOptionsWrapper = {
  readonly data: TPMEmulatorOptions
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-tpm.TpmTypeOptions)
 * @since 1.5
 * @if CONFIG_TPM
 */
export type TpmTypeOptions = (
  | ({ readonly type: 'passthrough' } & TPMPassthroughOptionsWrapper)
  /** @since 2.11 */
  | ({ readonly type: 'emulator' } & TPMEmulatorOptionsWrapper)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-tpm.TPMInfo)
 * @since 1.5
 * @if CONFIG_TPM
 */
export type TPMInfo = {
  readonly id: string
  readonly model: Open<TpmModel>
  readonly options: TpmTypeOptions
}

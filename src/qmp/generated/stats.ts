// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-stats.StatsType)
 * @since 7.1
 */
export type StatsType =
  | 'cumulative'
  | 'instant'
  | 'peak'
  | 'linear-histogram'
  | 'log2-histogram'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-stats.StatsUnit)
 * @since 7.1
 */
export type StatsUnit = 'bytes' | 'seconds' | 'cycles' | 'boolean'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-stats.StatsProvider)
 * @since 7.1
 */
export type StatsProvider =
  | 'kvm'
  /** @since 8.2 or before */
  | 'cryptodev'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-stats.StatsTarget)
 * @since 7.1
 */
export type StatsTarget =
  | 'vm'
  | 'vcpu'
  /** @since 8.0 */
  | 'cryptodev'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-stats.StatsRequest)
 * @since 7.1
 */
export type StatsRequest = {
  readonly provider: StatsProvider
  readonly names?: readonly string[] | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-stats.StatsVCPUFilter)
 * @since 7.1
 */
export type StatsVCPUFilter = {
  readonly vcpus?: readonly string[] | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-stats.StatsFilter)
 * @since 7.1
 */
export type StatsFilter = {
  readonly providers?: readonly StatsRequest[] | undefined
} & (
  | ({ readonly target: 'vcpu' } & StatsVCPUFilter)
  | { readonly target: 'vm' | 'cryptodev' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#alternate-QMP-stats.StatsValue)
 * @since 7.1
 */
export type StatsValue = Int64 | boolean | readonly Int64[]

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-stats.Stats)
 * @since 7.1
 */
export type Stats = {
  readonly name: string
  readonly value: StatsValue
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-stats.StatsResult)
 * @since 7.1
 */
export type StatsResult = {
  readonly provider: Open<StatsProvider>
  readonly 'qom-path'?: string
  readonly stats: readonly Stats[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-stats.StatsSchemaValue)
 * @since 7.1
 */
export type StatsSchemaValue = {
  readonly name: string
  readonly type: Open<StatsType>
  readonly unit?: Open<StatsUnit>
  readonly base?: number
  readonly exponent: number
  readonly 'bucket-size'?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-stats.StatsSchema)
 * @since 7.1
 */
export type StatsSchema = {
  readonly provider: Open<StatsProvider>
  readonly target: Open<StatsTarget>
  readonly stats: readonly StatsSchemaValue[]
}

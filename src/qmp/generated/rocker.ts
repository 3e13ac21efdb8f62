// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-rocker.RockerSwitch)
 * @since 2.4
 */
export type RockerSwitch = {
  readonly name: string
  readonly id: Int64
  readonly ports: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-rocker.RockerPortDuplex)
 * @since 2.4
 */
export type RockerPortDuplex = 'half' | 'full'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-rocker.RockerPortAutoneg)
 * @since 2.4
 */
export type RockerPortAutoneg = 'off' | 'on'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-rocker.RockerPort)
 * @since 2.4
 */
export type RockerPort = {
  readonly name: string
  readonly enabled: boolean
  readonly 'link-up': boolean
  readonly speed: number
  readonly duplex: Open<RockerPortDuplex>
  readonly autoneg: Open<RockerPortAutoneg>
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-rocker.RockerOfDpaFlowKey)
 * @since 2.4
 */
export type RockerOfDpaFlowKey = {
  readonly priority: number
  readonly 'tbl-id': number
  readonly 'in-pport'?: number
  readonly 'tunnel-id'?: number
  readonly 'vlan-id'?: number
  readonly 'eth-type'?: number
  readonly 'eth-src'?: string
  readonly 'eth-dst'?: string
  readonly 'ip-proto'?: number
  readonly 'ip-tos'?: number
  readonly 'ip-dst'?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-rocker.RockerOfDpaFlowMask)
 * @since 2.4
 */
export type RockerOfDpaFlowMask = {
  readonly 'in-pport'?: number
  readonly 'tunnel-id'?: number
  readonly 'vlan-id'?: number
  readonly 'eth-src'?: string
  readonly 'eth-dst'?: string
  readonly 'ip-proto'?: number
  readonly 'ip-tos'?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-rocker.RockerOfDpaFlowAction)
 * @since 2.4
 */
export type RockerOfDpaFlowAction = {
  readonly 'goto-tbl'?: number
  readonly 'group-id'?: number
  readonly 'tunnel-lport'?: number
  readonly 'vlan-id'?: number
  readonly 'new-vlan-id'?: number
  readonly 'out-pport'?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-rocker.RockerOfDpaFlow)
 * @since 2.4
 */
export type RockerOfDpaFlow = {
  readonly cookie: Int64
  readonly hits: Int64
  readonly key: RockerOfDpaFlowKey
  readonly mask: RockerOfDpaFlowMask
  readonly action: RockerOfDpaFlowAction
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-rocker.RockerOfDpaGroup)
 * @since 2.4
 */
export type RockerOfDpaGroup = {
  readonly id: number
  readonly type: number
  readonly 'vlan-id'?: number
  readonly pport?: number
  readonly index?: number
  readonly 'out-pport'?: number
  readonly 'group-id'?: number
  readonly 'set-vlan-id'?: number
  readonly 'pop-vlan'?: number
  readonly 'group-ids'?: readonly number[]
  readonly 'set-eth-src'?: string
  readonly 'set-eth-dst'?: string
  readonly 'ttl-check'?: number
}

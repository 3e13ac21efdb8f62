// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-misc-i386.SevState)
 * @since 2.12
 * @if TARGET_I386
 */
export type SevState =
  | 'uninit'
  | 'launch-update'
  | 'launch-secret'
  | 'running'
  | 'send-update'
  | 'receive-update'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-misc-i386.SevGuestType)
 * @since 6.2
 * @if TARGET_I386
 */
export type SevGuestType = 'sev' | 'sev-snp'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc-i386.SevGuestInfo)
 * @since 2.12
 * @if TARGET_I386
 */
export type SevGuestInfo = {
  readonly policy: number
  readonly handle: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc-i386.SevSnpGuestInfo)
 * @since 9.1
 * @if TARGET_I386
 */
export type SevSnpGuestInfo = {
  readonly 'snp-policy': Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc-i386.SevInfo)
 * @since 2.12
 * @if TARGET_I386
 */
export type SevInfo = {
  readonly enabled: boolean
  readonly 'api-major': number
  readonly 'api-minor': number
  readonly 'build-id': number
  readonly state: Open<SevState>
  /** @removed in 10.0 or before */
  readonly policy?: number
  /** @removed in 10.0 or before */
  readonly handle?: number
} & (
  /** @since 10.0 or before */
  | ({ readonly 'sev-type': 'sev' } & Partial<SevGuestInfo>)
  /** @since 10.0 or before */
  | ({ readonly 'sev-type': 'sev-snp' } & Partial<SevSnpGuestInfo>)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc-i386.SevLaunchMeasureInfo)
 * @since 2.12
 * @if TARGET_I386
 */
export type SevLaunchMeasureInfo = {
  readonly data: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc-i386.SevCapability)
 * @since 2.12
 * @if TARGET_I386
 */
export type SevCapability = {
  readonly pdh: string
  readonly 'cert-chain': string
  /** @since 7.1 */
  readonly 'cpu0-id': string
  readonly cbitpos: number
  readonly 'reduced-phys-bits': number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc-i386.SevAttestationReport)
 * @since 6.1
 * @if TARGET_I386
 */
export type SevAttestationReport = {
  readonly data: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc-i386.SgxEpcSection)
 * @since 7.0
 */
export type SgxEpcSection = {
  readonly node: number
  readonly size: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc-i386.SgxInfo)
 * @since 6.2
 * @if TARGET_I386
 */
export type SgxInfo = {
  readonly sgx: boolean
  readonly sgx1: boolean
  readonly sgx2: boolean
  readonly flc: boolean
  /** @since 7.0 */
  readonly sections: readonly SgxEpcSection[]
  /**
   * @removed in 8.2 or before
   * @deprecated
   */
  readonly 'section-size'?: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-misc-i386.EvtchnPortType)
 * @since 8.0
 * @if TARGET_I386
 */
export type EvtchnPortType = 'closed' | 'unbound' | 'interdomain' | 'pirq' | 'virq' | 'ipi'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc-i386.EvtchnInfo)
 * @since 8.0
 * @if TARGET_I386
 */
export type EvtchnInfo = {
  readonly port: number
  readonly vcpu: number
  readonly type: Open<EvtchnPortType>
  readonly 'remote-domain': string
  readonly target: number
  readonly pending: boolean
  readonly masked: boolean
}

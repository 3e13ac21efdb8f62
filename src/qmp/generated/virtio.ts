// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64 } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-virtio.VirtioInfo)
 * @since 7.2
 */
export type VirtioInfo = {
  readonly path: string
  readonly name: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-virtio.VhostStatus)
 * @since 7.2
 */
export type VhostStatus = {
  readonly 'n-mem-sections': number
  readonly 'n-tmp-sections': number
  readonly nvqs: number
  readonly 'vq-index': number
  readonly features: VirtioDeviceFeatures
  readonly 'acked-features': VirtioDeviceFeatures
  readonly 'protocol-features': VhostDeviceProtocols
  readonly 'max-queues': Int64
  readonly 'backend-cap': Int64
  readonly 'log-enabled': boolean
  readonly 'log-size': Int64
  /** @removed in 11.1 or before */
  readonly 'backend-features'?: VirtioDeviceFeatures
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-virtio.VirtioStatus)
 * @since 7.2
 */
export type VirtioStatus = {
  readonly name: string
  readonly 'device-id': number
  readonly 'vhost-started': boolean
  readonly 'device-endian': string
  readonly 'guest-features': VirtioDeviceFeatures
  readonly 'host-features': VirtioDeviceFeatures
  readonly 'backend-features': VirtioDeviceFeatures
  readonly 'num-vqs': number
  readonly status: VirtioDeviceStatus
  readonly isr: number
  readonly 'queue-sel': number
  readonly 'vm-running': boolean
  readonly broken: boolean
  readonly disabled: boolean
  readonly 'use-started': boolean
  readonly started: boolean
  readonly 'start-on-kick': boolean
  readonly 'disable-legacy-check': boolean
  readonly 'bus-name': string
  readonly 'use-guest-notifier-mask': boolean
  readonly 'vhost-dev'?: VhostStatus
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-virtio.VirtioDeviceStatus)
 * @since 7.2
 */
export type VirtioDeviceStatus = {
  readonly statuses: readonly string[]
  readonly 'unknown-statuses'?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-virtio.VhostDeviceProtocols)
 * @since 7.2
 */
export type VhostDeviceProtocols = {
  readonly protocols: readonly string[]
  readonly 'unknown-protocols'?: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-virtio.VirtioDeviceFeatures)
 * @since 7.2
 */
export type VirtioDeviceFeatures = {
  readonly transports: readonly string[]
  readonly 'dev-features'?: readonly string[]
  readonly 'unknown-dev-features'?: Int64
  /** @since 10.2 */
  readonly 'unknown-dev-features2'?: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-virtio.VirtQueueStatus)
 * @since 7.2
 */
export type VirtQueueStatus = {
  readonly name: string
  readonly 'queue-index': number
  readonly inuse: number
  readonly 'vring-num': number
  readonly 'vring-num-default': number
  readonly 'vring-align': number
  readonly 'vring-desc': Int64
  readonly 'vring-avail': Int64
  readonly 'vring-used': Int64
  readonly 'last-avail-idx'?: number
  readonly 'shadow-avail-idx'?: number
  readonly 'used-idx': number
  readonly 'signalled-used': number
  readonly 'signalled-used-valid': boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-virtio.VirtVhostQueueStatus)
 * @since 7.2
 */
export type VirtVhostQueueStatus = {
  readonly name: string
  readonly kick: number
  readonly call: number
  readonly num: number
  readonly 'desc-phys': Int64
  readonly 'desc-size': number
  readonly 'avail-phys': Int64
  readonly 'avail-size': number
  readonly 'used-phys': Int64
  readonly 'used-size': number
  /** @removed in 11.1 or before */
  readonly desc?: Int64
  /** @removed in 11.1 or before */
  readonly avail?: Int64
  /** @removed in 11.1 or before */
  readonly used?: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-virtio.VirtioRingDesc)
 * @since 7.2
 */
export type VirtioRingDesc = {
  readonly addr: Int64
  readonly len: number
  readonly flags: readonly string[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-virtio.VirtioRingAvail)
 * @since 7.2
 */
export type VirtioRingAvail = {
  readonly flags: number
  readonly idx: number
  readonly ring: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-virtio.VirtioRingUsed)
 * @since 7.2
 */
export type VirtioRingUsed = {
  readonly flags: number
  readonly idx: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-virtio.VirtioQueueElement)
 * @since 7.2
 */
export type VirtioQueueElement = {
  readonly name: string
  readonly index: number
  readonly descs: readonly VirtioRingDesc[]
  readonly avail: VirtioRingAvail
  readonly used: VirtioRingUsed
}

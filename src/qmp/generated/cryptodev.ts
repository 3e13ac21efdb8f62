// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-cryptodev.QCryptodevBackendServiceType)
 * @since 8.0
 */
export type QCryptodevBackendServiceType = 'cipher' | 'hash' | 'mac' | 'aead' | 'akcipher'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-cryptodev.QCryptodevBackendType)
 * @since 8.0
 */
export type QCryptodevBackendType = 'builtin' | 'vhost-user' | 'lkcf'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-cryptodev.QCryptodevBackendClient)
 * @since 8.0
 */
export type QCryptodevBackendClient = {
  readonly queue: number
  readonly type: Open<QCryptodevBackendType>
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-cryptodev.QCryptodevInfo)
 * @since 8.0
 */
export type QCryptodevInfo = {
  readonly id: string
  readonly service: readonly Open<QCryptodevBackendServiceType>[]
  readonly client: readonly QCryptodevBackendClient[]
}

// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Integer, Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-crypto.QCryptoTLSCredsEndpoint)
 * @since 2.5
 */
export type QCryptoTLSCredsEndpoint = 'client' | 'server'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-crypto.QCryptoSecretFormat)
 * @since 2.6
 */
export type QCryptoSecretFormat = 'raw' | 'base64'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-crypto.QCryptoHashAlgo)
 * @since 2.6
 */
export type QCryptoHashAlgo =
  | 'md5'
  | 'sha1'
  /** @since 2.7 */
  | 'sha224'
  | 'sha256'
  /** @since 2.7 */
  | 'sha384'
  /** @since 2.7 */
  | 'sha512'
  /** @since 2.7 */
  | 'ripemd160'
  /** @since 9.2 */
  | 'sm3'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-crypto.QCryptoCipherAlgo)
 * @since 2.6
 */
export type QCryptoCipherAlgo =
  | 'aes-128'
  | 'aes-192'
  | 'aes-256'
  /** @since 6.1 */
  | 'des'
  /** @since 2.9 */
  | '3des'
  | 'cast5-128'
  | 'serpent-128'
  | 'serpent-192'
  | 'serpent-256'
  | 'twofish-128'
  | 'twofish-192'
  | 'twofish-256'
  /** @since 9.0 */
  | 'sm4'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-crypto.QCryptoCipherMode)
 * @since 2.6
 */
export type QCryptoCipherMode =
  | 'ecb'
  | 'cbc'
  | 'xts'
  /** @since 2.8 */
  | 'ctr'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-crypto.QCryptoIVGenAlgo)
 * @since 2.6
 */
export type QCryptoIVGenAlgo = 'plain' | 'plain64' | 'essiv'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-crypto.QCryptoBlockFormat)
 * @since 2.6
 */
export type QCryptoBlockFormat = 'qcow' | 'luks'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.QCryptoBlockOptionsBase)
 * @since 2.6
 */
export type QCryptoBlockOptionsBase = {
  readonly format: QCryptoBlockFormat
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.QCryptoBlockOptionsQCow)
 * @since 2.6
 */
export type QCryptoBlockOptionsQCow = {
  readonly 'key-secret'?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.QCryptoBlockOptionsLUKS)
 * @since 2.6
 */
export type QCryptoBlockOptionsLUKS = {
  readonly 'key-secret'?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.QCryptoBlockCreateOptionsLUKS)
 * @since 2.6
 */
export type QCryptoBlockCreateOptionsLUKS = QCryptoBlockOptionsLUKS & {
  readonly 'cipher-alg'?: QCryptoCipherAlgo | undefined
  readonly 'cipher-mode'?: QCryptoCipherMode | undefined
  readonly 'ivgen-alg'?: QCryptoIVGenAlgo | undefined
  readonly 'ivgen-hash-alg'?: QCryptoHashAlgo | undefined
  readonly 'hash-alg'?: QCryptoHashAlgo | undefined
  /** @since 2.8 */
  readonly 'iter-time'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.QCryptoBlockCreateOptions)
 * @since 2.6
 */
export type QCryptoBlockCreateOptions = QCryptoBlockOptionsBase & (
  | ({ readonly format: 'qcow' } & QCryptoBlockOptionsQCow)
  | ({ readonly format: 'luks' } & QCryptoBlockCreateOptionsLUKS)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.QCryptoBlockInfoLUKSSlot)
 * @since 2.7
 */
export type QCryptoBlockInfoLUKSSlot = {
  readonly active: boolean
  readonly iters?: number
  readonly stripes?: number
  readonly 'key-offset': number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.QCryptoBlockInfoLUKS)
 * @since 2.7
 */
export type QCryptoBlockInfoLUKS = {
  readonly 'cipher-alg': Open<QCryptoCipherAlgo>
  readonly 'cipher-mode': Open<QCryptoCipherMode>
  readonly 'ivgen-alg': Open<QCryptoIVGenAlgo>
  readonly 'ivgen-hash-alg'?: Open<QCryptoHashAlgo>
  readonly 'hash-alg': Open<QCryptoHashAlgo>
  /** @since 9.0 */
  readonly 'detached-header'?: boolean
  readonly 'payload-offset': number
  readonly 'master-key-iters': number
  readonly uuid: string
  readonly slots: readonly QCryptoBlockInfoLUKSSlot[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-crypto.QCryptoBlockLUKSKeyslotState)
 * @since 5.1
 */
export type QCryptoBlockLUKSKeyslotState = 'active' | 'inactive'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.QCryptoBlockAmendOptionsLUKS)
 * @since 5.1
 */
export type QCryptoBlockAmendOptionsLUKS = {
  readonly state: QCryptoBlockLUKSKeyslotState
  readonly 'new-secret'?: string | undefined
  readonly 'old-secret'?: string | undefined
  readonly keyslot?: Int64 | undefined
  readonly 'iter-time'?: Int64 | undefined
  readonly secret?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.QCryptoBlockAmendOptions)
 * @since 5.1
 */
export type QCryptoBlockAmendOptions = QCryptoBlockOptionsBase & (
  | ({ readonly format: 'luks' } & QCryptoBlockAmendOptionsLUKS)
  | { readonly format: 'qcow' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.SecretCommonProperties)
 * @since 2.6
 */
export type SecretCommonProperties = {
  readonly format?: QCryptoSecretFormat | undefined
  readonly keyid?: string | undefined
  readonly iv?: string | undefined
  /**
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly loaded?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.SecretProperties)
 * @since 2.6
 */
export type SecretProperties = SecretCommonProperties & {
  readonly data?: string | undefined
  readonly file?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.SecretKeyringProperties)
 * @since 5.1
 * @if CONFIG_SECRET_KEYRING
 */
export type SecretKeyringProperties = SecretCommonProperties & {
  readonly serial: Integer
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.TlsCredsProperties)
 * @since 2.5
 */
export type TlsCredsProperties = {
  readonly 'verify-peer'?: boolean | undefined
  readonly dir?: string | undefined
  readonly endpoint?: QCryptoTLSCredsEndpoint | undefined
  readonly priority?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.TlsCredsAnonProperties)
 * @since 2.5
 */
export type TlsCredsAnonProperties = TlsCredsProperties & {
  /**
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly loaded?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.TlsCredsPskProperties)
 * @since 3.0
 */
export type TlsCredsPskProperties = TlsCredsProperties & {
  readonly username?: string | undefined
  /**
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly loaded?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-crypto.TlsCredsX509Properties)
 * @since 2.5
 */
export type TlsCredsX509Properties = TlsCredsProperties & {
  readonly 'sanity-check'?: boolean | undefined
  readonly passwordid?: string | undefined
  /**
   * @removed in 10.0 or before
   * @deprecated
   */
  readonly loaded?: boolean | undefined
}

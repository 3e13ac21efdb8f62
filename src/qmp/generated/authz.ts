// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-authz.QAuthZListPolicy)
 * @since 4.0
 */
export type QAuthZListPolicy = 'deny' | 'allow'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-authz.QAuthZListFormat)
 * @since 4.0
 */
export type QAuthZListFormat = 'exact' | 'glob'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-authz.QAuthZListRule)
 * @since 4.0
 */
export type QAuthZListRule = {
  readonly match: string
  readonly policy: QAuthZListPolicy
  readonly format?: QAuthZListFormat | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-authz.AuthZListProperties)
 * @since 4.0
 */
export type AuthZListProperties = {
  readonly policy?: QAuthZListPolicy | undefined
  readonly rules?: readonly QAuthZListRule[] | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-authz.AuthZListFileProperties)
 * @since 4.0
 */
export type AuthZListFileProperties = {
  readonly filename: string
  readonly refresh?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-authz.AuthZPAMProperties)
 * @since 4.0
 */
export type AuthZPAMProperties = {
  readonly service: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-authz.AuthZSimpleProperties)
 * @since 4.0
 */
export type AuthZSimpleProperties = {
  readonly identity: string
}

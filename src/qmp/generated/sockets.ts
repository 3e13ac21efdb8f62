// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Integer } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-sockets.NetworkAddressFamily)
 * @since 2.1
 */
export type NetworkAddressFamily =
  | 'ipv4'
  | 'ipv6'
  | 'unix'
  /** @since 2.8 */
  | 'vsock'
  | 'unknown'

/** [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-sockets.InetSocketAddressBase) */
export type InetSocketAddressBase = {
  readonly host: string
  readonly port: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-sockets.InetSocketAddress)
 * @since 1.3
 */
export type InetSocketAddress = InetSocketAddressBase & {
  /** @since 2.9 */
  readonly numeric?: boolean
  readonly to?: number
  readonly ipv4?: boolean
  readonly ipv6?: boolean
  /** @since 4.2 */
  readonly 'keep-alive'?: boolean
  /**
   * @since 10.1
   * @if HAVE_TCP_KEEPCNT
   */
  readonly 'keep-alive-count'?: number
  /**
   * @since 10.1
   * @if HAVE_TCP_KEEPIDLE
   */
  readonly 'keep-alive-idle'?: number
  /**
   * @since 10.1
   * @if HAVE_TCP_KEEPINTVL
   */
  readonly 'keep-alive-interval'?: number
  /**
   * @since 6.1
   * @if HAVE_IPPROTO_MPTCP
   */
  readonly mptcp?: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-sockets.InetSocketAddress)
 * @since 1.3
 */
export type InetSocketAddressInput = InetSocketAddressBase & {
  /** @since 2.9 */
  readonly numeric?: boolean | undefined
  readonly to?: Integer | undefined
  readonly ipv4?: boolean | undefined
  readonly ipv6?: boolean | undefined
  /** @since 4.2 */
  readonly 'keep-alive'?: boolean | undefined
  /**
   * @since 10.1
   * @if HAVE_TCP_KEEPCNT
   */
  readonly 'keep-alive-count'?: Integer | undefined
  /**
   * @since 10.1
   * @if HAVE_TCP_KEEPIDLE
   */
  readonly 'keep-alive-idle'?: Integer | undefined
  /**
   * @since 10.1
   * @if HAVE_TCP_KEEPINTVL
   */
  readonly 'keep-alive-interval'?: Integer | undefined
  /**
   * @since 6.1
   * @if HAVE_IPPROTO_MPTCP
   */
  readonly mptcp?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-sockets.UnixSocketAddress)
 * @since 1.3
 */
export type UnixSocketAddress = {
  readonly path: string
  /**
   * @since 5.1
   * @if CONFIG_LINUX
   */
  readonly abstract?: boolean | undefined
  /**
   * @since 5.1
   * @if CONFIG_LINUX
   */
  readonly tight?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-sockets.VsockSocketAddress)
 * @since 2.8
 */
export type VsockSocketAddress = {
  readonly cid: string
  readonly port: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-sockets.FdSocketAddress)
 * @since 1.2
 */
export type FdSocketAddress = {
  readonly str: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-sockets.InetSocketAddressWrapper)
 * @since 1.3
 */
export type InetSocketAddressWrapper = {
  readonly data: InetSocketAddressInput
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-sockets.UnixSocketAddressWrapper)
 * @since 1.3
 */
export type UnixSocketAddressWrapper = {
  readonly data: UnixSocketAddress
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-sockets.VsockSocketAddressWrapper)
 * @since 2.8
 */
export type VsockSocketAddressWrapper = {
  readonly data: VsockSocketAddress
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-sockets.FdSocketAddressWrapper)
 * @since 1.3
 */
export type FdSocketAddressWrapper = {
  readonly data: FdSocketAddress
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-sockets.SocketAddressLegacy)
 * @since 1.3
 */
export type SocketAddressLegacy = (
  | ({ readonly type: 'inet' } & InetSocketAddressWrapper)
  | ({ readonly type: 'unix' } & UnixSocketAddressWrapper)
  | ({ readonly type: 'vsock' } & VsockSocketAddressWrapper)
  | ({ readonly type: 'fd' } & FdSocketAddressWrapper)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-sockets.SocketAddressType)
 * @since 2.9
 */
export type SocketAddressType = 'inet' | 'unix' | 'vsock' | 'fd'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-sockets.SocketAddress)
 * @since 2.9
 */
export type SocketAddress = (
  | ({ readonly type: 'inet' } & InetSocketAddress)
  | ({ readonly type: 'unix' } & UnixSocketAddress)
  | ({ readonly type: 'vsock' } & VsockSocketAddress)
  | ({ readonly type: 'fd' } & FdSocketAddress)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-sockets.SocketAddress)
 * @since 2.9
 */
export type SocketAddressInput = (
  | ({ readonly type: 'inet' } & InetSocketAddressInput)
  | ({ readonly type: 'unix' } & UnixSocketAddress)
  | ({ readonly type: 'vsock' } & VsockSocketAddress)
  | ({ readonly type: 'fd' } & FdSocketAddress)
)

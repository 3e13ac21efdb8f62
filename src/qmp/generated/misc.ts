// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc.NameInfo)
 * @since 0.14
 */
export type NameInfo = {
  readonly name?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc.IOThreadInfo)
 * @since 2.0
 */
export type IOThreadInfo = {
  readonly id: string
  readonly 'thread-id': number
  /** @since 2.9 */
  readonly 'poll-max-ns': number
  /** @since 2.9 */
  readonly 'poll-grow': number
  /** @since 2.9 */
  readonly 'poll-shrink': number
  /** @since 11.1 */
  readonly 'poll-weight'?: number
  /** @since 6.1 */
  readonly 'aio-max-batch': number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc.AddfdInfo)
 * @since 1.2
 */
export type AddfdInfo = {
  readonly 'fdset-id': number
  readonly fd: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc.FdsetFdInfo)
 * @since 1.2
 */
export type FdsetFdInfo = {
  readonly fd: number
  readonly opaque?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc.FdsetInfo)
 * @since 1.2
 */
export type FdsetInfo = {
  readonly 'fdset-id': number
  readonly fds: readonly FdsetFdInfo[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-misc.CommandLineParameterType)
 * @since 1.5
 */
export type CommandLineParameterType = 'string' | 'boolean' | 'number' | 'size'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc.CommandLineParameterInfo)
 * @since 1.5
 */
export type CommandLineParameterInfo = {
  readonly name: string
  readonly type: Open<CommandLineParameterType>
  readonly help?: string
  /** @since 2.1 */
  readonly default?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc.CommandLineOptionInfo)
 * @since 1.5
 */
export type CommandLineOptionInfo = {
  readonly option: string
  readonly parameters: readonly CommandLineParameterInfo[]
}

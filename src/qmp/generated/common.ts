// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-common.IoOperationType)
 * @since 2.1
 */
export type IoOperationType = 'read' | 'write'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-common.OnOffAuto)
 * @since 2.2
 */
export type OnOffAuto = 'auto' | 'on' | 'off'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#alternate-QMP-common.StrOrNull)
 * @since 2.10
 */
export type StrOrNull = string | null

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-common.HostMemPolicy)
 * @since 2.1
 */
export type HostMemPolicy = 'default' | 'preferred' | 'bind' | 'interleave'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-common.NetFilterDirection)
 * @since 2.5
 */
export type NetFilterDirection = 'all' | 'rx' | 'tx'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-common.GrabToggleKeys)
 * @since 4.0
 */
export type GrabToggleKeys =
  | 'ctrl-ctrl'
  | 'alt-alt'
  | 'shift-shift'
  | 'meta-meta'
  | 'scrolllock'
  | 'ctrl-scrolllock'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-common.HumanReadableText)
 * @since 6.2
 */
export type HumanReadableText = {
  readonly 'human-readable-text': string
}

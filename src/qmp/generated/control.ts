// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-control.QMPCapability)
 * @since 2.12
 */
export type QMPCapability = 'oob'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-control.VersionTriple)
 * @since 2.4
 */
export type VersionTriple = {
  readonly major: number
  readonly minor: number
  readonly micro: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-control.VersionInfo)
 * @since 0.14
 */
export type VersionInfo = {
  readonly qemu: VersionTriple
  readonly package: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-control.CommandInfo)
 * @since 0.14
 */
export type CommandInfo = {
  readonly name: string
}

// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-misc-arm.GICCapability)
 * @since 2.6
 * @if TARGET_ARM
 */
export type GICCapability = {
  readonly version: number
  readonly emulated: boolean
  readonly kernel: boolean
}

// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block.PRManagerInfo)
 * @since 3.0
 */
export type PRManagerInfo = {
  readonly id: string
  readonly connected: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-block.BlockdevChangeReadOnlyMode)
 * @since 2.3
 */
export type BlockdevChangeReadOnlyMode = 'retain' | 'read-only' | 'read-write'

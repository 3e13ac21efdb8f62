// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-yank.YankInstanceType)
 * @since 6.0
 */
export type YankInstanceType = 'block-node' | 'chardev' | 'migration'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-yank.YankInstanceBlockNode)
 * @since 6.0
 */
export type YankInstanceBlockNode = {
  readonly 'node-name': string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-yank.YankInstanceChardev)
 * @since 6.0
 */
export type YankInstanceChardev = {
  readonly id: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-yank.YankInstance)
 * @since 6.0
 */
export type YankInstance = (
  | ({ readonly type: 'block-node' } & YankInstanceBlockNode)
  | ({ readonly type: 'chardev' } & YankInstanceChardev)
  | { readonly type: 'migration' }
)

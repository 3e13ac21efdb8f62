// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ebpf.EbpfObject)
 * @since 9.0
 * @if CONFIG_EBPF
 */
export type EbpfObject = {
  readonly object: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ebpf.EbpfProgramID)
 * @since 9.0
 * @if CONFIG_EBPF
 */
export type EbpfProgramID = 'rss'

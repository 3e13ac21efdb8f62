// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-pci.PciMemoryRange)
 * @since 0.14
 */
export type PciMemoryRange = {
  readonly base: number
  readonly limit: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-pci.PciMemoryRegion)
 * @since 0.14
 */
export type PciMemoryRegion = {
  readonly bar: number
  readonly type: string
  readonly address: number
  readonly size: number
  readonly prefetch?: boolean
  readonly mem_type_64?: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-pci.PciBusInfo)
 * @since 2.4
 */
export type PciBusInfo = {
  readonly number: number
  readonly secondary: number
  readonly subordinate: number
  readonly io_range: PciMemoryRange
  readonly memory_range: PciMemoryRange
  readonly prefetchable_range: PciMemoryRange
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-pci.PciBridgeInfo)
 * @since 0.14
 */
export type PciBridgeInfo = {
  readonly bus: PciBusInfo
  readonly devices?: readonly PciDeviceInfo[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-pci.PciDeviceClass)
 * @since 2.4
 */
export type PciDeviceClass = {
  readonly desc?: string
  readonly class: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-pci.PciDeviceId)
 * @since 2.4
 */
export type PciDeviceId = {
  readonly device: number
  readonly vendor: number
  /** @since 3.1 */
  readonly subsystem?: number
  /** @since 3.1 */
  readonly 'subsystem-vendor'?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-pci.PciDeviceInfo)
 * @since 0.14
 */
export type PciDeviceInfo = {
  readonly bus: number
  readonly slot: number
  readonly function: number
  readonly class_info: PciDeviceClass
  readonly id: PciDeviceId
  readonly irq?: number
  /** @since 5.1 */
  readonly irq_pin: number
  readonly qdev_id: string
  readonly pci_bridge?: PciBridgeInfo
  readonly regions: readonly PciMemoryRegion[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-pci.PciInfo)
 * @since 0.14
 */
export type PciInfo = {
  readonly bus: number
  readonly devices: readonly PciDeviceInfo[]
}

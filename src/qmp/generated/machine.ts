// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Integer, JsonValue, Open } from '../common-types.ts'
import type { HostMemPolicy } from './common.ts'
import type { S390CpuEntitlement } from './machine-common.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine.SysEmuTarget)
 * @since 3.0
 */
export type SysEmuTarget =
  | 'aarch64'
  | 'alpha'
  | 'arm'
  | 'avr'
  /** @since 11.1 or before */
  | 'hexagon'
  | 'hppa'
  | 'i386'
  | 'loongarch64'
  | 'm68k'
  | 'microblaze'
  | 'mips'
  | 'mips64'
  | 'mips64el'
  | 'mipsel'
  | 'or1k'
  | 'ppc'
  | 'ppc64'
  | 'riscv32'
  | 'riscv64'
  | 'rx'
  | 's390x'
  | 'sh4'
  | 'sh4eb'
  | 'sparc'
  | 'sparc64'
  | 'tricore'
  | 'x86_64'
  | 'xtensa'
  | 'xtensaeb'
  /** @removed in 11.1 or before */
  | 'microblazeel'
  /** @removed in 10.0 or before */
  | 'cris'
  /** @removed in 10.0 or before */
  | 'nios2'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine.S390CpuState)
 * @since 2.12
 */
export type S390CpuState = 'uninitialized' | 'stopped' | 'check-stop' | 'operating' | 'load'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.CpuInfoS390)
 * @since 2.12
 */
export type CpuInfoS390 = {
  readonly 'cpu-state': Open<S390CpuState>
  /** @since 8.2 */
  readonly dedicated?: boolean
  /** @since 8.2 */
  readonly entitlement?: Open<S390CpuEntitlement>
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.CpuInfoFast)
 * @since 2.12
 */
export type CpuInfoFast = {
  readonly 'cpu-index': number
  /** @since 10.1 */
  readonly 'qom-type'?: string
  readonly 'qom-path': string
  readonly 'thread-id': number
  readonly props?: CpuInstanceProperties
} & (
  | ({ readonly target: 's390x' } & CpuInfoS390)
  | { readonly target: 'aarch64' | 'alpha' | 'arm' | 'avr' | 'hexagon' | 'hppa' | 'i386' | 'loongarch64' | 'm68k' | 'microblaze' | 'mips' | 'mips64' | 'mips64el' | 'mipsel' | 'or1k' | 'ppc' | 'ppc64' | 'riscv32' | 'riscv64' | 'rx' | 'sh4' | 'sh4eb' | 'sparc' | 'sparc64' | 'tricore' | 'x86_64' | 'xtensa' | 'xtensaeb' | 'microblazeel' | 'cris' | 'nios2' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.CompatProperty)
 * @since 9.1
 */
export type CompatProperty = {
  readonly 'qom-type': string
  readonly property: string
  readonly value: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.MachineInfo)
 * @since 1.2
 */
export type MachineInfo = {
  readonly name: string
  readonly alias?: string
  readonly 'is-default'?: boolean
  /** @since 1.5 */
  readonly 'cpu-max': number
  /** @since 2.7 */
  readonly 'hotpluggable-cpus': boolean
  /** @since 4.1 */
  readonly 'numa-mem-supported': boolean
  /** @since 4.1 */
  readonly deprecated: boolean
  /** @since 4.2 */
  readonly 'default-cpu-type'?: string
  /** @since 5.2 */
  readonly 'default-ram-id'?: string
  /** @since 8.0 */
  readonly acpi?: boolean
  /**
   * @since 9.1
   * @unstable
   */
  readonly 'compat-props'?: readonly CompatProperty[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.CurrentMachineParams)
 * @since 4.0
 */
export type CurrentMachineParams = {
  readonly 'wakeup-suspend-support': boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.QemuTargetInfo)
 * @since 1.2
 */
export type QemuTargetInfo = {
  readonly arch: Open<SysEmuTarget>
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.UuidInfo)
 * @since 0.14
 */
export type UuidInfo = {
  readonly UUID: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.GuidInfo)
 * @since 2.9
 */
export type GuidInfo = {
  readonly guid: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine.NumaOptionsType)
 * @since 2.1
 */
export type NumaOptionsType =
  | 'node'
  /** @since 2.10 */
  | 'dist'
  /** @since 2.10 */
  | 'cpu'
  /** @since 5.0 */
  | 'hmat-lb'
  /** @since 5.0 */
  | 'hmat-cache'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.NumaOptions)
 * @since 2.1
 */
export type NumaOptions = (
  | ({ readonly type: 'node' } & NumaNodeOptions)
  /** @since 2.10 */
  | ({ readonly type: 'dist' } & NumaDistOptions)
  /** @since 2.10 */
  | ({ readonly type: 'cpu' } & NumaCpuOptions)
  /** @since 5.0 */
  | ({ readonly type: 'hmat-lb' } & NumaHmatLBOptions)
  /** @since 5.0 */
  | ({ readonly type: 'hmat-cache' } & NumaHmatCacheOptions)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.NumaNodeOptions)
 * @since 2.1
 */
export type NumaNodeOptions = {
  readonly nodeid?: Integer | undefined
  readonly cpus?: readonly Integer[] | undefined
  readonly mem?: Int64 | undefined
  readonly memdev?: string | undefined
  /** @since 5.0 */
  readonly initiator?: Integer | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.NumaDistOptions)
 * @since 2.10
 */
export type NumaDistOptions = {
  readonly src: Integer
  readonly dst: Integer
  readonly val: Integer
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.NumaCpuOptions)
 * @since 2.10
 */
export type NumaCpuOptions = CpuInstancePropertiesInput

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine.HmatLBMemoryHierarchy)
 * @since 5.0
 */
export type HmatLBMemoryHierarchy = 'memory' | 'first-level' | 'second-level' | 'third-level'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine.HmatLBDataType)
 * @since 5.0
 */
export type HmatLBDataType =
  | 'access-latency'
  | 'read-latency'
  | 'write-latency'
  | 'access-bandwidth'
  | 'read-bandwidth'
  | 'write-bandwidth'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.NumaHmatLBOptions)
 * @since 5.0
 */
export type NumaHmatLBOptions = {
  readonly initiator: Integer
  readonly target: Integer
  readonly hierarchy: HmatLBMemoryHierarchy
  readonly 'data-type': HmatLBDataType
  readonly latency?: Int64 | undefined
  readonly bandwidth?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine.HmatCacheAssociativity)
 * @since 5.0
 */
export type HmatCacheAssociativity = 'none' | 'direct' | 'complex'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine.HmatCacheWritePolicy)
 * @since 5.0
 */
export type HmatCacheWritePolicy = 'none' | 'write-back' | 'write-through'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.NumaHmatCacheOptions)
 * @since 5.0
 */
export type NumaHmatCacheOptions = {
  readonly 'node-id': Integer
  readonly size: Int64
  readonly level: Integer
  readonly associativity: HmatCacheAssociativity
  readonly policy: HmatCacheWritePolicy
  readonly line: Integer
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.Memdev)
 * @since 2.1
 */
export type Memdev = {
  /** @since 2.9 */
  readonly id?: string
  readonly size: Int64
  readonly merge: boolean
  readonly dump: boolean
  readonly prealloc: boolean
  /** @since 6.1 */
  readonly share: boolean
  /** @since 6.1 */
  readonly reserve?: boolean
  readonly 'host-nodes': readonly number[]
  readonly policy: Open<HostMemPolicy>
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.CpuInstanceProperties)
 * @since 2.7
 */
export type CpuInstanceProperties = {
  readonly 'node-id'?: number
  /** @since 8.2 */
  readonly 'drawer-id'?: number
  /** @since 8.2 */
  readonly 'book-id'?: number
  readonly 'socket-id'?: number
  /** @since 4.1 */
  readonly 'die-id'?: number
  /** @since 7.1 */
  readonly 'cluster-id'?: number
  /** @since 9.1 */
  readonly 'module-id'?: number
  readonly 'core-id'?: number
  readonly 'thread-id'?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.CpuInstanceProperties)
 * @since 2.7
 */
export type CpuInstancePropertiesInput = {
  readonly 'node-id'?: Int64 | undefined
  /** @since 8.2 */
  readonly 'drawer-id'?: Int64 | undefined
  /** @since 8.2 */
  readonly 'book-id'?: Int64 | undefined
  readonly 'socket-id'?: Int64 | undefined
  /** @since 4.1 */
  readonly 'die-id'?: Int64 | undefined
  /** @since 7.1 */
  readonly 'cluster-id'?: Int64 | undefined
  /** @since 9.1 */
  readonly 'module-id'?: Int64 | undefined
  readonly 'core-id'?: Int64 | undefined
  readonly 'thread-id'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.HotpluggableCPU)
 * @since 2.7
 */
export type HotpluggableCPU = {
  readonly type: string
  readonly 'vcpus-count': number
  readonly props: CpuInstanceProperties
  readonly 'qom-path'?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.BalloonInfo)
 * @since 0.14
 */
export type BalloonInfo = {
  readonly actual: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.HvBalloonInfo)
 * @since 8.2
 */
export type HvBalloonInfo = {
  readonly committed: Int64
  readonly available: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.MemoryInfo)
 * @since 2.11
 */
export type MemoryInfo = {
  readonly 'base-memory': Int64
  readonly 'plugged-memory'?: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.PCDIMMDeviceInfo)
 * @since 2.1
 */
export type PCDIMMDeviceInfo = {
  readonly id?: string
  readonly addr: number
  readonly size: number
  readonly slot: number
  readonly node: number
  readonly memdev: string
  readonly hotplugged: boolean
  readonly hotpluggable: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.VirtioPMEMDeviceInfo)
 * @since 4.1
 */
export type VirtioPMEMDeviceInfo = {
  readonly id?: string
  readonly memaddr: Int64
  readonly size: Int64
  readonly memdev: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.VirtioMEMDeviceInfo)
 * @since 5.1
 */
export type VirtioMEMDeviceInfo = {
  readonly id?: string
  readonly memaddr: Int64
  readonly 'requested-size': Int64
  readonly size: Int64
  readonly 'max-size': Int64
  readonly 'block-size': Int64
  readonly node: number
  readonly memdev: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.SgxEPCDeviceInfo)
 * @since 6.2
 */
export type SgxEPCDeviceInfo = {
  readonly id?: string
  readonly memaddr: Int64
  readonly size: Int64
  /** @since 7.0 */
  readonly node: number
  readonly memdev: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.HvBalloonDeviceInfo)
 * @since 8.2
 */
export type HvBalloonDeviceInfo = {
  readonly id?: string
  readonly memaddr?: Int64
  readonly 'max-size': Int64
  readonly memdev?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.SpMemDeviceInfo)
 * @since 11.1
 */
export type SpMemDeviceInfo = {
  readonly id?: string
  readonly addr: Int64
  readonly size: Int64
  readonly node: number
  readonly memdev: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine.MemoryDeviceInfoKind)
 * @since 2.1
 */
export type MemoryDeviceInfoKind =
  | 'dimm'
  | 'nvdimm'
  | 'virtio-pmem'
  | 'virtio-mem'
  | 'sgx-epc'
  /** @since 8.2 or before */
  | 'hv-balloon'
  /** @since 11.1 or before */
  | 'sp-mem'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.PCDIMMDeviceInfoWrapper)
 * @since 2.1
 */
export type PCDIMMDeviceInfoWrapper = {
  readonly data: PCDIMMDeviceInfo
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.VirtioPMEMDeviceInfoWrapper)
 * @since 2.1
 */
export type VirtioPMEMDeviceInfoWrapper = {
  readonly data: VirtioPMEMDeviceInfo
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.VirtioMEMDeviceInfoWrapper)
 * @since 2.1
 */
export type VirtioMEMDeviceInfoWrapper = {
  readonly data: VirtioMEMDeviceInfo
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.SgxEPCDeviceInfoWrapper)
 * @since 6.2
 */
export type SgxEPCDeviceInfoWrapper = {
  readonly data: SgxEPCDeviceInfo
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.HvBalloonDeviceInfoWrapper)
 * @since 8.2
 */
export type HvBalloonDeviceInfoWrapper = {
  readonly data: HvBalloonDeviceInfo
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.SpMemDeviceInfoWrapper)
 * @since 11.1
 */
export type SpMemDeviceInfoWrapper = {
  readonly data: SpMemDeviceInfo
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.MemoryDeviceInfo)
 * @since 2.1
 */
export type MemoryDeviceInfo = (
  | ({ readonly type: 'dimm' } & PCDIMMDeviceInfoWrapper)
  | ({ readonly type: 'nvdimm' } & PCDIMMDeviceInfoWrapper)
  | ({ readonly type: 'virtio-pmem' } & VirtioPMEMDeviceInfoWrapper)
  | ({ readonly type: 'virtio-mem' } & VirtioMEMDeviceInfoWrapper)
  | ({ readonly type: 'sgx-epc' } & SgxEPCDeviceInfoWrapper)
  /** @since 8.2 or before */
  | ({ readonly type: 'hv-balloon' } & HvBalloonDeviceInfoWrapper)
  /** @since 11.1 or before */
  | ({ readonly type: 'sp-mem' } & SpMemDeviceInfoWrapper)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.FirmwareLog)
 * @since 10.2
 */
export type FirmwareLog = {
  readonly version?: string
  readonly log: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.CpuModelInfo)
 * @since 2.8
 */
export type CpuModelInfo = {
  readonly name: string
  readonly props?: unknown
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.CpuModelInfo)
 * @since 2.8
 */
export type CpuModelInfoInput = {
  readonly name: string
  readonly props?: JsonValue | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine.CpuModelExpansionType)
 * @since 2.8
 */
export type CpuModelExpansionType = 'static' | 'full'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-machine.CpuModelCompareResult)
 * @since 2.8
 */
export type CpuModelCompareResult = 'incompatible' | 'identical' | 'superset' | 'subset'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.CpuModelBaselineInfo)
 * @since 2.8
 * @if TARGET_S390X
 */
export type CpuModelBaselineInfo = {
  readonly model: CpuModelInfo
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.CpuModelCompareInfo)
 * @since 2.8
 * @if TARGET_S390X
 */
export type CpuModelCompareInfo = {
  readonly result: Open<CpuModelCompareResult>
  readonly 'responsible-properties': readonly string[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.CpuModelExpansionInfo)
 * @since 2.8
 * @if (TARGET_S390X || TARGET_I386 || TARGET_ARM || TARGET_LOONGARCH64 || TARGET_RISCV)
 */
export type CpuModelExpansionInfo = {
  readonly model: CpuModelInfo
  /**
   * Some versions require it.
   * @since 9.1
   * @if TARGET_S390X
   */
  readonly 'deprecated-props'?: readonly string[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-machine.CpuDefinitionInfo)
 * @since 1.2
 * @if (TARGET_PPC || TARGET_ARM || TARGET_I386 || TARGET_S390X || TARGET_MIPS || TARGET_LOONGARCH64 || TARGET_RISCV)
 */
export type CpuDefinitionInfo = {
  readonly name: string
  /** @since 2.8 */
  readonly 'migration-safe'?: boolean
  /** @since 2.8 */
  readonly static: boolean
  /** @since 2.8 */
  readonly 'unavailable-features'?: readonly string[]
  /** @since 2.9 */
  readonly typename: string
  /** @since 4.1 */
  readonly 'alias-of'?: string
  /** @since 5.2 */
  readonly deprecated: boolean
}

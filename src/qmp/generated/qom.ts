// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Integer } from '../common-types.ts'
import type {
  AuthZListFileProperties,
  AuthZListProperties,
  AuthZPAMProperties,
  AuthZSimpleProperties,
} from './authz.ts'
import type { ThrottleGroupProperties } from './block-core.ts'
import type { GrabToggleKeys, HostMemPolicy, NetFilterDirection, OnOffAuto } from './common.ts'
import type {
  SecretKeyringProperties,
  SecretProperties,
  TlsCredsAnonProperties,
  TlsCredsProperties,
  TlsCredsPskProperties,
  TlsCredsX509Properties,
} from './crypto.ts'
import type { SocketAddressInput } from './sockets.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.ObjectPropertyInfo)
 * @since 1.2
 */
export type ObjectPropertyInfo = {
  readonly name: string
  readonly type: string
  readonly description?: string
  /** @since 5.0 */
  readonly 'default-value'?: unknown
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.ObjectPropertyValue)
 * @since 10.1
 */
export type ObjectPropertyValue = {
  readonly name: string
  readonly type: string
  readonly value?: unknown
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.ObjectPropertiesValues)
 * @since 10.1
 */
export type ObjectPropertiesValues = {
  readonly properties: readonly ObjectPropertyValue[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.ObjectTypeInfo)
 * @since 1.1
 */
export type ObjectTypeInfo = {
  readonly name: string
  /** @since 2.10 */
  readonly abstract?: boolean
  /** @since 2.10 */
  readonly parent?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.CanHostSocketcanProperties)
 * @since 2.12
 * @if CONFIG_LINUX
 */
export type CanHostSocketcanProperties = {
  readonly if: string
  readonly canbus: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.ColoCompareProperties)
 * @since 2.8
 */
export type ColoCompareProperties = {
  readonly primary_in: string
  readonly secondary_in: string
  readonly outdev: string
  readonly iothread: string
  readonly notify_dev?: string | undefined
  readonly compare_timeout?: Int64 | undefined
  readonly expired_scan_cycle?: Integer | undefined
  readonly max_queue_size?: Integer | undefined
  readonly vnet_hdr_support?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.CryptodevBackendProperties)
 * @since 2.8
 */
export type CryptodevBackendProperties = {
  readonly queues?: Integer | undefined
  /** @since 8.0 */
  readonly 'throttle-bps'?: Int64 | undefined
  /** @since 8.0 */
  readonly 'throttle-ops'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.CryptodevVhostUserProperties)
 * @since 2.12
 * @if CONFIG_VHOST_CRYPTO
 */
export type CryptodevVhostUserProperties = CryptodevBackendProperties & {
  readonly chardev: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.DBusVMStateProperties)
 * @since 5.0
 */
export type DBusVMStateProperties = {
  readonly addr: string
  readonly 'id-list'?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-qom.NetfilterInsert)
 * @since 5.0
 */
export type NetfilterInsert = 'before' | 'behind'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.NetfilterProperties)
 * @since 2.5
 */
export type NetfilterProperties = {
  readonly netdev: string
  readonly queue?: NetFilterDirection | undefined
  readonly status?: string | undefined
  readonly position?: string | undefined
  readonly insert?: NetfilterInsert | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.FilterBufferProperties)
 * @since 2.5
 */
export type FilterBufferProperties = NetfilterProperties & {
  readonly interval: Integer
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.FilterDumpProperties)
 * @since 2.5
 */
export type FilterDumpProperties = NetfilterProperties & {
  readonly file: string
  readonly maxlen?: Integer | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.FilterMirrorProperties)
 * @since 2.6
 */
export type FilterMirrorProperties = NetfilterProperties & {
  readonly outdev: string
  readonly vnet_hdr_support?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.FilterRedirectorProperties)
 * @since 2.6
 */
export type FilterRedirectorProperties = NetfilterProperties & {
  readonly indev?: string | undefined
  readonly outdev?: string | undefined
  readonly vnet_hdr_support?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.FilterRewriterProperties)
 * @since 2.8
 */
export type FilterRewriterProperties = NetfilterProperties & {
  readonly vnet_hdr_support?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.InputBarrierProperties)
 * @since 4.2
 */
export type InputBarrierProperties = {
  readonly name: string
  readonly server?: string | undefined
  readonly port?: string | undefined
  readonly 'x-origin'?: string | undefined
  readonly 'y-origin'?: string | undefined
  readonly width?: string | undefined
  readonly height?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.InputLinuxProperties)
 * @since 2.6
 * @if CONFIG_LINUX
 */
export type InputLinuxProperties = {
  readonly evdev: string
  readonly grab_all?: boolean | undefined
  readonly repeat?: boolean | undefined
  readonly 'grab-toggle'?: GrabToggleKeys | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.EventLoopBaseProperties)
 * @since 7.1
 */
export type EventLoopBaseProperties = {
  readonly 'aio-max-batch'?: Int64 | undefined
  readonly 'thread-pool-min'?: Int64 | undefined
  readonly 'thread-pool-max'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.IothreadProperties)
 * @since 2.0
 */
export type IothreadProperties = EventLoopBaseProperties & {
  readonly 'poll-max-ns'?: Int64 | undefined
  readonly 'poll-grow'?: Int64 | undefined
  readonly 'poll-shrink'?: Int64 | undefined
  /** @since 11.1 */
  readonly 'poll-weight'?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.MainLoopProperties)
 * @since 7.1
 */
export type MainLoopProperties = EventLoopBaseProperties

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.MemoryBackendProperties)
 * @since 2.1
 */
export type MemoryBackendProperties = {
  readonly dump?: boolean | undefined
  readonly 'host-nodes'?: readonly Integer[] | undefined
  readonly merge?: boolean | undefined
  readonly policy?: HostMemPolicy | undefined
  readonly prealloc?: boolean | undefined
  readonly 'prealloc-threads'?: Integer | undefined
  /** @since 7.2 */
  readonly 'prealloc-context'?: string | undefined
  readonly share?: boolean | undefined
  /** @since 6.1 */
  readonly reserve?: boolean | undefined
  readonly size: Int64
  readonly 'x-use-canonical-path-for-ramblock-id'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.MemoryBackendFileProperties)
 * @since 2.1
 */
export type MemoryBackendFileProperties = MemoryBackendProperties & {
  readonly align?: Int64 | undefined
  /** @since 8.1 */
  readonly offset?: Int64 | undefined
  readonly 'discard-data'?: boolean | undefined
  readonly 'mem-path': string
  /** @if CONFIG_LIBPMEM */
  readonly pmem?: boolean | undefined
  readonly readonly?: boolean | undefined
  /** @since 8.2 */
  readonly rom?: OnOffAuto | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.MemoryBackendMemfdProperties)
 * @since 2.12
 * @if CONFIG_LINUX
 */
export type MemoryBackendMemfdProperties = MemoryBackendProperties & {
  readonly hugetlb?: boolean | undefined
  readonly hugetlbsize?: Int64 | undefined
  readonly seal?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.MemoryBackendShmProperties)
 * @since 9.1
 * @if CONFIG_POSIX
 */
export type MemoryBackendShmProperties = MemoryBackendProperties

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.MemoryBackendEpcProperties)
 * @since 6.2
 * @if CONFIG_LINUX
 */
export type MemoryBackendEpcProperties = MemoryBackendProperties

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.PrManagerHelperProperties)
 * @since 2.11
 * @if CONFIG_LINUX
 */
export type PrManagerHelperProperties = {
  readonly path: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.QtestProperties)
 * @since 6.0
 */
export type QtestProperties = {
  readonly chardev: string
  readonly log?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.RemoteObjectProperties)
 * @since 6.0
 */
export type RemoteObjectProperties = {
  readonly fd: string
  readonly devid: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.VfioUserServerProperties)
 * @since 7.1
 */
export type VfioUserServerProperties = {
  readonly socket: SocketAddressInput
  readonly device: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.IOMMUFDProperties)
 * @since 9.0
 */
export type IOMMUFDProperties = {
  readonly fd?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.AcpiGenericInitiatorProperties)
 * @since 9.0
 */
export type AcpiGenericInitiatorProperties = {
  readonly 'pci-dev': string
  readonly node: Integer
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.AcpiGenericPortProperties)
 * @since 9.2
 */
export type AcpiGenericPortProperties = {
  readonly 'pci-bus': string
  readonly node: Integer
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.RngProperties)
 * @since 1.3
 */
export type RngProperties = {
  /** @deprecated */
  readonly opened?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.RngEgdProperties)
 * @since 1.3
 */
export type RngEgdProperties = RngProperties & {
  readonly chardev: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.RngRandomProperties)
 * @since 1.3
 * @if CONFIG_POSIX
 */
export type RngRandomProperties = RngProperties & {
  readonly filename?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.IgvmCfgProperties)
 * @since 10.1
 * @if CONFIG_IGVM
 */
export type IgvmCfgProperties = {
  readonly file: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.SevCommonProperties)
 * @since 9.1
 * @feature confidential-guest-reset
 */
export type SevCommonProperties = {
  readonly 'sev-device'?: string | undefined
  readonly cbitpos?: Integer | undefined
  readonly 'reduced-phys-bits': Integer
  /** @since 6.2 */
  readonly 'kernel-hashes'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.SevGuestProperties)
 * @since 2.12
 */
export type SevGuestProperties = {
  readonly 'sev-device'?: string | undefined
  readonly cbitpos?: Integer | undefined
  readonly 'reduced-phys-bits': Integer
  /** @since 6.2 */
  readonly 'kernel-hashes'?: boolean | undefined
  readonly 'dh-cert-file'?: string | undefined
  readonly 'session-file'?: string | undefined
  readonly policy?: Integer | undefined
  readonly handle?: Integer | undefined
  /** @since 9.1 */
  readonly 'legacy-vm-type'?: OnOffAuto | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.SevSnpGuestProperties)
 * @since 9.1
 */
export type SevSnpGuestProperties = SevCommonProperties & {
  readonly policy?: Int64 | undefined
  readonly 'guest-visible-workarounds'?: string | undefined
  readonly 'id-block'?: string | undefined
  readonly 'id-auth'?: string | undefined
  readonly 'author-key-enabled'?: boolean | undefined
  readonly 'host-data'?: string | undefined
  /** @since 9.1 */
  readonly 'vcek-disabled'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.TdxGuestProperties)
 * @since 10.1
 * @feature confidential-guest-reset
 */
export type TdxGuestProperties = {
  readonly attributes?: Int64 | undefined
  readonly 'sept-ve-disable'?: boolean | undefined
  readonly mrconfigid?: string | undefined
  readonly mrowner?: string | undefined
  readonly mrownerconfig?: string | undefined
  readonly 'quote-generation-socket'?: SocketAddressInput | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.ThreadContextProperties)
 * @since 7.2
 */
export type ThreadContextProperties = {
  readonly 'cpu-affinity'?: readonly Integer[] | undefined
  readonly 'node-affinity'?: readonly Integer[] | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.MonitorProperties)
 * @since 11.1
 */
export type MonitorProperties = {
  readonly chardev: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.MonitorHMPProperties)
 * @since 11.1
 */
export type MonitorHMPProperties = MonitorProperties & {
  readonly readline?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-qom.MonitorQMPCloseAction)
 * @since 11.1
 */
export type MonitorQMPCloseAction = 'none' | 'delete'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.MonitorQMPProperties)
 * @since 11.1
 */
export type MonitorQMPProperties = MonitorProperties & {
  readonly pretty?: boolean | undefined
  readonly 'close-action'?: MonitorQMPCloseAction | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-qom.ObjectType)
 * @since 6.0
 */
export type ObjectType =
  /** @since 10.0 or before */
  | 'acpi-generic-initiator'
  /** @since 10.0 or before */
  | 'acpi-generic-port'
  | 'authz-list'
  | 'authz-listfile'
  | 'authz-pam'
  | 'authz-simple'
  | 'can-bus'
  /** @if CONFIG_LINUX */
  | 'can-host-socketcan'
  | 'colo-compare'
  | 'cryptodev-backend'
  | 'cryptodev-backend-builtin'
  | 'cryptodev-backend-lkcf'
  /** @if CONFIG_VHOST_CRYPTO */
  | 'cryptodev-vhost-user'
  | 'dbus-vmstate'
  | 'filter-buffer'
  | 'filter-dump'
  | 'filter-mirror'
  | 'filter-redirector'
  | 'filter-replay'
  | 'filter-rewriter'
  /**
   * @since 11.1 or before
   * @if CONFIG_IGVM
   */
  | 'igvm-cfg'
  | 'input-barrier'
  /** @if CONFIG_LINUX */
  | 'input-linux'
  /** @since 10.0 or before */
  | 'iommufd'
  | 'iothread'
  | 'main-loop'
  /** @if CONFIG_LINUX */
  | 'memory-backend-epc'
  | 'memory-backend-file'
  /** @if CONFIG_LINUX */
  | 'memory-backend-memfd'
  | 'memory-backend-ram'
  /**
   * @since 10.0 or before
   * @if CONFIG_POSIX
   */
  | 'memory-backend-shm'
  /** @since 11.1 or before */
  | 'monitor-hmp'
  /** @since 11.1 or before */
  | 'monitor-qmp'
  | 'pef-guest'
  /** @if CONFIG_LINUX */
  | 'pr-manager-helper'
  | 'qtest'
  | 'rng-builtin'
  | 'rng-egd'
  /** @if CONFIG_POSIX */
  | 'rng-random'
  | 'secret'
  /** @if CONFIG_SECRET_KEYRING */
  | 'secret_keyring'
  | 'sev-guest'
  /** @since 10.0 or before */
  | 'sev-snp-guest'
  | 'thread-context'
  | 's390-pv-guest'
  /** @since 11.1 or before */
  | 'tdx-guest'
  | 'throttle-group'
  | 'tls-creds-anon'
  | 'tls-creds-psk'
  | 'tls-creds-x509'
  | 'tls-cipher-suites'
  /** @unstable */
  | 'x-remote-object'
  /** @unstable */
  | 'x-vfio-user-server'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-qom.ObjectOptions)
 * @since 6.0
 */
export type ObjectOptions = {
  readonly id: string
} & (
  /** @since 10.0 or before */
  | ({ readonly 'qom-type': 'acpi-generic-initiator' } & AcpiGenericInitiatorProperties)
  /** @since 10.0 or before */
  | ({ readonly 'qom-type': 'acpi-generic-port' } & AcpiGenericPortProperties)
  | ({ readonly 'qom-type': 'authz-list' } & AuthZListProperties)
  | ({ readonly 'qom-type': 'authz-listfile' } & AuthZListFileProperties)
  | ({ readonly 'qom-type': 'authz-pam' } & AuthZPAMProperties)
  | ({ readonly 'qom-type': 'authz-simple' } & AuthZSimpleProperties)
  /** @if CONFIG_LINUX */
  | ({ readonly 'qom-type': 'can-host-socketcan' } & CanHostSocketcanProperties)
  | ({ readonly 'qom-type': 'colo-compare' } & ColoCompareProperties)
  | ({ readonly 'qom-type': 'cryptodev-backend' } & CryptodevBackendProperties)
  | ({ readonly 'qom-type': 'cryptodev-backend-builtin' } & CryptodevBackendProperties)
  | ({ readonly 'qom-type': 'cryptodev-backend-lkcf' } & CryptodevBackendProperties)
  /** @if CONFIG_VHOST_CRYPTO */
  | ({ readonly 'qom-type': 'cryptodev-vhost-user' } & CryptodevVhostUserProperties)
  | ({ readonly 'qom-type': 'dbus-vmstate' } & DBusVMStateProperties)
  | ({ readonly 'qom-type': 'filter-buffer' } & FilterBufferProperties)
  | ({ readonly 'qom-type': 'filter-dump' } & FilterDumpProperties)
  | ({ readonly 'qom-type': 'filter-mirror' } & FilterMirrorProperties)
  | ({ readonly 'qom-type': 'filter-redirector' } & FilterRedirectorProperties)
  | ({ readonly 'qom-type': 'filter-replay' } & NetfilterProperties)
  | ({ readonly 'qom-type': 'filter-rewriter' } & FilterRewriterProperties)
  /**
   * @since 11.1 or before
   * @if CONFIG_IGVM
   */
  | ({ readonly 'qom-type': 'igvm-cfg' } & IgvmCfgProperties)
  | ({ readonly 'qom-type': 'input-barrier' } & InputBarrierProperties)
  /** @if CONFIG_LINUX */
  | ({ readonly 'qom-type': 'input-linux' } & InputLinuxProperties)
  /** @since 10.0 or before */
  | ({ readonly 'qom-type': 'iommufd' } & IOMMUFDProperties)
  | ({ readonly 'qom-type': 'iothread' } & IothreadProperties)
  | ({ readonly 'qom-type': 'main-loop' } & MainLoopProperties)
  /** @if CONFIG_LINUX */
  | ({ readonly 'qom-type': 'memory-backend-epc' } & MemoryBackendEpcProperties)
  | ({ readonly 'qom-type': 'memory-backend-file' } & MemoryBackendFileProperties)
  /** @if CONFIG_LINUX */
  | ({ readonly 'qom-type': 'memory-backend-memfd' } & MemoryBackendMemfdProperties)
  | ({ readonly 'qom-type': 'memory-backend-ram' } & MemoryBackendProperties)
  /**
   * @since 10.0 or before
   * @if CONFIG_POSIX
   */
  | ({ readonly 'qom-type': 'memory-backend-shm' } & MemoryBackendShmProperties)
  /** @since 11.1 or before */
  | ({ readonly 'qom-type': 'monitor-hmp' } & MonitorHMPProperties)
  /** @since 11.1 or before */
  | ({ readonly 'qom-type': 'monitor-qmp' } & MonitorQMPProperties)
  /** @if CONFIG_LINUX */
  | ({ readonly 'qom-type': 'pr-manager-helper' } & PrManagerHelperProperties)
  | ({ readonly 'qom-type': 'qtest' } & QtestProperties)
  | ({ readonly 'qom-type': 'rng-builtin' } & RngProperties)
  | ({ readonly 'qom-type': 'rng-egd' } & RngEgdProperties)
  /** @if CONFIG_POSIX */
  | ({ readonly 'qom-type': 'rng-random' } & RngRandomProperties)
  | ({ readonly 'qom-type': 'secret' } & SecretProperties)
  /** @if CONFIG_SECRET_KEYRING */
  | ({ readonly 'qom-type': 'secret_keyring' } & SecretKeyringProperties)
  | ({ readonly 'qom-type': 'sev-guest' } & SevGuestProperties)
  /** @since 10.0 or before */
  | ({ readonly 'qom-type': 'sev-snp-guest' } & SevSnpGuestProperties)
  | ({ readonly 'qom-type': 'thread-context' } & ThreadContextProperties)
  /** @since 11.1 or before */
  | ({ readonly 'qom-type': 'tdx-guest' } & TdxGuestProperties)
  | ({ readonly 'qom-type': 'throttle-group' } & ThrottleGroupProperties)
  | ({ readonly 'qom-type': 'tls-creds-anon' } & TlsCredsAnonProperties)
  | ({ readonly 'qom-type': 'tls-creds-psk' } & TlsCredsPskProperties)
  | ({ readonly 'qom-type': 'tls-creds-x509' } & TlsCredsX509Properties)
  | ({ readonly 'qom-type': 'tls-cipher-suites' } & TlsCredsProperties)
  /** @unstable */
  | ({ readonly 'qom-type': 'x-remote-object' } & RemoteObjectProperties)
  /** @unstable */
  | ({ readonly 'qom-type': 'x-vfio-user-server' } & VfioUserServerProperties)
  | { readonly 'qom-type': 'can-bus' | 'pef-guest' | 's390-pv-guest' }
)

// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Integer, Open } from '../common-types.ts'
import type { SocketAddressInput } from './sockets.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetLegacyNicOptions)
 * @since 1.2
 */
export type NetLegacyNicOptions = {
  readonly netdev?: string | undefined
  readonly macaddr?: string | undefined
  readonly model?: string | undefined
  readonly addr?: string | undefined
  readonly vectors?: Integer | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.PasstSearch)
 * @since 10.1
 */
export type PasstSearch = {
  readonly str: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.PasstPortForward)
 * @since 10.1
 */
export type PasstPortForward = {
  readonly str: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.PasstParameter)
 * @since 10.1
 */
export type PasstParameter = {
  readonly str: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevPasstOptions)
 * @since 10.1
 * @if CONFIG_PASST
 */
export type NetdevPasstOptions = {
  readonly path?: string | undefined
  readonly quiet?: boolean | undefined
  readonly 'vhost-user'?: boolean | undefined
  readonly mtu?: Int64 | undefined
  readonly address?: string | undefined
  readonly netmask?: string | undefined
  readonly mac?: string | undefined
  readonly gateway?: string | undefined
  readonly interface?: string | undefined
  readonly outbound?: string | undefined
  readonly 'outbound-if4'?: string | undefined
  readonly 'outbound-if6'?: string | undefined
  readonly dns?: string | undefined
  readonly search?: readonly PasstSearch[] | undefined
  readonly fqdn?: string | undefined
  readonly 'dhcp-dns'?: boolean | undefined
  readonly 'dhcp-search'?: boolean | undefined
  readonly 'map-host-loopback'?: string | undefined
  readonly 'map-guest-addr'?: string | undefined
  readonly 'dns-forward'?: string | undefined
  readonly 'dns-host'?: string | undefined
  readonly tcp?: boolean | undefined
  readonly udp?: boolean | undefined
  readonly icmp?: boolean | undefined
  readonly dhcp?: boolean | undefined
  readonly ndp?: boolean | undefined
  readonly dhcpv6?: boolean | undefined
  readonly ra?: boolean | undefined
  readonly freebind?: boolean | undefined
  readonly ipv4?: boolean | undefined
  readonly ipv6?: boolean | undefined
  readonly 'tcp-ports'?: readonly PasstPortForward[] | undefined
  readonly 'udp-ports'?: readonly PasstPortForward[] | undefined
  readonly param?: readonly PasstParameter[] | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevUserDomainSuffix)
 * @since 1.2
 */
export type NetdevUserDomainSuffix = {
  readonly str: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevUserHostForward)
 * @since 1.2
 */
export type NetdevUserHostForward = {
  readonly str: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevUserGuestForward)
 * @since 1.2
 */
export type NetdevUserGuestForward = {
  readonly str: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevUserOptions)
 * @since 1.2
 */
export type NetdevUserOptions = {
  readonly hostname?: string | undefined
  readonly restrict?: boolean | undefined
  /** @since 2.6 */
  readonly ipv4?: boolean | undefined
  /** @since 2.6 */
  readonly ipv6?: boolean | undefined
  readonly ip?: string | undefined
  readonly net?: string | undefined
  readonly host?: string | undefined
  readonly tftp?: string | undefined
  readonly bootfile?: string | undefined
  readonly dhcpstart?: string | undefined
  readonly dns?: string | undefined
  readonly dnssearch?: readonly NetdevUserDomainSuffix[] | readonly NetdevUserGuestForward[] | undefined
  /** @since 3.0 */
  readonly domainname?: string | undefined
  /** @since 2.6 */
  readonly 'ipv6-prefix'?: string | undefined
  /** @since 2.6 */
  readonly 'ipv6-prefixlen'?: Int64 | undefined
  /** @since 2.6 */
  readonly 'ipv6-host'?: string | undefined
  /** @since 2.6 */
  readonly 'ipv6-dns'?: string | undefined
  readonly smb?: string | undefined
  readonly smbserver?: string | undefined
  readonly hostfwd?: readonly NetdevUserHostForward[] | readonly NetdevUserGuestForward[] | undefined
  readonly guestfwd?: readonly NetdevUserGuestForward[] | undefined
  /** @since 3.1 */
  readonly 'tftp-server-name'?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevTapOptions)
 * @since 1.2
 */
export type NetdevTapOptions = {
  readonly ifname?: string | undefined
  readonly fd?: string | undefined
  readonly fds?: string | undefined
  readonly script?: string | undefined
  readonly downscript?: string | undefined
  /** @since 2.8 */
  readonly br?: string | undefined
  readonly helper?: string | undefined
  readonly sndbuf?: Int64 | undefined
  readonly vnet_hdr?: boolean | undefined
  readonly vhost?: boolean | undefined
  readonly vhostfd?: string | undefined
  readonly vhostfds?: string | undefined
  readonly vhostforce?: boolean | undefined
  readonly queues?: Integer | undefined
  /** @since 2.7 */
  readonly 'poll-us'?: Integer | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevSocketOptions)
 * @since 1.2
 */
export type NetdevSocketOptions = {
  readonly fd?: string | undefined
  readonly listen?: string | undefined
  readonly connect?: string | undefined
  readonly mcast?: string | undefined
  readonly localaddr?: string | undefined
  readonly udp?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevL2TPv3Options)
 * @since 2.1
 */
export type NetdevL2TPv3Options = {
  readonly src: string
  readonly dst: string
  readonly srcport?: string | undefined
  readonly dstport?: string | undefined
  readonly ipv6?: boolean | undefined
  readonly udp?: boolean | undefined
  readonly cookie64?: boolean | undefined
  readonly counter?: boolean | undefined
  readonly pincounter?: boolean | undefined
  readonly txcookie?: Int64 | undefined
  readonly rxcookie?: Int64 | undefined
  readonly txsession: Integer
  readonly rxsession?: Integer | undefined
  readonly offset?: Integer | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevVdeOptions)
 * @since 1.2
 */
export type NetdevVdeOptions = {
  readonly sock?: string | undefined
  readonly port?: Integer | undefined
  readonly group?: string | undefined
  readonly mode?: Integer | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevBridgeOptions)
 * @since 1.2
 */
export type NetdevBridgeOptions = {
  readonly br?: string | undefined
  readonly helper?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevHubPortOptions)
 * @since 1.2
 */
export type NetdevHubPortOptions = {
  readonly hubid: Integer
  /** @since 2.12 */
  readonly netdev?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevNetmapOptions)
 * @since 2.0
 */
export type NetdevNetmapOptions = {
  readonly ifname: string
  readonly devname?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-net.AFXDPMode)
 * @since 8.2
 * @if CONFIG_AF_XDP
 */
export type AFXDPMode = 'native' | 'skb'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevAFXDPOptions)
 * @since 8.2
 * @if CONFIG_AF_XDP
 */
export type NetdevAFXDPOptions = {
  readonly ifname: string
  readonly mode?: AFXDPMode | undefined
  readonly 'force-copy'?: boolean | undefined
  readonly queues?: Int64 | undefined
  readonly 'start-queue'?: Int64 | undefined
  readonly inhibit?: boolean | undefined
  readonly 'sock-fds'?: string | undefined
  /** @since 10.1 */
  readonly 'map-path'?: string | undefined
  /** @since 10.1 */
  readonly 'map-start-index'?: Integer | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevVhostUserOptions)
 * @since 2.1
 */
export type NetdevVhostUserOptions = {
  readonly chardev: string
  readonly vhostforce?: boolean | undefined
  /** @since 2.5 */
  readonly queues?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevVhostVDPAOptions)
 * @since 5.1
 */
export type NetdevVhostVDPAOptions = {
  readonly vhostdev?: string | undefined
  readonly vhostfd?: string | undefined
  readonly queues?: Int64 | undefined
  /**
   * @since 7.1
   * @unstable
   */
  readonly 'x-svq'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevVmnetHostOptions)
 * @since 7.1
 * @if CONFIG_VMNET
 */
export type NetdevVmnetHostOptions = {
  readonly 'start-address'?: string | undefined
  readonly 'end-address'?: string | undefined
  readonly 'subnet-mask'?: string | undefined
  readonly isolated?: boolean | undefined
  readonly 'net-uuid'?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevVmnetSharedOptions)
 * @since 7.1
 * @if CONFIG_VMNET
 */
export type NetdevVmnetSharedOptions = {
  readonly 'start-address'?: string | undefined
  readonly 'end-address'?: string | undefined
  readonly 'subnet-mask'?: string | undefined
  readonly isolated?: boolean | undefined
  readonly 'nat66-prefix'?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevVmnetBridgedOptions)
 * @since 7.1
 * @if CONFIG_VMNET
 */
export type NetdevVmnetBridgedOptions = {
  readonly ifname: string
  readonly isolated?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevStreamOptions)
 * @since 7.2
 */
export type NetdevStreamOptions = {
  readonly addr: SocketAddressInput
  readonly server?: boolean | undefined
  /** @since 9.2 */
  readonly 'reconnect-ms'?: Int64 | undefined
  /**
   * @since 8.0
   * @removed in 11.1 or before
   * @deprecated
   */
  readonly reconnect?: Int64 | Integer | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.NetdevDgramOptions)
 * @since 7.2
 */
export type NetdevDgramOptions = {
  readonly local?: SocketAddressInput | undefined
  readonly remote?: SocketAddressInput | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-net.NetClientDriver)
 * @since 2.7
 */
export type NetClientDriver =
  | 'none'
  | 'nic'
  | 'user'
  | 'tap'
  | 'l2tpv3'
  | 'socket'
  | 'stream'
  | 'dgram'
  | 'vde'
  | 'bridge'
  | 'hubport'
  | 'netmap'
  | 'vhost-user'
  | 'vhost-vdpa'
  /**
   * @since 11.1 or before
   * @if CONFIG_PASST
   */
  | 'passt'
  /**
   * @since 8.2 or before
   * @if CONFIG_AF_XDP
   */
  | 'af-xdp'
  /** @if CONFIG_VMNET */
  | 'vmnet-host'
  /** @if CONFIG_VMNET */
  | 'vmnet-shared'
  /** @if CONFIG_VMNET */
  | 'vmnet-bridged'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.Netdev)
 * @since 1.2
 */
export type Netdev = {
  readonly id: string
} & (
  | ({ readonly type: 'nic' } & NetLegacyNicOptions)
  | ({ readonly type: 'user' } & NetdevUserOptions)
  | ({ readonly type: 'tap' } & NetdevTapOptions)
  | ({ readonly type: 'l2tpv3' } & NetdevL2TPv3Options)
  | ({ readonly type: 'socket' } & NetdevSocketOptions)
  | ({ readonly type: 'stream' } & NetdevStreamOptions)
  | ({ readonly type: 'dgram' } & NetdevDgramOptions)
  | ({ readonly type: 'vde' } & NetdevVdeOptions)
  | ({ readonly type: 'bridge' } & NetdevBridgeOptions)
  | ({ readonly type: 'hubport' } & NetdevHubPortOptions)
  | ({ readonly type: 'netmap' } & NetdevNetmapOptions)
  | ({ readonly type: 'vhost-user' } & NetdevVhostUserOptions)
  | ({ readonly type: 'vhost-vdpa' } & NetdevVhostVDPAOptions)
  /**
   * @since 11.1 or before
   * @if CONFIG_PASST
   */
  | ({ readonly type: 'passt' } & NetdevPasstOptions)
  /**
   * @since 8.2 or before
   * @if CONFIG_AF_XDP
   */
  | ({ readonly type: 'af-xdp' } & NetdevAFXDPOptions)
  /** @if CONFIG_VMNET */
  | ({ readonly type: 'vmnet-host' } & NetdevVmnetHostOptions)
  /** @if CONFIG_VMNET */
  | ({ readonly type: 'vmnet-shared' } & NetdevVmnetSharedOptions)
  /** @if CONFIG_VMNET */
  | ({ readonly type: 'vmnet-bridged' } & NetdevVmnetBridgedOptions)
  | { readonly type: 'none' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-net.RxState)
 * @since 1.6
 */
export type RxState = 'normal' | 'none' | 'all'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.RxFilterInfo)
 * @since 1.6
 */
export type RxFilterInfo = {
  readonly name: string
  readonly promiscuous: boolean
  readonly multicast: Open<RxState>
  readonly unicast: Open<RxState>
  /** @since 2.0 */
  readonly vlan: Open<RxState>
  readonly 'broadcast-allowed': boolean
  readonly 'multicast-overflow': boolean
  readonly 'unicast-overflow': boolean
  readonly 'main-mac': string
  readonly 'vlan-table': readonly number[]
  readonly 'unicast-table': readonly string[]
  readonly 'multicast-table': readonly string[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-net.AnnounceParameters)
 * @since 4.0
 */
export type AnnounceParameters = {
  readonly initial: Int64
  readonly max: Int64
  readonly rounds: Int64
  readonly step: Int64
  /** @since 4.1 */
  readonly interfaces?: readonly string[] | undefined
  /** @since 4.1 */
  readonly id?: string | undefined
}

import { keyval, type Pair } from '../config/keyval.ts'
import { hasVhost, type Nic } from '../config/nics.ts'
import type { ResolvedVm } from '../config/resolve.ts'

/** The value of `-device` for a network card. */
export function nicDevice(nic: Nic): string {
  const queues = nic.type === 'tap' ? nic.queues : undefined
  return keyval(nic.model, [
    ['netdev', nic.id],
    ['id', nic.id],
    ['mac', nic.mac],
    ['addr', nic.slot && `0x${nic.slot.toString(16)}`],
    ['host_mtu', nic.mtu],
    ['mq', queues === undefined ? undefined : true],
    // Two for each pair of queues, one for its configuration, one for control.
    ['vectors', queues && 2 * queues + 2],
    ['bootindex', nic.bootIndex],
  ])
}

/** Debian's place of the program that puts a tap into a bridge. */
const bridgeHelper = '/usr/lib/qemu/qemu-bridge-helper'

/** The value of `-netdev` for a network card. */
export function netdev(nic: Nic, accelerator: ResolvedVm['accelerator']): string {
  switch (nic.type) {
    case 'user':
      return keyval('user', [
        ['id', nic.id],
        ...nic.hostForwards.map((forward): Pair => ['hostfwd', hostForward(forward)]),
      ])
    case 'tap':
      return keyval('tap', [
        ['id', nic.id],
        ...(nic.bridge === undefined
          ? ([
              ['ifname', nic.ifname],
              ['script', nic.script ?? 'no'],
              ['downscript', nic.downScript ?? 'no'],
            ] as const)
          : ([
              ['br', nic.bridge],
              ['helper', bridgeHelper],
            ] as const)),
        ['vhost', hasVhost(nic, accelerator)],
        ['queues', nic.queues],
      ])
    default:
      return nic satisfies never
  }
}

type HostForward = Extract<Nic, { type: 'user' }>['hostForwards'][number]

function hostForward({
  protocol,
  hostAddress = '',
  hostPort,
  guestAddress = '',
  guestPort,
}: HostForward): string {
  return `${protocol}:${hostAddress}:${hostPort}-${guestAddress}:${guestPort}`
}

import { keyval, type Pair } from '../config/keyval.ts'
import type { ResolvedVm } from '../config/resolve.ts'

type Nic = ResolvedVm['nics'][number]

/** The value of `-netdev` for a network card. */
export function netdev(nic: Nic): string {
  switch (nic.type) {
    case 'user':
      return keyval('user', [
        ['id', nic.id],
        ...nic.hostForwards.map((forward): Pair => ['hostfwd', hostForward(forward)]),
      ])
    case 'tap':
      return keyval('tap', [
        ['id', nic.id],
        ['ifname', nic.ifname],
        ['script', nic.script ?? 'no'],
        ['downscript', nic.downScript ?? 'no'],
        ['vhost', nic.vhost],
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

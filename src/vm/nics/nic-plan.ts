import type { JsonObject } from '../../qmp/index.ts'
import type { QmpCommand } from '../../volumes/index.ts'
import type { NicAttachment } from '../record/state.ts'

/** Debian's place of the program that puts a tap into a bridge. */
const bridgeHelper = '/usr/lib/qemu/qemu-bridge-helper'

/** The commands that give a running guest a network card. QEMU calls the card and its backend by its id. Pure. */
export function planNicAttach({ port, spec }: Pick<NicAttachment, 'port' | 'spec'>): QmpCommand[] {
  const { id, mac, model, mtu } = spec
  const queues = spec.type === 'tap' ? spec.queues : undefined
  const device = {
    driver: model,
    netdev: id,
    id,
    ...(mac === undefined ? {} : { mac }),
    bus: port,
    addr: '0x0',
    ...(mtu === undefined ? {} : { host_mtu: mtu }),
    // Two for each pair of queues, one for its configuration, one for control.
    ...(queues === undefined ? {} : { mq: true, vectors: 2 * queues + 2 }),
  }
  return [
    { execute: 'netdev_add', arguments: backend(spec) },
    { execute: 'device_add', arguments: device },
  ]
}

/** The commands that take it away again. Pure. */
export function planNicDetach(id: string): QmpCommand[] {
  return [
    { execute: 'device_del', arguments: { id } },
    { execute: 'netdev_del', arguments: { id } },
  ]
}

/** The guest finds a card that has no cable. */
export function linkDown(name: string): QmpCommand {
  return { execute: 'set_link', arguments: { name, up: false } }
}

function backend(nic: NicAttachment['spec']): JsonObject {
  const { id, type } = nic
  if (nic.type === 'user') {
    const hostfwd = nic.hostForwards.map(
      ({ guestAddress = '', guestPort, hostAddress = '', hostPort, protocol }) => ({
        str: `${protocol}:${hostAddress}:${hostPort}-${guestAddress}:${guestPort}`,
      }),
    )
    return { type, id, ...(hostfwd.length === 0 ? {} : { hostfwd }) }
  }
  const { bridge, downScript = 'no', ifname, queues, script = 'no', vhost } = nic
  return {
    type,
    id,
    ...(bridge === undefined
      ? { ifname, script, downscript: downScript }
      : { br: bridge, helper: bridgeHelper }),
    ...(vhost === undefined ? {} : { vhost }),
    ...(queues === undefined ? {} : { queues }),
  }
}

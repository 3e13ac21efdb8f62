import type { JsonObject } from '../../qmp/index.ts'
import type { QmpCommand } from '../../volumes/index.ts'
import type { DeviceAttachment } from '../record/state.ts'

/** The commands that give a running guest a device, what it needs first. Pure. */
export function planDeviceAttach({ port, spec }: Pick<DeviceAttachment, 'port' | 'spec'>): QmpCommand[] {
  const { bus, chardevs = [], objects = [], ...device } = spec
  const place = bus === undefined && port !== undefined ? { bus: port, addr: '0x0' } : { bus }
  return [
    ...objects.map((object) => ({ execute: 'object-add', arguments: object as JsonObject })),
    ...chardevs.map((chardev) => ({ execute: 'chardev-add', arguments: chardev as JsonObject })),
    {
      execute: 'device_add',
      arguments: { ...device, ...(place.bus === undefined ? {} : place) } as JsonObject,
    },
  ]
}

/** The commands that take it away again, what it needed last. Pure. */
export function planDeviceDetach({
  chardevs = [],
  id,
  objects = [],
}: DeviceAttachment['spec']): QmpCommand[] {
  return [
    { execute: 'device_del', arguments: { id } },
    ...chardevs.map((chardev) => ({ execute: 'chardev-remove', arguments: { id: chardev.id } })).toReversed(),
    ...objects.map((object) => ({ execute: 'object-del', arguments: { id: object.id } })).toReversed(),
  ]
}

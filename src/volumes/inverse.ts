import type { QmpCommand } from './plan.ts'

/** The command that undoes an attach step; undefined for any other command. */
export function inverse(command: QmpCommand): QmpCommand | undefined {
  const { id, 'node-name': node } = command.arguments
  switch (command.execute) {
    case 'object-add':
      return id === undefined ? undefined : { execute: 'object-del', arguments: { id } }
    case 'blockdev-add':
      return node === undefined ? undefined : { execute: 'blockdev-del', arguments: { 'node-name': node } }
    case 'chardev-add':
      return id === undefined ? undefined : { execute: 'chardev-remove', arguments: { id } }
    case 'netdev_add':
      return id === undefined ? undefined : { execute: 'netdev_del', arguments: { id } }
    case 'device_add':
      return id === undefined ? undefined : { execute: 'device_del', arguments: { id } }
    default:
      return undefined
  }
}

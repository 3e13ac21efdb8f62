import { type Drive, hasDevice, isNbdUri } from '../../volumes/index.ts'
import { seedDrive } from '../config/cloud-init.ts'
import { varsFile } from '../config/firmware.ts'
import { driveFile, keyval, type Pair } from '../config/keyval.ts'
import type { ResolvedVm } from '../config/resolve.ts'

type Layout = ResolvedVm['layout']

/** The order of the options of a drive; what is not named comes after them. */
const driveOrders: Readonly<Record<Layout, readonly string[]>> = {
  hive: ['file', 'format', 'if', 'unit', 'media', 'id', 'cache', 'aio', 'discard', 'detect-zeroes'],
  proxmox: ['file', 'if', 'unit', 'media', 'id', 'cache', 'aio', 'discard', 'format', 'detect-zeroes'],
}

/** The `-drive` word of a drive. */
export function driveWords(layout: Layout, drive: Drive): string[] {
  return driveWord(layout, driveOptions(drive))
}

/** UEFI code and variables are flash chips, in this order. */
export function flash({ firmware, layout }: ResolvedVm): string[] {
  if (firmware?.type !== 'uefi') return []
  const chip = (path: string, unit: number, readonly?: true) =>
    driveWord(layout, [
      ['file', isNbdUri(path) ? path : driveFile(path)],
      ['format', 'raw'],
      ['if', 'pflash'],
      ['unit', unit],
      ['readonly', readonly],
    ])
  const vars = firmware.vars ?? (firmware.varsTemplate === undefined ? undefined : varsFile)
  return [...chip(firmware.code, 0, true), ...(vars === undefined ? [] : chip(vars, 1))]
}

/** QEMU shows a folder as a FAT disk of 2.88 MB; by the label cloud-init knows it for its own. */
export function seedWords(folder: string): string[] {
  const options: Pair[] = [
    ['driver', 'vvfat'],
    ['dir', folder],
    ['label', 'CIDATA'],
    ['floppy', true],
    ['if', 'virtio'],
    ['id', seedDrive],
    ['readonly', true],
  ]
  return ['-drive', keyval(undefined, options)]
}

function driveOptions(drive: Drive): Pair[] {
  const own = hasDevice(drive)
  return [
    ['file', drive.source.type === 'file' ? driveFile(drive.source.path) : drive.source.uri],
    ['format', drive.format],
    ['if', drive.interface === 'qemu-default' ? undefined : drive.interface],
    ['media', drive.media],
    ['id', drive.id],
    ['cache', drive.cache],
    ['aio', drive.aio],
    ['discard', drive.discard],
    ['detect-zeroes', drive.detectZeroes],
    ['readonly', drive.readOnly],
    ['werror', own ? undefined : drive.werror],
    ['rerror', own ? undefined : drive.rerror],
    ['file.reconnect-delay', drive.reconnectDelaySeconds],
  ]
}

/** A drive in the order of its layout. */
function driveWord(layout: Layout, options: readonly Pair[]): string[] {
  const order = driveOrders[layout]
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length)
  return [
    '-drive',
    keyval(
      undefined,
      options.toSorted(([a], [b]) => rank(a) - rank(b)),
    ),
  ]
}

/** The device of a drive that has one of its own. */
export function diskDevice(drive: Drive): string[] {
  const options: Pair[] = [
    ['drive', drive.id],
    ['id', drive.deviceId],
    ['iothread', drive.iothread],
    ['num-queues', drive.numQueues],
    ['queue-size', drive.queueSize],
    ['bootindex', drive.bootIndex],
    ['serial', drive.serial],
    ['werror', drive.werror],
    ['rerror', drive.rerror],
  ]
  return ['-device', keyval('virtio-blk-pci', options)]
}

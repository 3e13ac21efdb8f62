import { type Drive, hasDevice } from '../../volumes/index.ts'
import { driveFile, keyval, type Pair } from '../keyval.ts'
import type { ResolvedVm } from '../resolve.ts'

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
      ['file', driveFile(path)],
      ['format', 'raw'],
      ['if', 'pflash'],
      ['unit', unit],
      ['readonly', readonly],
    ])
  return [...chip(firmware.code, 0, true), ...(firmware.vars === undefined ? [] : chip(firmware.vars, 1))]
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

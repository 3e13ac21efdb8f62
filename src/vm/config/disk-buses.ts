import type { Fault } from '../../errors.ts'
import { show } from '../../util/schema.ts'
import { type Drive, diskBus, isVhostUser } from '../../volumes/forms.ts'

/** A SCSI controller for drives, with the thread it works in. */
export interface ScsiController {
  readonly id: string
  readonly iothread: string
  /** The iothread as its drives name it. */
  readonly asked?: string | undefined
  readonly numQueues?: number | undefined
  readonly queueSize?: number | undefined
}

/** The bus of a drive's own device on its machine. */
export type DeviceBus = 'virtio' | 'scsi' | 'ide' | 'usb'

/** The driver of a drive's own device, and its place on a bus that is no PCI slot. */
export interface DiskDevice {
  readonly driver: string
  readonly bus: DeviceBus
  readonly place: readonly (readonly [key: string, value: string | number])[]
}

type Placed = Partial<Pick<Drive, 'interface' | 'device' | 'media' | 'iothread' | 'numQueues' | 'queueSize'>>

/** The kind of a machine, by which disks have their buses; undefined for others: nothing is said of those. */
function kindOf(machine: string | undefined): 'q35' | 'pc' | 'virt' | undefined {
  if (machine === undefined) return undefined
  if (/^(?:pc-)?q35\b/.test(machine)) return 'q35'
  if (/^pc\b/.test(machine)) return 'pc'
  return /^virt\b/.test(machine) ? 'virt' : undefined
}

/** The bus of a drive's own device; undefined for a drive without one. A CD-ROM is SATA's or IDE's, on virt SCSI's. */
export function busOf(drive: Placed, machine: string | undefined): DeviceBus | undefined {
  const bus = diskBus(drive)
  if (bus === undefined || bus === 'scsi' || bus === 'usb') return bus
  if (bus === 'sata') return 'ide'
  if (drive.media !== 'cdrom') return 'virtio'
  return kindOf(machine) === 'virt' ? 'scsi' : 'ide'
}

/**
 * The SCSI controllers that drives bring: one for each iothread they name, and one with a thread of its own for those that name
 * none. A controller has the most queues that one of its drives asks for. Pure.
 */
export function scsiControllers(drives: readonly Placed[], machine: string | undefined): ScsiController[] {
  const disks = drives.filter((drive) => busOf(drive, machine) === 'scsi')
  return [...new Set(disks.map(({ iothread }) => iothread))].map((asked, index) => {
    const id = `scsi${index}`
    const members = disks.filter(({ iothread }) => iothread === asked)
    const most = (key: 'numQueues' | 'queueSize') => {
      const numbers = members.flatMap((drive) => drive[key] ?? [])
      return numbers.length === 0 ? undefined : Math.max(...numbers)
    }
    return {
      id,
      iothread: asked ?? `ioth-${id}`,
      asked,
      numQueues: most('numQueues'),
      queueSize: most('queueSize'),
    }
  })
}

/** The device of each drive that has one of its own, in the order of the drives. Pure. */
export function diskDevices(
  drives: readonly Drive[],
  machine: string | undefined,
): readonly { readonly drive: Drive; readonly device: DiskDevice }[] {
  const controllers = scsiControllers(drives, machine)
  const units = new Map<string, number>()
  const next = (bus: string) => {
    const unit = units.get(bus) ?? 0
    units.set(bus, unit + 1)
    return unit
  }
  // QEMU places these first.
  for (const drive of drives) if (isPlacedOnIde(drive, machine)) next('ide')
  return drives.flatMap((drive): { readonly drive: Drive; readonly device: DiskDevice }[] => {
    const bus = busOf(drive, machine)
    switch (bus) {
      case undefined:
        return []
      case 'virtio':
        return [{ drive, device: { bus, driver: virtioDriver(drive), place: [] } }]
      case 'usb':
        return [{ drive, device: { bus, driver: 'usb-storage', place: [['bus', 'usb0.0']] } }]
      case 'ide': {
        const driver = drive.media === 'cdrom' ? 'ide-cd' : 'ide-hd'
        return [{ drive, device: { bus, driver, place: idePlace(next('ide'), kindOf(machine)) } }]
      }
      case 'scsi': {
        const { id = '' } = controllers.find(({ asked }) => asked === drive.iothread) ?? {}
        const driver = drive.media === 'cdrom' ? 'scsi-cd' : drive.passthrough ? 'scsi-block' : 'scsi-hd'
        const place = [
          ['bus', `${id}.0`],
          ['scsi-id', 0],
          ['lun', next(id)],
        ] as const
        return [{ drive, device: { bus, driver, place } }]
      }
      default:
        return bus satisfies never
    }
  })
}

function virtioDriver(drive: Drive): string {
  if (isVhostUser(drive)) return 'vhost-user-blk-pci'
  return drive.virtioModel === undefined ? 'virtio-blk-pci' : `virtio-blk-pci-${drive.virtioModel}`
}

function isPlacedOnIde(drive: Placed, machine: string | undefined): boolean {
  const kind = kindOf(machine)
  return drive.interface === 'ide' || (drive.interface === 'qemu-default' && kind !== 'virt')
}

/** Each SATA port of q35 is a bus; the two buses of pc have two units. */
function idePlace(index: number, kind: ReturnType<typeof kindOf>): DiskDevice['place'] {
  if (kind === 'q35') return [['bus', `ide.${index}`]]
  if (kind !== 'pc') return []
  return [
    ['bus', `ide.${Math.trunc(index / 2)}`],
    ['unit', index % 2],
  ]
}

/** What no machine of a kind has, though QEMU knows it: it would refuse the drive. */
const absent: Readonly<Record<string, readonly string[]>> = {
  q35: ['sd', 'mtd'],
  pc: ['sata', 'sd', 'mtd'],
  virt: ['ide', 'sata', 'floppy', 'sd', 'mtd'],
}
const idePorts: Readonly<Record<string, number>> = { q35: 6, pc: 4 }

/** Interfaces that the machine does not have, and more IDE drives than it takes; with paths inside the list of drives. */
export function interfaceFaults(
  drives: readonly { readonly path: string; readonly value: Placed }[],
  machine: string | undefined,
  hasUsb: boolean,
): Fault[] {
  const kind = kindOf(machine)
  const sticks = drives.flatMap(({ path, value }) =>
    hasUsb || value.interface !== 'usb'
      ? []
      : [
          {
            path: `${path}.interface`,
            message: '"usb" needs a controller: the key usb should be true',
            value: 'usb',
          },
        ],
  )
  if (kind === undefined) return sticks
  const onIde = drives.filter(({ value }) => isPlacedOnIde(value, machine) || busOf(value, machine) === 'ide')
  return [
    ...sticks,
    ...drives.flatMap(({ path, value: { interface: name } }) =>
      name === undefined || absent[kind]?.includes(name) !== true
        ? []
        : [
            {
              path: `${path}.interface`,
              message: `${show(name)} does not exist on ${kind}: should be none, virtio or scsi`,
              value: name,
            },
          ],
    ),
    ...onIde.slice(idePorts[kind] ?? onIde.length).map(({ path, value }) => ({
      path: `${path}.interface`,
      message: `${kind} has room for ${idePorts[kind]} IDE drives and CD-ROMs: should be scsi`,
      value: value.interface,
    })),
  ]
}

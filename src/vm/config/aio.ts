import { type FileDrivers, fileDriver, hasDevice } from '../../volumes/forms.ts'
import type { ResolvedVm } from './resolve.ts'

type Drive = ResolvedVm['drives'][number]
type Engine = NonNullable<Drive['aio']>

/** What is known of io_uring on a host: why it does not work, or that nobody has asked. */
export type IoUring = { readonly fault: string | undefined } | 'unasked'

/** The disks of a VM for this host, and what the caller should know of them. */
export interface AioChoice {
  readonly vm: ResolvedVm
  readonly warnings: readonly string[]
}

/** Whether it matters to a VM how io_uring does here. Pure. */
export function asksForIoUring({ dataVolumes, drives }: ResolvedVm, drivers?: FileDrivers): boolean {
  return (
    drives.some((drive) => drive.aio === 'io_uring' || isOpen(drive, drivers)) ||
    dataVolumes.some(({ aio }) => aio === 'io_uring')
  )
}

/**
 * How the files of a VM's disks are read and written on this host. A config that asks for io_uring where that does not work gets
 * the kernel's own queue when its disk has no host cache, else threads. A disk in a regular file for which nothing is said gets
 * io_uring where that works; of block devices nothing is said then, as LVM has been slow with it. Pure.
 */
export function chooseAio(vm: ResolvedVm, ioUring: IoUring, drivers?: FileDrivers): AioChoice {
  if (ioUring === 'unasked') return { vm, warnings: [] }
  const { fault } = ioUring
  if (fault === undefined) {
    const drives = vm.drives.map((drive) =>
      isOpen(drive, drivers) ? { ...drive, aio: 'io_uring' as const } : drive,
    )
    return { vm: { ...vm, drives }, warnings: [] }
  }
  const warnings: string[] = []
  const other = <D extends Pick<Drive, 'aio' | 'cache'>>(disk: D, name: string): D => {
    if (disk.aio !== 'io_uring') return disk
    const choice = withoutIoUring(disk, name, fault)
    warnings.push(choice.warning)
    return choice.disk
  }
  const drives = vm.drives.map((drive, index) => other(drive, drive.id ?? `drives[${index}]`))
  const dataVolumes = vm.dataVolumes.map((volume) => other(volume, volume.id))
  return { vm: { ...vm, drives, dataVolumes }, warnings }
}

/** What a disk that asks for io_uring has where that does not work, and what the caller should know of it. Pure. */
export function withoutIoUring<D extends Pick<Drive, 'aio' | 'cache'>>(
  disk: D,
  name: string,
  fault: string,
): { readonly disk: D; readonly warning: string } {
  const aio: Engine = disk.cache === 'none' || disk.cache === 'directsync' ? 'native' : 'threads'
  const warning = `io_uring does not work here, disk ${name} has aio=${aio}: ${fault}`
  return { disk: { ...disk, aio }, warning }
}

/** A disk in a regular file, of a device that we write, for which the config has not chosen. */
function isOpen(drive: Drive, drivers: FileDrivers | undefined): boolean {
  const { aio, source } = drive
  if (aio !== undefined || source?.type !== 'file' || !hasDevice(drive) || drive.media === 'cdrom')
    return false
  return fileDriver(source.path, drivers) === 'file'
}

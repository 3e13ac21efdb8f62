import { isVhostUser } from '../../volumes/forms.ts'
import { keyval } from '../config/keyval.ts'
import { lineChardev } from '../config/parts/channels.ts'
import { displayWords, isSpice } from '../config/parts/display.ts'
import { memorySize } from '../config/parts/memory.ts'
import { partWords } from '../config/parts/parts.ts'
import { type ResolvedVm, type ResolveOptions, resolveVm } from '../config/resolve.ts'
import type { VmConfig, VmConfigInput } from '../config/schema.ts'
import {
  driveChardevs,
  driveDevices,
  driveObjects,
  driveWords,
  flash,
  scsiDevices,
  seedWords,
} from './disk.ts'
import { secureFlash, secureMachine } from './firmware.ts'
import { netdev, nicDevice } from './net.ts'
import { monitors, secretObjects, securityWords } from './security.ts'
import { portWords, volumeWords } from './volumes.ts'

type Section = keyof typeof sections
type PartWords = ReturnType<typeof partWords>

/** The order of the words, as two systems write them. */
const layouts: Readonly<Record<VmConfig['layout'], readonly Section[]>> = {
  hive: [
    ...([
      'security',
      'pidFile',
      'qmp',
      'accelerator',
      'cpu',
      'display',
      'console',
      'cpus',
      'memory',
      'secrets',
      'objects',
    ] as const),
    ...(['drives', 'devices', 'netdevs', 'machine', 'firmware', 'kernel', 'options', 'extra'] as const),
  ],
  proxmox: [
    ...([
      'security',
      'pidFile',
      'qmp',
      'accelerator',
      'machine',
      'display',
      'console',
      'secrets',
      'objects',
      'drives',
      'devices',
    ] as const),
    ...(['netdevs', 'cpus', 'memory', 'cpu', 'firmware', 'kernel', 'options', 'extra'] as const),
  ],
}

/** Also of what is no object at all, whose fault is then told. */
const isResolved = (config: VmConfigInput | ResolvedVm): config is ResolvedVm =>
  Object.hasOwn(Object(config), 'resolved')

/**
 * The command line of a VM, one word an item, the binary first. Pure: the same config gives the same words.
 * A config that is not resolved is resolved first, as `resolveVm` does it: the servers of its volumes are below `stateDir`. Throws VM_CONFIG for a config with faults.
 */
export function renderArgv(
  config: VmConfigInput | ResolvedVm,
  options: Pick<ResolveOptions, 'stateDir'> = {},
): string[] {
  const vm = isResolved(config) ? config : resolveVm(config, options)
  const parts = partWords({ ...vm, hasSpice: isSpice(vm.display), isShared: vm.drives.some(isVhostUser) })
  return [vm.binary, ...layouts[vm.layout].flatMap((section) => sections[section](vm, parts))]
}

const sections = {
  pidFile: (vm: ResolvedVm) => (vm.pidFile === undefined ? [] : ['-pidfile', vm.pidFile]),
  security: securityWords,
  secrets: secretObjects,
  qmp: monitors,
  accelerator: (vm: ResolvedVm) => accelerator(vm.accelerator),
  cpu: (vm: ResolvedVm) => (vm.cpu === undefined ? [] : ['-cpu', vm.cpu]),
  display: (vm: ResolvedVm) => displayWords(vm.display),
  console: ({ console, drives }: ResolvedVm, { chardevs }: PartWords) => [
    ...(console === undefined || (console.socket === undefined && console.logFile === undefined)
      ? []
      : ['-chardev', lineChardev('console0', console), '-serial', 'chardev:console0']),
    ...each('-chardev', chardevs),
    ...driveChardevs(drives),
  ],
  cpus: ({ cpus }: ResolvedVm) => [
    '-smp',
    keyval(String(cpus.count), [
      ['sockets', cpus.sockets],
      ['cores', cpus.cores],
      ['threads', cpus.threads],
      ['maxcpus', cpus.maxCpus],
    ]),
  ],
  memory: ({ memoryMiB, parts }: ResolvedVm) => ['-m', memorySize(memoryMiB, parts.memory ?? {})],
  objects: (vm: ResolvedVm, { objects }: PartWords) => [
    ...each('-object', objects),
    ...vm.iothreads.flatMap(({ id }) => ['-object', keyval('iothread', [['id', id]])]),
    ...(vm.rng === undefined
      ? []
      : [
          '-object',
          keyval('rng-random', [
            ['id', 'rng0'],
            ['filename', vm.rng.source],
          ]),
        ]),
    ...driveObjects(vm),
    ...volumeWords(vm, 'object-add'),
  ],
  drives: (vm: ResolvedVm) => [
    ...flash(vm),
    ...vm.drives.flatMap((drive) => driveWords(vm.layout, drive, vm.fileDrivers)),
    ...(vm.seed === undefined ? [] : seedWords(vm.seed, vm.seedFormat)),
    ...volumeWords(vm, 'blockdev-add'),
  ],
  devices: (vm: ResolvedVm, { devices }: PartWords) => [
    ...portWords(vm),
    ...scsiDevices(vm),
    ...driveDevices(vm, 'others'),
    ...volumeWords(vm, 'device_add'),
    ...vm.nics.flatMap((nic) => ['-device', nicDevice(nic)]),
    ...(vm.rng === undefined ? [] : ['-device', keyval('virtio-rng-pci', [['rng', 'rng0']])]),
    ...each('-device', devices),
    ...driveDevices(vm, 'usb'),
    ...vm.rawDevices.flatMap((value) => ['-device', value]),
  ],
  netdevs: (vm: ResolvedVm) => [
    ...vm.nics.flatMap((nic) => ['-netdev', netdev(nic, vm.accelerator)]),
    ...vm.rawNetdevs.flatMap((value) => ['-netdev', value]),
  ],
  machine: (vm: ResolvedVm, parts: PartWords) => {
    const { machine } = vm
    const pairs = [...parts.machine, ...secureMachine(vm)]
    const options = pairs.length === 0 ? [] : [keyval(undefined, pairs)]
    const words = [...(machine === undefined ? [] : [machine]), ...options]
    return words.length === 0 ? [] : ['-M', words.join(',')]
  },
  options: (_: ResolvedVm, { options }: PartWords) => [...options],
  firmware: (vm: ResolvedVm) =>
    vm.firmware?.type === 'bios' ? ['-bios', vm.firmware.path] : secureFlash(vm),
  kernel: ({ kernel }: ResolvedVm) =>
    kernel === undefined
      ? []
      : [
          ...['-kernel', kernel.image],
          ...(kernel.initrd === undefined ? [] : ['-initrd', kernel.initrd]),
          ...(kernel.append === undefined ? [] : ['-append', kernel.append]),
        ],
  extra: (vm: ResolvedVm) => [...vm.extraArgs],
}

const each = (option: string, values: readonly string[]) => values.flatMap((value) => [option, value])

function accelerator(choice: ResolvedVm['accelerator']): string[] {
  switch (choice) {
    case 'kvm':
      return ['-enable-kvm']
    case 'tcg':
      return ['-accel', keyval('tcg', [['thread', 'multi']])]
    case 'qemu-default':
      return []
    default:
      return choice satisfies never
  }
}

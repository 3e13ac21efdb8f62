import { hasDevice } from '../../volumes/index.ts'
import { keyval } from '../config/keyval.ts'
import { type ResolvedVm, resolveVm } from '../config/resolve.ts'
import type { VmConfig, VmConfigInput } from '../config/schema.ts'
import { diskDevice, driveWords, flash, seedWords } from './disk.ts'
import { netdev, nicDevice } from './net.ts'
import { monitors, secretObjects, securityWords } from './security.ts'
import { portWords, volumeWords } from './volumes.ts'

type Section = keyof typeof sections

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
    ...(['drives', 'devices', 'netdevs', 'machine', 'firmware', 'kernel', 'extra'] as const),
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
    ...(['netdevs', 'cpus', 'memory', 'cpu', 'firmware', 'kernel', 'extra'] as const),
  ],
}

/**
 * The command line of a VM, one word an item, the binary first. Pure: the same config gives the same words.
 * A config that is not resolved is resolved first, as `resolveVm` does it. Throws VM_CONFIG for a config with faults.
 */
export function renderArgv(config: VmConfigInput | ResolvedVm): string[] {
  const vm = 'resolved' in config ? config : resolveVm(config)
  return [vm.binary, ...layouts[vm.layout].flatMap((section) => sections[section](vm))]
}

const sections = {
  pidFile: (vm: ResolvedVm) => (vm.pidFile === undefined ? [] : ['-pidfile', vm.pidFile]),
  security: securityWords,
  secrets: secretObjects,
  qmp: monitors,
  accelerator: (vm: ResolvedVm) => accelerator(vm.accelerator),
  cpu: (vm: ResolvedVm) => (vm.cpu === undefined ? [] : ['-cpu', vm.cpu]),
  display: (vm: ResolvedVm) => display(vm.display),
  console: (vm: ResolvedVm) => (vm.console === undefined ? [] : consoleWords(vm.console)),
  cpus: ({ cpus }: ResolvedVm) => [
    '-smp',
    keyval(String(cpus.count), [
      ['sockets', cpus.sockets],
      ['cores', cpus.cores],
      ['threads', cpus.threads],
      ['maxcpus', cpus.maxCpus],
    ]),
  ],
  memory: (vm: ResolvedVm) => ['-m', String(vm.memoryMiB)],
  objects: (vm: ResolvedVm) => [
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
    ...volumeWords(vm, 'object-add'),
  ],
  drives: (vm: ResolvedVm) => [
    ...flash(vm),
    ...vm.drives.flatMap((drive) => driveWords(vm.layout, drive)),
    ...(vm.seed === undefined ? [] : seedWords(vm.seed)),
    ...volumeWords(vm, 'blockdev-add'),
  ],
  devices: (vm: ResolvedVm) => [
    ...portWords(vm),
    ...vm.drives.filter(hasDevice).flatMap(diskDevice),
    ...volumeWords(vm, 'device_add'),
    ...vm.nics.flatMap((nic) => ['-device', nicDevice(nic)]),
    ...(vm.rng === undefined ? [] : ['-device', keyval('virtio-rng-pci', [['rng', 'rng0']])]),
    ...vm.rawDevices.flatMap((value) => ['-device', value]),
  ],
  netdevs: (vm: ResolvedVm) => [
    ...vm.nics.flatMap((nic) => ['-netdev', netdev(nic)]),
    ...vm.rawNetdevs.flatMap((value) => ['-netdev', value]),
  ],
  machine: (vm: ResolvedVm) => (vm.machine === undefined ? [] : ['-M', vm.machine]),
  firmware: (vm: ResolvedVm) => (vm.firmware?.type === 'bios' ? ['-bios', vm.firmware.path] : []),
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

function display(choice: ResolvedVm['display']): string[] {
  if (choice === 'default') return []
  if (choice === 'none') return ['-display', 'none']
  return ['-display', keyval(undefined, [['vnc', `unix:${choice.socket}`]])]
}

function consoleWords({ socket, logFile }: NonNullable<ResolvedVm['console']>): string[] {
  const chardev =
    socket === undefined
      ? keyval('file', [
          ['id', 'console0'],
          ['path', logFile],
        ])
      : keyval('socket', [
          ['id', 'console0'],
          ['path', socket],
          ['server', true],
          ['wait', false],
          ['logfile', logFile],
        ])
  return ['-chardev', chardev, '-serial', 'chardev:console0']
}

import { join } from 'node:path'
import { type Drive, hotplugPorts, reconnectDelaySeconds } from '../../volumes/index.ts'
import { defaultPortCount } from '../config/data-volumes.ts'
import { keyval, type Pair, readKeyval } from '../config/keyval.ts'
import { bestCpu } from '../config/machine.ts'
import type { Line } from '../config/parts/channels.ts'
import { uuidOf } from '../config/parts/identity.ts'
import type { MemoryFile } from '../config/parts/memory.ts'
import { type launchChardevs, ownerDescriptor } from '../config/reserved-words.ts'
import type { ResolvedVm } from '../config/resolve.ts'
import { sandboxOf } from '../config/sandbox.ts'
import type { VmPaths } from '../record/paths.ts'

interface EquipOptions {
  readonly paused?: boolean
  readonly memoryFile?: MemoryFile | undefined
  /** Whether the state of its devices is loaded from elsewhere. */
  readonly incoming?: boolean
}

/**
 * The VM as it is really started: what the config says, and what a VM under this library needs beside it.
 * That is a reconnect-delay for NBD drives, a sandbox, no device and no configuration the config does not speak of, a name, QMP
 * monitors for its launcher, for who takes it over and for people, a pid file, a serial console with a log, no window, and eleven
 * hot-plug ports unless the config has ports or says `hotplugPorts: 0`. Pure.
 */
export function equip(vm: ResolvedVm, paths: VmPaths, options: EquipOptions = {}): ResolvedVm {
  return {
    ...vm,
    ...(options.memoryFile === undefined ? {} : { memoryFile: options.memoryFile }),
    dir: paths.dir,
    ...cpuFor(vm),
    parts: { ...vm.parts, ...appended(vm.parts), uuid: vm.parts.uuid ?? uuidOf(vm.name) },
    security: {
      sandbox: vm.security.sandbox ?? sandboxOf(vm).sandbox,
      defaultDevices: vm.security.defaultDevices ?? false,
      userConfig: vm.security.userConfig ?? false,
    },
    secrets: vm.secrets.map((secret) =>
      secret.own ? { ...secret, file: join(paths.dir, secret.file) } : secret,
    ),
    pidFile: vm.pidFile ?? paths.pid,
    display: vm.display === 'default' ? 'none' : vm.display,
    console: {
      append: true,
      socket: vm.console?.socket ?? paths.serial,
      logFile: vm.console?.logFile ?? paths.consoleLog,
    },
    ...(vm.seed === undefined ? {} : { seed: paths.seed }),
    ...ownVars(vm, paths),
    drives: vm.drives.map(patient),
    hotplugPorts: wantsPorts(vm) ? hotplugPorts(defaultPortCount) : (vm.hotplugPorts ?? []),
    extraArgs: [
      ...[
        '-name',
        keyval(undefined, [
          ['guest', vm.name],
          ['debug-threads', true],
        ]),
      ],
      // A guest that finds no system stops there, and its memory is in no dump of QEMU's.
      ...['-boot', 'strict=on', '-machine', 'dump-guest-core=off'],
      ...monitor('owner', [['fd', ownerDescriptor]]),
      ...monitor('owner-later', listening(paths.qmp)),
      ...monitor('people', listening(paths.monitor)),
      ...(options.paused === true ? ['-S'] : []),
      ...(options.incoming === true ? ['-incoming', 'defer'] : []),
      ...(wantsScreen(vm) ? ['-vga', 'std'] : []),
      ...vm.extraArgs,
    ],
  }
}

/** Logs of other lines go on where they ended, as the console's. */
function appended({ serials, virtioConsole }: ResolvedVm['parts']): Partial<ResolvedVm['parts']> {
  const goesOn = (line: Line): Line => ({ ...line, append: true })
  return {
    serials: serials.map(goesOn),
    ...(virtioConsole && { virtioConsole: goesOn(virtioConsole) }),
  }
}

/** QEMU's own default is an old machine that lacks most of what the host has. The machine `none` takes no CPU. */
function cpuFor({ accelerator, arch, cpu, machine }: ResolvedVm): Pick<ResolvedVm, 'cpu'> {
  if (cpu !== undefined || accelerator === 'qemu-default' || machine === 'none') return {}
  return { cpu: accelerator === 'kvm' ? 'host' : bestCpu(arch, accelerator) }
}

/** A boot disk waits for a server that is restarted as a volume does. */
function patient(drive: Drive): Drive {
  return drive.source?.type === 'nbd' ? { reconnectDelaySeconds, ...drive } : drive
}

/** UEFI without a place of its own for its variables has them in the VM's directory. */
function ownVars({ firmware }: ResolvedVm, paths: VmPaths): Pick<ResolvedVm, 'firmware'> {
  if (firmware?.type !== 'uefi' || firmware.vars !== undefined) return {}
  return firmware.varsTemplate === undefined ? {} : { firmware: { ...firmware, vars: paths.efiVars } }
}

/** The names of the hot-plug ports of a VM: ours, and root ports that its config writes as raw devices. */
export function portsOf(vm: ResolvedVm): string[] {
  return [...(vm.hotplugPorts ?? []), ...rawPorts(vm)]
}

function wantsPorts(vm: ResolvedVm): boolean {
  if (vm.hotplugPorts !== undefined || rawPorts(vm).length > 0) return false
  return vm.machine !== undefined && /^(?:pc-)?q35\b|^virt\b/.test(vm.machine)
}

/** A window shows nothing without a screen, and q35's own went with the default devices. */
function wantsScreen({ arch, display, extraArgs, parts, rawDevices, security }: ResolvedVm): boolean {
  if (parts.video !== undefined) return false
  if (typeof display === 'string' || arch !== 'x86_64' || security.defaultDevices === true) return false
  return (
    !extraArgs.includes('-vga') && !rawDevices.some((value) => /vga|gpu|qxl/i.test(readKeyval(value).head))
  )
}

function rawPorts(vm: ResolvedVm): string[] {
  return vm.rawDevices.flatMap((value) => {
    const { head, options } = readKeyval(value)
    return head === 'pcie-root-port' ? (options.get('id') ?? []) : []
  })
}

function listening(path: string): Pair[] {
  return [
    ['path', path],
    ['server', true],
    ['wait', false],
  ]
}

function monitor(id: (typeof launchChardevs)[number], socket: readonly Pair[]): string[] {
  const chardev = keyval('socket', [['id', id], ...socket])
  // Works on every QEMU; 11.1 deprecates `-mon`, and `-object monitor-qmp` came with it.
  return ['-chardev', chardev, '-qmp', `chardev:${id}`]
}

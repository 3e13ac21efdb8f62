import { hotplugPorts } from '../volumes/index.ts'
import { keyval, type Pair, readKeyval } from './keyval.ts'
import type { VmPaths } from './paths.ts'
import type { ResolvedVm } from './resolve.ts'

const defaultPortCount = 11

/**
 * The VM as it is really started: what the config says, and what a VM under this library needs beside it.
 * That is a name, QMP monitors for its launcher, for who takes it over and for people, a pid file, a serial
 * console with a log, no window, and eleven hot-plug ports unless the config has ports or says `hotplugPorts: 0`. Pure.
 */
export function planLaunch(vm: ResolvedVm, paths: VmPaths, options: { paused?: boolean } = {}): ResolvedVm {
  return {
    ...vm,
    pidFile: vm.pidFile ?? paths.pid,
    display: vm.display === 'default' ? 'none' : vm.display,
    console: vm.console ?? { socket: paths.serial, logFile: paths.consoleLog },
    hotplugPorts: wantsPorts(vm) ? hotplugPorts(defaultPortCount) : (vm.hotplugPorts ?? []),
    extraArgs: [
      ...['-name', `guest=${vm.name}`],
      // Descriptor 3 is the other end of the launcher's socket pair.
      ...monitor('owner', [['fd', 3]]),
      ...monitor('owner-later', listening(paths.qmp)),
      ...monitor('people', listening(paths.monitor)),
      ...(options.paused === true ? ['-S'] : []),
      ...vm.extraArgs,
    ],
  }
}

/** The names of the hot-plug ports of a VM: ours, and root ports that its config writes as raw devices. */
export function portsOf(vm: ResolvedVm): string[] {
  return [...(vm.hotplugPorts ?? []), ...rawPorts(vm)]
}

function wantsPorts(vm: ResolvedVm): boolean {
  if (vm.hotplugPorts !== undefined || rawPorts(vm).length > 0) return false
  return vm.machine !== undefined && /^(?:pc-)?q35\b|^virt\b/.test(vm.machine)
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

function monitor(id: string, socket: readonly Pair[]): string[] {
  const chardev = keyval('socket', [['id', id], ...socket])
  const mon = keyval(`chardev=${id}`, [['mode', 'control']])
  return ['-chardev', chardev, '-mon', mon]
}

import { hotplugPorts } from '../volumes/index.ts'
import type { VmPaths } from './paths.ts'
import type { ResolvedVm } from './resolve.ts'

/** Descriptor 3 of QEMU: our end of the first socket pair, over which the launcher talks QMP. */
const ownerMonitor = [...['-chardev', 'socket,id=owner,fd=3', '-mon', 'chardev=owner,mode=control']] as const

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
      ...ownerMonitor,
      ...monitor('owner-later', paths.qmp),
      ...monitor('people', paths.monitor),
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
    const [, id] = /^pcie-root-port,(?:.*,)?id=([^,]+)/.exec(value) ?? []
    return id === undefined ? [] : [id]
  })
}

function monitor(id: string, path: string): string[] {
  const escaped = path.replaceAll(',', ',,')
  return [
    '-chardev',
    `socket,id=${id},path=${escaped},server=on,wait=off`,
    '-mon',
    `chardev=${id},mode=control`,
  ]
}

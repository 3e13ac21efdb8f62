import { bootDrive, type Drive, hotplugPorts } from '../volumes/index.ts'
import { parseVmConfig } from './config.ts'
import { binaryOf, machineOf } from './machine.ts'
import type { VmConfig, VmConfigInput } from './schema.ts'

/** A VM with every choice made: nothing in it depends on the host any more. */
export interface ResolvedVm {
  readonly resolved: true
  readonly name: string
  readonly arch: VmConfig['arch']
  readonly binary: string
  readonly accelerator: 'kvm' | 'tcg' | 'qemu-default'
  readonly machine?: string
  readonly cpu?: string
  readonly cpus: Exclude<VmConfig['cpus'], number>
  readonly memoryMiB: number
  readonly iothreads: readonly { readonly id: string }[]
  /** Those of the config, and those of its volumes. */
  readonly drives: readonly Drive[]
  /** The names of the hot-plug ports, `hotplug1` onwards; absent when the config does not speak of them. */
  readonly hotplugPorts?: readonly string[]
  readonly nics: VmConfig['nics']
  readonly console?: NonNullable<VmConfig['console']>
  readonly display: VmConfig['display']
  readonly rng?: { readonly source: string }
  readonly firmware?: NonNullable<VmConfig['firmware']>
  readonly kernel?: NonNullable<VmConfig['kernel']>
  readonly qmp: VmConfig['qmp']
  readonly pidFile?: string
  readonly rawDevices: readonly string[]
  readonly rawNetdevs: readonly string[]
  readonly layout: VmConfig['layout']
  readonly extraArgs: readonly string[]
}

/**
 * Makes every choice the config leaves open. Pure: whether KVM works is for the caller to find out and say;
 * unsaid, `auto` means kvm. Under tcg a `host` CPU becomes `max`. Throws VM_CONFIG for a config that was not checked before.
 */
export function resolveVm(
  input: VmConfigInput,
  options: { readonly accelerator?: 'kvm' | 'tcg' } = {},
): ResolvedVm {
  const config = parseVmConfig(input)
  const cpus = typeof config.cpus === 'number' ? { count: config.cpus } : config.cpus
  const accelerator = config.accelerator === 'auto' ? (options.accelerator ?? 'kvm') : config.accelerator
  const boot = config.volumes.flatMap((volume) => bootDrive(volume, { vcpus: cpus.count }) ?? [])
  const threads = [...config.iothreads, ...boot.flatMap(({ iothread }) => iothread ?? [])]
  const { machine, firmware } = machineOf(config)
  const { console, kernel, pidFile, rng } = config
  return {
    resolved: true,
    name: config.name,
    arch: config.arch,
    binary: config.binary ?? binaryOf(config.arch),
    accelerator,
    ...(machine === undefined ? {} : { machine }),
    ...(config.cpu === undefined
      ? {}
      : { cpu: accelerator === 'tcg' ? config.cpu.replace(/^host\b/, 'max') : config.cpu }),
    cpus,
    memoryMiB: config.memoryMiB,
    iothreads: [...new Map(threads.map((thread) => [thread.id, thread])).values()],
    drives: [...config.drives, ...boot.map(({ drive }) => drive)],
    ...(config.hotplugPorts === undefined ? {} : { hotplugPorts: hotplugPorts(config.hotplugPorts) }),
    nics: config.nics,
    ...(console === undefined ? {} : { console }),
    display: config.display,
    ...(rng === false ? {} : { rng: rng === true ? { source: '/dev/urandom' } : rng }),
    ...(firmware === undefined ? {} : { firmware }),
    ...(kernel === undefined ? {} : { kernel }),
    qmp: config.qmp,
    ...(pidFile === undefined ? {} : { pidFile }),
    rawDevices: config.rawDevices,
    rawNetdevs: config.rawNetdevs,
    layout: config.layout,
    extraArgs: config.extraArgs,
  }
}

import {
  bootDrive,
  cachedDrive,
  type Drive,
  type FileDrivers,
  hotplugPorts,
  type VolumeSpec,
} from '../../volumes/forms.ts'
import { type SeedFormat, seedFolder } from './cloud-init.ts'
import { parseVmConfig } from './config.ts'
import {
  type CacheFiles,
  cacheFilesFor,
  keptVolume,
  placeVolumes,
  pluggedBootIndexes,
} from './data-volumes.ts'
import { scsiControllers } from './disk-buses.ts'
import { type Firmware, resolveFirmware } from './firmware.ts'
import { bestCpu, binaryOf, machineOf } from './machine.ts'
import { type Nic, resolveNics } from './nics.ts'
import type { Line } from './parts/channels.ts'
import { hyperVFeatures } from './parts/clock.ts'
import type { MemoryFile } from './parts/memory.ts'
import { type Parts, partKeys } from './parts/parts.ts'
import { withProfile } from './profile.ts'
import { type Sandbox, sandboxOf } from './sandbox.ts'
import type { VmConfig, VmConfigInput } from './schema.ts'
import { secretFile } from './secret-file.ts'
import { addressed, serveAt } from './served.ts'

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
  readonly memoryFile?: MemoryFile
  readonly parts: Parts
  /** The directory of a launched VM, for the files of its parts. */
  readonly dir?: string
  readonly iothreads: readonly { readonly id: string }[]
  /** Those of the config, and those of its volumes. */
  readonly drives: readonly Drive[]
  /** Volumes that can be detached like those attached live, each with its port in `bus`. */
  readonly dataVolumes: readonly VolumeSpec[]
  /** When the firmware tries to boot from one of them, beside the drives; absent where it boots from none. */
  readonly bootIndexes?: ReadonlyMap<string, number>
  /** The files of their local caches; absent without any. */
  readonly cacheFiles?: CacheFiles
  /** The names of the hot-plug ports, `hotplug1` onwards; absent when the config does not speak of them. */
  readonly hotplugPorts?: readonly string[]
  readonly nics: readonly Nic[]
  readonly console?: Line
  readonly display: VmConfig['display']
  readonly rng?: { readonly source: string }
  readonly firmware?: Firmware
  /** What the files of its disks were found to be; a launch looks at them, else their names tell. */
  readonly fileDrivers?: FileDrivers
  /** The folder with the seed of cloud-init. */
  readonly seed?: string
  /** What is made of it; a launch says `iso` where QEMU has no FAT disks. */
  readonly seedFormat: SeedFormat
  readonly kernel?: NonNullable<VmConfig['kernel']>
  readonly qmp: VmConfig['qmp']
  /** What the config says; a launch says the rest. */
  readonly security: {
    readonly sandbox?: Sandbox | false
    readonly defaultDevices?: boolean | undefined
    readonly userConfig?: boolean | undefined
  }
  readonly process: VmConfig['process'] & {
    /** Whether this QEMU knows `-run-with user=`; before 9.1 it is `-runas`. */
    readonly runWith: boolean
  }
  /** Where each secret is, the text itself is not here; `own` ones are written by the launch, in the VM's directory. */
  readonly secrets: readonly { readonly id: string; readonly file: string; readonly own: boolean }[]
  readonly pidFile?: string
  readonly rawDevices: readonly string[]
  readonly rawNetdevs: readonly string[]
  readonly layout: VmConfig['layout']
  readonly extraArgs: readonly string[]
}

export interface ResolveOptions {
  readonly accelerator?: 'kvm' | 'tcg'
  /** Where the servers of volumes with `serve` are; without it their addresses are relative to it. */
  readonly stateDir?: string | undefined
}

/**
 * Makes every choice that the config leaves open. Pure: the caller says whether KVM works; without that, `auto` means kvm. Under
 * tcg a `host` CPU becomes `max`, and an ARM machine never gets the 32-bit CPU it would start with. Throws VM_CONFIG for a config
 * that was not checked before.
 */
export function resolveVm(input: VmConfigInput, options: ResolveOptions = {}): ResolvedVm {
  return resolveChecked(parseVmConfig(input), options)
}

/** As `resolveVm`, of a config that was checked. */
export function resolveChecked(given: VmConfig, options: ResolveOptions = {}): ResolvedVm {
  const { config } = withProfile(given)
  const cpus = typeof config.cpus === 'number' ? { count: config.cpus } : config.cpus
  const accelerator = config.accelerator === 'auto' ? (options.accelerator ?? 'kvm') : config.accelerator
  const { stateDir } = options
  const address = serveAt(config.name, stateDir)
  const boot = config.volumes.flatMap((volume) => {
    const kept = keptVolume(volume)
    return (kept && bootDrive(addressed(kept, address), { vcpus: cpus.count })) ?? []
  })
  const { ports, volumes: dataVolumes } = placeVolumes(config, stateDir)
  const bootIndexes = pluggedBootIndexes(config)
  const cacheFiles = cacheFilesFor(config.name, dataVolumes, { stateDir })
  const { machine, firmware } = machineOf(config)
  const own = config.drives.filter((drive) => cachedDrive(drive) === undefined)
  const drives = [...own, ...boot.map(({ drive }) => drive)]
  const threads = [
    ...config.iothreads,
    ...boot.flatMap(({ iothread }) => iothread ?? []),
    ...scsiControllers(drives, machine).map(({ iothread: id }) => ({ id })),
  ]
  const { console, kernel, pidFile, rng } = config
  const { sandbox } = config.security
  return {
    resolved: true,
    name: config.name,
    arch: config.arch,
    binary: config.binary ?? binaryOf(config.arch),
    accelerator,
    ...(machine === undefined ? {} : { machine }),
    ...cpuOf(config, accelerator),
    cpus,
    memoryMiB: config.memoryMiB,
    parts: partsOf(config),
    iothreads: [...new Map(threads.map((thread) => [thread.id, thread])).values()],
    drives,
    dataVolumes,
    ...(bootIndexes.size === 0 ? {} : { bootIndexes }),
    ...(cacheFiles.size === 0 ? {} : { cacheFiles }),
    ...(ports === undefined ? {} : { hotplugPorts: hotplugPorts(ports) }),
    nics: resolveNics(config, machine),
    ...(console === undefined ? {} : { console }),
    display: config.display,
    ...(rng === false ? {} : { rng: rng === true ? { source: '/dev/urandom' } : rng }),
    ...(firmware === undefined ? {} : { firmware: resolveFirmware(firmware, config.arch) }),
    ...(config.cloudInit === undefined ? {} : { seed: seedFolder }),
    seedFormat: config.cloudInit?.format ?? 'vfat',
    ...(kernel === undefined ? {} : { kernel }),
    qmp: config.qmp,
    security: {
      ...(sandbox === undefined ? {} : { sandbox: sandboxOf(config, sandbox).sandbox }),
      defaultDevices: config.security.defaultDevices,
      userConfig: config.security.userConfig,
    },
    process: { ...config.process, runWith: true },
    secrets: config.secrets.map(({ id, file }) => ({
      id,
      file: file ?? secretFile(id),
      own: file === undefined,
    })),
    ...(pidFile === undefined ? {} : { pidFile }),
    rawDevices: config.rawDevices,
    rawNetdevs: config.rawNetdevs,
    layout: config.layout,
    extraArgs: config.extraArgs,
  }
}

function partsOf(config: VmConfig): Parts {
  const entries = Object.entries(config).filter(([key]) => Object.hasOwn(partKeys, key))
  return Object.fromEntries(entries) as Parts
}

function cpuOf(
  { arch, cpu, hyperV }: Pick<VmConfig, 'arch' | 'cpu' | 'hyperV'>,
  accelerator: ResolvedVm['accelerator'],
): { cpu?: string } {
  const features = hyperV === true && accelerator === 'kvm' ? hyperVFeatures : []
  const model = cpu ?? (features.length > 0 ? 'host' : undefined)
  if (model !== undefined && accelerator !== 'tcg') return { cpu: [model, ...features].join(',') }
  if (accelerator === 'qemu-default') return {}
  const best = bestCpu(arch, accelerator)
  if (model === undefined) return arch === 'aarch64' ? { cpu: best } : {}
  return { cpu: model.replace(/^host\b/, best) }
}

import type { Fault } from '../../errors.ts'
import { type Backing, formatOfDrive, formatOfFile, isNbdUri, readVolumeUri } from '../../volumes/index.ts'
import { readKeyval } from '../config/keyval.ts'
import type { VmConfig } from '../config/schema.ts'

/** A disk of a config in a file. */
export interface DiskPlace {
  /** Where it stands in the config: `drives[0]`. */
  readonly path: string
  readonly file: string
  readonly format: string
  readonly backing: Backing | null | undefined
  /** Whether the guest cannot write it: then all clones read the same file. */
  readonly isShared: boolean
}

/** A disk that takes the place of another one in a config. */
export interface DiskImage {
  readonly path: string
  readonly format?: string | undefined
  readonly backing?: Backing | null | undefined
}

/** The disks of a config that are files, in their order. Pure. */
export function disksOf({ drives, volumes }: Pick<VmConfig, 'drives' | 'volumes'>): DiskPlace[] {
  const ofDrives = drives.flatMap(({ backing, format, media, readOnly, source }, index): DiskPlace[] =>
    source?.type !== 'file'
      ? []
      : [
          {
            path: `drives[${index}]`,
            file: source.path,
            format: formatOfDrive({ source, format }),
            backing,
            isShared: readOnly === true || media === 'cdrom',
          },
        ],
  )
  const ofVolumes = volumes.flatMap((volume, index): DiskPlace[] => {
    if (volume.uri === undefined) return []
    const source = readVolumeUri(volume.uri)
    if (volume.role === 'efi' || typeof source === 'string' || source.type === 'nbd') return []
    const { backing, readOnly } =
      volume.role === 'boot' || volume.role === 'data' ? volume : { backing: undefined, readOnly: true }
    return [
      {
        path: `volumes[${index}]`,
        file: source.path,
        format: volume.format ?? formatOfFile(source.path),
        backing,
        isShared: readOnly === true,
      },
    ]
  })
  return [...ofDrives, ...ofVolumes]
}

/** What QEMU calls the memory of a machine by itself. */
export function memoryId({ arch }: Pick<VmConfig, 'arch'>): string {
  return arch === 'x86_64' ? 'pc.ram' : 'mach-virt.ram'
}

/** The config with other disks in the places of some of its own. Pure. */
export function withDisks(config: VmConfig, disks: ReadonlyMap<string, DiskImage>): VmConfig {
  return {
    ...config,
    drives: config.drives.map((drive, index) => {
      const disk = disks.get(`drives[${index}]`)
      if (disk === undefined) return drive
      const { backing: _, format: __, ...rest } = drive
      return { ...rest, source: { type: 'file' as const, path: disk.path }, ...imageKeys(disk) }
    }),
    volumes: config.volumes.map((volume, index) => {
      const disk = disks.get(`volumes[${index}]`)
      if (disk === undefined || (volume.role !== 'boot' && volume.role !== 'data')) return volume
      const { backing: _, format: __, ...rest } = volume
      return { ...rest, uri: disk.path, ...imageKeys(disk) } as typeof volume
    }),
  }
}

function imageKeys({ backing, format }: DiskImage) {
  return { format: format as 'raw' | 'qcow2', ...(backing === undefined ? {} : { backing }) }
}

/** The config of a VM that becomes a template: what two VMs cannot both have is left to each. Pure. */
export function templateConfig(config: VmConfig): VmConfig {
  const { console: _, pidFile: __, uuid: ___, ...rest } = config
  const guestAgent = config.guestAgent === undefined ? {} : { guestAgent: config.guestAgent !== false }
  return {
    ...rest,
    ...guestAgent,
    qmp: [],
    ...(config.arch === 'x86_64' ? { vmGenId: 'auto' as const } : {}),
  }
}

/** What of a config, or of the VM that runs with it, cannot be cloned, each by its path. Pure. */
export function cloneFaults(config: VmConfig, state: 'to boot' | 'runs' = 'to boot'): Fault[] {
  const faults: Fault[] = []
  const add = (path: string, what: string) => faults.push({ path, message: `${what}: should be left out` })
  for (const [index, { keySecret, media, readOnly, source }] of config.drives.entries()) {
    if (keySecret !== undefined) add(`drives[${index}].keySecret`, noSecret)
    if (source !== undefined && source.type !== 'file' && readOnly !== true && media !== 'cdrom')
      add(`drives[${index}]`, writableServer)
  }
  for (const [index, volume] of config.volumes.entries()) {
    if (volume.role !== 'boot' && volume.role !== 'data') continue
    if (volume.keySecret !== undefined) add(`volumes[${index}].keySecret`, noSecret)
    if (volume.uri === undefined) add(`volumes[${index}].serve`, 'two clones cannot have one server')
    else if (isNbdUri(volume.uri) && volume.readOnly !== true) add(`volumes[${index}]`, writableServer)
  }
  for (const { format, isShared, path } of disksOf(config)) {
    if (isShared || format === 'raw' || format === 'qcow2') continue
    faults.push({ path, message: `a ${format} disk cannot be cloned: should be raw or qcow2` })
  }
  faults.push(...cardFaults(config, state))
  for (const [key, value] of Object.entries(config)) {
    if (clonable.has(key) || !isSet(value)) continue
    add(key, unclonable[key] ?? 'templates do not have it')
  }
  if (config.firmware?.type === 'uefi') add('firmware', 'the variables of UEFI are not cloned')
  const { balloon, hugePages, numa, shared } = config.memory ?? {}
  if (balloon) add('memory.balloon', 'giving memory back would punch holes into the memory of all clones')
  for (const [key, value] of Object.entries({ hugePages, numa, shared }))
    if (value) add(`memory.${key}`, 'the memory of a template is one plain file')
  if (typeof config.display === 'object') add('display', 'two clones cannot have one place for their screens')
  if (config.process.scope?.unit !== undefined) add('process.scope.unit', 'two clones cannot be one unit')
  for (const [index, value] of config.rawDevices.entries()) {
    if (/balloon|virtio-mem|vfio|vhost|ivshmem/.test(readKeyval(value).head))
      add(`rawDevices[${index}]`, 'this device cannot be cloned')
  }
  return faults
}

const cardAdvice = {
  'to boot': 'should be given to each clone in its nics',
  runs: 'should be left out when the VM starts. Attach such a card live, detach it before the VM is copied, and give the copy its own in nics',
}

/** Two VMs cannot share the host's end of a card. A VM that runs keeps the cards that it started with. */
function cardFaults({ nics }: VmConfig, state: keyof typeof cardAdvice): Fault[] {
  return nics.flatMap((nic, index) => {
    const apart = (key: string, what: string) => ({
      path: `nics[${index}]${key}`,
      message: `${what}: ${cardAdvice[state]}`,
    })
    const hasForwards = nic.type === 'user' && nic.hostForwards.length > 0
    return [
      ...(nic.mac === undefined ? [] : [apart('.mac', 'two VMs cannot have one address')]),
      ...(nic.type === 'tap' ? [apart('', 'two VMs cannot have one tap interface')] : []),
      ...(hasForwards ? [apart('.hostForwards', 'two VMs cannot have one port of the host')] : []),
    ]
  })
}

const noSecret = 'what stands on an encrypted disk would need its secret too'
const writableServer = 'two clones cannot write one NBD volume'

/** The keys that two VMs can have alike, and those that are judged above. */
const clonable: ReadonlySet<string> = new Set([
  ...['name', 'arch', 'binary', 'machine', 'accelerator', 'cpu', 'hyperV', 'cpus', 'memoryMiB', 'memory'],
  ...[
    'iothreads',
    'drives',
    'volumes',
    'hotplugPorts',
    'nics',
    'console',
    'display',
    'rng',
    'firmware',
    'cloudInit',
  ],
  ...[
    'kernel',
    'qmp',
    'security',
    'process',
    'pidFile',
    'rawDevices',
    'layout',
    'guestAgent',
    'watchdog',
    'usb',
  ],
  ...['uuid', 'smbios', 'vmGenId', 'fwCfg', 'credentials', 'rtc', 'labels', 'profile'],
])

const unclonable: Readonly<Record<string, string>> = {
  passthrough: 'a device of the host has one user',
  extraArgs: 'two clones may not both have what it means',
  rawNetdevs: 'two clones may not both have it',
  secrets: 'a template keeps no secrets',
  serials: 'two clones cannot have one place for it',
  virtioConsole: 'two clones cannot have one place for it',
  vsock: 'two VMs cannot have one address',
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === false) return false
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0
}

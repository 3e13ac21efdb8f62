import type { Fault } from '../../errors.ts'
import { check, salvage, type z } from '../../util/schema.ts'
import {
  bootDrive,
  type Drive,
  driveSchema,
  originFaults,
  parseVolumeSpec,
  VolumeSpecError,
  volumeNames,
} from '../../volumes/forms.ts'
import { keptVolume, liveVolume } from './data-volumes.ts'
import { readKeyval } from './keyval.ts'
import { machineOf } from './machine.ts'
import {
  iothreadSchema,
  nicSchemas,
  type VmConfig,
  vmConfigSchema,
  volumeSchema,
  volumeSchemas,
} from './schema.ts'
import { networkMonitorSchema, secretIdSchema } from './security-schema.ts'
import { addressed, serveAt } from './served.ts'

/** Something of a config with the place where a person wrote it. */
export interface At<T> {
  readonly path: string
  readonly value: T
}

/** A monitor that listens on the network. */
export type NetworkMonitor = z.output<typeof networkMonitorSchema>

type ConfigVolume = VmConfig['volumes'][number]

/** What the volumes of a config bring. */
interface SoundVolumes {
  /** Those with no key that is wrong. */
  readonly volumes: readonly At<ConfigVolume>[]
  readonly drives: readonly At<Partial<Drive>>[]
  readonly iothreads: readonly At<string>[]
  /** Whether the VM may boot from a volume that is not among the drives, since something in it is wrong. */
  readonly mayBoot: boolean
}

interface Around {
  readonly name?: string | undefined
  readonly vcpus: number | undefined
  /** Those that the config names. */
  readonly threads: readonly At<string>[]
}

/** The valid parts of a config. */
export interface Sound extends Pick<SoundVolumes, 'volumes' | 'mayBoot'> {
  readonly config: Partial<VmConfig>
  readonly vcpus: number | undefined
  /** Whether there is a kernel, sound or not. */
  readonly hasKernel: boolean
  readonly drives: readonly At<Partial<Drive>>[]
  readonly iothreads: readonly At<string>[]
  readonly secrets: readonly At<string>[]
  readonly networkMonitors: readonly At<NetworkMonitor>[]
  readonly nics: readonly At<Partial<VmConfig['nics'][number]>>[]
  readonly rawDevices: readonly At<ReadonlyMap<string, string>>[]
  readonly rawNetdevs: readonly At<ReadonlyMap<string, string>>[]
  readonly extraArgs: readonly string[]
}

/** The machine of a config, as far as it is sound. */
export function machineIn({ config }: Sound): string | undefined {
  return machineOf({ ...config, arch: config.arch ?? 'x86_64' }).machine
}

function given(input: unknown, key: string): unknown {
  const document: Readonly<Record<string, unknown>> =
    typeof input === 'object' && input !== null ? { ...input } : {}
  return document[key]
}

function list(input: unknown, key: string): At<unknown>[] {
  const items = given(input, key)
  return Array.isArray(items)
    ? items.map((value: unknown, index) => ({ path: `${key}[${index}]`, value }))
    : []
}

/** The sound parts of a config, its volumes already turned into drives; what is wrong with those is added to `faults`. */
export function readSound(input: unknown, faults: Fault[]): Sound {
  const config = salvage(vmConfigSchema, input)
  const { cpus } = config
  const vcpus = typeof cpus === 'number' ? cpus : (cpus?.maxCpus ?? cpus?.count)
  const drives = list(input, 'drives').map(({ path, value }) => ({
    path,
    value: salvage(driveSchema, value),
  }))
  const iothreads = list(input, 'iothreads').flatMap(({ path, value }) => {
    const { id } = salvage(iothreadSchema, value)
    return id === undefined ? [] : [{ path: `${path}.id`, value: id }]
  })
  for (const { path, value } of drives) {
    if (value.localCache === undefined || value.id === undefined) continue
    iothreads.push({ path: `${path}.id`, value: volumeNames(value.id).iothread })
  }
  const found = readVolumes(list(input, 'volumes'), { name: config.name, threads: iothreads, vcpus }, faults)
  drives.push(...found.drives)
  iothreads.push(...found.iothreads)
  const nics = list(input, 'nics').map(({ path, value }) => {
    const isTap = typeof value === 'object' && value !== null && 'type' in value && value.type === 'tap'
    return { path, value: isTap ? salvage(nicSchemas.tap, value) : salvage(nicSchemas.user, value) }
  })
  const words = (key: string) =>
    list(input, key).flatMap(({ path, value }) =>
      typeof value === 'string' ? [{ path, value: readKeyval(value).options }] : [],
    )
  return {
    config,
    volumes: found.volumes,
    mayBoot: found.mayBoot,
    vcpus,
    hasKernel: given(input, 'kernel') !== undefined,
    drives,
    iothreads,
    secrets: list(input, 'secrets').flatMap(({ path, value }) => {
      const { id } = salvage(secretIdSchema, value)
      return id === undefined ? [] : [{ path: `${path}.id`, value: id }]
    }),
    networkMonitors: list(input, 'qmp').flatMap(({ path, value }) => {
      const checked = check(networkMonitorSchema, value)
      return checked.ok ? [{ path, value: checked.value }] : []
    }),
    nics,
    rawDevices: words('rawDevices'),
    rawNetdevs: words('rawNetdevs'),
    extraArgs: config.extraArgs ?? [],
  }
}

/** Reads each volume as far as it is sound; what is wrong between its keys is added to `faults`. */
function readVolumes(
  items: readonly At<unknown>[],
  { name = '', threads, vcpus }: Around,
  faults: Fault[],
): SoundVolumes {
  const volumes: At<ConfigVolume>[] = []
  const drives: At<Partial<Drive>>[] = []
  const iothreads: At<string>[] = []
  const options = vcpus === undefined ? {} : { vcpus }
  const address = serveAt(name)
  let mayBoot = false

  const addBoot = (
    path: string,
    boot: { readonly drive: Partial<Drive>; readonly iothread?: { readonly id: string } },
  ) => {
    drives.push({ path, value: boot.drive })
    const thread = boot.iothread?.id
    if (thread !== undefined && ![...threads, ...iothreads].some(({ value }) => value === thread)) {
      iothreads.push({ path, value: thread })
    }
  }
  const addLive = (path: string, id: string) =>
    iothreads.push({ path: `${path}.id`, value: volumeNames(id).iothread })

  const addWhole = (path: string, volume: ConfigVolume) => {
    volumes.push({ path, value: volume })
    const live = liveVolume(volume)
    if (live !== undefined) {
      parseVolumeSpec({ ...live, uri: volume.uri }, { serveAt: address })
      addLive(path, volume.id)
      return
    }
    throwAny(originFaults(volume, volume.serve && address(volume.id, volume.serve)))
    const kept = keptVolume(volume)
    const boot = kept && bootDrive(addressed(kept, address), options)
    if (boot !== undefined) addBoot(path, boot)
  }

  /** Of one with a key that is wrong: the rest of it is judged all the same. */
  const addPart = (path: string, value: object) => {
    const { role = 'boot', ...rest } = value as { readonly role?: unknown }
    if (role === 'data') {
      const { id } = salvage(volumeSchemas.data, value)
      if (id !== undefined) addLive(path, id)
      parseVolumeSpec(rest, { serveAt: address })
      return
    }
    if (role !== 'boot' && role !== 'cloud-init' && role !== 'efi') {
      mayBoot = true
      return
    }
    const part = salvage(role === 'boot' ? volumeSchemas.boot : volumeSchemas.aside, value)
    const { serve, uri } = part
    // The disk is there, though it is not known where it comes from.
    if (role === 'boot' && uri === undefined)
      addBoot(path, { drive: { id: 'os' }, iothread: { id: 'ioth-os' } })
    if (serve !== undefined || !('serve' in rest)) throwAny(originFaults({ serve, uri }))
    const boot = uri === undefined ? undefined : bootDrive({ ...part, role, uri }, options)
    if (boot !== undefined) addBoot(path, boot)
  }

  for (const { path, value } of items) {
    const checked = check(volumeSchema, value)
    try {
      if (checked.ok) addWhole(path, checked.value)
      else if (typeof value === 'object' && value !== null && !Array.isArray(value)) addPart(path, value)
    } catch (error) {
      if (!(error instanceof VolumeSpecError)) throw error
      mayBoot ||= (value as { readonly role?: unknown }).role !== 'data'
      faults.push(...error.faults.map((fault) => ({ ...fault, path: `${path}.${fault.path}` })))
    }
  }
  return { volumes, drives, iothreads, mayBoot }
}

function throwAny(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new VolumeSpecError(faults)
}

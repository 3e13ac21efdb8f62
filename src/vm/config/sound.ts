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
import { iothreadSchema, nicSchemas, type VmConfig, vmConfigSchema } from './schema.ts'
import { networkMonitorSchema, secretIdSchema } from './security-schema.ts'
import { addressed, serveAt } from './served.ts'

/** Something of a config with the place where a person wrote it. */
export interface At<T> {
  readonly path: string
  readonly value: T
}

/** A monitor that listens on the network. */
export type NetworkMonitor = z.output<typeof networkMonitorSchema>

/** The valid parts of a config. */
export interface Sound {
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
  const address = serveAt(config.name ?? '')
  for (const [index, volume] of (config.volumes ?? []).entries()) {
    const path = `volumes[${index}]`
    try {
      const live = liveVolume(volume)
      if (live !== undefined) {
        parseVolumeSpec({ ...live, uri: volume.uri }, { serveAt: address })
        iothreads.push({ path: `${path}.id`, value: volumeNames(volume.id).iothread })
        continue
      }
      const kept = keptVolume(volume)
      if (kept === undefined) continue
      const origin = originFaults(volume, volume.serve && address(volume.id, volume.serve))
      if (origin.length > 0) throw new VolumeSpecError(origin)
      const boot = bootDrive(addressed(kept, address), vcpus === undefined ? {} : { vcpus })
      if (boot === undefined) continue
      drives.push({ path, value: boot.drive })
      const thread = boot.iothread?.id
      if (thread !== undefined && !iothreads.some(({ value }) => value === thread)) {
        iothreads.push({ path, value: thread })
      }
    } catch (error) {
      if (!(error instanceof VolumeSpecError)) throw error
      faults.push(...error.faults.map((fault) => ({ ...fault, path: `${path}.${fault.path}` })))
    }
  }
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

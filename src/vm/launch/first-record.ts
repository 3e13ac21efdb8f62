import { dirname } from 'node:path'
import { readVolumeUri, type VolumeSpec, volumeFrom } from '../../volumes/index.ts'
import { withoutSeed } from '../config/cloud-init.ts'
import type { ResolvedVm } from '../config/resolve.ts'
import type { VmConfig } from '../config/schema.ts'
import { attachedAtBoot } from '../disks/volume-record.ts'
import { onRecord } from '../disks/volume-serve.ts'
import { consoleLogOf, limitedLogs } from '../logs/limits.ts'
import { withAttachment } from '../record/attachments.ts'
import type { VmPaths } from '../record/paths.ts'
import type { Queued, VmRecord } from '../record/state.ts'
import { portsOf } from './equip.ts'
import { withoutSecrets } from './secrets.ts'
import type { Served } from './volume-servers.ts'

/** A volume with a whole path, for processes in other directories; as it is written where the whole path would be too long. */
function named(volume: VolumeSpec, directory: string): VolumeSpec {
  const whole = volumeFrom(directory, volume)
  return typeof readVolumeUri(whole.uri) === 'string' ? volume : whole
}

interface Launched {
  readonly argv: readonly string[]
  /** The directory that relative paths are of. */
  readonly directory: string
  /** The time, as ISO 8601 writes it. */
  readonly now: string
  readonly media: VmRecord['media']
  readonly links: VmRecord['links']
  readonly paths: VmPaths
  readonly served: readonly Served[]
  readonly queued: readonly Queued[]
}

/** The record of a VM that is about to start. Pure. */
export function firstRecord(
  config: VmConfig,
  vm: ResolvedVm,
  { argv, directory, links, media, now, paths, queued, served }: Launched,
): VmRecord {
  const serverFor = (id: string) => served.find((volume) => volume.id === id)?.server
  const consoleLog = consoleLogOf(config, paths, directory)
  const empty: VmRecord = {
    version: 2,
    id: vm.name,
    createdAt: now,
    config: withoutSeed(withoutSecrets(config, vm), paths.seed),
    argv: [...argv],
    vcpus: vm.cpus.count,
    ports: portsOf(vm),
    bootDisks: vm.drives.flatMap(({ id }) => id ?? []),
    serial: vm.console?.socket ?? paths.serial,
    consoleLog,
    logs: limitedLogs(config, consoleLog, directory),
    attachments: [],
    generations: 0,
    backups: [],
    helpers: [],
    links,
    media,
    bootServers: served.flatMap(({ id, uri, server, isData }) => (isData ? [] : [{ id, uri, server }])),
  }
  const data = vm.dataVolumes.map((volume) => {
    const cacheFile = vm.cacheFiles?.get(volume.id)
    return {
      ...attachedAtBoot(onRecord(named(volume, directory))),
      server: serverFor(volume.id),
      cacheDirectory: cacheFile && dirname(cacheFile.path),
    }
  })
  return [...data, ...queued].reduce((record, volume) => withAttachment(record, volume).record, empty)
}

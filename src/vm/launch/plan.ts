import type { FileDrivers } from '../../volumes/index.ts'
import { renderArgv } from '../argv/argv.ts'
import { chooseAio, type IoUring } from '../config/aio.ts'
import { type CacheTraits, cacheFilesFor } from '../config/data-volumes.ts'
import { pinMachine } from '../config/machine.ts'
import { hasVhost } from '../config/nics.ts'
import { type ResolvedVm, resolveChecked } from '../config/resolve.ts'
import { sandboxOf } from '../config/sandbox.ts'
import type { VmConfig } from '../config/schema.ts'
import { serveAt } from '../config/served.ts'
import type { VmPaths } from '../record/paths.ts'
import type { Queued, VmRecord } from '../record/state.ts'
import { equip } from './equip.ts'
import { firstRecord } from './first-record.ts'
import { hasDownLinks } from './links.ts'
import type { Origin } from './origin.ts'
import { isStaying } from './queued.ts'
import { type Served, servedVolumes } from './volume-servers.ts'

/** A launch in place of a VM that has crashed. */
export interface Restart {
  readonly crashed: VmRecord
  /** The volumes that it is to have again, before its guest begins. */
  readonly queued: readonly Queued[]
}

/** What is to be launched, beside its config. */
export interface LaunchRequest {
  readonly stateDir: string
  readonly paths: VmPaths
  readonly paused?: boolean | undefined
  readonly restart?: Restart | undefined
  readonly origin?: Pick<Origin, 'memoryFile' | 'state' | 'template' | 'pool'> | undefined
}

/** All that a plan depends on and the config does not say: what this host and its QEMU answered. */
export interface HostAnswers {
  readonly accelerator: 'kvm' | 'tcg'
  /** The machine of a VM of this name that ran before: as its config had it, and what it stood for. */
  readonly before: { readonly asked: string | undefined; readonly got: string | undefined }
  /** The firmware of this host in place of that which a config without `code` means. */
  readonly firmware?: ResolvedVm['firmware'] | undefined
  /** Whether the kernel carries the packets of taps here. */
  readonly vhost: boolean
  /** Whether this QEMU knows `-run-with user=`. */
  readonly runWith: boolean
  /** Whether this QEMU makes a FAT disk of a folder; it does where nobody has asked. */
  readonly hasVvfat?: boolean | undefined
  /** How io_uring does here; unasked where no disk needs it. */
  readonly ioUring?: IoUring | undefined
  /** What the files of the disks were found to be; their names tell where nobody has looked. */
  readonly fileDrivers?: FileDrivers | undefined
  /** What the directories of local caches can do; all where nobody has looked. */
  readonly cacheTraits?: ReadonlyMap<string, CacheTraits> | undefined
  /** The directory that relative paths are of. */
  readonly directory: string
  /** The time, as ISO 8601 writes it. */
  readonly now: string
}

/** A launch, decided: what is run, and what is on record before it. */
export interface LaunchPlan {
  readonly vm: ResolvedVm
  readonly argv: readonly string[]
  /** The volumes whose servers start before QEMU. */
  readonly served: readonly Served[]
  readonly record: VmRecord
  /** Whether the vCPUs wait for more than the links of cards. */
  readonly isHeld: boolean
  /** What the caller should know. */
  readonly warnings: readonly string[]
}

/** The VM of a config on this host, before anything is added that its launch needs. Pure. */
export function draftVm(config: VmConfig, host: HostAnswers, stateDir: string): ResolvedVm {
  const { accelerator, before, firmware, hasVvfat = true, runWith, vhost } = host
  const vm = resolveChecked(config, { accelerator, stateDir })
  const machine = pinMachine(vm.machine, before)
  const nics = vhost
    ? vm.nics
    : vm.nics.map((nic) => (asksForVhost(vm, nic) ? { ...nic, vhost: false } : nic))
  const process = { ...vm.process, runWith }
  return {
    ...vm,
    ...(machine === undefined ? {} : { machine }),
    ...(firmware === undefined ? {} : { firmware }),
    nics,
    process,
    seedFormat: config.cloudInit?.format ?? (hasVvfat ? 'vfat' : 'iso'),
  }
}

/** Whether a card is carried by the kernel where that can do it, and by QEMU where not. */
export function asksForVhost(
  { accelerator }: Pick<ResolvedVm, 'accelerator'>,
  nic: ResolvedVm['nics'][number],
): boolean {
  return nic.type === 'tap' && nic.vhost === undefined && hasVhost(nic, accelerator) === true
}

/** The VM of a launch, with all that its disks and its QEMU are made of. Pure. */
export function plannedVm(config: VmConfig, request: LaunchRequest, host: HostAnswers): ResolvedVm {
  const { origin, paths, restart, stateDir } = request
  const draft = draftVm(config, host, stateDir)
  const equipped = equip(draft, paths, {
    paused: isHeldBack(request) || hasDownLinks(draft),
    memoryFile: origin?.memoryFile,
    incoming: origin?.state !== undefined,
  })
  const { cacheTraits: traits, fileDrivers } = host
  const dataVolumes = restart === undefined ? equipped.dataVolumes : equipped.dataVolumes.filter(isStaying)
  const cacheFiles = cacheFilesFor(config.name, dataVolumes, { stateDir, traits })
  return { ...equipped, dataVolumes, cacheFiles, ...(fileDrivers === undefined ? {} : { fileDrivers }) }
}

const isHeldBack = ({ paused, restart }: LaunchRequest) =>
  paused === true || (restart !== undefined && restart.queued.length > 0)

/**
 * Decides a launch. `run --dry-run` prints the words of the same plan. Pure: the same config, request and answers give the same plan.
 */
export function planLaunch(config: VmConfig, request: LaunchRequest, host: HostAnswers): LaunchPlan {
  const { origin, paths, paused, restart, stateDir } = request
  const { links = {}, media = [] } = restart?.crashed ?? {}
  const { queued = [] } = restart ?? {}
  const { directory, now } = host
  const found = plannedVm(config, request, host)
  const aio = chooseAio(found, host.ioUring ?? 'unasked', host.fileDrivers)
  // The record has the volumes as they were asked for.
  const vm = { ...aio.vm, dataVolumes: found.dataVolumes }
  const served = servedVolumes(config, vm.dataVolumes, serveAt(config.name, stateDir), restart?.crashed)
  const argv = renderArgv(aio.vm)
  return {
    vm,
    argv,
    served,
    record: {
      ...firstRecord(config, vm, { argv, directory, links, media, now, paths, queued, served }),
      heldBack: paused === true ? true : undefined,
      begins: (queued.length > 0 && paused !== true) || undefined,
      template: origin?.template,
      pool: origin?.pool,
    },
    isHeld: isHeldBack(request),
    warnings: [...sandboxOf(config, config.security.sandbox).warnings, ...aio.warnings],
  }
}

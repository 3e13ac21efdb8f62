import { access, constants } from 'node:fs/promises'
import { currentDirectory } from '../../process/index.ts'
import { cacheTraits, type VolumeSpec } from '../../volumes/index.ts'
import { asksForIoUring, chooseAio, type IoUring } from '../config/aio.ts'
import { parseConfigDocument } from '../config/hive.ts'
import { machineOf } from '../config/machine.ts'
import type { VmConfig, VmConfigInput } from '../config/schema.ts'
import type { VmInspection } from '../life/inspect.ts'
import { guessAccelerator } from '../qemu/accelerator.ts'
import { requireLockableMemory } from '../qemu/lockable-memory.ts'
import { canVvfat, fitToQemu, ioUringOf } from '../qemu/support.ts'
import { defaultStateDir, type VmPaths, vmPaths } from '../record/paths.ts'
import { VmStore } from '../record/vm-store.ts'
import { withHostsFirmware } from './firmware.ts'
import { lookAtImages } from './images.ts'
import {
  asksForVhost,
  draftVm,
  type HostAnswers,
  type LaunchPlan,
  type LaunchRequest,
  planLaunch,
  plannedVm,
} from './plan.ts'
import { settleServers } from './volume-servers.ts'

const vhostNet = '/dev/vhost-net'

interface Asked {
  readonly answers: HostAnswers
  readonly warnings: readonly string[]
}

/**
 * Finds out what the plan of a launch depends on: the machine of its predecessor, what QEMU and the kernel can do, and what the
 * files of the disks are. Changes nothing.
 * @throws VmError VM_UNSUPPORTED, VM_ABORTED; VmConfigError for images that are not what the config says.
 */
export async function askHost(
  config: VmConfig,
  request: LaunchRequest,
  {
    accelerator,
    found,
    signal,
  }: Pick<HostAnswers, 'accelerator'> & { found: VmInspection; signal: AbortSignal | undefined },
): Promise<Asked> {
  const before = await predecessor(found.state === 'absent', config.name, request.paths)
  const { answers, warnings } = await askMachine(config, request, { accelerator, before, signal })
  const vm = plannedVm(config, request, answers)
  await requireLockableMemory(vm)
  const [fileDrivers, traits] = await Promise.all([
    lookAtImages(config, vm, { isRestart: request.restart !== undefined }),
    traitsOfCaches(vm.dataVolumes),
  ])
  return { answers: { ...answers, fileDrivers, cacheTraits: traits }, warnings }
}

async function traitsOfCaches(volumes: readonly VolumeSpec[]): Promise<HostAnswers['cacheTraits']> {
  const directories = new Set(volumes.flatMap(({ localCache }) => localCache?.directory ?? []))
  return new Map(
    await Promise.all([...directories].map(async (path) => [path, await cacheTraits(path)] as const)),
  )
}

/** The plan of a launch as far as it can be made without a trial machine and without opening a disk. Changes nothing. */
export async function planDryRun(
  given: VmConfigInput,
  options: { readonly stateDir?: string | undefined } = {},
): Promise<LaunchPlan> {
  const config = parseConfigDocument(given)
  const stateDir = options.stateDir ?? defaultStateDir()
  const settled = settleServers(config)
  const paths = vmPaths(stateDir, config.name)
  const request = { stateDir, paths }
  const accelerator = await guessAccelerator(settled)
  const before = await predecessor(false, config.name, paths)
  const { answers } = await askMachine(settled, request, { accelerator, before, signal: undefined })
  return planLaunch(settled, request, answers)
}

async function askMachine(
  config: VmConfig,
  { stateDir }: LaunchRequest,
  {
    accelerator,
    before,
    signal,
  }: Pick<HostAnswers, 'accelerator' | 'before'> & { signal: AbortSignal | undefined },
): Promise<Asked> {
  const hopes = {
    accelerator,
    before,
    vhost: true,
    runWith: true,
    directory: currentDirectory(),
    now: new Date().toISOString(),
  }
  const draft = await withHostsFirmware(draftVm(config, hopes, stateDir), config)
  const { firmware } = draft
  const isAsked = draft.nics.some((nic) => asksForVhost(draft, nic))
  const vhost = !isAsked || (await canUse(vhostNet))
  const ioUring: IoUring = asksForIoUring(draft) ? await ioUringOf(draft.binary, signal) : 'unasked'
  const isSeedOpen = config.cloudInit !== undefined && config.cloudInit.format === undefined
  const hasVvfat = !isSeedOpen || (await canVvfat(draft.binary, signal))
  const runWith = await fitToQemu(chooseAio(draft, ioUring).vm, config.accelerator, signal)
  const slower = `${vhostNet} cannot be used: QEMU itself carries the packets of its taps, which is slower`
  return {
    answers: { ...hopes, firmware, hasVvfat, ioUring, vhost, runWith },
    warnings: vhost ? [] : [slower],
  }
}

async function canUse(device: string): Promise<boolean> {
  return access(device, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
}

/** The machine of a VM of this name that has ended, as it was asked for and as it ran. */
async function predecessor(isAbsent: boolean, id: string, paths: VmPaths): Promise<HostAnswers['before']> {
  const record = isAbsent ? undefined : await new VmStore({ id, paths }).find().catch(() => undefined)
  return { asked: record === undefined ? undefined : machineOf(record.config).machine, got: record?.machine }
}

import { cp, mkdir, open, rename, rm, statfs } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { QemuLaunchError } from '../../errors.ts'
import { checkTimeout } from '../../qmp/index.ts'
import { writeFileAtomic } from '../../util/atomic-file.ts'
import { UndoStack } from '../../util/undo-stack.ts'
import { type Backing, type ClonedDisk, cloneDisk } from '../../volumes/index.ts'
import { withoutSeed } from '../config/cloud-init.ts'
import { type HiveConfigInput, parseConfigDocument } from '../config/hive.ts'
import type { VmConfig, VmConfigInput } from '../config/schema.ts'
import { VmConfigError, VmError } from '../errors.ts'
import { launchWith } from '../launch/launch.ts'
import type { Origin } from '../launch/origin.ts'
import type { CopyProgress } from '../life/forking.ts'
import type { Vm, VmVisitor } from '../life/roles.ts'
import { RunningVm } from '../life/vm.ts'
import { chooseAccelerator } from '../qemu/accelerator.ts'
import { templateLock } from '../record/ownership.ts'
import { defaultStateDir, makeStateDir } from '../record/paths.ts'
import { capture } from './capture.ts'
import { cloneFaults, disksOf, memoryId, templateConfig, withDisks } from './clonable.ts'
import { beginAndWait, checkReadiness, type Readiness } from './guest-ready.ts'
import { openState, readsFiles } from './open-state.ts'
import { saveState, stateTimeoutMs } from './save-state.ts'
import {
  hostId,
  isThere,
  lookAtBases,
  makingEnding,
  qemuVersion,
  type TemplatePaths,
  type TemplateRecord,
  templatePaths,
} from './template-record.ts'
import { clearRemains, describe, type Template } from './templates.ts'

export interface CreateTemplateOptions {
  /** Where the template is kept; of a VM that runs, beside it. */
  readonly stateDir?: string | undefined
  /** When the guest is ready to be cloned; when its agent answers unless given. */
  readonly ready?: Readiness | undefined
  /**
   * How long the guest may take to be ready; 120 s unless given. QEMU has ten minutes to start, to load the state and to save it, each;
   * as long as the guest when that is longer.
   */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onWarning?: ((text: string) => void) | undefined
  /** Hears of each step, and several times a second how much of the memory or of a disk is copied. */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined
}

const readyTimeoutMs = 120_000

/**
 * Keeps a VM as a template: its memory, the state of its devices, and disks of its own. A config is booted for it. The disks of
 * the config are not written, and must not change while the template is used, unless the file system has reflinks. A VM that runs
 * stands still until it is copied, as for `forkVm`, and runs on then.
 * @throws VmConfigError with everything that cannot be cloned; VmError VM_TEMPLATE_EXISTS, VM_STATE (no space), VM_TIMEOUT,
 *   VM_ABORTED; what `launchVm` and `cloneDisk` throw. Nothing is left then. When this process dies, QEMU ends with it, and the
 *   next call about templates clears the rest away.
 */
export async function createTemplate(
  name: string,
  source: VmConfigInput | VmConfig | HiveConfigInput | Vm | VmVisitor,
  options: CreateTemplateOptions = {},
): Promise<Template> {
  const { signal, timeoutMs } = options
  checkTimeout(timeoutMs)
  const make =
    source instanceof RunningVm ? copyOf(source, options) : bootOf(parseConfigDocument(source), options)
  const stateDir =
    source instanceof RunningVm ? dirname(source.paths.dir) : resolve(options.stateDir ?? defaultStateDir())
  makeStateDir(stateDir)
  using _lock = await templateLock(stateDir, name, { signal })
  await clearRemains(stateDir, name)
  const final = templatePaths(stateDir, name)
  const work = templatePaths(stateDir, name, makingEnding)
  if (await isThere(final.dir)) {
    const what = `there is a template ${name} already; delete it, or use another name`
    throw new VmError('VM_TEMPLATE_EXISTS', what, { details: { template: name } })
  }
  const undo = new UndoStack()
  undo.push('the files', () => rm(work.dir, { recursive: true, force: true }))
  try {
    await mkdir(work.disks, { recursive: true, mode: 0o700 })
    const made = await make(work)
    const { config, seed, vm } = made
    undo.push('the VM', async () => {
      await vm.kill()
    })
    await made.untilReady()
    await saveState(vm, work.state, { signal, timeoutMs: forQemu(timeoutMs) })
    const record = await recordOf({ ...made, final, name, work })
    if (config.cloudInit !== undefined) await cp(seed, join(work.dir, 'seed'), { recursive: true })
    await vm.kill()
    await rm(work.vm, { recursive: true })
    await toDisk(work.memory)
    await writeFileAtomic(work.record, `${JSON.stringify(record, undefined, 2)}\n`)
    await rename(work.dir, final.dir)
    undo.keep()
    return describe(record, final.dir, [])
  } catch (error) {
    await undo.run()
    throw error instanceof QemuLaunchError ? error.tellOf({ template: name }) : error
  }
}

/** The VM that becomes the template, with its memory in a file. */
interface Making {
  readonly vm: Vm
  /** The config of a clone, with the disks of the source. */
  readonly config: VmConfig
  readonly disks: Disks
  /** The cards that each clone gets. */
  readonly nics: VmConfig['nics']
  /** The folder with the seed of cloud-init, if any. */
  readonly seed: string
  readonly untilReady: () => Promise<void>
}

type Make = (work: TemplatePaths) => Promise<Making>

/** @throws VmConfigError at once. */
function bootOf(asked: VmConfig, options: CreateTemplateOptions): Make {
  const { onProgress, onWarning, ready, signal, timeoutMs = readyTimeoutMs } = options
  const faults = cloneFaults(asked)
  if (faults.length > 0) throw new VmConfigError(faults)
  checkReadiness(ready, asked)
  return async (work) => {
    await checkSpace(work.dir, asked.memoryMiB)
    const disks = await makeDisks(asked, work, signal)
    const { accelerator } = await chooseAccelerator(asked, signal)
    // Each clone gets cards of its own.
    const config = { ...templateConfig(asked), accelerator, nics: [] }
    onProgress?.({ step: 'start' })
    const vm = await launchWith(
      withDisks(config, disks),
      { stateDir: work.vm, signal, timeoutMs: forQemu(timeoutMs), paused: true, onWarning },
      undefined,
      originOf(config, work),
    )
    const untilReady = () => {
      onProgress?.({ step: 'guest' })
      return beginAndWait(vm, ready, { signal, timeoutMs })
    }
    return { vm, config, disks, nics: asked.nics, seed: vm.paths.seed, untilReady }
  }
}

/** The memory of a VM that runs is copied into the file by a QEMU that loads all of it and does not run. */
function copyOf(source: Vm | VmVisitor, options: CreateTemplateOptions): Make {
  const { onProgress, onWarning, signal } = options
  const timeoutMs = forQemu(options.timeoutMs)
  return async (work) => {
    const { config: known } = await source.ledger.read()
    // The whole state is beside the memory until that is made.
    await checkSpace(work.dir, 2 * known.memoryMiB)
    await mkdir(work.vm, { mode: 0o700 })
    const whole = join(work.vm, 'whole')
    const { config, disks } = await capture(
      source,
      { state: whole, disks: work.disks },
      { onProgress, signal, timeoutMs },
    )
    onProgress?.({ step: 'start' })
    await using state = await openState(whole, { readsFiles: readsFiles(source.qmp.greeting.version.qemu) })
    const vm = await launchWith(
      withDisks(config, disks),
      { stateDir: work.vm, signal, timeoutMs, paused: true, onWarning },
      undefined,
      { ...originOf(config, work), state: { ...state, isWhole: true } },
    )
    return { vm, config, disks, nics: [], seed: source.paths.seed, untilReady: async () => {} }
  }
}

const forQemu = (timeoutMs = 0) => Math.max(timeoutMs, stateTimeoutMs)

const originOf = (config: VmConfig, { memory }: TemplatePaths): Origin => ({
  memoryFile: { id: memoryId(config), path: memory, mode: 'written' },
  isBound: true,
})

type Disks = ReadonlyMap<string, ClonedDisk>

/** The disks that the VM of the template writes, and not those that the config names. */
async function makeDisks(config: VmConfig, { disks }: TemplatePaths, signal?: AbortSignal): Promise<Disks> {
  const made: [string, ClonedDisk][] = []
  for (const { backing, file, format, isShared, path } of disksOf(config)) {
    if (isShared) continue
    const clone = await cloneDisk({ path: file, format, backing }, join(disks, String(made.length)), {
      signal,
    })
    made.push([path, clone])
  }
  return new Map(made)
}

interface Made extends Pick<Making, 'vm' | 'config' | 'disks' | 'nics'> {
  readonly final: TemplatePaths
  readonly name: string
  readonly work: TemplatePaths
}

async function recordOf({ config, disks, final, name, nics, vm, work }: Made): Promise<TemplateRecord> {
  const moved = new Map(
    [...disks].map(([path, disk]) => [
      path,
      { ...disk, path: join(final.disks, relative(work.disks, disk.path)) },
    ]),
  )
  const [, ...machineOptions] = (config.machine ?? '').split(',')
  const below = [...disks.values()].flatMap(({ backing }) => filesBelow(backing))
  const shared = disksOf(config).flatMap(({ file, isShared }) => (isShared ? [resolve(file)] : []))
  return {
    version: 1,
    name,
    createdAt: new Date().toISOString(),
    qemu: qemuVersion({ ...vm.qmp.greeting.version, version: vm.qmp.greeting.version.qemu }),
    host: await hostId(),
    config: {
      ...withoutSeed(withDisks(config, moved), join(final.dir, 'seed')),
      machine: [vm.machine, ...machineOptions].join(','),
    },
    // A copy that is in the template never changes.
    disks: [...disks].map(([path, { method }]) => ({
      path,
      method: method === 'copy' ? ('overlay' as const) : method,
    })),
    bases: await lookAtBases([...below, ...shared]),
    nics,
  }
}

function filesBelow(backing: Backing | null | undefined): string[] {
  return backing ? [resolve(backing.uri), ...filesBelow(backing.backing)] : []
}

/** A guest whose memory finds no room in the middle is killed by the kernel. */
async function checkSpace(dir: string, memoryMiB: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir)
  const freeMiB = Math.floor((bavail * bsize) / 2 ** 20)
  if (freeMiB > memoryMiB) return
  const what = `the template needs ${memoryMiB} MiB below ${dir}, and ${freeMiB} MiB are free; use a state directory with more room (--state-dir)`
  throw new VmError('VM_STATE', what, { details: { dir, freeMiB } })
}

async function toDisk(path: string): Promise<void> {
  const file = await open(path)
  await file.datasync().finally(() => file.close())
}

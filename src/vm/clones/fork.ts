import { rename, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { checkTimeout } from '../../qmp/index.ts'
import { parseVmConfig } from '../config/config.ts'
import { launchWith } from '../launch/launch.ts'
import { type ForkOptions, forking } from '../life/forking.ts'
import { inspectVm, vmExists } from '../life/inspect.ts'
import type { Vm, VmVisitor } from '../life/roles.ts'
import { templateLock } from '../record/ownership.ts'
import { vmPaths } from '../record/paths.ts'
import { capture } from './capture.ts'
import { withDisks } from './clonable.ts'
import { beginClone, type CloneOverrides, giveCards } from './clone-vm.ts'
import { openState, readsFiles } from './open-state.ts'
import { stateTimeoutMs } from './save-state.ts'
import { makingEnding, templatePaths } from './template-record.ts'
import { clearRemains } from './templates.ts'

/**
 * Makes a second VM of a running VM: with all of its memory, copies of its disks, and the volumes that are attached. The VM
 * stands still until its memory and its disks are copied, and runs on then. Disks are copied by reflinks where the file system
 * has them. The fork has the cards of its source, and those of `nics`. If you need more than a few copies, make a template: its clones
 * share memory.
 * @throws VmConfigError with what cannot be cloned (a writable NBD volume, no `vmGenId: 'auto'`); what `launchVm`, `cloneDisk`
 *   and `prepare` throw. Nothing of the fork is left then, and the VM goes on.
 */
export async function forkVm(
  vm: Vm | VmVisitor,
  { nics = [], ...overrides }: CloneOverrides,
  { onProgress, prepare, timeoutMs = stateTimeoutMs, ...options }: ForkOptions = {},
): Promise<Vm> {
  const stateDir = dirname(vm.paths.dir)
  checkTimeout(timeoutMs)
  const { signal } = options
  const { name } = overrides
  const own = vmPaths(stateDir, name)
  const work = templatePaths(stateDir, name, makingEnding)
  const before = await inspectVm(name, { stateDir })
  if (before.alive) throw vmExists(name, before.pid)
  using _lock = await templateLock(stateDir, name, { signal })
  await clearRemains(stateDir, name)
  try {
    const { config, disks } = await capture(vm, work, { onProgress, signal, timeoutMs })
    const moved = [...disks].map(
      ([place, disk]) =>
        [place, { ...disk, path: join(own.disks, relative(work.disks, disk.path)) }] as const,
    )
    onProgress?.({ step: 'start' })
    await using state = await openState(work.state, { readsFiles: readsFiles(vm.qmp.greeting.version.qemu) })
    const fork = await launchWith(
      parseVmConfig({ ...withDisks(config, new Map(moved)), ...overrides }),
      { ...options, stateDir, timeoutMs },
      undefined,
      { state: { ...state, isWhole: true }, prepare: () => rename(work.disks, own.disks) },
    )
    await giveCards(fork, nics, signal)
    if (options.paused !== true) await beginClone(fork, config, { ...options, prepare })
    return fork
  } finally {
    await rm(work.dir, { recursive: true, force: true })
  }
}

forking.fork = forkVm

import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Lock, type ProcessIdentity, signalProcess, untilGone } from '../../process/index.ts'
import { unlessAborted } from '../../util/deadline.ts'
import type { ServerRecord } from '../../volumes/index.ts'
import { removePartsOn } from '../backups/end-backup.ts'
import { removeCaches } from '../disks/volume-cache.ts'
import { endAllOnRecord } from '../disks/volume-servers.ts'
import { messageOf, VmError } from '../errors.ts'
import { ownerLock } from '../record/ownership.ts'
import { defaultStateDir, type VmPaths, vmPaths } from '../record/paths.ts'
import { VmStore } from '../record/vm-store.ts'
import { exitOf } from './exit.ts'
import { processOf } from './find-qemu.ts'
import { inspectVm, type StateDirOptions, type VmInspection, vmExists } from './inspect.ts'
import { strayIn, unneededIn } from './standing.ts'

const killTimeoutMs = 10_000

// An owner that lives sees to the end of its VM, and then lets go.
const ownersTurnMs = 10_000

export interface KillVmOptions extends StateDirOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * Ends a VM's QEMU at once, whether or not it answers, and removes what it leaves, after its owner had the time to do so.
 * @returns what there was before.
 * @throws VmError VM_TIMEOUT when the kernel does not let it end; VM_STATE when what it left cannot be removed; VM_ABORTED: it is
 *   ended all the same, unless the signal came before the call. Before anything is done: ProcessError PROCESS_UNKNOWN and VmError
 *   VM_STATE when the process is not known for certain.
 */
export async function killVm(id: string, { signal, ...where }: KillVmOptions = {}): Promise<VmInspection> {
  const onAbort = (cause: unknown) =>
    new VmError('VM_ABORTED', `waiting for the end of VM ${id} was aborted`, { cause, details: { vm: id } })
  return unlessAborted(() => endAndClear(id, where), signal, onAbort)
}

async function endAndClear(id: string, options: StateDirOptions): Promise<VmInspection> {
  const paths = vmPaths(options.stateDir ?? defaultStateDir(), id)
  const found = await inspectVm(id, options)
  if (found.state === 'absent') return found
  const record = await new VmStore({ id, paths }).find()
  const limit = AbortSignal.timeout(killTimeoutMs)
  // A script that started QEMU, and has the same words, outlives it for a moment, or starts another one.
  for (let it = await processOf(paths, record); it !== undefined; it = await processOf(paths, record)) {
    await signalProcess(it, 'SIGKILL')
    await untilGone(it, limit)
    if (limit.aborted) {
      throw new VmError(
        'VM_TIMEOUT',
        `VM ${id} (pid ${it.pid}) was killed and does not end; most often the kernel waits for a disk of it`,
        {
          details: { vm: id, pid: it.pid },
        },
      )
    }
  }
  await clearLeftovers(paths, id)
  return found
}

/**
 * Takes away what an ended VM has left, the servers of its volumes too.
 * @throws VmError VM_LOCKED when another process owns it and does not let go, VM_STATE when the directory is not a VM's, somebody
 *   else's files stay, or cannot be read, or a server does not end; VM_EXISTS when the VM lives; ProcessError PROCESS_UNKNOWN when
 *   that cannot be told. No file of the VM was removed.
 */
export async function clearLeftovers(paths: VmPaths, id: string): Promise<void> {
  await using _ownership = await takeOver(paths, id, undefined, ownersTurnMs)
}

/**
 * Becomes the owner of a name whose VM has ended, and takes away what that VM has left; when servers are kept for its next
 * run, even none, all but what that needs: those, its record, and its variables of UEFI.
 * @throws as `clearLeftovers`; nothing was removed, and nothing is owned.
 */
export async function takeOver(
  paths: VmPaths,
  id: string,
  kept: readonly ServerRecord[] | undefined,
  turnMs = 0,
): Promise<Lock> {
  const ownership = await ownerLock(paths, id, turnMs)
  try {
    await clear(paths, id, kept)
    return ownership
  } catch (error) {
    ownership[Symbol.dispose]()
    throw error
  }
}

async function clear(paths: VmPaths, id: string, kept: readonly ServerRecord[] | undefined): Promise<void> {
  const names = await namesIn(paths.dir)
  const stray = strayIn(paths, names)
  if (stray !== undefined) {
    throw new VmError(
      'VM_STATE',
      `${paths.dir} is not the directory of a VM: it holds ${stray}; nothing was removed`,
      { details: { dir: paths.dir, stray } },
    )
  }
  const store = new VmStore({ id, paths })
  const record = await store.find()
  const process = await processOf(paths, record)
  if (process !== undefined) throw vmExists(id, process.pid)
  const [server] = record === undefined ? [] : await endAllOnRecord(record, kept)
  if (server !== undefined) {
    throw new VmError(
      'VM_STATE',
      `the server of a volume of VM ${id} may still run: ${server}; its record stays, so repeat this`,
      { details: { vm: id, dir: paths.dir, server } },
    )
  }
  await endHelpers(record?.helpers ?? [])
  if (record !== undefined) {
    await removePartsOn(record)
    await removeCaches(record)
  }
  if (kept === undefined) await rm(paths.dir, { recursive: true, force: true })
  else {
    const exit = record?.exit ?? (record && (await exitOf(paths, record)))
    // The files that say how it ended go now.
    if (record?.exit !== exit) await store.set({ exit })
    await clearForRestart(paths)
  }
}

/** Ends the helpers of a launch that died before its QEMU. Other helpers end with QEMU. */
async function endHelpers(helpers: readonly ProcessIdentity[]): Promise<void> {
  for (const helper of helpers) await signalProcess(helper, 'SIGTERM')
  const limit = AbortSignal.timeout(killTimeoutMs)
  await Promise.all(helpers.map((helper) => untilGone(helper, limit)))
}

/** Takes away what a VM that has crashed has left, but what its next run needs: its record, the variables of UEFI and the TPM. */
export async function clearForRestart(paths: VmPaths): Promise<void> {
  const names = unneededIn(paths, await namesIn(paths.dir))
  await Promise.all(names.map((name) => rm(join(paths.dir, name), { recursive: true, force: true })))
}

/** @throws VmError VM_STATE when there is something that is not a directory, or a directory that may not be read. */
async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new VmError(
      'VM_STATE',
      `${dir} is not the directory of a VM: ${messageOf(error)}; nothing was removed`,
      { details: { dir }, cause: error },
    )
  }
}

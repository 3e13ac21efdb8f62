import { mkdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import {
  acquireLock,
  knock,
  type Lock,
  type LockOptions,
  type LockPlace,
  ProcessError,
} from '../../process/index.ts'
import { VmError } from '../errors.ts'
import { locksFolder, stateDirFault, type VmPaths } from './paths.ts'

const timeoutMs = 60_000

/**
 * Held by the process that launches a VM of this name.
 * @throws VmError VM_LOCKED when another process does for too long, VM_ABORTED on abort, VM_STATE.
 */
export async function launchLock(paths: VmPaths, id: string, signal?: AbortSignal): Promise<Disposable> {
  try {
    return await lock('launch of', paths, { timeoutMs, signal })
  } catch (error) {
    const context = { details: { vm: id }, cause: error }
    if (!(error instanceof ProcessError)) throw error
    if (error.code === 'PROCESS_TIMEOUT')
      throw new VmError(
        'VM_LOCKED',
        `VM ${id} is being launched by another process${ofPid(error.details.pid)}`,
        {
          details: { vm: id, pid: error.details.pid, transient: true },
          cause: error,
        },
      )
    if (error.code === 'PROCESS_ABORTED')
      throw new VmError('VM_ABORTED', `the launch of VM ${id} was aborted`, context)
    throw error
  }
}

/** Held by the process that changes the VM's record. @throws ProcessError PROCESS_TIMEOUT, PROCESS_ABORTED; VmError VM_STATE. */
export function recordLock(paths: VmPaths, signal?: AbortSignal): Promise<Disposable> {
  return lock('record of', paths, { timeoutMs, signal })
}

/** Held by the call that works on this attachment of the VM. @throws ProcessError PROCESS_TIMEOUT, PROCESS_ABORTED; VmError VM_STATE. */
export function attachmentLock(
  paths: VmPaths,
  kind: string,
  id: string,
  signal?: AbortSignal,
): Promise<Disposable> {
  return lock(`${kind} ${id} of`, paths, { timeoutMs, signal })
}

/** Held by the process that makes, clones or deletes a template. @throws ProcessError PROCESS_TIMEOUT, PROCESS_ABORTED; VmError VM_STATE. */
export function templateLock(
  stateDir: string,
  name: string,
  options: Partial<LockOptions> = {},
): Promise<Disposable> {
  return lock('template', { dir: join(stateDir, name) }, { timeoutMs, ...options })
}

/** Held by the process that has the pool of a template. @throws VmError VM_LOCKED when another process has it, VM_STATE. */
export async function poolLock(stateDir: string, name: string): Promise<Disposable> {
  try {
    return await lock('pool', { dir: join(stateDir, name) }, { timeoutMs: 0 })
  } catch (error) {
    if (!(error instanceof ProcessError) || error.code !== 'PROCESS_TIMEOUT') throw error
    throw new VmError('VM_LOCKED', `cannot open the pool of ${name}: another process holds it`, {
      cause: error,
    })
  }
}

/** Held by the call that copies the VM. @throws ProcessError PROCESS_TIMEOUT, PROCESS_ABORTED; VmError VM_STATE. */
export function captureLock(paths: VmPaths, options: LockOptions): Promise<Disposable> {
  return lock('copy of', paths, options)
}

/** Held by the call that backs up this disk of the VM, or copies it; undefined when another call has it. @throws ProcessError PROCESS_UNKNOWN; VmError VM_STATE. */
export function backupLock(paths: VmPaths, id: string): Promise<Disposable | undefined> {
  return lockNow(`backup ${id} of`, paths)
}

/** Held by the call for which the VM stands still. @throws ProcessError PROCESS_TIMEOUT, PROCESS_ABORTED; VmError VM_STATE. */
export function standStillLock(paths: VmPaths, options: LockOptions): Promise<Disposable> {
  return lock('stand-still of', paths, options)
}

/** Whether a process is about to launch a VM of this name. */
export async function isBeingLaunched(paths: VmPaths): Promise<boolean> {
  using lock = await betweenLaunches(paths)
  return lock === undefined
}

/** Keeps launches of this name waiting; undefined while one is under way. @throws ProcessError PROCESS_UNKNOWN; VmError VM_STATE. */
export function betweenLaunches(paths: VmPaths): Promise<Disposable | undefined> {
  return lockNow('launch of', paths)
}

const owner = 'owner of'

/** Has the VM's owner, when there is one, look at what is on record. */
export function callOwner(paths: VmPaths): Promise<void> {
  return knock(placeOf(owner, paths))
}

/** Let go of when this process ends in order: the next owner need not find out that this one has died. */
const owned = new Set<Lock>()

function letGoOfAll(): void {
  for (const held of owned) held[Symbol.dispose]()
}

function untilExit(held: Lock): Lock {
  if (owned.size === 0) process.once('exit', letGoOfAll)
  const release = () => {
    owned.delete(lock)
    if (owned.size === 0) process.off('exit', letGoOfAll)
    held[Symbol.dispose]()
  }
  const lock = { onKnock: held.onKnock, [Symbol.dispose]: release }
  owned.add(lock)
  return lock
}

/**
 * Makes this process the VM's owner until let go of, or until it ends or dies.
 * @throws VmError VM_LOCKED when another process is and does not let go in time, VM_STATE.
 */
export async function ownerLock(paths: VmPaths, id: string, turnMs = 0): Promise<Lock> {
  try {
    return untilExit(await lock(owner, paths, { timeoutMs: turnMs }))
  } catch (error) {
    if (!(error instanceof ProcessError) || error.code !== 'PROCESS_TIMEOUT') throw error
    const { pid } = error.details
    throw new VmError('VM_LOCKED', `VM ${id} is owned by another process${ofPid(pid)}`, {
      details: { vm: id, pid, transient: true },
      cause: error,
    })
  }
}

const ofPid = (pid: unknown) => (pid === undefined ? '' : ` (pid ${pid})`)

async function lock(what: string, paths: Pick<VmPaths, 'dir'>, options: LockOptions): Promise<Lock> {
  const place = placeOf(what, paths)
  for (;;) {
    try {
      return await acquireLock(place, options)
    } catch (error) {
      // Nobody has made the folder, or somebody removed it in the meantime.
      if (!isMissing(error)) throw error
    }
    try {
      mkdirSync(place.directory, { mode: 0o700 })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw stateDirFault(dirname(paths.dir), error)
    }
  }
}

/** Undefined when another call has it. */
async function lockNow(what: string, paths: VmPaths): Promise<Lock | undefined> {
  try {
    return await lock(what, paths, { timeoutMs: 0 })
  } catch (error) {
    if (error instanceof ProcessError && error.code === 'PROCESS_TIMEOUT') return undefined
    throw error
  }
}

const isMissing = (error: unknown) =>
  error instanceof ProcessError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'

/** Beside the directories of the VMs: a VM is locked before it has one, and while it is removed. */
function placeOf(what: string, { dir }: Pick<VmPaths, 'dir'>): LockPlace {
  return { directory: join(dirname(dir), locksFolder), name: `${what} ${basename(dir)}` }
}

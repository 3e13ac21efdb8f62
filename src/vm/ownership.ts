import { acquireLock, ProcessError } from '../process/index.ts'
import { VmError } from './errors.ts'
import type { VmPaths } from './paths.ts'

/**
 * Makes this process the VM's owner until let go of, or until it dies.
 * @throws VmError VM_LOCKED when another process is.
 */
export async function ownerLock(paths: VmPaths, id: string): Promise<AsyncDisposable> {
  try {
    return await acquireLock(`owner of ${paths.dir}`, { timeoutMs: 0 })
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error
    throw new VmError('VM_LOCKED', `VM ${id} is held by another process`, {
      details: { vm: id },
      cause: error,
    })
  }
}

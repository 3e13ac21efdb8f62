import { dirname } from 'node:path'
import { killVm } from '../life/leftovers.ts'
import type { Vm } from '../life/roles.ts'

/** Does work with a VM that has just started. If the work fails, nothing of the VM is left. @throws what the work throws. */
export async function orGone<T>(vm: Vm, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await vm.kill()
    await killVm(vm.id, { stateDir: dirname(vm.paths.dir) })
    throw error
  }
}

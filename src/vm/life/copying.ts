import { captureLock } from '../record/ownership.ts'
import { cancelMigration } from './migration.ts'
import type { RunningVm } from './vm.ts'

const answerTimeoutMs = 30_000

/** Puts on record that a VM is about to stand still to be copied. The lock of the copy is held, until it runs on. */
export async function beginCopy({ ledger }: RunningVm): Promise<void> {
  await ledger.set({ copying: true })
}

/** Lets a VM run on that stands still to be copied, unless this process has paused it since. A repeat does nothing. */
export async function endCopy({ ledger, qmp, volumes }: RunningVm): Promise<void> {
  if ((await ledger.read()).copying !== true) return
  if (!volumes.isVmHeld()) await qmp.execute('cont', undefined, { timeoutMs: answerTimeoutMs })
  await ledger.set({ copying: undefined })
}

/** The same after the death of the process that copied it: QEMU may go on to save its state, and stops it once more at the end. */
export async function endLeftCopy(vm: RunningVm): Promise<void> {
  if ((await vm.ledger.read()).copying !== true) return
  await cancelMigration(vm.qmp)
  await endCopy(vm)
}

/** Has a VM run on when the process that copies it dies. Its owner looks when it stops, and now unless the VM is new. */
export function watchCopies(vm: RunningVm, { isNew }: { readonly isNew: boolean }): void {
  const over = new AbortController()
  void vm.exited.then(() => over.abort())
  const look = async () => {
    if ((await vm.ledger.read()).copying !== true) return
    using _turn = await captureLock(vm.paths, { timeoutMs: Number.POSITIVE_INFINITY, signal: over.signal })
    await endLeftCopy(vm)
  }
  // What fails here is tried again by the next owner.
  const tryIt = () => void look().catch(() => {})
  vm.qmp.on('STOP', tryIt)
  if (!isNew) tryIt()
}

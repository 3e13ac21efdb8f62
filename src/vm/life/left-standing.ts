import type { LockOptions } from '../../process/index.ts'
import { StandStill } from '../stand-still.ts'
import type { RunningVm } from './vm.ts'

/**
 * Lets a VM run on that stands still for work whose process has died, and ends that work. While the process lives it waits.
 * @throws as `StandStill.begin`, and what QEMU says: it stays on record then.
 */
export async function endStandStill(
  { backups, ledger: store, qmp, volumes }: RunningVm,
  options: Partial<LockOptions>,
): Promise<void> {
  if ((await store.read()).standsFor === undefined) return
  using still = new StandStill({ qmp, store, volumes })
  const left = await still.takeUp(options)
  await still.end()
  if (left?.what === 'backup') await backups.converge()
  if (left?.what === 'uncache' && left.volume !== undefined) await volumes.endUncache(left.volume)
}

/** Has a VM run on when a process dies for which it stands still. Its owner looks when it stops. Returns what looks now. */
export function watchStandStill(vm: RunningVm): () => void {
  const over = new AbortController()
  void vm.exited.then(() => over.abort())
  // What fails here is tried again by the next owner.
  const look = () => {
    const limits = { timeoutMs: Number.POSITIVE_INFINITY, signal: over.signal }
    endStandStill(vm, limits).catch(() => {})
  }
  vm.qmp.on('STOP', look)
  return look
}

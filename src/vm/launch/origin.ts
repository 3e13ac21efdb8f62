import type { QmpClient } from '../../qmp/index.ts'
import type { MemoryFile } from '../config/parts/memory.ts'
import { migrationEnd } from '../migration.ts'
import type { VmPaths } from '../record/paths.ts'

/** What a VM that does not boot comes from, or that is to become a template. */
export interface Origin {
  /** Where its memory is; QEMU's own unless given. */
  readonly memoryFile?: MemoryFile | undefined
  /** The template that a clone is made of. */
  readonly template?: string | undefined
  /** The pool that a clone waits in. */
  readonly pool?: string | undefined
  /** What is loaded before the guest goes on. */
  readonly state?: SavedState | undefined
  /** Makes what the VM needs in its directory, which is there. */
  readonly prepare?: ((paths: VmPaths) => Promise<void>) | undefined
  /** Whether QEMU ends with this process, however that ends. */
  readonly isBound?: boolean | undefined
}

/** The state of a VM's devices in a file. */
export interface SavedState {
  /** The file as QEMU is told of it. */
  readonly uri: string
  /** The open file that QEMU inherits, behind its monitor. */
  readonly fd?: number | undefined
  /** Whether the memory is in it too, and not in a file of its own. */
  readonly isWhole?: boolean | undefined
}

/** How a state is written and read. */
export const stateCapabilities = (isWhole: boolean | undefined) => [
  { capability: 'x-ignore-shared' as const, state: isWhole !== true },
  { capability: 'events' as const, state: true },
]

/**
 * Loads a state into a QEMU that waits for it. The VM is paused then.
 * @throws QmpError when QEMU refuses; most often QEMU ends, and its log says why.
 */
export async function loadState(
  qmp: QmpClient,
  { isWhole, uri }: SavedState,
  signal?: AbortSignal,
): Promise<void> {
  const ended = migrationEnd(qmp, signal)
  ended.catch(() => {})
  await qmp.execute('migrate-set-capabilities', { capabilities: stateCapabilities(isWhole) }, { signal })
  await qmp.execute('migrate-incoming', { uri }, { signal })
  await ended
}

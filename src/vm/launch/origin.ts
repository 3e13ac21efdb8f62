import { type QmpClient, QmpError } from '../../qmp/index.ts'
import type { MemoryFile } from '../config/parts/memory.ts'
import { VmError } from '../errors.ts'
import type { VmPaths } from '../record/paths.ts'

/** What a VM with its memory in a file comes from: it becomes a template, or it is a clone of one. */
export interface Origin {
  readonly memoryFile: MemoryFile
  /** The template that a clone is made of. */
  readonly template?: string | undefined
  /** The pool that a clone waits in. */
  readonly pool?: string | undefined
  /** Where the state of a clone's devices is, as QEMU is told of it, and the open file that QEMU inherits for it. */
  readonly state?: { readonly uri: string; readonly fd?: number | undefined } | undefined
  /** Makes what the VM needs in its directory, which is there. */
  readonly prepare?: ((paths: VmPaths) => Promise<void>) | undefined
  /** Whether QEMU ends with this process, however that ends. */
  readonly isBound?: boolean | undefined
}

/** How the state of devices is written and read: without the memory, which is in a file that both map. */
export const stateCapabilities = [
  { capability: 'x-ignore-shared', state: true },
  { capability: 'events', state: true },
] as const

/**
 * Loads the state of the devices into a QEMU that waits for it. The VM is paused then.
 * @throws QmpError when QEMU refuses; most often QEMU ends, and its log says why.
 */
export async function loadState(qmp: QmpClient, uri: string, signal?: AbortSignal): Promise<void> {
  const ended = migrationEnd(qmp, signal)
  ended.catch(() => {})
  await qmp.execute('migrate-set-capabilities', { capabilities: [...stateCapabilities] }, { signal })
  await qmp.execute('migrate-incoming', { uri }, { signal })
  await ended
}

/** Resolves at the end of a migration. @throws VmError VM_STATE when it failed; QmpError QMP_CLOSED, QMP_ABORTED. */
export async function migrationEnd(qmp: QmpClient, signal?: AbortSignal, timeoutMs?: number): Promise<void> {
  const isEnd = ({ status }: { readonly status?: unknown }) => status === 'completed' || status === 'failed'
  const { data } = await qmp.waitFor('MIGRATION', ({ data }) => isEnd(data), { signal, timeoutMs })
  if (data.status === 'completed') return
  const found = await qmp.execute('query-migrate').catch((error: unknown) => {
    if (error instanceof QmpError) return undefined
    throw error
  })
  const why = found?.['error-desc'] ?? 'QEMU does not say why'
  throw new VmError('VM_STATE', `the state of the VM was not moved: ${why}`)
}

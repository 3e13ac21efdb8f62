import { type QmpClient, QmpError } from '../qmp/index.ts'
import { VmError } from './errors.ts'

const cancelTimeoutMs = 30_000
const setTimeoutMs = 30_000

/** QEMU's own `max-bandwidth`. */
const usualPace = 128 * 2 ** 20
const fullPace = 2 ** 40
const endings: ReadonlySet<unknown> = new Set([undefined, 'none', 'completed', 'failed', 'cancelled'])

/** Ends a migration that may be under way: QEMU stops the VM at the end of one. @throws QmpError when QEMU does not answer. */
export async function cancelMigration(qmp: QmpClient): Promise<void> {
  const over = new AbortController()
  const isEnd = ({ data }: { readonly data: { readonly status?: unknown } }) => endings.has(data.status)
  const limits = { timeoutMs: cancelTimeoutMs }
  const ended = qmp.waitFor('MIGRATION', isEnd, { ...limits, signal: over.signal })
  ended.catch(() => {})
  try {
    await qmp.execute('migrate_cancel', undefined, limits)
    const { status } = await qmp.execute('query-migrate', undefined, limits)
    if (!endings.has(status)) await ended
  } finally {
    over.abort()
  }
}

/** As `cancelMigration`, for a process that has died in the middle. */
export async function endLeftMigration(qmp: QmpClient): Promise<void> {
  await cancelMigration(qmp)
  await setPace(qmp, usualPace)
}

/** Has QEMU send a state as fast as it can during the work: a VM that stands still is not kept waiting. The limit is as before then. */
export async function atFullPace<T>(
  qmp: QmpClient,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const before = await qmp.execute('query-migrate-parameters', undefined, { signal })
  await setPace(qmp, fullPace, signal)
  try {
    return await work()
  } finally {
    // A QEMU that is gone has none.
    await setPace(qmp, Number(before['max-bandwidth'] ?? usualPace)).catch(() => {})
  }
}

async function setPace(qmp: QmpClient, bytesPerSecond: number, signal?: AbortSignal): Promise<void> {
  const limits = { signal, timeoutMs: setTimeoutMs }
  await qmp.execute('migrate-set-parameters', { 'max-bandwidth': bytesPerSecond }, limits)
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

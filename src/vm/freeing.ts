import { type QmpClient, QmpCommandError, QmpError } from '../qmp/index.ts'

const yankTimeoutMs = 5_000

/**
 * Breaks the connection of an NBD node for good, if QEMU has one at this moment. QEMU is not asked first which nodes it has: a thread that
 * makes the connection anew, and waits for that answer, holds what the yank needs. Both wait for ever then (block/nbd.c, to this day).
 * @returns whether QEMU has such a node.
 * @throws QmpError QMP_TIMEOUT when QEMU does not hear it: its monitor hangs, and will hear nothing any more.
 */
export async function yankNode(qmp: QmpClient, node: string): Promise<boolean> {
  const instances = [{ type: 'block-node' as const, 'node-name': node }]
  try {
    await qmp.executeOob('yank', { instances }, { timeoutMs: yankTimeoutMs })
    return true
  } catch (error) {
    if (error instanceof QmpCommandError && error.qmpClass === 'DeviceNotFound') return false
    throw error instanceof QmpError && error.code === 'QMP_TIMEOUT' ? hang(error) : error
  }
}

const hang = (cause: QmpError) =>
  new QmpError(
    'QMP_TIMEOUT',
    `QEMU hangs: it was asked to break a connection (yank), and has not answered within ${yankTimeoutMs} ms. Kill the VM`,
    { details: { ...cause.details, hangs: true }, cause },
  )

/** Whether QEMU will answer nothing any more. */
export const isHang = (error: unknown): boolean => error instanceof QmpError && error.details.hangs === true

/**
 * Does work for which QEMU may stand still. The work says when that takes too long, and `free` frees QEMU by the side, until its signal.
 * @throws as the work does; QmpError QMP_TIMEOUT when QEMU cannot be freed: the work would wait for ever then.
 */
export async function freed<T>(
  work: (stalls: () => void) => Promise<T>,
  free: (signal: AbortSignal) => Promise<void>,
): Promise<T> {
  let over: AbortController | undefined
  let freeing: Promise<void> | undefined
  try {
    return await new Promise<T>((resolve, reject) => {
      const stalls = () => {
        over ??= new AbortController()
        // Whatever else fails is over, or fails the work too.
        freeing ??= free(over.signal).catch((error: unknown) => {
          if (isHang(error)) reject(error)
        })
      }
      work(stalls).then(resolve, reject)
    })
  } finally {
    over?.abort()
    await freeing
  }
}

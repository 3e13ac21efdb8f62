import { type CallOptions, type Qapi, type QmpClient, QmpCommandError } from '../../qmp/index.ts'
import { volumeNames } from '../../volumes/index.ts'

/**
 * The virtqueues of a disk at this moment; none when the disk is gone, is SCSI's, or this QEMU does not tell.
 * @throws QmpError when QEMU does not answer.
 */
export async function queuesOf(
  qmp: QmpClient,
  id: string,
  options: CallOptions = {},
): Promise<readonly Qapi.VirtQueueStatus[]> {
  const path = `/machine/peripheral/${volumeNames(id).device}/virtio-backend`
  try {
    // Not x-query-virtio-status, at which QEMU 11.1 aborts.
    const count = Number(await qmp.execute('qom-get', { path, property: 'num-queues' }, options))
    return await Promise.all(
      Array.from({ length: count }, (_, queue) =>
        qmp.execute('x-query-virtio-queue-status', { path, queue }, options),
      ),
    )
  } catch (error) {
    if (error instanceof QmpCommandError) return []
    throw error
  }
}

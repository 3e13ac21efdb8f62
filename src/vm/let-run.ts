import { type CallOptions, cancelledEnded, type QmpClient } from '../qmp/index.ts'

const cancelledMs = 3_000

/**
 * Lets the vCPUs run, unless somebody wants them to stand still by then. QEMU 7.2 crashes when they begin to run while a job
 * is being cancelled: a job that this connection has cancelled ends first, for which this waits up to 3 s.
 * @throws QmpError as `execute` does.
 */
export async function letRun(
  qmp: Pick<QmpClient, 'execute'>,
  options: CallOptions,
  isHeld: () => boolean = () => false,
): Promise<void> {
  await cancelledEnded(qmp, cancelledMs)
  if (!isHeld()) await qmp.execute('cont', undefined, options)
}

import type { CallOptions, QmpClient } from '../qmp/index.ts'

const cancelledMs = 3_000

/**
 * Lets the vCPUs run, unless somebody wants them to stand still by then. QEMU 7.2 crashes when they begin to run while a job
 * is being cancelled: a job that this connection has cancelled ends first, for which this waits up to 3 s. The cancel of another
 * connection is not known: QEMU says `running` of such a job in `query-jobs` and `query-block-jobs`, as of any other.
 * @throws QmpError as `execute` does.
 */
export async function letRun(
  qmp: Pick<QmpClient, 'execute' | 'cancelledJobsEnded'>,
  options: CallOptions,
  isHeld: () => boolean = () => false,
): Promise<void> {
  await qmp.cancelledJobsEnded(cancelledMs)
  if (!isHeld()) await qmp.execute('cont', undefined, options)
}

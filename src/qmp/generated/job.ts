// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-job.JobType)
 * @since 1.7
 */
export type JobType =
  | 'commit'
  | 'stream'
  | 'mirror'
  | 'backup'
  /** @since 3.0 */
  | 'create'
  /** @since 5.1 */
  | 'amend'
  /** @since 6.0 */
  | 'snapshot-load'
  /** @since 6.0 */
  | 'snapshot-save'
  /** @since 6.0 */
  | 'snapshot-delete'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-job.JobStatus)
 * @since 2.12
 */
export type JobStatus =
  | 'undefined'
  | 'created'
  | 'running'
  | 'paused'
  | 'ready'
  | 'standby'
  | 'waiting'
  | 'pending'
  | 'aborting'
  | 'concluded'
  | 'null'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-job.JobInfo)
 * @since 3.0
 */
export type JobInfo = {
  readonly id: string
  readonly type: Open<JobType>
  readonly status: Open<JobStatus>
  readonly 'current-progress': number
  readonly 'total-progress': number
  readonly error?: string
}

import { type Qapi, type QmpClient, QmpCommandError, QmpError, type StallOptions } from '../../qmp/index.ts'
import type { VolumeSource } from '../../volumes/index.ts'
import { freed, yankNode } from '../freeing.ts'
import { backupNames, type UnendedBackup } from '../record/backups.ts'

/** What QEMU waits for while it works on a backup. */
export const backupWaits = {
  answerMs: 30_000,
  /** How long QEMU may stand still for the target, before its connection is broken. */
  stallMs: 5_000,
  /** How long a cancelled job may take, before and after the connection is broken. */
  cancelMs: 3_000,
  endMs: 30_000,
  /** How long a write of the guest may wait until the scratch image has what was there before. */
  scratchSeconds: 10,
}

const granularity = 64 * 1024
const openTimeoutSeconds = 3

type Target = Pick<UnendedBackup, 'bitmap' | 'kind' | 'work'> & {
  /** A server is reached by a socket of ours. */
  readonly source:
    | Extract<VolumeSource, { type: 'file' }>
    | (Extract<VolumeSource, { type: 'nbd' }> & {
        readonly near: { readonly type: 'unix'; readonly path: string }
      })
}

/**
 * Whether the VM is to stand still while a node comes over its disk or goes. QEMU 7.2 dies otherwise. From 10.0 on it does not, and
 * a stop is what harms: when a request of a disk with an iothread ends in that moment, its interrupt can be lost (`virtio_notify_irqfd`
 * is deferred, `virtio_blk_stop_ioeventfd` does not wait for it), and the guest waits for it for good. Pure.
 */
export function mustStandStill({ greeting }: Pick<QmpClient, 'greeting'>): boolean {
  return greeting.version.qemu.major < 10
}

/**
 * Puts into QEMU what a backup needs. The writes of the guest go through a filter that first keeps what was there, in a scratch
 * image of this host: they never wait for the target, and never fail with it. With the filter in its place the disk stands
 * still for who reads the source node. Where the VM has to stand still, it does so from then on.
 */
export async function putIn(
  qmp: QmpClient,
  backup: UnendedBackup,
  target: Target,
  standStill: () => Promise<void>,
): Promise<void> {
  const { bitmap, node, work } = backup
  const names = backupNames(bitmap)
  const limits = { timeoutMs: backupWaits.answerMs }
  const image = { driver: 'file', 'node-name': names.image, filename: work.part ?? '' } as const
  await qmp.execute('blockdev-add', targetNode(target, image), limits)
  await qmp.execute(
    'blockdev-add',
    {
      driver: 'qcow2',
      'node-name': names.scratch,
      file: { driver: 'file', filename: work.scratch },
      backing: null,
    },
    limits,
  )
  // Before the disk stands still: what is written in between is in the next backup once more.
  await qmp.execute('block-dirty-bitmap-add', { node, name: bitmap, granularity }, limits)
  if (mustStandStill(qmp)) await standStill()
  await qmp.execute(
    'blockdev-add',
    {
      driver: 'copy-before-write',
      'node-name': names.filter,
      file: node,
      target: names.scratch,
      'on-cbw-error': 'break-snapshot',
      'cbw-timeout': backupWaits.scratchSeconds,
    },
    limits,
  )
  await setDrive(qmp, work.device, names.filter)
  await qmp.execute(
    'blockdev-add',
    { driver: 'snapshot-access', 'node-name': names.source, file: names.filter },
    limits,
  )
  if (backup.kind === 'full' || work.base === undefined) return
  await qmp.execute(
    'block-dirty-bitmap-add',
    { node: names.source, name: work.base, granularity, disabled: true },
    limits,
  )
  const bitmaps = [{ node, name: work.base }]
  await qmp.execute('block-dirty-bitmap-merge', { node: names.source, target: work.base, bitmaps }, limits)
}

/** Has QEMU write out all that it holds of the target, and close it. Throws when something of it could not be written. */
export async function closeTarget(qmp: QmpClient, target: Target): Promise<void> {
  const names = backupNames(target.bitmap)
  // Deleting a node tells of no error.
  const options = [{ ...targetNode(target, names.image), 'read-only': true }]
  await patiently(qmp, names.target, (stall) => qmp.execute('blockdev-reopen', { options }, stall))
  await patiently(qmp, names.target, (stall) =>
    qmp.execute('blockdev-del', { 'node-name': names.target }, stall),
  )
}

function targetNode(
  { bitmap, kind, source }: Target,
  file: string | { readonly driver: 'file'; readonly 'node-name': string; readonly filename: string },
): Qapi.BlockdevOptions {
  const names = backupNames(bitmap)
  if (source.type === 'nbd') {
    const timeout = { 'open-timeout': openTimeoutSeconds, 'reconnect-delay': 0 }
    return {
      driver: 'nbd',
      'node-name': names.target,
      server: source.near,
      export: source.address.export,
      ...timeout,
    }
  }
  const detect = kind === 'full' ? { 'detect-zeroes': 'on' as const } : {}
  return { driver: 'qcow2', 'node-name': names.target, file, backing: null, ...detect }
}

/**
 * Takes out of QEMU what a backup has put in, wherever that was left; its bitmaps on the disk stay. Where the VM has to stand
 * still, it does so while nodes over the disk go.
 */
export async function takeOut(
  qmp: QmpClient,
  { bitmap, node, work }: UnendedBackup,
  standStill: () => Promise<void>,
): Promise<void> {
  const names = backupNames(bitmap)
  await endJob(qmp, names)
  const present = await nodesOf(qmp)
  const remove = async (name: string) => {
    if (!present.has(name)) return
    await patiently(qmp, names.target, (stall) => qmp.execute('blockdev-del', { 'node-name': name }, stall))
  }
  const hasNodes = present.has(names.source) || present.has(names.filter)
  if (hasNodes && mustStandStill(qmp)) await standStill()
  await remove(names.source)
  if (present.has(names.filter)) {
    const disks = await qmp.execute('query-block', undefined, { timeoutMs: backupWaits.answerMs })
    const isBehind = disks.some(
      ({ inserted, qdev }) =>
        qdev !== undefined && devicePath(qdev) === work.device && inserted?.['node-name'] === names.filter,
    )
    if (isBehind) await patiently(qmp, names.target, (stall) => setDrive(qmp, work.device, node, stall))
    await remove(names.filter)
  }
  await remove(names.scratch)
  await remove(names.target)
}

/** Removes a bitmap, where the disk has it still. */
export async function removeBitmap(qmp: QmpClient, node: string, name: string): Promise<void> {
  if (!(await bitmapsOf(qmp, node)).has(name)) return
  await qmp.execute('block-dirty-bitmap-remove', { node, name }, { timeoutMs: backupWaits.answerMs })
}

/** The bitmaps of a node that tell all that was written since they began. */
export async function bitmapsOf(qmp: QmpClient, node: string): Promise<ReadonlySet<string>> {
  const nodes = await qmp.execute(
    'query-named-block-nodes',
    { flat: true },
    { timeoutMs: backupWaits.answerMs },
  )
  const found = nodes.find((each) => each['node-name'] === node)?.['dirty-bitmaps'] ?? []
  return new Set(
    found.flatMap(({ inconsistent, name, recording }) =>
      recording && inconsistent !== true ? (name ?? []) : [],
    ),
  )
}

/** How far the job of a backup is; undefined when there is none. */
export async function progressOf(qmp: QmpClient, job: string, timeoutMs = backupWaits.answerMs) {
  const jobs = await qmp.execute('query-jobs', undefined, { timeoutMs })
  return jobs.find(({ id }) => id === job)
}

/** Ends a job, however it stands. A target that answers nothing is cut off. */
async function endJob(qmp: QmpClient, { job, target }: ReturnType<typeof backupNames>): Promise<void> {
  const found = await progressOf(qmp, job)
  if (found === undefined) return
  const id = { id: job }
  if (found.status !== 'concluded') {
    await qmp.execute('job-cancel', id, { timeoutMs: backupWaits.answerMs }).catch(unlessRefused)
    if (!(await hasConcluded(qmp, job, backupWaits.cancelMs))) {
      await yankNode(qmp, target)
      await hasConcluded(qmp, job, backupWaits.endMs)
    }
  }
  await qmp.execute('job-dismiss', id, { timeoutMs: backupWaits.answerMs })
}

async function hasConcluded(qmp: QmpClient, job: string, timeoutMs: number): Promise<boolean> {
  const over = new AbortController()
  const event = qmp.waitFor(
    'JOB_STATUS_CHANGE',
    ({ data }) => data.id === job && data.status === 'concluded',
    { timeoutMs, signal: over.signal },
  )
  const waited = event.then(
    () => true,
    (error: unknown) => {
      if (error instanceof QmpError && ['QMP_TIMEOUT', 'QMP_ABORTED'].includes(error.code)) return false
      throw error
    },
  )
  try {
    const found = await progressOf(qmp, job)
    return found === undefined || found.status === 'concluded' || (await waited)
  } finally {
    over.abort()
    await waited.catch(() => {})
  }
}

/** Has QEMU do something, and cuts the target off when QEMU stands still for it. */
async function patiently<T>(
  qmp: QmpClient,
  target: string,
  send: (options: StallOptions & { readonly timeoutMs: number }) => Promise<T>,
): Promise<T> {
  return freed(
    (onStall) => send({ timeoutMs: backupWaits.endMs, stallMs: backupWaits.stallMs, onStall }),
    async () => void (await yankNode(qmp, target)),
  )
}

/** Where a device is among QEMU's objects: QEMU names it by that, or by its id. */
export const devicePath = (qdev: string) => (qdev.startsWith('/') ? qdev : `/machine/peripheral/${qdev}`)

async function setDrive(
  qmp: QmpClient,
  device: string,
  node: string,
  options: StallOptions & { readonly timeoutMs?: number } = {},
): Promise<void> {
  const limits = { timeoutMs: backupWaits.answerMs, ...options }
  await qmp.execute('qom-set', { path: device, property: 'drive', value: node }, limits)
}

async function nodesOf(qmp: QmpClient): Promise<ReadonlySet<string>> {
  const nodes = await qmp.execute(
    'query-named-block-nodes',
    { flat: true },
    { timeoutMs: backupWaits.answerMs },
  )
  return new Set(nodes.flatMap((each) => each['node-name'] ?? []))
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof QmpCommandError)) throw error
}

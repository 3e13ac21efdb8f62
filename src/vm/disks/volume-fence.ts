import { useOfSocket } from '../../process/index.ts'
import { type QmpClient, QmpCommandError, QmpError } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'
import {
  diskUser,
  type NbdAddress,
  onIoErrorOf,
  readVolumeUri,
  type VolumeSpec,
  volumeNames,
} from '../../volumes/index.ts'
import type { VolumeAttachment } from '../record/state.ts'
import { queuesOf } from './queues.ts'
import { isServing, lookAtServer } from './server-look.ts'
import type { VolumeLedger } from './volume-ledger.ts'
import type { Rescue } from './volume-rescue.ts'
import type { VolumeServers } from './volume-servers.ts'

export interface FenceParts {
  readonly qmp: QmpClient
  readonly ledger: VolumeLedger
  readonly servers: VolumeServers
}

/** Whether nothing of the guest can reach the server any more; if it may, why, and what would end that. */
export type Fenced = { readonly severed: true } | { readonly severed: false; readonly why: string }

/** How long a forced detach waits for what. */
export const fenceWaits = {
  lookMs: 1_000,
  /** For the guest's requests to end, past QEMU's reconnect-delay; what waits longer is not waited for. */
  idleMs: 12_000,
  graceMs: 1_000,
  /** From then on their connections are broken. */
  closeMs: 1_000,
  answerMs: 20_000,
  againMs: 50,
  soonMs: 5,
}

const defaultReconnectMs = 10_000

const stillWaits: Fenced = {
  severed: false,
  why: 'requests of its guest still wait for the server to come back: repeat when they have failed, or it is back',
}

/**
 * Cuts a volume off from its server, whatever the server does later: a filter between the disk and its node fails every request.
 * QEMU puts the filter there only when no request is under way. A request that was sent, and not answered when the connection was
 * broken, may still arrive. Then the volume is not severed, unless the server has closed its end or was ended here. Call it under
 * the volume's lock; a repeat goes on. QEMU does not stand still for it: requests that wait for a lost server are waited for, not
 * drained.
 */
export async function cutOff(parts: FenceParts, entry: VolumeAttachment, rescue: Rescue): Promise<Fenced> {
  const { ledger, qmp } = parts
  const { spec } = entry
  await ledger.patch(spec.id, { cut: true })
  const [look, isVisible] = await Promise.all([lookAtServer(spec, fenceWaits.lookMs), isInSight(spec)])
  const isSilent = look === 'silent' && entry.singleClient !== true
  // A server that is gone has closed its end, which QEMU sees by itself.
  const breaksFromMs = isSilent ? 0 : reconnectMsOf(entry) + fenceWaits.graceMs
  if (!(await untilFlowing(qmp, entry, rescue, breaksFromMs))) return stillWaits
  // Asked at once: the numbers go with the disk, when a guest that was freed lets go of it.
  const hadLostNone = await hasLostNoWrite(qmp, spec)
  const { yanks } = rescue
  const limits = { timeoutMs: fenceWaits.answerMs }
  try {
    await rescue.guard(fenceWaits.graceMs, () => raiseFence(qmp, spec, limits))
  } catch (error) {
    if (error instanceof QmpError && error.code === 'QMP_TIMEOUT') return stillWaits
    throw error
  }
  const isWhole = (!rescue.yanked && entry.cut !== true) || (hadLostNone && rescue.yanks === yanks)
  // Nothing is under way any more. Without a connection the server can end, and QEMU waits for nobody.
  await rescue.yank()
  const isProven =
    isWhole ||
    (await hasLostNoWrite(qmp, spec)) ||
    (await parts.servers.end(entry)) ||
    (isVisible && (await untilClosed(spec)))
  if (isProven) return { severed: true }
  return {
    severed: false,
    why: 'its server has not answered the last requests, and may still carry them out: end the server',
  }
}

/** Puts the filter in front of the node that the disk uses, once. A disk that is gone needs none. */
async function raiseFence(
  qmp: QmpClient,
  spec: VolumeSpec,
  limits: { readonly timeoutMs: number },
): Promise<void> {
  const { device, fence } = volumeNames(spec.id)
  const path = `/machine/peripheral/${device}`
  const disks = await qmp.execute('query-block', undefined, limits)
  const node = disks.find(({ qdev }) => qdev === diskUser(spec))?.inserted?.['node-name']
  // QEMU aborts when a disk is given the node that it has.
  if (node === undefined || node === fence) return
  await qmp.execute('blockdev-del', { 'node-name': fence }, limits).catch((error: unknown) => {
    if (!(error instanceof QmpCommandError)) throw error
  })
  // Over the node itself: any other may be of another thread, with which QEMU 10 aborts.
  const filter = {
    driver: 'blkdebug' as const,
    'node-name': fence,
    image: node,
    'read-only': spec.readOnly,
    'inject-error': [{ event: 'none' as const, errno: 5 }],
  }
  await qmp.execute('blockdev-add', filter, limits)
  await qmp.execute('qom-set', { path, property: 'drive', value: fence }, limits).catch((error: unknown) => {
    // The guest has let go of the disk in this moment.
    if (!(error instanceof QmpCommandError) || error.qmpClass !== 'DeviceNotFound') throw error
  })
}

/**
 * Waits until the guest's requests have ended, or end one after the other, well or badly: QEMU need not stand still for them then.
 * After a while each connection that QEMU makes is broken: QEMU hears a yank only while it has a connection.
 * @returns false when that takes too long.
 */
async function untilFlowing(
  qmp: QmpClient,
  entry: VolumeAttachment,
  rescue: Rescue,
  breaksFromMs: number,
): Promise<boolean> {
  const limitMs = Math.min(reconnectMsOf(entry) + 3 * fenceWaits.graceMs, fenceWaits.idleMs)
  const begin = performance.now()
  for (let before: Requests | undefined; ; ) {
    const now = await requestsOf(qmp, entry.spec)
    if (now.underWay === 0 || (before !== undefined && now.done !== before.done)) return true
    before = now
    const elapsed = performance.now() - begin
    if (elapsed > limitMs) return false
    if (elapsed >= breaksFromMs) await rescue.yank()
    await sleep(elapsed < fenceWaits.lookMs ? fenceWaits.soonMs : fenceWaits.againMs)
  }
}

function reconnectMsOf({ spec, preset }: VolumeAttachment): number {
  const asked = spec.reconnectDelaySeconds
  return asked === undefined ? (preset === 'safe' ? defaultReconnectMs : 0) : asked * 1_000
}

interface Requests {
  readonly underWay: number
  /** Changes whenever a request ends. */
  readonly done: string
}

/** Counts the guest's requests. A stopped VM keeps its failed requests for later and counts as having none: they go into the filter. */
export async function requestsOf(qmp: QmpClient, spec: VolumeSpec): Promise<Requests> {
  const limits = { timeoutMs: fenceWaits.answerMs }
  if ((await qmp.execute('query-status', undefined, limits)).status === 'io-error')
    return { underWay: 0, done: '' }
  const queues = await queuesOf(qmp, spec.id, limits)
  return {
    underWay: queues.reduce((sum, { inuse }) => sum + inuse, 0),
    done: queues.map((queue) => queue['used-idx']).join(),
  }
}

/** Whether no write of the guest has ever failed: then none was under way when a connection was broken. */
async function hasLostNoWrite(qmp: QmpClient, spec: VolumeSpec): Promise<boolean> {
  // QEMU does not count failures that stop the VM.
  if (onIoErrorOf(spec) === 'pause-and-resume' || spec.werror === 'stop' || spec.werror === 'enospc')
    return false
  const all = await qmp.execute('query-blockstats', undefined, { timeoutMs: fenceWaits.answerMs })
  const stats = all.find(({ qdev }) => qdev === diskUser(spec))?.stats
  return stats !== undefined && stats.failed_wr_operations === 0 && stats.failed_unmap_operations === 0
}

/** Whether the kernel's list would show a connection that the server has not closed: the server is in this network namespace. */
async function isInSight({ uri }: VolumeSpec): Promise<boolean> {
  const address = addressOf(uri)
  if (address?.type !== 'unix') return false
  const { hasClients, isListening } = await useOfSocket(address.path)
  return isListening || hasClients
}

function addressOf(uri: string): NbdAddress | undefined {
  const source = readVolumeUri(uri)
  return typeof source !== 'string' && source.type === 'nbd' ? source.address : undefined
}

/** Whether the server has closed its ends of all connections, as one does that has read them to the end. */
async function untilClosed({ uri }: VolumeSpec): Promise<boolean> {
  const address = addressOf(uri)
  const end = performance.now() + fenceWaits.closeMs
  while (address !== undefined && (await isServing(address))) {
    if (performance.now() > end) return false
    await sleep(fenceWaits.againMs)
  }
  return true
}

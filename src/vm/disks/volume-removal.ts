import type { QmpClient } from '../../qmp/index.ts'
import { applyPlan, type PlanHooks, planDetach, volumeNames } from '../../volumes/index.ts'
import type { VolumeRecord } from '../record/state.ts'
import { lookAtServer } from './server-look.ts'
import { presentDevices } from './volume-facts.ts'
import { Rescue } from './volume-rescue.ts'

/** `waiting`: nothing was done, since QEMU would stand still for a server that does not answer. */
export type Removal = 'removed' | 'severed' | 'waiting'

/** `present`: nothing was done, since QEMU has the disk itself. */
type Attempt = Removal | 'present'

export interface RemovalOptions extends PlanHooks {
  /** Cut off a server that does not answer, instead of waiting for it. */
  readonly force?: boolean | undefined
  /** It has been cut off already. */
  readonly severed?: boolean | undefined
}

const answerTimeoutMs = 3_000
// How long QEMU may stand still: it writes out what the server holds in its cache.
const flushTimeoutMs = 10_000

/**
 * Takes what is left of a volume out of QEMU when its disk is gone. QEMU flushes the node on its main loop, so a server
 * that is silent would stop the VM: it is asked before, one that is gone is cut off, as one that falls silent in between
 * is after 10 s.
 * @throws VolumeApplyError when QEMU holds on to something; a repeat goes on.
 */
export async function removeLeftovers(
  qmp: QmpClient,
  entry: VolumeRecord,
  { force = false, severed = entry.severed, onStep, onAnswer }: RemovalOptions,
): Promise<Attempt> {
  const rescue = new Rescue(qmp, entry)
  const look = severed === true ? undefined : lookAtServer(entry.spec, answerTimeoutMs)
  const [devices, isConnected] = await Promise.all([
    presentDevices(qmp),
    look !== undefined && rescue.isConnected(),
  ])
  if (devices.has(volumeNames(entry.spec.id).device)) return 'present'
  if (look !== undefined && isConnected) {
    const server = await look
    // One that lets in nobody but QEMU is silent in any case.
    if (server === 'silent' && entry.solo !== true && !force) return 'waiting'
    // QEMU would wait the whole reconnect-delay for one that is gone, deaf to a yank from then on.
    if (server === 'gone' || (server === 'silent' && force)) await rescue.sever()
  }
  await applyPlan(qmp, leftovers(entry), {
    onStep,
    onAnswer,
    around: ({ execute }, send) =>
      rescue.inTurn(execute === 'blockdev-del' ? flushTimeoutMs : undefined, send),
  })
  return rescue.severed ? 'severed' : 'removed'
}

/** What is left of a volume in QEMU when its device is gone. */
function leftovers({ spec }: VolumeRecord): ReturnType<typeof planDetach> {
  return planDetach(spec.id, { limited: spec.limits !== undefined, tls: spec.tls !== undefined }).filter(
    ({ execute }) => execute !== 'device_del',
  )
}

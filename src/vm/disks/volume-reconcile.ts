import { type QmpClient, QmpCommandError } from '../../qmp/index.ts'
import { applyPlan, type PlanHooks, planDetach, type QmpCommand, volumeNames } from '../../volumes/index.ts'
import { type Reconciled, reconcile } from '../attachments/reconcile.ts'
import type { Departure, VolumeRecord } from '../record/state.ts'
import { isSolo, lookAtServer } from './server-look.ts'
import { presentDevices } from './volume-facts.ts'
import type { VolumeLedger } from './volume-ledger.ts'
import { departureOf, isCut, withoutVolume } from './volume-record.ts'
import { Rescue } from './volume-rescue.ts'
import type { VolumeServers } from './volume-servers.ts'
import { requireUnused } from './volume-users.ts'

interface ReconcileParts {
  readonly vm: string
  readonly qmp: QmpClient
  readonly ledger: VolumeLedger
  readonly servers: VolumeServers
}

export interface ReconcileOptions extends PlanHooks {
  /** Sever a server that is silent, instead of waiting for it. */
  readonly force?: boolean | undefined
  /** It has been severed already. */
  readonly severed?: boolean | undefined
  /** It may have been cut off: its server is not asked, and nothing is promised. */
  readonly cut?: boolean | undefined
  /** A detach that was asked for, also when another call has given up its own since. */
  readonly isAsked?: boolean | undefined
  /** Nobody waits for the end of a detach: its repeat is told. */
  readonly unclaimed?: boolean | undefined
}

interface VolumeReconciled {
  readonly state: Reconciled
  readonly severed: boolean
  /** How it left, when it had been attached and has ended now. */
  readonly departure?: Departure | undefined
}

const answerTimeoutMs = 3_000
// How long QEMU may stand still: it writes out what the server holds in its cache.
const flushStallMs = 10_000
const userLimits = { timeoutMs: 30_000 }

/**
 * Brings a volume on record to where it is to be, by `attachmentMoves`. QEMU flushes the node on its main loop, so a server
 * that is silent would stop the VM: it is asked before, one that is gone is severed, as one that falls silent in between is after 10 s.
 * To be called under the volume's lock.
 * @throws VolumeApplyError when QEMU holds on to something, with a VolumeError as its cause that names its users; the volume
 *   stays on record then, and a repeat goes on.
 */
export async function reconcileVolume(
  { ledger, qmp, servers, vm }: ReconcileParts,
  entry: VolumeRecord,
  options: ReconcileOptions = {},
): Promise<VolumeReconciled> {
  const { force, isAsked, onAnswer, onStep, severed = entry.severed, cut = entry.cut, unclaimed } = options
  const { phase, solo, spec } = entry
  const { id } = spec
  const rescue = new Rescue(qmp, entry)
  const isDone = isCut({ severed, cut })
  // With its node gone nothing reaches the server; what was on its way when it was cut off may.
  const isSevered = () => severed === true || (rescue.yanked && !isDone)
  let departure: Departure | undefined
  const state = await reconcile(
    { phase: isAsked ? 'detaching' : phase, severed: isDone, singleClient: solo },
    {
      look: async () => {
        const answer = isDone ? undefined : lookAtServer(spec, answerTimeoutMs)
        const [devices, isConnected] = await Promise.all([
          presentDevices(qmp),
          answer !== undefined && rescue.isConnected(),
        ])
        if (devices.has(volumeNames(id).device))
          return { device: 'present', backend: 'idle', server: 'answers' }
        if (answer === undefined || !isConnected)
          return { device: 'absent', backend: 'idle', server: 'answers' }
        return { device: 'absent', backend: 'connected', server: await answer }
      },
      setAttached: async () => {
        await ledger.changeEntry(id, { phase: 'attached', ...((await isSolo(spec)) ? { solo: true } : {}) })
      },
      // QEMU would wait the whole reconnect-delay for a server that is gone, deaf to a yank from then on.
      sever: () => rescue.yank(),
      removeBackend: () =>
        applyPlan(qmp, leftovers(entry, isDone), {
          onStep,
          onAnswer,
          around: async ({ execute }, send) => {
            if (execute !== 'blockdev-del') return send()
            await rescue.inTurn(flushStallMs, send).catch(async (error: unknown) => {
              if (error instanceof QmpCommandError) await requireUnused(qmp, vm, spec, userLimits)
              throw error
            })
          },
        }),
      end: async (how) => {
        if (how === 'failed') {
          await servers.endUnwatched(id, entry.server)
          return ledger.forget(id)
        }
        const left = {
          how,
          severed: isSevered() || undefined,
          unclaimed: (unclaimed && how === 'detached') || undefined,
        }
        departure = await ledger.change((now) => {
          const record = withoutVolume(now, id, left)
          return { record, value: departureOf(record, id) }
        })
        return departure
      },
    },
    { force },
  )
  return { state, severed: isSevered(), departure }
}

/** What is left of a volume in QEMU when its device is gone. */
function leftovers({ spec }: VolumeRecord, isFenced: boolean): QmpCommand[] {
  const { id, limits, tls } = spec
  const plan = planDetach(id, { limited: limits !== undefined, tls: tls !== undefined })
  const fence = { execute: 'blockdev-del', arguments: { 'node-name': volumeNames(id).fence } }
  return [...(isFenced ? [fence] : []), ...plan.filter(({ execute }) => execute !== 'device_del')]
}

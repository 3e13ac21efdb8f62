import { type QgaClient, QmpError } from '../../qmp/index.ts'
import { applyPlan, planDetach, VolumeApplyError } from '../../volumes/index.ts'
import type { VolumeRecord } from '../record/state.ts'
import { unmountInGuest } from './guest-unmount.ts'
import { settle, type VolumeParts } from './volume-attach.ts'
import type { DetachOptions, DetachOutcome } from './volume-options.ts'
import { departureOf, entryOf, removable, view, withClaim } from './volume-record.ts'
import { Rescue } from './volume-rescue.ts'
import { requireUnused } from './volume-users.ts'

const defaultWaitMs = 30_000
const standstillMs = 1_000
const answerTimeoutMs = 10_000

/** As `DetachOptions`, with the agent itself. */
export type DetachRequest = Omit<DetachOptions, 'unmount'> & { readonly unmount?: Agent | undefined }
type Agent = Pick<QgaClient, 'execute'>

/** Detaches a volume. Throws as `VmVolumes.detach` does. */
export function detachVolume(parts: VolumeParts, id: string, options: DetachRequest): Promise<DetachOutcome> {
  const { departures, ledger } = parts
  return departures.awaiting(id, async () => {
    const record = await ledger.read()
    const earlier = entryOf(record, id) === undefined ? departureOf(record, id) : undefined
    // An earlier call left it pending, and the guest has let go since.
    if (earlier?.unclaimed === true) {
      await ledger.change((now) => ({ record: withClaim(now, id), value: undefined }))
      return { outcome: 'detached', id, ...severedWhen(earlier.severed === true) }
    }
    if (options.unmount !== undefined) await unmount(parts, id, options.unmount, options)
    const { before, seen, rescue } = await ledger.alone(id, options.signal, () => begin(parts, id, options))
    const outcome = await release(parts, before, options, rescue)
    if (outcome === 'pending') {
      if (rescue.severed) await leaveSevered(parts, id)
      return { outcome, id, ...severedWhen(rescue.severed || before.severed === true) }
    }
    const removal = await departures.finish(id, seen, {
      ...options,
      isAsked: true,
      severed: rescue.severed || before.severed,
    })
    if (removal === 'waiting') return { outcome: 'pending', id, waitsFor: 'server' }
    return {
      outcome: 'detached',
      id,
      ...severedWhen(removal === 'severed' || rescue.severed || before.severed === true),
    }
  })
}

const severedWhen = (severed: boolean) => (severed ? { severed } : {})

/** Puts on record that the guest will be asked. */
async function begin(
  parts: VolumeParts,
  id: string,
  { force, signal, waitMs = defaultWaitMs }: DetachOptions,
) {
  const { ledger, qmp } = parts
  const seen = await settle(parts, id)
  const before = removable(seen, id)
  const rescue = new Rescue(qmp, before)
  try {
    await requireNoUser(parts, before, { signal, ...(force ? { rescue, waitMs } : {}) })
  } finally {
    if (rescue.severed) await ledger.changeEntry(id, { severed: true })
  }
  await ledger.changeEntry(id, { phase: 'detaching' }, signal)
  return { before, seen, rescue }
}

/** Waits for the guest. The device is gone after it, or the outcome is pending. */
async function release(
  { ledger, qmp }: VolumeParts,
  { spec, phase }: VolumeRecord,
  options: DetachOptions,
  rescue: Rescue,
): Promise<'applied' | 'pending'> {
  const { force = false, signal, onStep, onAnswer, waitMs = defaultWaitMs } = options
  const plan = planDetach(spec.id).slice(0, 1)
  let isAsked = false
  const hooks = {
    onStep,
    onAnswer: (command: (typeof plan)[number]) => {
      isAsked = true
      onAnswer?.(command)
    },
  }
  const ask = (waitMs: number) => applyPlan(qmp, plan, { ...hooks, signal, waitMs })
  try {
    const { outcome } = await (force ? rescue.release(waitMs, ask) : ask(waitMs))
    return outcome
  } catch (error) {
    // A guest that was not asked keeps the disk; a lost connection leaves open whether it was.
    const isRefused = error instanceof VolumeApplyError && error.refused
    const isLost = error instanceof VolumeApplyError && error.cause instanceof QmpError
    if (!isAsked && (isRefused || !isLost)) await ledger.changeEntry(spec.id, { phase })
    throw error
  }
}

async function unmount(
  parts: VolumeParts,
  id: string,
  agent: Agent,
  { signal, waitMs = defaultWaitMs }: DetachOptions,
): Promise<void> {
  const entry = removable(await parts.ledger.read(), id)
  await requireNoUser(parts, entry, { signal })
  const { serial } = view(entry, true)
  await unmountInGuest(agent, { vm: parts.vm, id, serial }, { signal, timeoutMs: waitMs })
}

interface UserCheck {
  readonly signal: AbortSignal | undefined
  readonly rescue?: Rescue
  readonly waitMs?: number
}

/** A QEMU that stands still cannot say; the rescue frees it, when that takes as long as the guest may. */
async function requireNoUser(
  { qmp, vm }: VolumeParts,
  { spec }: VolumeRecord,
  { rescue, signal, waitMs = 0 }: UserCheck,
): Promise<void> {
  if (rescue === undefined) return requireUnused(qmp, vm, spec, { signal, timeoutMs: answerTimeoutMs })
  const limitMs = Math.max(standstillMs, waitMs)
  const limits = { signal, timeoutMs: limitMs + answerTimeoutMs }
  await rescue.guard(limitMs, () => requireUnused(qmp, vm, spec, limits))
}

/** QEMU has no more use for the server of a severed volume. */
async function leaveSevered({ ledger, servers }: VolumeParts, id: string): Promise<void> {
  const { server } = (await ledger.changeEntry(id, { phase: 'detaching', severed: true })) ?? {}
  if (await servers.endUnwatched(id, server)) await ledger.changeEntry(id, { server: undefined })
}

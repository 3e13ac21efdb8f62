import { type QgaClient, QmpError } from '../../qmp/index.ts'
import { applyPlan, isNbdUri, planDetach, VolumeApplyError } from '../../volumes/index.ts'
import type { VmRecord, VolumeRecord } from '../record/state.ts'
import { unmountInGuest } from './guest-unmount.ts'
import { settle, type VolumeParts } from './volume-attach.ts'
import { cutOff, type Fenced } from './volume-fence.ts'
import type { DetachOptions, DetachOutcome } from './volume-options.ts'
import { departureOf, entryOf, removable, view, withClaim } from './volume-record.ts'
import { Rescue } from './volume-rescue.ts'
import { requireUnused } from './volume-users.ts'

const defaultWaitMs = 30_000
const standstillMs = 1_000
const lastWaitMs = 5_000
const answerTimeoutMs = 10_000

/** As `DetachOptions`, with the agent itself. */
export type DetachRequest = Omit<DetachOptions, 'unmount'> & { readonly unmount?: Agent | undefined }
type Agent = Pick<QgaClient, 'execute'>

/** Detaches a volume. Throws as `VmVolumes.detach` does. */
export function detachVolume(parts: VolumeParts, id: string, options: DetachRequest): Promise<DetachOutcome> {
  const { departures, ledger } = parts
  return departures.awaiting(id, async () => {
    const earlier = await endedEarlier(parts, id, await ledger.read())
    if (earlier !== undefined) return earlier
    if (options.unmount !== undefined) await unmount(parts, id, options.unmount, options)
    const begun = await ledger.alone(id, options.signal, () => begin(parts, id, options))
    if ('outcome' in begun) return begun
    const { outcome, fenced } = await release(parts, begun, options)
    const told = fenced ?? { severed: begun.before.severed === true }
    if (outcome === 'pending') return { outcome, id, ...outcomeOf(told) }
    const removal = await departures.finish(id, begun.seen, {
      ...options,
      isAsked: true,
      severed: told.severed || undefined,
      cut: fenced !== undefined || begun.rescue.yanked,
    })
    if (removal === 'waiting') return { outcome: 'pending', id, waitsFor: 'server' }
    return { outcome: 'detached', id, ...outcomeOf(removal === 'severed' ? { severed: true } : told) }
  })
}

const outcomeOf = (fenced: Fenced | { readonly severed: boolean }) =>
  fenced.severed ? { severed: true as const } : 'why' in fenced ? { notSevered: fenced.why } : {}

/** An earlier call left it pending, and the guest has let go since: the first to ask is told. */
async function endedEarlier(
  { ledger }: VolumeParts,
  id: string,
  record: VmRecord,
): Promise<DetachOutcome | undefined> {
  const earlier = entryOf(record, id) === undefined ? departureOf(record, id) : undefined
  if (earlier?.unclaimed !== true) return undefined
  await ledger.change((now) => ({ record: withClaim(now, id), value: undefined }))
  return { outcome: 'detached', id, ...outcomeOf({ severed: earlier.severed === true }) }
}

interface Begun {
  readonly before: VolumeRecord
  readonly seen: VmRecord
  readonly rescue: Rescue
}

/** Puts on record that the guest will be asked. */
async function begin(
  parts: VolumeParts,
  id: string,
  { force, signal, waitMs = defaultWaitMs }: DetachOptions,
): Promise<Begun | DetachOutcome> {
  const { ledger, qmp } = parts
  const seen = await settle(parts, id)
  // While this call waited for its turn.
  const earlier = await endedEarlier(parts, id, seen)
  if (earlier !== undefined) return earlier
  const before = removable(seen, id)
  const rescue = new Rescue(qmp, before)
  try {
    await requireNoUser(parts, before, { signal, ...(force ? { rescue, waitMs } : {}) })
  } finally {
    if (rescue.yanked) await ledger.changeEntry(id, { cut: true })
  }
  await ledger.changeEntry(id, { phase: 'detaching' }, signal)
  return { before, seen, rescue }
}

/** Waits for the guest, and with `force` cuts the volume off when it has not let go. The device is gone after it, or the outcome is pending. */
async function release(
  parts: VolumeParts,
  { before, rescue }: Begun,
  options: DetachOptions,
): Promise<{ readonly outcome: 'applied' | 'pending'; readonly fenced?: Fenced | undefined }> {
  const { ledger, qmp } = parts
  const { spec, phase } = before
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
    if (!force || !isNbdUri(spec.uri)) return await ask(waitMs)
    // A QEMU that stood still has been freed by breaking the connection: what that left on its way is to be known.
    const early = rescue.yanked ? await fence(parts, before, rescue) : undefined
    const first = await rescue.guard(waitMs + standstillMs, () => ask(waitMs))
    if (first.outcome !== 'pending') return { ...first, fenced: early }
    const fenced = early?.severed === true ? early : await fence(parts, before, rescue)
    // What the guest waited for has failed.
    return { ...(await ask(Math.min(waitMs, lastWaitMs))), fenced }
  } catch (error) {
    // A guest that was not asked keeps the disk; a lost connection leaves open whether it was.
    const isRefused = error instanceof VolumeApplyError && error.refused
    const isLost = error instanceof VolumeApplyError && error.cause instanceof QmpError
    if (!isAsked && (isRefused || !isLost)) await ledger.changeEntry(spec.id, { phase })
    throw error
  }
}

/** Cuts it off, unless it is already. */
async function fence(
  parts: VolumeParts,
  { spec: { id }, severed }: VolumeRecord,
  rescue: Rescue,
): Promise<Fenced> {
  const { ledger, servers } = parts
  if (severed === true) return { severed }
  return ledger.alone(id, undefined, async () => {
    const entry = entryOf(await ledger.read(), id)
    // It has left the guest meanwhile, and QEMU.
    if (entry === undefined || entry.severed === true)
      return { severed: entry?.severed === true, why: 'it had left' }
    const fenced = await cutOff(parts, entry, rescue)
    if (!fenced.severed) return fenced
    await ledger.changeEntry(id, { severed: true })
    // QEMU has no more use for it.
    if (await servers.endUnwatched(id, entry.server)) await ledger.changeEntry(id, { server: undefined })
    return fenced
  })
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

import type { QgaClient } from '../../qmp/index.ts'
import { inSpan } from '../../util/spans.ts'
import { volumeOf } from '../record/attachments.ts'
import { unmountInGuest } from './guest-unmount.ts'
import type { EffectsParts, VolumeEffects } from './volume-effects.ts'
import type { DetachOptions, DetachOutcome } from './volume-options.ts'
import type { VolumeReconciler } from './volume-reconciler.ts'
import { removable, view, volumeError } from './volume-record.ts'
import { requireUnused } from './volume-users.ts'

const unmountTimeoutMs = 30_000
const answerTimeoutMs = 10_000

/** As `DetachOptions`, with the agent itself. */
export type DetachRequest = Omit<DetachOptions, 'unmount'> & { readonly unmount?: Agent | undefined }
type Agent = Pick<QgaClient, 'execute'>

interface DetachParts extends EffectsParts {
  readonly reconciler: VolumeReconciler
}

/** Detaches a volume. Throws as `VmVolumes.detach` does. */
export function detachVolume(
  parts: DetachParts,
  id: string,
  { unmount, ...options }: DetachRequest,
): Promise<DetachOutcome> {
  const { reconciler, vm } = parts
  const detach = async (): Promise<DetachOutcome> => {
    if (unmount !== undefined) await unmountFirst(parts, id, unmount, options)
    const reconciled = await reconciler.reconcile(id, { ...options, detach: true })
    const { ended, state } = reconciled
    if (state === 'wait for server') return { outcome: 'pending', id, waitsFor: 'server' }
    if (state !== 'ended') return { outcome: 'pending', id, ...severing(reconciled.effects) }
    if (ended !== undefined && ended.how !== 'failed')
      return {
        outcome: 'detached',
        id,
        ...severing(reconciled.effects),
        ...(reconciled.effects.isAsked ? {} : { unasked: true }),
      }
    throw volumeError('VOLUME_NOT_FOUND', vm, id, 'is not attached')
  }
  return inSpan('detach', { vm, volume: id }, () => reconciler.during(id, detach))
}

function severing({ ended, entry, notSevered }: VolumeEffects) {
  if ((ended ?? entry)?.severed === true) return { severed: true as const }
  return notSevered === undefined ? {} : { notSevered }
}

/** A volume that has left meanwhile has nothing to unmount. */
async function unmountFirst(
  { ledger, qmp, vm }: DetachParts,
  id: string,
  agent: Agent,
  { signal, waitMs = unmountTimeoutMs }: DetachOptions,
): Promise<void> {
  const record = await ledger.read()
  if (volumeOf(record, id) === undefined) return
  const entry = removable(record, id)
  await requireUnused(qmp, vm, entry.spec, { signal, timeoutMs: answerTimeoutMs })
  const { serial } = view(entry, true)
  await unmountInGuest(agent, { vm, id, serial }, { signal, timeoutMs: waitMs })
}

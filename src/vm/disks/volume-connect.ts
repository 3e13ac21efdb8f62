import type { QmpClient } from '../../qmp/index.ts'
import {
  applyPlan,
  attachCommands,
  type CacheFile,
  type FileDrivers,
  type PlanHooks,
  VolumeApplyError,
} from '../../volumes/index.ts'
import type { Patch } from '../record/attachments.ts'
import type { VolumeAttachment } from '../record/state.ts'
import { isSingleClient } from './server-look.ts'
import { volumeError } from './volume-record.ts'
import type { Rescue } from './volume-rescue.ts'

export interface ConnectOptions extends PlanHooks {
  readonly vm: string
  readonly vcpus: number
  /** The server says that it takes several clients. */
  readonly multiConn: boolean
  /** What its files were found to be. */
  readonly drivers: FileDrivers
  /** The file of its local cache. */
  readonly cacheFile?: CacheFile | undefined
  readonly rescue: Rescue
  readonly signal?: AbortSignal | undefined
  /** Puts the volume on record. If it throws, everything is taken back. `singleClient`: the server lets in no second client. */
  readonly onConnected: (found: { readonly singleClient: boolean }) => Promise<unknown>
}

// QEMU reads the first sector of a new disk on its main loop, and takes a node away there when that is undone.
const standstillMs: Readonly<Record<string, number>> = { device_add: 5_000, 'blockdev-del': 5_000 }
const secondTimeoutMs = 300
const answerTimeoutMs = 30_000

/**
 * Gives QEMU and the guest the volume of this entry, or takes everything back. A server that answers no request is cut
 * off after 5 s: so long QEMU may stand still, and then the attach has failed.
 */
export async function connectVolume(
  qmp: QmpClient,
  entry: VolumeAttachment,
  { multiConn, onAnswer, onConnected, onStep, rescue, signal, vm, ...planned }: ConnectOptions,
): Promise<void> {
  const { spec, preset } = entry
  const isAlone = spec.interface !== 'scsi'
  if (preset !== 'safe' && isAlone) await requireEmpty(qmp, vm, entry)
  let single: Promise<boolean> | undefined
  const attached = applyPlan(qmp, attachCommands(spec, { preset, ...planned }), {
    signal,
    onStep,
    onAnswer: (command) => {
      // QEMU is its first client now.
      if (command.execute === 'blockdev-add' && !multiConn) single = isSingleClient(spec, secondTimeoutMs)
      onAnswer?.(command)
    },
    onApplied: async () => {
      await onConnected({ singleClient: (await single) === true })
    },
    around: async ({ execute }, send) => {
      const limitMs = standstillMs[execute]
      await rescue.inTurn(limitMs, send)
      if (!rescue.yanked || execute !== 'device_add') return
      const what = `was cut off: its server (${spec.uri}) took the connection and answered no request in ${limitMs} ms`
      throw volumeError('VOLUME_BACKEND', vm, spec.id, what)
    },
  })
  await attached.catch(async (error: unknown) => {
    const isDisk = error instanceof VolumeApplyError && error.step === 'device_add' && error.refused
    if (isDisk && error.clean && isAlone) await requireEmpty(qmp, vm, entry)
    throw error instanceof VolumeApplyError ? error.about({ uri: spec.uri }) : error
  })
}

/**
 * Makes sure that a port has no device of others. Safe plans name the address, so QEMU refuses a second disk, and this is asked after
 * that. Without an address QEMU 7.2 takes a second disk without a word, so this is asked before. Throws VOLUME_PORT_OCCUPIED.
 */
async function requireEmpty(qmp: QmpClient, vm: string, { spec, port }: VolumeAttachment): Promise<void> {
  const bus = { path: `/machine/peripheral/${port}/${port}` }
  const children = await qmp.execute('qom-list', bus, { timeoutMs: answerTimeoutMs })
  if (!children.some(({ name }) => /^child\[\d+\]$/.test(name))) return
  throw volumeError('VOLUME_PORT_OCCUPIED', vm, spec.id, `cannot take ${port}: QEMU has another device there`)
}

/** What the record says of an attach that could not be undone. A volume that was cut off is to be detached. */
export function leftBehind({ yanked }: Rescue): Patch<'volume'> {
  return yanked ? { phase: 'detaching', cut: true } : {}
}

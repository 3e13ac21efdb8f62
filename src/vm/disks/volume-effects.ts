import { type QmpClient, QmpCommandError, QmpError } from '../../qmp/index.ts'
import {
  applyPlan,
  isNbdUri,
  type PlanHooks,
  planDetach,
  type QmpCommand,
  VolumeApplyError,
  VolumeError,
  volumeNames,
} from '../../volumes/index.ts'
import type { Attachment, End, Facts, Progress } from '../attachments/attachment.ts'
import { presentDevices } from '../attachments/devices.ts'
import { type AttachmentRequest, RecordedEffects } from '../attachments/recorded.ts'
import { endLeftBackup } from '../backups/end-backup.ts'
import type { VmPaths } from '../record/paths.ts'
import type { VmRecord, VolumeAttachment } from '../record/state.ts'
import type { Stopping } from '../stand-still.ts'
import { isSingleClient, lookAtServer, requireAnswer } from './server-look.ts'
import { unlinkCache } from './volume-cache.ts'
import { cutOff } from './volume-fence.ts'
import type { VolumeLedger } from './volume-ledger.ts'
import { restoreSettings } from './volume-limits.ts'
import { isCut, removable } from './volume-record.ts'
import { Rescue } from './volume-rescue.ts'
import type { VolumeServers } from './volume-servers.ts'
import { requireUnused } from './volume-users.ts'

export interface EffectsParts {
  readonly vm: string
  readonly qmp: QmpClient
  readonly paths: VmPaths
  readonly ledger: VolumeLedger
  readonly servers: VolumeServers
  readonly volumes: Stopping
}

export interface VolumeRequest extends AttachmentRequest<'volume'>, PlanHooks {
  /** How long a detach waits for the guest; 30 s unless given. */
  readonly waitMs?: number | undefined
}

const defaultWaitMs = 30_000
const standstillMs = 1_000
const lastWaitMs = 5_000
const answerTimeoutMs = 10_000
const probeTimeoutMs = 3_000
// How long QEMU may stand still: it writes out what the server holds in its cache.
const flushStallMs = 10_000
const userLimits = { timeoutMs: 30_000 }

/**
 * The questions about one stay of a volume, and the effects on it. QEMU flushes the node on its main loop, so a silent server would
 * stop the VM. The server is asked first. QEMU's connection is broken if the server is gone, or falls silent for 10 s in between.
 */
export class VolumeEffects extends RecordedEffects<'volume', VolumeRequest> {
  /** Why a forced detach cannot promise that nothing reaches the server. */
  notSevered: string | undefined
  readonly #parts: EffectsParts
  #rescue: Rescue | undefined
  #refusal: VolumeError | undefined
  #isHeard = false
  #isReleased = false

  constructor(parts: EffectsParts, id: string, request: VolumeRequest = {}, generation?: number) {
    super(parts.ledger, id, request, generation)
    this.#parts = parts
  }

  protected async ask({ phase }: Attachment, { asked }: Progress): Promise<Facts> {
    const { spec } = this.current
    const backend = isNbdUri(spec.uri) ? 'connected' : 'idle'
    const present: Facts = { device: 'present', backend, server: 'answers' }
    const isGoing = phase === 'attached' || phase === 'detaching'
    // No question is needed: device_del tells if the device is gone.
    if (this.request.detach && isGoing && !this.#isReleased)
      return asked > 0 ? present : { ...present, ...(await this.#findUsers()) }
    const { device } = volumeNames(this.id)
    if (!this.#isReleased && (await presentDevices(this.#parts.qmp)).has(device)) return present
    if (isCut(this.current)) return { device: 'absent', backend: 'idle', server: 'answers' }
    const [server, isConnected] = await Promise.all([
      lookAtServer(spec, probeTimeoutMs),
      this.#itsRescue.isConnected(),
    ])
    return {
      device: 'absent',
      backend: isConnected ? 'connected' : 'idle',
      server: server === 'readOnly' ? 'silent' : server,
    }
  }

  override async set(phase: 'attached' | 'detaching' | 'removing', how: End): Promise<void> {
    if (phase !== 'attached') return super.set(phase, how)
    const { ledger, qmp } = this.#parts
    await restoreSettings(qmp, this.current)
    const isSingle = await isSingleClient(this.current.spec)
    await unlinkCache(this.current)
    const open = { cacheDirectory: undefined }
    this.entry = await ledger.patch(this.id, { phase, ...open, ...(isSingle ? { singleClient: true } : {}) })
  }

  override refuse(): never {
    throw this.#refusal
  }

  override async fence(): Promise<void> {
    const { ledger, servers } = this.#parts
    const { id } = this.current
    const fenced = await cutOff(this.#parts, this.current, this.#itsRescue)
    this.notSevered = fenced.severed ? undefined : fenced.why
    if (!fenced.severed) return
    await ledger.patch(id, { severed: true })
    // QEMU no longer needs its server.
    await servers.sync(id)
  }

  async askGuest({ asked }: Progress): Promise<void> {
    const { force, signal, waitMs = defaultWaitMs } = this.request
    const { id, spec } = this.current
    const limitMs = asked === 0 ? waitMs : Math.min(waitMs, lastWaitMs)
    const hooks = this.#hooks((command) => {
      this.#isHeard = true
      this.request.onAnswer?.(command)
    })
    // QEMU ends the requests of a SCSI disk on its main loop, for which it would stand still.
    const isScsi = spec.interface === 'scsi'
    const ask = async () => {
      if (isScsi && force !== true) await requireAnswer(this.#parts.vm, this.current)
      return applyPlan(this.#parts.qmp, planDetach(id).slice(0, 1), { ...hooks, signal, waitMs: limitMs })
    }
    const mayFree = asked === 0 && force === true && isNbdUri(spec.uri)
    try {
      const work = mayFree ? this.#freeing(isScsi ? standstillMs : limitMs + standstillMs, ask) : ask()
      this.#isReleased = (await work).outcome !== 'pending'
    } catch (error) {
      await this.#onAskFailed(error)
      throw error
    }
  }

  /** Breaks the connection: QEMU would wait the whole reconnect-delay for a server that is gone, and hear no yank meanwhile. */
  override async sever(): Promise<void> {
    await this.#itsRescue.yank()
  }

  async removeBackend(): Promise<void> {
    const { qmp, vm } = this.#parts
    const { id, spec } = this.current
    const plan = planDetach(id, {
      limited: spec.limits !== undefined,
      tls: spec.tls !== undefined,
      cached: spec.localCache !== undefined,
    })
    const fence = { execute: 'blockdev-del', arguments: { 'node-name': volumeNames(id).fence } }
    const rest = plan.filter(({ execute }) => execute !== 'device_del')
    await applyPlan(qmp, isCut(this.current) ? [fence, ...rest] : rest, {
      ...this.#hooks(this.request.onAnswer),
      around: async ({ execute }, send) => {
        if (execute !== 'blockdev-del') return send()
        await this.#itsRescue.inTurn(flushStallMs, send).catch(async (error: unknown) => {
          if (error instanceof QmpCommandError) await requireUnused(qmp, vm, spec, userLimits)
          throw error
        })
      },
    })
    await unlinkCache(this.current)
  }

  override async end(how: End): Promise<void> {
    const { severed } = this.current
    // Without its node nothing reaches the server, except what was on its way when the volume was cut off.
    const isSevered = severed === true || (this.#itsRescue.yanked && !isCut(this.current))
    await this.noteEnd(how, isSevered || undefined)
  }

  protected override removable(record: VmRecord): VolumeAttachment {
    return removable(record, this.id)
  }

  /** Whether the guest was asked to let go. */
  get isAsked(): boolean {
    return this.first?.spec.interface !== 'scsi'
  }

  get #itsRescue(): Rescue {
    this.#rescue ??= new Rescue(this.#parts.qmp, this.current)
    return this.#rescue
  }

  /** Asks QEMU what uses the volume. With `force`, a QEMU that stands still is freed after as long as the guest may take. */
  async #findUsers(): Promise<Pick<Facts, 'isFreed' | 'isInUse'>> {
    const { ledger: store, qmp, vm, volumes } = this.#parts
    const { force, signal, waitMs = defaultWaitMs } = this.request
    const limitMs = Math.max(standstillMs, waitMs)
    const timeoutMs = force === true ? limitMs + answerTimeoutMs : answerTimeoutMs
    const ask = async () => {
      await endLeftBackup({ qmp, vm, store, volumes }, this.id)
      await requireUnused(qmp, vm, this.current.spec, { signal, timeoutMs })
    }
    try {
      await (force === true ? this.#freeing(limitMs, ask) : ask())
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error
      this.#refusal = error
    }
    return { isFreed: this.#itsRescue.yanked, isInUse: this.#refusal !== undefined }
  }

  /** Does the work, and frees a QEMU that stands still for the server. What was on its way may be lost, or arrive later. */
  async #freeing<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#itsRescue.guard(limitMs, work)
    } finally {
      if (this.#itsRescue.yanked) await this.#parts.ledger.patch(this.id, { cut: true })
    }
  }

  /** Takes the detach back if the guest was not asked. After a lost connection nobody knows whether it was. */
  async #onAskFailed(error: unknown): Promise<void> {
    const isLost = error instanceof VolumeApplyError && !error.refused && error.cause instanceof QmpError
    if (!this.#isHeard && !isLost) await this.takeBack()
  }

  #hooks(onAnswer: ((command: QmpCommand) => void) | undefined): PlanHooks {
    return { onStep: this.request.onStep, onAnswer }
  }
}

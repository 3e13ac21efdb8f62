import { dirname } from 'node:path'
import { QemuLaunchError } from '../../errors.ts'
import { currentDirectory } from '../../process/index.ts'
import { checkTimeout, type QgaClient, type QmpClient, type QmpEvent } from '../../qmp/index.ts'
import {
  diskUser,
  isNbdUri,
  type MediumInput,
  parseMedium,
  parseVolumeLimits,
  parseVolumeSpec,
  planDetach,
  type ServeInput,
  settleServe,
  type UnservedInput,
  type VolumeLimits,
  type VolumeMetrics,
  type VolumeSpecInput,
  volumeFrom,
  volumeNames,
} from '../../volumes/index.ts'
import { presentDevices } from '../attachments/devices.ts'
import { messageOf } from '../errors.ts'
import { ownEvent } from '../events.ts'
import { volumeOf, volumesOf } from '../record/attachments.ts'
import { serveAt, type VmPaths } from '../record/paths.ts'
import type { VolumeAttachment } from '../record/state.ts'
import { IoErrorWatch } from './io-error-watch.ts'
import { ejectMedium, insertMedium, type MediumOptions, type MediumOutcome } from './media.ts'
import { RequestWatch } from './request-watch.ts'
import { isSingleClient } from './server-look.ts'
import { attachAgain, attachVolume, type VolumeParts } from './volume-attach.ts'
import { type DetachRequest, detachVolume } from './volume-detach.ts'
import { drainAll } from './volume-drain.ts'
import { VolumeFactsReader } from './volume-facts.ts'
import { failureAbout, isLost } from './volume-failure.ts'
import type { VolumeLedger } from './volume-ledger.ts'
import type { AskOptions, AttachOptions, DetachOptions, DetachOutcome } from './volume-options.ts'
import { VolumeReconciler } from './volume-reconciler.ts'
import { bootDisks, type ListedVolume, type Volume, view, volumeError } from './volume-record.ts'
import { type ResizeOptions, resizeVolume } from './volume-resize.ts'
import type { VolumeServers } from './volume-servers.ts'
import { throttleVolume } from './volume-throttle.ts'
import { uncache } from './volume-uncache.ts'

interface VmVolumesParts {
  readonly vm: string
  readonly paths: VmPaths
  readonly ledger: VolumeLedger
  readonly qmp: QmpClient
  readonly servers: VolumeServers
  readonly emit: (event: QmpEvent) => void
  /** A visitor leaves it to the owner to let the VM run on. */
  readonly isOwner: boolean
  readonly withAgent: AgentDoor
  /** @throws when the VM has ended, or was left. */
  readonly requireRunning: () => void
}

/** Does work with the agent of the guest, as `Guest` has it. */
export type AgentDoor = <T>(
  options: Pick<DetachOptions, 'signal'>,
  work: (agent: Pick<QgaClient, 'execute'>) => Promise<T>,
) => Promise<T>

/**
 * The disks of a running VM. Attach and detach record each step first, so the next process can finish it after a crash. Every call throws
 * VmError VM_NOT_RUNNING when the VM has ended, also when it ends in the middle.
 */
export class VmVolumes {
  readonly #parts: VolumeParts
  readonly #facts: VolumeFactsReader
  readonly #errors: IoErrorWatch | undefined
  readonly #withAgent: AgentDoor
  readonly #requireRunning: () => void

  /** @internal */
  constructor(parts: VmVolumesParts) {
    const { emit, isOwner, ledger, qmp, withAgent } = parts
    const effects = { ...parts, volumes: this }
    this.#parts = { ...effects, reconciler: new VolumeReconciler(effects) }
    this.#facts = new VolumeFactsReader(qmp)
    this.#withAgent = withAgent
    this.#requireRunning = parts.requireRunning
    if (!isOwner) return
    this.#errors = new IoErrorWatch({ qmp, ledger, emit, volumes: this })
    new RequestWatch({ qmp, ledger, emit })
  }

  /**
   * Attaches a volume, at the port it names or the first free one. A relative path starts at this process's directory, not at QEMU's. To
   * attach a volume again is not an error. Attaches of different volumes overlap; those of one volume wait for each other. With `serve`
   * its server is started first. If that server is lost, the same call starts another one at its address.
   * @throws VolumeError and its subclasses. Nothing is left in QEMU then, or `details.leftovers` names what is.
   */
  async attach(volume: VolumeSpecInput, options?: AttachOptions): Promise<Volume>
  async attach(
    volume: UnservedInput,
    options: AttachOptions & { readonly serve: ServeInput },
  ): Promise<Volume>
  async attach(volume: UnservedInput, options: AttachOptions = {}): Promise<Volume> {
    const { serve } = options
    const asked = this.#checked(() => {
      const address = serveAt(this.#parts.vm, dirname(this.#parts.paths.dir))
      const given = serve === undefined ? volume : { ...volume, serve }
      const written = parseVolumeSpec(given, { serveAt: address })
      const settled =
        written.serve === undefined ? written : { ...written, serve: settleServe(written.serve) }
      const named = volumeFrom(currentDirectory(), settled)
      return named === settled ? settled : parseVolumeSpec(named, { serveAt: () => named.uri })
    })
    return this.#of(asked.id, options.signal, () => attachVolume(this.#parts, asked, options))
  }

  /**
   * Detaches a volume. Detaches of several volumes overlap. It takes a mounted disk away from under its file system: unmount it first, or
   * let the agent do it. If a pending detach has ended since, the next repeat returns `detached`.
   * @throws VolumeError VOLUME_NOT_FOUND, VOLUME_NOT_REMOVABLE, VOLUME_BUSY; VolumeApplyError when QEMU refuses.
   */
  async detach(id: string, options: DetachOptions = {}): Promise<DetachOutcome> {
    this.#checked(() => planDetach(id))
    checkTimeout(options.waitMs, 'waitMs')
    const { unmount, ...rest } = options
    const detach = (agent: DetachRequest['unmount']) =>
      this.#of(id, options.signal, () => detachVolume(this.#parts, id, { ...rest, unmount: agent }))
    return unmount === true ? this.#withAgent({ signal: options.signal }, detach) : detach(unmount)
  }

  /**
   * Lists every disk of the VM as QEMU has it, with the disks that the VM started with.
   * @throws VmError VM_NOT_FOUND, VM_STATE; QmpError when QEMU does not answer.
   */
  async list(options: AskOptions = {}): Promise<ListedVolume[]> {
    this.#requireRunning()
    const limits = limitsOf(options)
    const record = await this.#parts.ledger.read()
    const disks = bootDisks(record)
    const present = await presentDevices(this.#parts.qmp, limits)
    for (const entry of volumesOf(record)) disks.push(view(entry, present.has(volumeNames(entry.id).device)))
    const asked = disks.map(({ id, drive = id, state, uri }) => {
      const spec = state === 'boot' ? undefined : volumeOf(record, id)?.spec
      const isNbd = uri !== undefined && isNbdUri(uri)
      return { id: drive, user: spec && diskUser(spec), isLimited: spec?.limits !== undefined, isNbd }
    })
    const facts = await this.#facts.read(asked, limits)
    return disks.map((disk) => ({ ...disk, ...facts.get(disk.drive ?? disk.id) }))
  }

  /** Returns the numbers of every disk that QEMU has, for `formatPrometheus` or a program. @throws as `list` does. */
  async metrics(options: AskOptions = {}): Promise<VolumeMetrics[]> {
    return (await this.list(options)).flatMap(({ id, sizeBytes, counters, load }) =>
      sizeBytes === undefined || counters === undefined
        ? []
        : [{ vm: this.#parts.vm, volume: id, sizeBytes, counters, load }],
    )
  }

  /**
   * Tells QEMU and the guest that the disk has this size now. A file gets this size. A server must have it before, and QEMU learns of it
   * when it connects again: restart the server. After a mirror or a snapshot, the disk's present node is resized, not the volume.
   * @throws VolumeError VOLUME_NOT_FOUND, VOLUME_SPEC for a smaller size without `shrink`, VOLUME_BACKEND when its server does not
   *   answer, for which QEMU would stand still, or has another size for QEMU; QmpCommandError when QEMU refuses. Then nothing has changed.
   */
  async resize(id: string, sizeBytes: number | bigint, options: ResizeOptions = {}): Promise<void> {
    await this.#of(id, options.signal, async () => {
      const limits = { ...limitsOf(options), shrink: options.shrink }
      await resizeVolume(this.#parts, await this.#attached(id), sizeBytes, limits)
    })
  }

  /**
   * Puts a medium into a CD-ROM drive, in place of the present one. After a restart it is there again.
   * @throws VolumeError VOLUME_NOT_FOUND, VOLUME_NOT_REMOVABLE when the drive is no CD-ROM, VOLUME_BACKEND when the medium cannot be
   *   opened; VolumeSpecError. The medium has not changed then.
   */
  async insert(id: string, medium: MediumInput, options: MediumOptions = {}): Promise<MediumOutcome> {
    checkTimeout(options.waitMs, 'waitMs')
    const checked = this.#checked(() => volumeFrom(currentDirectory(), parseMedium(medium)))
    return this.#of(id, options.signal, () => insertMedium(this.#parts, id, checked, options))
  }

  /** Takes the medium out of a CD-ROM drive, as `insert` puts one in. */
  async eject(id: string, options: MediumOptions = {}): Promise<MediumOutcome> {
    checkTimeout(options.waitMs, 'waitMs')
    return this.#of(id, options.signal, () => ejectMedium(this.#parts, id, options))
  }

  /**
   * Limits what the volume may do from now on. A limit that is absent does not apply, so `{}` removes all limits.
   * @throws VolumeError VOLUME_NOT_FOUND, VOLUME_BACKEND when its server does not answer, for which QEMU would stand still;
   *   VolumeSpecError; QmpCommandError when QEMU refuses. Then nothing has changed.
   */
  async throttle(id: string, limits: VolumeLimits, options: AskOptions = {}): Promise<void> {
    const checked = this.#checked(() => parseVolumeLimits(limits))
    await this.#of(id, options.signal, async () =>
      throttleVolume(this.#parts, await this.#attached(id), checked, limitsOf(options)),
    )
  }

  /**
   * Ends what a process that died had begun, and what has happened while nobody looked. It undoes half an attach, finishes a detach that
   * the guest has granted, cleans up after an eject, and waits for a server. If that fails for a volume, `VOLUME_LEFT_BEHIND` says so,
   * and the volume stays on record.
   */
  async converge(): Promise<void> {
    const { reconciler, servers } = this.#parts
    // First of all: to undo an attach, its server may be needed.
    await servers.sync()
    for (const { id, reason } of await reconciler.reconcileAll()) {
      // Without QEMU nothing else can be done.
      if (isLost(reason)) throw reason
      this.#parts.emit(ownEvent('VOLUME_LEFT_BEHIND', { id, message: messageOf(reason) }))
    }
    await servers.sync()
    await this.#errors?.begin()
  }

  /** Attaches a queued volume, see `Reconciler.attachQueued`. @internal */
  attachQueued(entry: VolumeAttachment): Promise<string | undefined> {
    const connect = (now: VolumeAttachment) =>
      this.#of(now.id, undefined, () => attachAgain(this.#parts, now))
    return this.#parts.reconciler.attachQueued(entry, connect)
  }

  /** Ends the `uncache` of a process that died while the VM stood still for it. @internal */
  async endUncache(id: string): Promise<void> {
    const entry = volumeOf(await this.#parts.ledger.read(), id)
    if (entry !== undefined) await uncache(this.#parts, entry)
  }

  /** Puts on record which volumes have servers that let in QEMU alone. @internal */
  async noteSingleClients(): Promise<void> {
    const { ledger } = this.#parts
    await Promise.all(
      volumesOf(await ledger.read()).map(async ({ spec }) => {
        if (await isSingleClient(spec, secondTimeoutMs)) await ledger.patch(spec.id, { singleClient: true })
      }),
    )
  }

  /** Stops the VM. QEMU waits for the requests of all volumes first, see `drainAll`. @internal */
  async stopVm(options: AskOptions = {}): Promise<void> {
    const { qmp } = this.#parts
    await drainAll(this.#parts, (stall) => qmp.execute('stop', undefined, { ...limitsOf(options), ...stall }))
  }

  /** Whether the VM is to stand still, also when a lost server is back. @internal */
  holdVm(isHeld: boolean): void {
    this.#errors?.hold(isHeld)
  }

  /** Whether somebody here wants the VM to stand still. @internal */
  isVmHeld(): boolean {
    return this.#errors?.isHeld === true
  }

  /** Parses what was asked for. Its errors name the VM. */
  #checked<T>(parse: () => T): T {
    try {
      return parse()
    } catch (error) {
      throw error instanceof QemuLaunchError ? error.tellOf({ vm: this.#parts.vm }) : error
    }
  }

  async #attached(id: string): Promise<VolumeAttachment> {
    const entry = volumeOf(await this.#parts.ledger.read(), id)
    if (entry !== undefined) return entry
    throw volumeError('VOLUME_NOT_FOUND', this.#parts.vm, id, 'is not attached')
  }

  /** Does work on one volume. Its errors name the VM and the volume, and say when the caller has aborted it. */
  async #of<T>(id: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const whose = { vm: this.#parts.vm, volume: id }
    try {
      this.#requireRunning()
      return await work()
    } catch (error) {
      throw failureAbout(error, whose, signal)
    }
  }
}

const askTimeoutMs = 30_000
const secondTimeoutMs = 1_000

function limitsOf({ signal, timeoutMs = askTimeoutMs }: AskOptions) {
  return { signal, timeoutMs }
}

import { acquireLock } from '../process/index.ts'
import type { QmpClient, QmpEvent } from '../qmp/index.ts'
import {
  applyPlan,
  inverse,
  type PlanHooks,
  type PlanPreset,
  parseVolumeSpec,
  planAttach,
  planDetach,
  portOfSpec,
  probeBackend,
  VolumeApplyError,
  VolumeError,
  type VolumeSpecInput,
  volumeNames,
} from '../volumes/index.ts'
import type { VmPaths } from './paths.ts'
import { StateFile, type VmRecord, type VolumeRecord } from './state.ts'
import { slotTable, type Volume, type VolumeLimits, view, withPhase } from './volume-record.ts'

export interface AttachOptions extends PlanHooks {
  readonly preset?: PlanPreset | undefined
  readonly signal?: AbortSignal | undefined
  /** The volume's server: once attached it is ours, and stopped when the volume has been detached or the VM has ended. */
  readonly server?: AsyncDisposable | undefined
}

export interface DetachOptions extends PlanHooks {
  /** How long to wait for the guest; 30 s unless given. */
  readonly waitMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** `pending`: the guest has not let go; the volume stays attached, its server must stay up, and a repeat goes on. */
export type DetachOutcome =
  | { readonly outcome: 'detached'; readonly id: string }
  | { readonly outcome: 'pending'; readonly id: string }

const lockTimeoutMs = 60_000

/** The disks of a running VM. All that attach and detach do is on record first, so that whoever comes after a crash can end it. */
export class VmVolumes {
  readonly #vm: string
  readonly #paths: VmPaths
  readonly #state: StateFile
  readonly #qmp: QmpClient
  readonly #emit: (event: QmpEvent) => void
  readonly #servers = new Map<string, AsyncDisposable>()
  /** Being detached by a call of this process, which will see to the end itself. */
  readonly #detaching = new Set<string>()

  constructor(vm: string, paths: VmPaths, qmp: QmpClient, emit: (event: QmpEvent) => void) {
    this.#vm = vm
    this.#paths = paths
    this.#state = new StateFile(paths.state, vm)
    this.#qmp = qmp
    this.#emit = emit
    qmp.on('DEVICE_DELETED', ({ data }) => {
      if (data.device !== undefined) void this.#onDeleted(data.device)
    })
  }

  /**
   * Attaches a volume, at the port it names or the first free one. Asking for what is attached already is no fault.
   * @throws VolumeError and its kin; then nothing of it is left in QEMU, or `details.leftovers` says what is.
   */
  async attach(volume: VolumeSpecInput, options: AttachOptions = {}): Promise<Volume> {
    const asked = parseVolumeSpec(volume)
    const { id } = asked
    await probeBackend(asked, { signal: options.signal })
    return this.#locked(options.signal, async () => {
      const record = await this.#settled(id)
      const known = record.volumes.find(({ spec }) => spec.id === id)
      if (record.bootDisks.includes(id))
        throw this.#error('VOLUME_EXISTS', id, 'is the name of a disk the VM started with')
      if (known?.phase === 'detaching')
        throw this.#error('VOLUME_EXISTS', id, 'is being detached: end that first')
      const { port } = slotTable(record).assign(id, portOfSpec(asked))
      if (known !== undefined) {
        if (known.spec.uri !== asked.uri)
          throw this.#error('VOLUME_EXISTS', id, `is attached from ${known.spec.uri}`)
        return view(known, true)
      }
      const preset = options.preset ?? 'safe'
      // Safe plans name the address, so that QEMU refuses; without one QEMU 7.2 takes a second disk without a word.
      if (preset === 'hive' && (await this.#holdsDevice(port))) {
        throw this.#error('VOLUME_PORT_OCCUPIED', id, `cannot take ${port}: QEMU has another device there`)
      }
      const entry: VolumeRecord = { spec: { ...asked, bus: port }, preset, port, phase: 'attaching' }
      await this.#state.write({ ...record, volumes: [...record.volumes, entry] })
      try {
        const plan = planAttach(entry.spec, { preset, vcpus: record.vcpus })
        await applyPlan(this.#qmp, plan, {
          signal: options.signal,
          onStep: options.onStep,
          onAnswer: options.onAnswer,
        })
      } catch (error) {
        // The record of a VM that has ended meanwhile is gone, or says how it ended.
        if (error instanceof VolumeApplyError && error.clean) await this.#forget(id).catch(() => {})
        throw this.#named(error, id)
      }
      const attached: VolumeRecord = { ...entry, phase: 'attached' }
      await this.#state.write(withPhase(await this.#state.read(), id, 'attached'))
      if (options.server !== undefined) this.#servers.set(id, options.server)
      return view(attached, true)
    })
  }

  /**
   * Detaches a volume. The guest is waited for without any lock, so detaches overlap. A guest that has it mounted
   * is not asked by anyone: unmount first.
   * @throws VolumeError VOLUME_NOT_FOUND, VOLUME_NOT_REMOVABLE; VolumeApplyError when QEMU refuses.
   */
  async detach(id: string, options: DetachOptions = {}): Promise<DetachOutcome> {
    const [askGuest, ...rest] = planDetach(id)
    if (askGuest === undefined) throw this.#error('VOLUME_NOT_FOUND', id, 'has nothing to detach')
    const before = await this.#locked(options.signal, async () => {
      const record = await this.#settled(id)
      if (record.bootDisks.includes(id)) {
        throw this.#error('VOLUME_NOT_REMOVABLE', id, 'is a disk the VM started with, which stays')
      }
      const entry = record.volumes.find(({ spec }) => spec.id === id)
      if (entry === undefined) throw this.#error('VOLUME_NOT_FOUND', id, 'is not attached')
      await this.#state.write(withPhase(record, id, 'detaching'))
      return entry.phase
    })
    this.#detaching.add(id)
    try {
      const { outcome } = await applyPlan(this.#qmp, [askGuest], options)
      if (outcome === 'pending') return { outcome: 'pending', id }
      await this.#finish(id, rest, options)
      return { outcome: 'detached', id }
    } catch (error) {
      const named = this.#named(error, id)
      // A refusal leaves the disk with the guest; an abort or a lost connection leaves the question open.
      if (named instanceof VolumeApplyError && named.refused && named.step === askGuest.execute) {
        await this.#locked(undefined, async () =>
          this.#state.write(withPhase(await this.#state.read(), id, before)),
        )
      }
      throw named
    } finally {
      this.#detaching.delete(id)
    }
  }

  /** Every disk of the VM as QEMU has it, those it started with included. */
  async list(): Promise<Volume[]> {
    const record = await this.#state.read()
    const present = await this.#devices()
    return [
      ...record.bootDisks.map((id) => ({ id, state: 'boot' as const })),
      ...record.volumes.map((entry) => view(entry, present.has(volumeNames(entry.spec.id).device))),
    ]
  }

  /**
   * Tells QEMU and the guest that the volume has this size now; a file is made so, a server must have been before.
   * @throws VolumeError VOLUME_NOT_FOUND; QmpCommandError when QEMU refuses, and nothing has changed.
   */
  async resize(id: string, sizeBytes: number | bigint): Promise<void> {
    const { node } = await this.#attached(id)
    await this.#qmp.execute('block_resize', { 'node-name': node, size: sizeBytes })
  }

  /**
   * Limits what the volume may do, from now on; what is not named is without limit, so `{}` takes all limits off.
   * @throws VolumeError VOLUME_NOT_FOUND; QmpCommandError when QEMU refuses, and nothing has changed.
   */
  async throttle(id: string, limits: VolumeLimits): Promise<void> {
    const { device } = await this.#attached(id)
    await this.#qmp.execute('block_set_io_throttle', {
      // The plain id is refused: the limits belong to the backend of the virtio device.
      id: `/machine/peripheral/${device}/virtio-backend`,
      bps: limits.bytesPerSecond ?? 0,
      bps_rd: limits.readBytesPerSecond ?? 0,
      bps_wr: limits.writeBytesPerSecond ?? 0,
      iops: limits.operationsPerSecond ?? 0,
      iops_rd: limits.readOperationsPerSecond ?? 0,
      iops_wr: limits.writeOperationsPerSecond ?? 0,
    })
  }

  /** Ends what a process that died in the middle had begun: half an attach is undone, a detach that the guest has granted is finished. */
  async converge(): Promise<void> {
    const { volumes } = await this.#state.read()
    for (const { spec, phase } of volumes) {
      if (phase === 'attaching') await this.#locked(undefined, () => this.#settled(spec.id))
      if (phase === 'detaching' && !(await this.#devices()).has(volumeNames(spec.id).device))
        await this.#finish(spec.id)
    }
  }

  /** @internal Stops the servers of a VM that has ended. */
  async end(): Promise<void> {
    const servers = [...this.#servers.values()]
    this.#servers.clear()
    await Promise.allSettled(servers.map((server) => server[Symbol.asyncDispose]()))
  }

  async #finish(
    id: string,
    rest = planDetach(id).slice(1),
    { onStep, onAnswer }: PlanHooks = {},
  ): Promise<void> {
    await this.#locked(undefined, async () => {
      const record = await this.#state.read()
      if (!record.volumes.some(({ spec }) => spec.id === id)) return
      await applyPlan(this.#qmp, rest, { onStep, onAnswer }).catch((error: unknown) => {
        throw this.#named(error, id)
      })
      await this.#forget(id)
      this.#announce('VOLUME_DETACHED', id)
    })
    const server = this.#servers.get(id)
    this.#servers.delete(id)
    await server?.[Symbol.asyncDispose]()
  }

  /** The record with the volume's half attach, if its maker died in the middle, ended one way or the other. Under the lock. */
  async #settled(id: string): Promise<VmRecord> {
    const record = await this.#state.read()
    const entry = record.volumes.find(({ spec }) => spec.id === id)
    if (entry?.phase !== 'attaching') return record
    if ((await this.#devices()).has(volumeNames(id).device)) {
      return this.#state.write(withPhase(record, id, 'attached'))
    }
    const plan = planAttach(entry.spec, { preset: entry.preset, vcpus: record.vcpus })
    const undo = plan
      .flatMap((command) => inverse(command) ?? [])
      .filter(({ execute }) => execute !== 'device_del')
    await applyPlan(this.#qmp, undo.reverse())
    return this.#forget(id)
  }

  /** Takes the volume off the record as it is now. Under the lock. */
  async #forget(id: string): Promise<VmRecord> {
    const record = await this.#state.read()
    return this.#state.write({ ...record, volumes: record.volumes.filter(({ spec }) => spec.id !== id) })
  }

  /** A device the guest has let go of: the end of a detach that was pending, or an eject nobody asked for. */
  async #onDeleted(device: string): Promise<void> {
    const record = await this.#state.read().catch(() => undefined)
    const entry = record?.volumes.find(({ spec }) => volumeNames(spec.id).device === device)
    if (entry === undefined || this.#detaching.has(entry.spec.id)) return
    if (entry.phase === 'detaching') await this.#finish(entry.spec.id).catch(() => {})
    else if (entry.phase === 'attached') this.#announce('VOLUME_EJECTED', entry.spec.id)
  }

  #announce(event: string, id: string): void {
    const now = Date.now()
    const timestamp = { seconds: Math.trunc(now / 1000), microseconds: (now % 1000) * 1000 }
    this.#emit({ event, data: { id }, timestamp })
  }

  async #devices(): Promise<ReadonlySet<string>> {
    const children = await this.#qmp.execute('qom-list', { path: '/machine/peripheral' })
    return new Set(children.map(({ name }) => name))
  }

  async #holdsDevice(port: string): Promise<boolean> {
    const children = await this.#qmp.execute('qom-list', { path: `/machine/peripheral/${port}/${port}` })
    return children.some(({ name }) => /^child\[\d+\]$/.test(name))
  }

  async #locked<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    await using _lock = await acquireLock(`volumes of ${this.#paths.dir}`, {
      timeoutMs: lockTimeoutMs,
      signal,
    })
    return await work()
  }

  async #attached(id: string): Promise<ReturnType<typeof volumeNames>> {
    const { volumes } = await this.#state.read()
    if (volumes.some(({ spec }) => spec.id === id)) return volumeNames(id)
    throw this.#error('VOLUME_NOT_FOUND', id, 'is not attached')
  }

  #error(code: VolumeError['code'], id: string, what: string): VolumeError {
    return new VolumeError(code, `volume ${id} of VM ${this.#vm} ${what}`, {
      details: { vm: this.#vm, volume: id },
    })
  }

  #named(error: unknown, id: string): unknown {
    return error instanceof VolumeApplyError ? error.about({ vm: this.#vm, volume: id }) : error
  }
}

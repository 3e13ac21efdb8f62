import { inSpan } from '../../util/spans.ts'
import {
  lookAtVolume,
  portOfSpec,
  probeBackend,
  requireCacheable,
  VolumeApplyError,
  VolumeError,
  type VolumeSpec,
} from '../../volumes/index.ts'
import type { Outcome } from '../attachments/reconciler.ts'
import { ownEvent } from '../events.ts'
import { withPatch } from '../record/attachments.ts'
import type { VmRecord, VolumeAttachment } from '../record/state.ts'
import { cacheDirectoryFor, makeCache, unlinkCache } from './volume-cache.ts'
import { type ConnectOptions, connectVolume, leftBehind } from './volume-connect.ts'
import { fitEngine } from './volume-engine.ts'
import { restoreSettings } from './volume-limits.ts'
import type { AttachOptions } from './volume-options.ts'
import type { ReconcilerParts, VolumeReconciler } from './volume-reconciler.ts'
import { placed, reserve, type Volume, view, volumeError } from './volume-record.ts'
import { Rescue } from './volume-rescue.ts'
import {
  endServed,
  onRecord,
  replaceBootServer,
  replaceServer,
  serverAgain,
  startServed,
} from './volume-serve.ts'

const freshMs = 1_000

/** What work on the volumes of a VM is done with. */
export interface VolumeParts extends ReconcilerParts {
  readonly reconciler: VolumeReconciler
}

/** Attaches a volume that has been checked. Throws as `VmVolumes.attach` does. */
export function attachVolume(parts: VolumeParts, asked: VolumeSpec, options: AttachOptions): Promise<Volume> {
  return inSpan('attach', { vm: parts.vm, volume: asked.id }, () => attachNow(parts, asked, options))
}

async function attachNow(parts: VolumeParts, asked: VolumeSpec, options: AttachOptions): Promise<Volume> {
  const { reconciler, vm } = parts
  const { id } = asked
  const onLeft = ({ entry, state }: Outcome<'volume'>) => {
    if (state !== 'wait for server' || entry?.how !== 'ejected') return
    const what =
      'cannot be attached again yet: the guest has let go of it, but its server does not answer. Start the server again, or detach the volume with force'
    throw volumeError('VOLUME_EXISTS', vm, id, what)
  }
  const lookNow = () => lookAt(asked, options.signal)
  let early: { readonly at: number; readonly found: ReturnType<typeof lookAt> } | undefined
  const onFree = ({ bootServers }: VmRecord) => {
    // A server that is to be started, or replaced, is asked later.
    if (asked.serve !== undefined || bootServers.some((boot) => boot.id === id)) return
    early = { at: performance.now(), found: lookNow() }
    // The attach may fail before it takes it.
    early.found.catch(() => {})
  }
  // A server may have fallen silent since an early look.
  const look = () => (early === undefined || performance.now() - early.at > freshMs ? lookNow() : early.found)
  const attach = () => attachAlone(parts, asked, options, look)
  return reconciler.afterOthers(id, attach, { signal: options.signal, onFree, onLeft })
}

/**
 * Gives a queued volume to its guest, as it was before its VM crashed. It stays queued until it is attached. Where it has lost a server
 * that can be started, it gets another.
 */
export async function attachAgain(parts: VolumeParts, entry: VolumeAttachment): Promise<void> {
  const { ledger, servers, vm } = parts
  const { id, spec } = entry
  const server = await serverAgain(parts, entry)
  try {
    const found = await lookAt(spec)
    const cacheDirectory = cacheDirectoryFor(vm, spec)
    const at = await ledger.change((now) => {
      const place = { ...placed(now, entry), cacheDirectory }
      return { record: withPatch(now, 'volume', id, place), value: { place, qemu: aboutQemu(now) } }
    })
    await connect(parts, { ...entry, ...at.place }, { ...found, ...at.qemu })
  } finally {
    if (server !== undefined) await servers.hold(entry, server)
  }
}

/** Attaches a volume under its lock. Undefined when another process began to attach it meanwhile, and died. */
async function attachAlone(
  parts: VolumeParts,
  asked: VolumeSpec,
  options: AttachOptions,
  look: () => ReturnType<typeof lookAt>,
): Promise<Volume | undefined> {
  const { preset = 'safe' } = options
  const record = await parts.ledger.read()
  const boot = record.bootServers.find(({ id }) => id === asked.id)
  if (boot !== undefined) return replaceBootServer(parts, record, boot, asked, options)
  const spec = onRecord(asked)
  const { entry: known, isNew } = reserve(record, spec, { preset }).value
  if (!isNew) {
    if (known.phase !== 'attached') return undefined
    await replaceServer(parts, known, asked, options)
    return view(known, true)
  }
  const started = await inSpan('start server', {}, () => startServed(parts, asked, options))
  const server = started ?? options.server
  try {
    // Until its server has answered it has no port: silent servers would take them all.
    const found = { ...(await look()), ...aboutQemu(record) }
    return await attachAnywhere(parts, spec, { ...options, server }, found)
  } catch (error) {
    if (started !== undefined) await endServed(parts, asked.id, started, error)
    throw error
  }
}

/** Attaches the volume at the port it names, or at the first port that QEMU takes. */
async function attachAnywhere(
  parts: VolumeParts,
  asked: VolumeSpec,
  options: AttachOptions,
  found: Found,
): Promise<Volume> {
  const { preset = 'safe', server, signal } = options
  const foreign = new Set<string>()
  for (;;) {
    const cacheDirectory = cacheDirectoryFor(parts.vm, asked)
    const reserved = { preset, server: server?.record, foreign, cacheDirectory }
    const { entry } = await parts.ledger.change((now) => reserve(now, asked, reserved), signal)
    try {
      await parts.reconciler.attachNew(entry, () => connect(parts, entry, found, options))
      return view({ ...entry, phase: 'attached' }, true)
    } catch (error) {
      const isTaken = error instanceof VolumeError && error.code === 'VOLUME_PORT_OCCUPIED'
      if (!isTaken || portOfSpec(asked) !== undefined) throw error
      foreign.add(entry.port)
    }
  }
}

interface Found extends Pick<ConnectOptions, 'multiConn' | 'drivers' | 'vcpus'> {
  /** The size of the disk that a server has. */
  readonly sizeBytes?: bigint | undefined
  /** The user that QEMU becomes. */
  readonly user?: string | undefined
}

const aboutQemu = ({ config, vcpus }: VmRecord) => ({ vcpus, user: config.process?.user })

/** Looks at the server or the file of a volume. Throws when the server does not answer, or the file is not what the spec says. */
async function lookAt(spec: VolumeSpec, signal?: AbortSignal): Promise<Omit<Found, 'vcpus' | 'user'>> {
  const { id, localCache } = spec
  const { multiConn, sizeBytes = 0n } = await probeBackend(spec, { signal })
  if (localCache !== undefined) await requireCacheable({ id, localCache }, { multiConn, sizeBytes })
  return { multiConn, sizeBytes, drivers: await lookAtVolume(spec) }
}

/** Gives QEMU and the guest the volume of this entry; or takes everything back, the entry too. */
async function connect(
  { emit, ledger, qmp, servers, vm }: VolumeParts,
  entry: VolumeAttachment,
  found: Found,
  { onAnswer, onStep, server, signal }: AttachOptions = {},
): Promise<void> {
  const { id, phase } = entry
  const rescue = new Rescue(qmp, entry)
  const onConnected = async ({ singleClient }: { readonly singleClient: boolean }) => {
    await restoreSettings(qmp, entry)
    await unlinkCache(entry)
    await ledger.patch(id, {
      phase: 'attached',
      cacheDirectory: undefined,
      ...(singleClient ? { singleClient } : {}),
    })
  }
  let limited: string | undefined
  try {
    const cacheFile = await makeCache(vm, entry, found.user, found.sizeBytes, signal)
    const { spec, warning } = await fitEngine(qmp, entry.spec, found.drivers)
    limited = warning
    const hooks = { onStep, onAnswer, onConnected }
    await connectVolume(qmp, { ...entry, spec }, { ...found, cacheFile, vm, rescue, signal, ...hooks })
  } catch (error) {
    await unlinkCache(entry).catch(() => {})
    const isClean = !(error instanceof VolumeApplyError) || error.clean
    if (phase === 'queued') throw error
    const undone = isClean
      ? ledger.forget(id)
      : ledger.patch(id, { server: undefined, ...leftBehind(rescue) })
    // The record of a VM that has ended meanwhile is gone, or says how it ended.
    await undone.catch(() => {})
    throw error
  }
  if (server !== undefined) await servers.hold(entry, server)
  if (limited !== undefined) emit(ownEvent('VOLUME_LIMITED', { id, message: limited }))
  const { port, serial } = view(entry, true)
  emit(ownEvent('VOLUME_ATTACHED', { id, port, serial }))
}

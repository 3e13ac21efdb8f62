import {
  type NbdServer,
  type ServerRecord,
  type ServeSpec,
  VolumeApplyError,
  type VolumeSpec,
  withoutServeSecrets,
} from '../../volumes/index.ts'
import { messageOf } from '../errors.ts'
import { ownEvent } from '../events.ts'
import type { BootServer, VmRecord, VolumeAttachment } from '../record/state.ts'
import { lookAtServer } from './server-look.ts'
import { type Exchange, exchangeOf, type ServerUse } from './server-moves.ts'
import { startFor, takeUp } from './start-server.ts'
import type { VolumeParts } from './volume-attach.ts'
import type { AttachOptions } from './volume-options.ts'
import { bootDisks, reserve, type Volume, volumeError, withBootServer } from './volume-record.ts'

const answerTimeoutMs = 3_000
// The process that watches a lost server lets go of it.
const formersTurnMs = 4_000

/** The volume as it may be on record. */
export function onRecord(spec: VolumeSpec): VolumeSpec {
  return spec.serve === undefined ? spec : { ...spec, serve: withoutServeSecrets(spec.serve) }
}

/**
 * Starts the server that a volume asks for, with the volume and the server on record before its process: the process that comes after a
 * crash ends both. To be called under the volume's lock.
 * @throws what starting it throws; nothing of the volume is on record then.
 */
export async function startServed(
  parts: VolumeParts,
  asked: VolumeSpec,
  { preset = 'safe', server, signal }: AttachOptions,
): Promise<NbdServer | undefined> {
  const { ledger, servers } = parts
  const { id, serve } = asked
  if (serve === undefined || server !== undefined) return undefined
  // The server of its stay before may be at the same address.
  await servers.sync(id)
  await ledger.change((now) => reserve(now, onRecord(asked), { preset }), signal)
  try {
    return await start(parts, id, serve, signal)
  } catch (error) {
    await ledger.forget(id).catch(() => {})
    throw error
  }
}

/** Ends the server after a failed attach. If something of the volume is left in QEMU, the server ends with that. */
export async function endServed(
  { emit, ledger, servers }: VolumeParts,
  id: string,
  server: NbdServer,
  failure: unknown,
): Promise<void> {
  const isLeft = failure instanceof VolumeApplyError && !failure.clean
  if (isLeft) {
    await ledger.patch(id, { server: server.record }).catch(() => {})
    await servers.hold({ id }, server)
    return
  }
  await ledger.forget(id).catch(() => {})
  await server
    .stop()
    .catch((error: unknown) => emit(ownEvent('SERVER_LEFT_BEHIND', { id, message: messageOf(error) })))
}

/**
 * Settles what is said of the server of a volume that is attached already, see `exchangeOf`. A lost server that is started for the
 * volume is started again; a server at the same address is taken in its place.
 * @throws VolumeError VOLUME_EXISTS when it would be reached or made in another way, VOLUME_BUSY when another process watches the one
 *   there is; what starting one throws. The volume stays as it is.
 */
export async function replaceServer(
  parts: VolumeParts,
  known: VolumeAttachment,
  asked: VolumeSpec,
  { server, signal }: AttachOptions,
): Promise<void> {
  const { id, spec } = known
  const note = (made?: ServerRecord) => parts.ledger.patch(id, { server: made })
  const isKnown = { uri: spec.uri, serve: spec.serve, server: known.server }
  await exchange(parts, known, spec, exchangeOf(isKnown, { serve: asked.serve, server }), note, signal)
}

/**
 * Starts another server for a volume the VM started with, when that has lost its own.
 * @throws as `replaceServer`.
 */
export async function replaceBootServer(
  parts: VolumeParts,
  record: VmRecord,
  boot: BootServer,
  asked: VolumeSpec,
  { server, signal }: AttachOptions,
): Promise<Volume> {
  const { id, uri } = boot
  const recorded = record.config.volumes.find((volume) => volume.id === id)?.serve
  const isKnown = { uri, serve: recorded, server: boot.server, isBoot: true }
  const note = (made?: ServerRecord) =>
    parts.ledger.change((now) => ({ record: withBootServer(now, id, made), value: undefined }))
  await exchange(parts, boot, { uri }, exchangeOf(isKnown, { serve: asked.serve, server }), note, signal)
  return bootDisks(record).find((disk) => disk.id === id) ?? { id, state: 'boot', uri }
}

/** Does what `exchangeOf` has decided about the server at an address. */
async function exchange(
  parts: VolumeParts,
  use: ServerUse,
  address: Parameters<typeof lookAtServer>[0],
  decided: Exchange<NonNullable<AttachOptions['server']>>,
  note: (made?: ServerRecord) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  const { servers, vm } = parts
  switch (decided.move) {
    case 'refuse':
      throw volumeError('VOLUME_EXISTS', vm, use.id, decided.why)
    case 'keep':
      return
    case 'take':
      await endFormer(parts, use)
      await note(decided.server.record)
      return servers.hold(use, decided.server)
    case 'start when gone':
      if ((await lookAtServer(address, answerTimeoutMs)) !== 'gone') return
      await endFormer(parts, use)
      return servers.hold(use, await start(parts, use.id, decided.serve, signal, note))
    default:
      decided satisfies never
  }
}

/** Ends the former server, whose socket the next one needs. @throws VolumeError VOLUME_BUSY. */
async function endFormer({ servers, vm }: VolumeParts, use: ServerUse): Promise<void> {
  if ((await servers.end(use, formersTurnMs)) || use.server === undefined) return
  const what = 'keeps its server: another process watches that server, or it does not end'
  throw volumeError('VOLUME_BUSY', vm, use.id, what)
}

/** Starts a server for a volume, on record for as long as it may run. It is nobody's until it is held. @throws as `startFor`. */
async function start(
  { emit, ledger, paths }: VolumeParts,
  id: string,
  serve: ServeSpec,
  signal?: AbortSignal,
  note: (server?: ServerRecord) => Promise<unknown> = (server) => ledger.patch(id, { server }),
): Promise<NbdServer> {
  const { user } = (await ledger.read()).config.process
  const onLimit = (message: string) => emit(ownEvent('SERVER_LIMITED', { id, message }))
  return startFor({ paths, id, serve, user, signal, onRecord: note, onLimit }).catch(
    async (error: unknown) => {
      await note().catch(() => {})
      throw error
    },
  )
}

/** The server of a queued volume, or another one where that is lost and can be started; undefined for a volume without. */
export async function serverAgain(
  parts: VolumeParts,
  entry: VolumeAttachment,
): Promise<NbdServer | undefined> {
  const { id, server: former, spec } = entry
  const { serve } = spec
  if (former !== undefined) {
    const { answers, server } = await takeUp(former, spec)
    if (answers || serve === undefined) return server
    await server?.stop()
    await endFormer(parts, entry)
  }
  return serve === undefined ? undefined : start(parts, id, serve)
}

import type { UndoStack } from '../../util/undo-stack.ts'
import {
  endServer,
  isSameServe,
  type NbdServer,
  type ServerRecord,
  type ServeSpec,
  settleServe,
  withoutServeSecrets,
} from '../../volumes/index.ts'
import { keptVolume } from '../config/data-volumes.ts'
import { withProfile } from '../config/profile.ts'
import type { VmConfig } from '../config/schema.ts'
import { startFor, takeUp } from '../disks/start-server.ts'
import { withBootServer } from '../disks/volume-record.ts'
import { serverOf, volumeOf, withPatch } from '../record/attachments.ts'
import type { VmPaths } from '../record/paths.ts'
import type { BootServer, Queued, VmRecord } from '../record/state.ts'
import type { VmStore } from '../record/vm-store.ts'

/** A volume that has a server started with the VM. */
export interface Served extends BootServer {
  readonly serve: ServeSpec
  /** It can be detached, and is on record like others that can. */
  readonly isData: boolean
  /** The name by which the cache of its server is sized. */
  readonly cacheName: string
}

/** The config with what its profile chooses, and each server as any process understands it. @throws VolumeSpecError VOLUME_SPEC. */
export function settleServers(given: VmConfig): VmConfig {
  const { config } = withProfile(given)
  const volumes = config.volumes.map((volume) =>
    volume.serve === undefined ? volume : { ...volume, serve: settleServe(volume.serve) },
  )
  return { ...config, volumes }
}

/** A config fit for the record: what is secret about its servers is left out. Pure. */
export function withoutServerSecrets(config: VmConfig): VmConfig {
  const volumes = config.volumes.map((volume) =>
    volume.serve === undefined ? volume : { ...volume, serve: withoutServeSecrets(volume.serve) },
  )
  return { ...config, volumes }
}

/**
 * The volumes whose servers start with the VM, of the data volumes those that it starts with. After a crash each has the server it
 * had, unless its config has changed. Pure.
 */
export function servedVolumes(
  { volumes }: VmConfig,
  dataVolumes: readonly { readonly id: string }[],
  address: (id: string, serve: ServeSpec) => string,
  crashed: VmRecord | undefined,
): Served[] {
  return volumes.flatMap((volume): Served[] => {
    const { id, role, serve } = volume
    const isData = keptVolume(volume) === undefined
    if (serve === undefined || (isData && !dataVolumes.some((volume) => volume.id === id))) return []
    const former = crashed?.config.volumes.find((volume) => volume.id === id)?.serve
    const isSame = former !== undefined && isSameServe(former, serve)
    const server = isSame ? serverOn(crashed, id) : undefined
    const isSmall = role === 'cloud-init' || role === 'efi'
    const cacheName = isSmall ? `${id}-${role.replace('-', '')}` : id
    return [{ id, uri: address(id, serve), serve, isData, server, cacheName }]
  })
}

function serverOn(crashed: VmRecord | undefined, id: string) {
  const boot = crashed?.bootServers.find((each) => each.id === id)
  return (boot ?? (crashed && volumeOf(crashed, id)))?.server
}

/** Those that its next run is to have of a VM that has crashed. Pure. */
export function serversKept(queued: readonly Queued[], served: readonly Served[]): ServerRecord[] {
  return [...queued, ...served].flatMap((each) => serverOf(each) ?? [])
}

interface StartParts {
  readonly onWarning: ((text: string) => void) | undefined
  readonly user: string | undefined
  readonly paths: VmPaths
  readonly store: VmStore
  readonly undo: UndoStack
  readonly signal?: AbortSignal | undefined
}

/**
 * Starts the servers of a VM, each on record before its process, and takes up those that have outlived its crash. The undo stops
 * the new ones and lets go of the others.
 * @throws the first failure, when the others are settled.
 */
export async function startServers(
  volumes: readonly Served[],
  parts: StartParts,
): Promise<ReadonlyMap<string, NbdServer>> {
  const starts = await Promise.allSettled(
    volumes.map(async (volume) => [volume.id, await startServer(volume, parts)] as const),
  )
  const failed = starts.find((start) => start.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return new Map(starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : [])))
}

async function startServer(
  volume: Served,
  { onWarning, paths, signal, store, undo, user }: StartParts,
): Promise<NbdServer> {
  const { cacheName, id, isData, serve, server: former, uri } = volume
  const found = former && (await takeUp(former, { uri }))
  const survivor = found?.server
  if (survivor !== undefined && found?.answers === true) {
    undo.push(`the server of ${id}`, () => survivor.release())
    return survivor
  }
  // They have one address.
  await survivor?.stop()
  if (former !== undefined) await endServer(former)
  const server = await startFor({
    ...{ paths, id, serve, signal, user, cacheName },
    onLimit: (message) => onWarning?.(`volume ${id}: ${message}`),
    onRecord: (server) =>
      store.change((now) => ({
        record: isData ? withPatch(now, 'volume', id, { server }) : withBootServer(now, id, server),
        value: undefined,
      })),
  })
  undo.push(`the server of ${id}`, () => server.stop())
  return server
}

import { lstat, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { findAllByOutput } from '../../process/index.ts'
import { mapLimited } from '../../util/limited.ts'
import { hasClients } from '../clients.ts'
import { VolumeError } from '../errors.ts'
import { formatNbdUri } from '../nbd-uri.ts'
import { serversFolder } from './address.ts'
import { messageOf } from './failure.ts'
import {
  checkPlace,
  defaultServerDir,
  isServerName,
  isStarted,
  readServerState,
  type ServedTo,
  type ServerPaths,
  type ServerRecord,
  type StoredServer,
  serverAddress,
  serverError,
  serverPaths,
} from './place.ts'
import { endRemains, endStrays, findServer, removeSocket } from './run.ts'
import type { ServerSpec } from './spec.ts'
import { type AdoptServerOptions, adoptServer, lockOf } from './start.ts'

/** A server, as its directory and its processes show it. The server itself is not asked. */
export interface ListedServer extends ServerRecord {
  /**
   * `unfinished`: it has not answered yet; if nobody watches it, the process that started it has died. `broken`: the record in
   * its directory cannot be understood, see `fault`.
   */
  readonly state: 'running' | 'unfinished' | 'ended' | 'broken'
  /** Whether a process watches it now, after it started or adopted the server. */
  readonly watched: boolean
  /** Whether a client is connected, most often a QEMU. */
  readonly connected: boolean
  readonly pid?: number | undefined
  readonly uri?: string | undefined
  readonly type?: ServerSpec['type'] | undefined
  /** The volume it was started for, where that is known. */
  readonly servedTo?: ServedTo | undefined
  readonly fault?: string | undefined
}

const lookedAtOnce = 16

/**
 * Lists every server below a directory (`startServer`'s `stateDir`; the system's temporary directory when absent). The record of
 * a server is written before its process starts. In a state directory of VMs these are the servers of their volumes.
 * `adoptServer` becomes the owner of one, `endServer` ends one. Servers of other users are left out.
 * @throws what reading the directory throws. A directory that is missing has no servers.
 */
export async function listServers(stateDir = defaultServerDir()): Promise<ListedServer[]> {
  const directories = await Promise.all([stateDir, join(stateDir, serversFolder)].map(serversIn))
  const found = await mapLimited(directories.flat(), lookedAtOnce, (directory) =>
    inspectServer({ directory }),
  )
  return found.filter((server) => server !== undefined)
}

async function serversIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names
    .filter(isServerName)
    .sort()
    .map((name) => resolve(folder, name))
}

/**
 * Ends a server that nobody watches, and removes its files, also if the process that started it died in the middle. It is no
 * error if the server has ended already.
 * @throws VolumeError VOLUME_BACKEND when another process watches it (after `waitMs`, 5 s when absent), or it does not end;
 *   VOLUME_NOT_FOUND for a directory that no server has; VOLUME_ABORTED.
 */
export async function endServer(
  record: ServerRecord,
  options: Pick<AdoptServerOptions, 'signal' | 'waitMs'> = {},
): Promise<void> {
  const paths = serverPaths(record.directory)
  if (!(await isThere(paths))) return
  try {
    checkPlace(paths)
  } catch (error) {
    throw new VolumeError('VOLUME_NOT_FOUND', `${messageOf(error)}: nothing was ended or removed`, {
      cause: error,
      details: { directory: paths.directory },
    })
  }
  const before = await stateIn(paths)
  if (before !== undefined && isStarted(before)) {
    const server = await adoptServer(record, options)
    return server.stop({ signal: options.signal })
  }
  using _lock = await lockOf(paths, options)
  const state = await stateIn(paths)
  try {
    await endRemains(paths, state?.process)
    await endStrays(paths)
  } catch (error) {
    throw serverError(paths, messageOf(error), error)
  }
  if (state !== undefined) await removeSocket(serverAddress(state.spec, paths))
  await rm(paths.directory, { recursive: true, force: true })
}

/** Reads the state of a server; undefined when there is none that can be understood. */
async function stateIn(paths: ServerPaths): Promise<StoredServer | undefined> {
  return readServerState(paths).catch((error: Error) => {
    const { cause } = error as { cause?: NodeJS.ErrnoException }
    if (cause === undefined || cause.code === 'ENOENT') return undefined
    throw error
  })
}

async function isThere({ directory }: ServerPaths): Promise<boolean> {
  return lstat(directory).then(
    () => true,
    () => false,
  )
}

/** What there is of one server; undefined when there is none, or another user's. Never throws. */
export async function inspectServer({ directory }: ServerRecord): Promise<ListedServer | undefined> {
  const paths = serverPaths(directory)
  try {
    checkPlace(paths)
  } catch {
    return undefined
  }
  const watched = await isWatched(paths)
  const state = await readServerState(paths).catch((error: unknown) => messageOf(error))
  const pid = (await findServer(paths))?.pid ?? (await findAllByOutput(paths.log)).at(-1)?.pid
  if (typeof state === 'string') {
    if (!(await isThere(paths))) return undefined
    return { directory, state: 'broken', watched, connected: false, pid, fault: state }
  }
  const address = serverAddress(state.spec, paths)
  return {
    directory,
    state: !isStarted(state) ? 'unfinished' : pid === undefined ? 'ended' : 'running',
    watched,
    connected: pid !== undefined && (await hasClients(address)),
    pid,
    uri: formatNbdUri(address),
    type: state.spec.type,
    servedTo: state.servedTo,
  }
}

async function isWatched(paths: ServerPaths): Promise<boolean> {
  return lockOf(paths, { waitMs: 0 }).then(
    (lock) => {
      lock[Symbol.dispose]()
      return false
    },
    () => true,
  )
}

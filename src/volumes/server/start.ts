import { rm } from 'node:fs/promises'
import { acquireLock, currentDirectory, ProcessError, type ProcessIdentity } from '../../process/index.ts'
import { checkTimeout } from '../../qmp/index.ts'
import { check } from '../../util/schema.ts'
import { UndoStack } from '../../util/undo-stack.ts'
import { type VolumeError, VolumeSpecError } from '../errors.ts'
import { messageOf, startFailure } from './failure.ts'
import type { ServerSpecInput } from './filters.ts'
import {
  checkPlace,
  hideSecrets,
  isStarted,
  makePlace,
  readServerState,
  type ServedTo,
  type ServerPaths,
  type ServerRecord,
  type ServerState,
  type StoredServer,
  serverAddress,
  serverError,
  serverPaths,
  writeServerState,
} from './place.ts'
import { type RestartPolicy, restartPolicySchema } from './restart-policy.ts'
import {
  endRemains,
  endStrays,
  findServer,
  isShellOf,
  removeSocket,
  runServer,
  type ServerPlan,
} from './run.ts'
import { lookAtServed } from './served.ts'
import { ManagedServer, type NbdServer, type ServerEvent } from './server.ts'
import { parseServerSpec, type ServerSpec, withFormat } from './spec.ts'
import { lostServer, watchChild, watchOther } from './watch.ts'

export interface StartServerOptions {
  /**
   * Starts the server again when it ends by itself, at the same address, so that a QEMU with a `reconnect-delay`
   * goes on. Refused (VOLUME_SPEC) where a restart would lose what was written.
   */
  readonly restart?: boolean | Partial<RestartPolicy> | undefined
  readonly onEvent?: ((event: ServerEvent) => void) | undefined
  /** Where the server's private directory is made; the system's temporary directory when absent. */
  readonly stateDir?: string | undefined
  /** Ends the server when this process ends. Without it the server runs on, so that disks in use keep working. */
  readonly exitWithParent?: boolean | undefined
  /** For each start, 10 s when absent. */
  readonly readyTimeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** The volume it is started for; `listServers` says so. */
  readonly servedTo?: ServedTo | undefined
  /** Called when the server is on record, before its process starts. If it throws, the start fails. */
  readonly onRecord?: ((record: ServerRecord) => Promise<unknown>) | undefined
}

export interface AdoptServerOptions {
  readonly onEvent?: ((event: ServerEvent) => void) | undefined
  /** How long to wait until the process that watches the server now releases it; 5 s unless given, `Infinity` for no limit. */
  readonly waitMs?: number | undefined
  readonly readyTimeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export type NbdkitOptions = Omit<Extract<ServerSpecInput, { type: 'nbdkit' }>, 'type'> & StartServerOptions

const readyTimeoutMs = 10_000
const lockTimeoutMs = 5_000
const watchLock = 'watched'

/**
 * Starts nbdkit, qemu-nbd or qemu-storage-daemon and resolves when it answers an NBD handshake for the export.
 * A failed start leaves nothing behind. If this process dies in the middle, `listServers` finds what is left.
 * @throws VolumeSpecError VOLUME_SPEC with every fault; VolumeError VOLUME_BACKEND with the server's last words,
 * VOLUME_ABORTED on abort.
 */
export async function startServer(
  input: ServerSpecInput,
  options: StartServerOptions = {},
): Promise<NbdServer> {
  checkTimeout(options.readyTimeoutMs, 'readyTimeoutMs')
  const { exitWithParent, onEvent, signal } = options
  const restart = policyOf(options.restart)
  const asked = parseServerSpec(input, restart !== undefined)
  const undo = new UndoStack()
  let directory: string | undefined
  try {
    const paths = await makePlace(options.stateDir)
    directory = paths.directory
    undo.push('remove the private directory', () => rm(paths.directory, { recursive: true, force: true }))
    const lock = await lockOf(paths, { signal })
    undo.push('let go of the lock', async () => lock[Symbol.dispose]())
    await lookAtServed(asked)
    const spec = await hideSecrets(withFormat(asked), paths)
    const workingDirectory = currentDirectory()
    const plan = planOf(spec, paths, { workingDirectory, exitWithParent, timeoutMs: options.readyTimeoutMs })
    const { servedTo } = options
    const before: StoredServer = { version: 1, spec, workingDirectory, restart, servedTo }
    await writeServerState(paths, before)
    await options.onRecord?.({ directory: paths.directory })
    const { child, found, pid } = await runServer(
      plan,
      (child) => writeServerState(paths, { ...before, process: identityOf(child) }),
      signal,
    )
    undo.push('end the server', async () => {
      await endRemains(paths, child)
      await removeSocket(plan.address)
    })
    const state: ServerState = {
      ...before,
      process: identityOf(child),
      sizeBytes: String(found.sizeBytes),
      readOnly: found.readOnly,
    }
    await writeServerState(paths, state)
    const current = { pid, leader: child, watch: watchChild(child) }
    return new ManagedServer({ plan, state, current, onEvent, lock })
  } catch (error) {
    const failure = await startFailure(error, asked, directory, signal)
    await undo.run()
    throw failure
  }
}

/** `startServer` for nbdkit. */
export function startNbdkit(options: NbdkitOptions): Promise<NbdServer> {
  const { exitWithParent, onEvent, onRecord, readyTimeoutMs, restart, ...others } = options
  const { servedTo, signal, stateDir, ...spec } = others
  const rest = { exitWithParent, onEvent, onRecord, readyTimeoutMs, restart, servedTo, signal, stateDir }
  return startServer({ type: 'nbdkit', ...spec }, rest)
}

/**
 * Becomes the owner of a server that this or another process started and no longer watches. It checks the pid, the start time and
 * the command line, so it is the same server. If the server has ended and has a restart policy, it is started again. If it has
 * ended and has none, `exited` of the returned server has settled, and `stop` removes what it left.
 * @throws VolumeError VOLUME_BACKEND when there is no record, when another process watches the server, or when the process that
 *   started it died before it had answered (`endServer` ends such a server).
 */
export async function adoptServer(
  record: ServerRecord,
  options: AdoptServerOptions = {},
): Promise<NbdServer> {
  checkTimeout(options.readyTimeoutMs, 'readyTimeoutMs')
  const paths = serverPaths(record.directory)
  checkPlace(paths)
  const lock = await lockOf(paths, options)
  try {
    const state = await readServerState(paths)
    if (!isStarted(state)) throw unfinished(paths)
    const { process: leader, spec, workingDirectory } = state
    const server = await findServer(paths)
    const hasShell = await isShellOf(paths, leader)
    // Who watched it last may have died in the middle of starting it again.
    if (!hasShell) await endStrays(paths)
    const watch = hasShell ? watchOther(paths) : lostServer(paths)
    const plan = planOf(spec, paths, { workingDirectory, timeoutMs: options.readyTimeoutMs })
    const current = { pid: server?.pid ?? leader.pid, leader, watch }
    return new ManagedServer({ plan, state, current, onEvent: options.onEvent, lock })
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
}

function unfinished(paths: ServerPaths): VolumeError {
  return serverError(paths, 'had not answered when its maker died: end it by endServer')
}

function identityOf({ pid, startTime }: ProcessIdentity): ProcessIdentity {
  return { pid, startTime }
}

function planOf(
  spec: ServerSpec,
  paths: ServerPaths,
  rest: Pick<ServerPlan, 'workingDirectory' | 'exitWithParent'> & { readonly timeoutMs: number | undefined },
): ServerPlan {
  const { exitWithParent, workingDirectory, timeoutMs = readyTimeoutMs } = rest
  return {
    spec,
    paths,
    address: serverAddress(spec, paths),
    workingDirectory,
    exitWithParent,
    readyTimeoutMs: timeoutMs,
  }
}

function policyOf(restart: StartServerOptions['restart'] = false): RestartPolicy | undefined {
  if (restart === false) return undefined
  const checked = check(restartPolicySchema, restart === true ? {} : restart)
  if (!checked.ok) throw new VolumeSpecError(checked.faults, 'restart policy')
  return checked.value
}

/** One process at a time watches a server: two would both start it again. */
export async function lockOf(
  paths: ServerPaths,
  { signal, waitMs = lockTimeoutMs }: Pick<AdoptServerOptions, 'signal' | 'waitMs'>,
): Promise<Disposable> {
  const place = { directory: paths.directory, name: watchLock }
  return acquireLock(place, { timeoutMs: waitMs, signal }).catch((error: unknown) => {
    const isAborted = signal?.aborted === true
    const isTaken = error instanceof ProcessError && error.code === 'PROCESS_TIMEOUT'
    const refused = isTaken ? 'is watched by another process' : `cannot be locked: ${messageOf(error)}`
    const what = isAborted ? 'was not taken up: aborted' : refused
    throw serverError(paths, what, error, isAborted ? 'VOLUME_ABORTED' : 'VOLUME_BACKEND')
  })
}

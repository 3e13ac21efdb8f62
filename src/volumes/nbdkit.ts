import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QemuLaunchError } from '../errors.ts'
import {
  type Child,
  ProcessError,
  type ProcessExit,
  spawnProcess,
  stopLadder,
  waitUntilReady,
} from '../process/index.ts'
import { UndoStack } from '../util/undo-stack.ts'
import { type NbdExport, probeNbd } from './nbd-handshake.ts'
import { formatNbdUri, type NbdAddress, socketPathFault } from './nbd-uri.ts'

const stopTimeoutMs = 5000

export interface NbdkitOptions {
  /** `file`, `memory`, … or the path of a plugin. */
  readonly plugin: string
  /**
   * The `key=value` words for the plugin and the filters. Anyone on the machine can read a command line: give
   * secrets the way nbdkit reads them from a file, `password: '+/path'`.
   */
  readonly parameters?: Readonly<Record<string, string | number | boolean>> | undefined
  /** From the client's side to the plugin's. */
  readonly filters?: readonly string[] | undefined
  /** The path of a unix socket, or a TCP address; a socket in a private directory when absent. */
  readonly socket?: string | { readonly host: string; readonly port: number } | undefined
  readonly readOnly?: boolean | undefined
  readonly threads?: number | undefined
  /** The export asked for when the server is tried, and named in `uri`. */
  readonly exportName?: string | undefined
  /** Ends the server when this process ends; without it a server outlives its maker, as a disk in use must. */
  readonly exitWithParent?: boolean | undefined
  readonly binary?: string | undefined
  readonly readyTimeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A running server that has answered. */
export interface NbdServer extends AsyncDisposable {
  /** As `parseNbdUri` and volume files take it. */
  readonly uri: string
  readonly address: NbdAddress
  readonly pid: number
  readonly sizeBytes: bigint
  readonly readOnly: boolean
  /** Settles once, never rejects. */
  readonly exited: Promise<ProcessExit>
  /** Ends the server (SIGTERM, then SIGKILL) and removes its socket. Safe to repeat. Detach its volume first. */
  stop(options?: { readonly timeoutMs?: number }): Promise<void>
  /** Lets this process end while the server lives on. */
  unref(): void
}

/**
 * Starts nbdkit and resolves when it answers an NBD handshake for the export. A failed start leaves nothing behind.
 * @throws QemuLaunchError VOLUME_BACKEND with nbdkit's last words, VOLUME_ABORTED on abort.
 */
export async function startNbdkit(options: NbdkitOptions): Promise<NbdServer> {
  const undo = new UndoStack()
  try {
    const directory = await mkdtemp(join(tmpdir(), 'qemu-launch-nbdkit-'))
    undo.push('remove the private directory', () => rm(directory, { recursive: true, force: true }))
    const address = addressOf(options, directory)
    await vacate(address, options.signal)
    const pidFile = join(directory, 'nbdkit.pid')
    const [command, ...args] = supervised(options, words(options, address, pidFile))
    const logFile = join(directory, 'nbdkit.log')
    const child = withoutSocket(await spawnProcess({ command, args, logFile }), address)
    undo.push('stop nbdkit', async () => {
      await end(child, stopTimeoutMs)
    })
    const found = await answered(options, address, child)
    const pid = Number(await readFile(pidFile, 'utf8'))
    return server(address, found, { ...child, pid }, () => end(child, stopTimeoutMs), undo)
  } catch (error) {
    const failure = explain(error, options)
    await undo.run()
    throw failure
  }
}

/** The same child, whose end is known when its socket is gone: the path can be used again, and is only removed once. */
function withoutSocket(child: Child, address: NbdAddress): Child {
  if (address.type === 'tcp') return child
  const exited = child.exited.then(async (exit) => {
    await rm(address.path, { force: true }).catch(() => {})
    return exit
  })
  return { ...child, exited }
}

function addressOf({ socket, exportName = '' }: NbdkitOptions, directory: string): NbdAddress {
  if (typeof socket === 'object') return { type: 'tcp', ...socket, export: exportName }
  const path = socket ?? join(directory, 'nbd.sock')
  const fault = socketPathFault(path)
  if (fault !== undefined) throw new Error(`${path} ${fault}`)
  return { type: 'unix', path, export: exportName }
}

/**
 * nbdkit does not take over a socket, and leaves its own when killed: one that nobody listens on is removed. A server
 * that is there already would also be the one that answers when ours is tried.
 */
async function vacate(address: NbdAddress, signal: AbortSignal | undefined): Promise<void> {
  if (address.type === 'unix' && !existsSync(address.path)) return
  const errno = await probeNbd(address, { timeoutMs: 1000, signal }).then(() => undefined, errnoOf)
  signal?.throwIfAborted()
  const free = address.type === 'unix' ? errno === 'ECONNREFUSED' : errno !== undefined
  if (!free) throw new Error(`${formatNbdUri(address)} is in use already`)
  if (address.type === 'unix') await rm(address.path, { force: true })
}

const errnoOf = (error: unknown) => (error instanceof QemuLaunchError ? error.details.errno : undefined)

function words(options: NbdkitOptions, address: NbdAddress): string[] {
  const { plugin, parameters = {}, filters = [], readOnly, threads, exportName, exitWithParent } = options
  if (!/^[^-=\s]/.test(plugin)) throw new Error(`${JSON.stringify(plugin)} is not the name of a plugin`)
  const pairs = Object.entries(parameters)
  const bad = pairs.find(([key]) => !/^[A-Za-z_][\w.-]*$/.test(key))
  if (bad !== undefined) throw new Error(`${JSON.stringify(bad[0])} is not the name of a parameter`)
  return [
    '--foreground',
    ...(address.type === 'unix'
      ? [`--unix=${address.path}`]
      : [`--ipaddr=${address.host}`, `--port=${address.port}`]),
    ...(exitWithParent ? ['--exit-with-parent'] : []),
    ...(readOnly ? ['--readonly'] : []),
    ...(threads === undefined ? [] : [`--threads=${threads}`]),
    ...(exportName === undefined ? [] : [`--exportname=${exportName}`]),
    ...filters.map((filter) => `--filter=${filter}`),
    plugin,
    ...pairs.map(([key, value]) => `${key}=${value}`),
  ]
}

async function answered(options: NbdkitOptions, address: NbdAddress, child: Child): Promise<NbdExport> {
  const { readyTimeoutMs = 10_000, signal, plugin } = options
  // Only a server that does not listen yet is worth another try; any other answer is final.
  const probe = (giveUp: AbortSignal) =>
    probeNbd(address, { timeoutMs: readyTimeoutMs, signal: giveUp }).then(
      (found) => ({ found }),
      (error: unknown) => {
        const errno = errnoOf(error)
        if (errno === 'ENOENT' || errno === 'ECONNREFUSED') throw error
        return { error }
      },
    )
  const answer = await waitUntilReady({
    probe,
    child,
    name: `nbdkit ${plugin}`,
    timeoutMs: readyTimeoutMs,
    signal,
  })
  if ('found' in answer) return answer.found
  throw new QemuLaunchError('VOLUME_BACKEND', messageOf(answer.error), {
    cause: answer.error,
    details: { log: await child.logTail() },
  })
}

function server(address: NbdAddress, found: NbdExport, child: Child, undo: UndoStack): NbdServer {
  const stop = async ({ timeoutMs = stopTimeoutMs } = {}) => {
    if (!(await end(child, timeoutMs))) {
      throw new QemuLaunchError(
        'VOLUME_BACKEND',
        `nbdkit (pid ${child.pid}) does not end, not even by SIGKILL`,
        {
          details: { pid: child.pid, server: formatNbdUri(address) },
        },
      )
    }
    await undo.run()
  }
  return {
    uri: formatNbdUri(address),
    address,
    pid: child.pid,
    sizeBytes: found.sizeBytes,
    readOnly: found.readOnly,
    exited: child.exited,
    stop,
    unref: () => child.unref(),
    [Symbol.asyncDispose]: () => stop(),
  }
}

/** @returns false when it is still there after SIGKILL. */
function end(child: Child, timeoutMs: number): Promise<boolean> {
  return stopLadder(
    [
      { name: 'SIGTERM', timeoutMs, run: () => child.kill('SIGTERM') },
      { name: 'SIGKILL', timeoutMs: stopTimeoutMs, run: () => child.kill('SIGKILL') },
    ],
    child.exited,
  )
}

function explain(error: unknown, { plugin, parameters = {}, signal }: NbdkitOptions): QemuLaunchError {
  if (signal?.aborted) {
    return new QemuLaunchError('VOLUME_ABORTED', `starting nbdkit ${plugin} was aborted`, {
      cause: signal.reason,
    })
  }
  const known = error instanceof QemuLaunchError ? error.details : {}
  const log = typeof known.log === 'string' && known.log !== '' ? `: ${known.log}` : ''
  const hint =
    error instanceof ProcessError && error.code === 'PROCESS_SPAWN' ? ' (is nbdkit installed?)' : ''
  return new QemuLaunchError(
    'VOLUME_BACKEND',
    `nbdkit ${plugin} did not start: ${messageOf(error)}${hint}${log}`,
    {
      cause: error,
      // Names only: a value may be a secret.
      details: { ...known, plugin, parameters: Object.keys(parameters) },
    },
  )
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

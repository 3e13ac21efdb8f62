import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
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
const signalNames: readonly NodeJS.Signals[] = [
  'SIGKILL',
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGPIPE',
]

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
    const child = await spawnProcess({ command, args, logFile })
    const exited = settled(child, address)
    let over = false
    void exited.then(() => {
      over = true
    })
    // Once it is over its number may be another's.
    const ended = async (timeoutMs: number) => over || (await end(child.pid, exited, timeoutMs))
    undo.push('stop nbdkit', async () => {
      await ended(stopTimeoutMs)
    })
    const found = await answered(options, address, child)
    const pid = Number(await readFile(pidFile, 'utf8'))
    const stop = async ({ timeoutMs = stopTimeoutMs } = {}) => {
      if (!(await ended(timeoutMs))) {
        const message = `nbdkit (pid ${pid}) does not end, not even by SIGKILL; its socket is left`
        throw new QemuLaunchError('VOLUME_BACKEND', message, { details: { pid } })
      }
      await undo.run()
    }
    return {
      uri: formatNbdUri(address),
      address,
      pid,
      sizeBytes: found.sizeBytes,
      readOnly: found.readOnly,
      exited,
      stop,
      unref: () => child.unref(),
      [Symbol.asyncDispose]: () => stop(),
    }
  } catch (error) {
    const failure = explain(error, options)
    await undo.run()
    throw failure
  }
}

/** The end of the server, known when its socket is gone: whoever waited for it can use the path again. */
async function settled(child: Child, address: NbdAddress): Promise<ProcessExit> {
  const { exitCode, signal } = await child.exited
  if (address.type === 'unix') await rm(address.path, { force: true }).catch(() => {})
  // The shell tells a signal as 128 and its number.
  const number = exitCode === undefined || exitCode <= 128 ? undefined : exitCode - 128
  const name = signalNames.find((candidate) => constants.signals[candidate] === number)
  return name === undefined ? { exitCode, signal } : { exitCode: undefined, signal: name }
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

/**
 * Debian 12's nbdkit ends with its parent whether told to or not (1.32.5 asks for PR_SET_PDEATHSIG in any case): so
 * its parent is a shell that lives exactly as long. The shell outlives SIGTERM, which is meant for nbdkit.
 */
const supervisor = 'trap : TERM; "$@" & while :; do wait $!; s=$?; kill -0 $! 2>/dev/null || exit $s; done'

function supervised(
  { binary = 'nbdkit', exitWithParent }: NbdkitOptions,
  args: readonly string[],
): [string, ...string[]] {
  return exitWithParent ? [binary, ...args] : ['/bin/sh', '-c', supervisor, 'sh', binary, ...args]
}

function words(options: NbdkitOptions, address: NbdAddress, pidFile: string): string[] {
  const { plugin, parameters = {}, filters = [], readOnly, threads, exportName, exitWithParent } = options
  if (!/^[^-=\s]/.test(plugin)) throw new Error(`${JSON.stringify(plugin)} is not the name of a plugin`)
  const pairs = Object.entries(parameters)
  const bad = pairs.find(([key]) => !/^[A-Za-z_][\w.-]*$/.test(key))
  if (bad !== undefined) throw new Error(`${JSON.stringify(bad[0])} is not the name of a parameter`)
  return [
    '--foreground',
    `--pidfile=${pidFile}`,
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

/** Ends the whole process group: the server, its shell, and what a plugin started. False when SIGKILL did not help. */
function end(group: number, exited: Promise<ProcessExit>, timeoutMs: number): Promise<boolean> {
  const send = (signal: NodeJS.Signals) => () => {
    try {
      process.kill(-group, signal)
    } catch {
      // Gone already; its end is about to be known.
    }
  }
  return stopLadder(
    [
      { name: 'SIGTERM', timeoutMs, run: send('SIGTERM') },
      { name: 'SIGKILL', timeoutMs: stopTimeoutMs, run: send('SIGKILL') },
    ],
    exited,
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
  const absent = known.exitCode === 127 || (error instanceof ProcessError && error.code === 'PROCESS_SPAWN')
  const hint = absent ? ' (is nbdkit installed?)' : ''
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

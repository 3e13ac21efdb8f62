import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { Duplex } from 'node:stream'
import { ProcessError } from './errors.ts'
import { identifyProcess, type ProcessIdentity } from './identity.ts'
import { readTail } from './log-tail.ts'
import { currentDirectory, fileOfProgram, shortEnvironment, withPrivateFiles } from './surroundings.ts'

export interface SpawnOptions {
  readonly command: string
  readonly args: readonly string[]
  /** Standard output and standard error are appended here (0600), so that they outlive this process. */
  readonly logFile: string
  /** How many socket pairs the child inherits, from descriptor 3 on. */
  readonly socketPairs?: number
  /** Open files of this process that the child inherits, behind the socket pairs. */
  readonly inherited?: readonly number[] | undefined
}

/** How a process ended: exactly one of the two is set, unless that is not known. */
export interface ProcessExit {
  readonly exitCode: number | undefined
  readonly signal: NodeJS.Signals | undefined
}

/** A child in a session of its own: nothing that happens to this process ends it. */
export interface Child extends ProcessIdentity {
  /** Our ends of the socket pairs, paused; `sockets[0]` is the child's descriptor 3. */
  readonly sockets: readonly Duplex[]
  /** Settles once, never rejects. */
  readonly exited: Promise<ProcessExit>
  /** Sends a signal to this very process; false when it is gone. */
  kill(signal: NodeJS.Signals): boolean
  /** The last lines it wrote. */
  logTail(): Promise<string>
  /** Lets this process end while the child lives on. */
  unref(): void
}

/**
 * Starts a program in its own session with its output in a file, a short environment, and a umask of 077.
 * @throws ProcessError PROCESS_SPAWN when it cannot be started; nothing is left then.
 */
export async function spawnProcess(options: SpawnOptions): Promise<Child> {
  const { command, logFile } = options
  const child = start(options)
  const failure = new Promise<Error>((resolve) => {
    child.on('error', resolve)
  })
  const { pid } = child
  if (pid === undefined) throw spawnError(command, await failure)
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (exitCode, signal) => {
      resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined })
    })
  })
  const identity = await identifyProcess(pid).catch(async (error: unknown) => {
    child.kill('SIGKILL')
    for (const stream of child.stdio) stream?.destroy()
    await exited
    throw spawnError(command, error)
  })
  return {
    pid,
    startTime: identity?.startTime ?? '',
    sockets: child.stdio.slice(3).filter((stream) => stream instanceof Duplex),
    exited,
    kill: (signal) => child.kill(signal),
    logTail: () => readTail(logFile),
    unref: () => child.unref(),
  }
}

function start({ args, command, inherited = [], logFile, socketPairs = 0 }: SpawnOptions): ChildProcess {
  const log = openSync(logFile, 'a', 0o600)
  try {
    fileOfProgram(command)
    const [shell, ...words] = withPrivateFiles(command, args)
    return spawn(shell, words, {
      cwd: currentDirectory(),
      detached: true,
      env: shortEnvironment(),
      stdio: ['ignore', log, log, ...Array<'pipe'>(socketPairs).fill('pipe'), ...inherited],
    })
  } catch (error) {
    throw spawnError(command, error)
  } finally {
    closeSync(log)
  }
}

/** What is said of a program that cannot be started, by the reason the system gave. */
export function spawnError(command: string, cause: unknown): ProcessError {
  const { code: errno, message } = cause as NodeJS.ErrnoException
  return new ProcessError('PROCESS_SPAWN', `cannot start ${command}: ${message}`, {
    cause,
    details: { command, errno },
  })
}

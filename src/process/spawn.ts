import { closeSync, openSync } from 'node:fs'
import { Duplex } from 'node:stream'
import type { execa } from 'execa'
import { ProcessError } from './errors.ts'
import { identifyProcess, type ProcessIdentity } from './identity.ts'
import { readTail } from './log-tail.ts'

export interface SpawnOptions {
  readonly command: string
  readonly args: readonly string[]
  /** Standard output and standard error are appended here (0600), so that they outlive this process. */
  readonly logFile: string
  /** How many socket pairs the child inherits, from descriptor 3 on. */
  readonly socketPairs?: number
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
 * Starts a program in its own session with its output in a file.
 * @throws ProcessError PROCESS_SPAWN when it cannot be started; nothing is left then.
 */
export async function spawnProcess(options: SpawnOptions): Promise<Child> {
  // Loaded on demand: it is a quarter of the start of a command that starts nothing.
  const { execa } = await import('execa')
  const log = openSync(options.logFile, 'a', 0o600)
  let child: ReturnType<typeof start>
  try {
    child = start(execa, options, log)
  } finally {
    closeSync(log)
  }
  const streams: readonly unknown[] = child.stdio
  const sockets = streams.slice(3).filter((stream) => stream instanceof Duplex)
  // execa drains what nobody reads in this tick: what the child says first would be lost.
  for (const socket of sockets) socket.pause()
  const { pid } = child
  if (pid === undefined) {
    const { originalMessage, code } = await child
    throw new ProcessError(
      'PROCESS_SPAWN',
      `cannot start ${options.command}: ${originalMessage ?? 'unknown error'}`,
      {
        details: { command: options.command, errno: code },
      },
    )
  }
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (exitCode: number | null, signal: NodeJS.Signals | null) => {
      resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined })
    })
  })
  const identity = await identifyProcess(pid)
  return {
    pid,
    startTime: identity?.startTime ?? '',
    sockets,
    exited,
    kill: (signal) => child.kill(signal),
    logTail: () => readTail(options.logFile),
    unref: () => child.unref(),
  }
}

function start(run: typeof execa, { command, args, socketPairs = 0 }: SpawnOptions, log: number) {
  // execa takes any descriptor, its types name those up to 9.
  const descriptor = log as 9
  return run(command, args, {
    // Each buffered byte would stay in memory for the life of the child.
    buffer: false,
    detached: true,
    reject: false,
    stdio: ['ignore', descriptor, descriptor, ...Array<'pipe'>(socketPairs).fill('pipe')],
  })
}

import { within } from '../util/deadline.ts'
import { ProcessError } from './errors.ts'
import { describeExit } from './exit.ts'
import { spawnError } from './spawn.ts'

export interface ProgramRun {
  readonly command: string
  readonly args: readonly string[]
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Called with each piece of its standard output, as it comes. */
  readonly onOutput?: ((text: string) => void) | undefined
}

/**
 * Runs a program to its end and gives what it wrote on both its outputs, as one text. Its input is at its end from the
 * start. A program that is not awaited to its end is killed.
 * @throws ProcessError PROCESS_SPAWN when it cannot be started; PROCESS_EXITED, with what it wrote, when it did not end
 *   with 0; PROCESS_TIMEOUT; PROCESS_ABORTED.
 */
export async function outputOf({ command, args, onOutput, timeoutMs, signal }: ProgramRun): Promise<string> {
  // Loaded on demand: it takes longer than most programs that are asked for their version.
  const { execa } = await import('execa')
  const line = [command, ...args].join(' ')
  const child = execa(command, args, { all: true, reject: false, stdin: 'ignore' })
  if (onOutput !== undefined) child.stdout.on('data', (chunk: Buffer) => onOutput(chunk.toString()))
  try {
    const limits = { timeoutMs, signal }
    const ended = await within(child, limits, {
      onTimeout: () =>
        new ProcessError('PROCESS_TIMEOUT', `${line} did not end within ${timeoutMs} ms`, {
          details: { command, timeoutMs },
        }),
      onAbort: (reason) =>
        new ProcessError('PROCESS_ABORTED', `${line} was aborted`, { cause: reason, details: { command } }),
    })
    if (!ended.failed) return ended.all
    const { exitCode, signal: killer, all: log = '' } = ended
    if (exitCode === undefined && killer === undefined) throw spawnError(command, ended.cause)
    const exit = { exitCode, signal: killer }
    throw new ProcessError('PROCESS_EXITED', `${line} ended with ${describeExit(exit)}: ${log}`, {
      details: { command, ...exit, log },
    })
  } finally {
    child.kill('SIGKILL')
    // What it has started itself may hold its outputs open.
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

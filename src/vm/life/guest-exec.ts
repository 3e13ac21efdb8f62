import type { CallOptions, Qga, QgaClient } from '../../qmp/index.ts'
import { programEnd } from '../disks/guest-program.ts'

export interface GuestExecOptions extends CallOptions {
  /** What the program reads from its standard input. */
  readonly input?: string | Uint8Array | undefined
  /** `NAME=value`, in place of the agent's own environment. */
  readonly env?: readonly string[] | undefined
}

export interface GuestExecResult<Output = string> {
  readonly stdout: Output
  readonly stderr: Output
  /** 128 and the number of the signal for a program that a signal ended, as shells count it. */
  readonly exitCode: number
  /** The agent keeps 16 MiB of each output: more was cut off. */
  readonly truncated: boolean
}

/** A program and its arguments. */
export type Argv = readonly [string, ...string[]]

/** Has the agent run a program, and waits for its end. @throws as `agent.execute` does. */
export async function runProgram(
  agent: Pick<QgaClient, 'execute'>,
  [path, ...arg]: Argv,
  { env, input }: Pick<GuestExecOptions, 'env' | 'input'>,
  limits: () => CallOptions,
): Promise<GuestExecResult<Buffer>> {
  const program = {
    path,
    arg,
    ...(env === undefined ? {} : { env: [...env] }),
    ...(input === undefined ? {} : { 'input-data': Buffer.from(input).toString('base64') }),
    'capture-output': true,
  }
  const { pid } = await agent.execute('guest-exec', program, limits())
  return resultOf(await programEnd(agent, pid, limits))
}

function resultOf(status: Qga.GuestExecStatus): GuestExecResult<Buffer> {
  const bytes = (data = '') => Buffer.from(data, 'base64')
  return {
    stdout: bytes(status['out-data']),
    stderr: bytes(status['err-data']),
    exitCode: Number(status.exitcode ?? 128 + Number(status.signal ?? 0)),
    truncated: status['out-truncated'] === true || status['err-truncated'] === true,
  }
}

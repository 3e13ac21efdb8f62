import { connect, type Socket } from 'node:net'
import { type JsonObject, stringifyJson } from '../../qmp/index.ts'
import { VmError, vmPaths } from '../../vm/index.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCodes, UsageError } from '../outcome.ts'
import type { Options } from '../program.ts'

export async function qmp(
  context: Context,
  _options: Options,
  id = '',
  command = '',
  given?: string,
): Promise<undefined> {
  const args = given === undefined ? undefined : parseArguments(given)
  const vm = await context.visit(id)
  try {
    const result: unknown = await vm.qmp.execute<string>(command, args)
    context.print(stringifyJson(result ?? {}))
  } finally {
    await vm.detach()
  }
}

export async function events(context: Context, _options: Options, id = ''): Promise<undefined> {
  const vm = await context.visit(id)
  const stop = new AbortController()
  const onSignal = () => stop.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  for await (const event of vm.events({ signal: stop.signal })) context.print(stringifyJson(event))
  await vm.detach()
}

const leaveKey = 0x1d

export async function consoleOf(context: Context, _options: Options, id = ''): Promise<ExitCode> {
  const paths = vmPaths(context.stateDir, id)
  const { stdin, stdout } = context.streams
  const socket = await firstOf([paths.console, paths.serial], id)
  const raw = stdin.isTTY === true
  if (raw) {
    stdin.setRawMode(true)
    context.note(`console of ${id}; Ctrl-] leaves it\r`)
  }
  stdin.on('data', (chunk: Buffer) => {
    if (raw && chunk.includes(leaveKey)) socket.end()
    else socket.write(chunk)
  })
  // Never held up by a slow terminal: what piles up here does not pile up in the guest.
  socket.on('data', (chunk) => stdout.write(chunk))
  await new Promise<void>((resolve) => socket.once('close', () => resolve()))
  if (raw) stdin.setRawMode(false)
  stdin.pause()
  return exitCodes.done
}

async function firstOf(paths: readonly string[], id: string): Promise<Socket> {
  for (const path of paths) {
    const socket = await new Promise<Socket | undefined>((resolve) => {
      const attempt = connect(path)
      attempt.once('connect', () => resolve(attempt))
      attempt.once('error', () => resolve(undefined))
    })
    if (socket !== undefined) return socket.on('error', () => {})
  }
  throw new VmError('VM_NOT_RUNNING', `VM ${id} has no console to talk to`, { details: { vm: id } })
}

function parseArguments(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  } catch {
    // Said below, in our words.
  }
  throw new UsageError(`the arguments should be a JSON object, not ${text}`)
}

import { connect, type Socket } from 'node:net'
import { type JsonObject, OOB_COMMANDS, parseJson, QmpError, stringifyJson } from '../../qmp/index.ts'
import { VmError, vmPaths } from '../../vm/forms.ts'
import type { Context } from '../context.ts'
import { jsonFault } from '../json-fault.ts'
import type { Options } from '../options.ts'
import { UsageError } from '../outcome.ts'

export async function qmp(
  context: Context,
  { timeoutMs }: Options,
  id = '',
  command = '',
  given?: string,
): Promise<undefined> {
  const args = given === undefined ? undefined : parseArguments(given)
  const signal = context.interrupted()
  await using vm = await context.visit(id, signal)
  try {
    // What QEMU lets overtake others does so, past a command that hangs.
    const result: unknown = OOB_COMMANDS.has(command)
      ? await vm.qmp.executeOob<string>(command, args, { signal, timeoutMs })
      : await vm.qmp.execute<string>(command, args, { signal, timeoutMs })
    context.print(stringifyJson(result ?? {}))
  } catch (error) {
    throw error instanceof QmpError ? error.tellOf({ vm: id }) : error
  }
}

export async function events(context: Context, _options: Options, id = ''): Promise<undefined> {
  const interrupted = context.interrupted()
  await using vm = await context.visit(id, interrupted)
  const signal = AbortSignal.any([interrupted, context.readerGone])
  const seen = vm.events({ signal })
  context.progress(`events of ${id}; Ctrl-C ends`)
  for await (const event of seen) context.print(stringifyJson(event))
}

const leaveKey = 0x1d

// A reader that is this far behind loses what comes next.
const maxUnreadBytes = 1024 * 1024

/** Ends with the VM, with Ctrl-] on a terminal, or when nobody reads any more; not with the end of the input. */
export async function consoleOf(context: Context, _options: Options, id = ''): Promise<undefined> {
  const { stdin, stdout } = context.streams
  const raw = stdin.isTTY === true
  let socket = await openConsole(context, id)
  let left = false
  const leave = () => {
    left = true
    socket.destroy()
  }
  const send = (chunk: Buffer) => {
    if (raw && chunk.includes(leaveKey)) leave()
    else socket.write(chunk)
  }
  context.readerGone.addEventListener('abort', leave, { once: true })
  context.progress(`console of ${id}; Ctrl-] leaves it`)
  if (raw) stdin.setRawMode?.(true)
  stdin.on('error', () => {}).on('data', send)
  try {
    for (;;) {
      // Never held up by a slow reader: what it has not taken is dropped here, and the guest goes on.
      socket.on('data', (chunk) => {
        if (stdout.writableLength < maxUnreadBytes) stdout.write(chunk)
      })
      await new Promise<void>((resolve) => socket.once('close', () => resolve()))
      if (left) return
      // The process that served it has gone, and the VM may live on.
      socket = await openConsole(context, id)
    }
  } catch (error) {
    if (!(error instanceof VmError) || !exits.has(error.code)) throw error
  } finally {
    if (raw) stdin.setRawMode?.(false)
    stdin.off('data', send).pause()
    stdin.unref?.()
  }
}

// VM_STATE: its directory is being taken away.
const exits: ReadonlySet<string> = new Set(['VM_NOT_FOUND', 'VM_NOT_RUNNING', 'VM_STATE'])

/** The owner's relay, or QEMU itself when there is none. */
async function openConsole(context: Context, id: string): Promise<Socket> {
  const found = await context.present(id)
  if (found.state === 'broken')
    throw new VmError('VM_STATE', `the state of VM ${id} is not known: ${found.fault}`, {
      details: { vm: id },
    })
  const { alive, serial } = found
  const paths = [vmPaths(context.stateDir, id).console, ...(serial === undefined ? [] : [serial])]
  for (const path of alive ? paths : []) {
    const socket = await new Promise<Socket | undefined>((resolve) => {
      const attempt = connect(path)
      attempt.once('connect', () => resolve(attempt))
      attempt.once('error', () => resolve(undefined))
    })
    if (socket !== undefined) return socket.on('error', () => {})
  }
  const why = alive ? 'has no console to talk to' : 'does not run any more'
  throw new VmError('VM_NOT_RUNNING', `VM ${id} ${why}`, { details: { vm: id } })
}

/** @throws UsageError that quotes nothing of the text: secrets come this way. */
function parseArguments(text: string): JsonObject {
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    throw new UsageError(`the arguments should be a JSON object: ${jsonFault(text)}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  const found = Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`
  throw new UsageError(`the arguments should be a JSON object, not ${found}`)
}

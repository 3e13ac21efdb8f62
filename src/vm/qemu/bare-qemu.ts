import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, spawnProcess } from '../../process/index.ts'
import { QmpClient } from '../../qmp/index.ts'
import { within } from '../../util/deadline.ts'
import { messageOf, VmError } from '../errors.ts'

const timeoutMs = 5_000

// Nobody would ever know of a QEMU whose asker was killed: where util-linux is, the kernel ends it with us.
const dyingWithUs = `setpriv --pdeathsig KILL true 2>/dev/null && exec setpriv --pdeathsig KILL "$@"; exec "$@"`

type Question<T> = (qmp: QmpClient) => Promise<T>

interface Run {
  readonly binary: string
  readonly args: readonly string[]
  /** For its log. */
  readonly dir: string
  readonly signal: AbortSignal | undefined
  /** A program that becomes the binary, and its arguments. */
  readonly launcher?: readonly string[]
}

/**
 * Runs a QEMU that is nobody's VM, to ask it something, and ends it. Nothing is left, whatever happens.
 * @throws VmError VM_LAUNCH with QEMU's own words when it does not start or ends (`details.signal`: by itself),
 *   VM_TIMEOUT when it does not answer in 5 s, VM_ABORTED on abort.
 */
export function askQemu<T>(
  binary: string,
  args: readonly string[],
  question: Question<T>,
  signal?: AbortSignal,
): Promise<T> {
  return inDirectory((dir) => ask({ binary, args, dir, signal }, question))
}

/**
 * As `askQemu`, of a QEMU without a machine. Such questions load each of its modules, and a module that is broken or of another
 * build may crash it: the error names that module (`details.module`).
 */
export function askWithoutMachine<T>(
  binary: string,
  question: Question<T>,
  signal?: AbortSignal,
): Promise<T> {
  return inDirectory(async (dir) => {
    const run = { binary, args: ['-machine', 'none', '-S'], dir, signal }
    try {
      return await ask(run, question)
    } catch (error) {
      if (!crashed(error)) throw error
      const module = await lastModule(run, question)
      if (module === undefined) throw error
      throw new VmError(
        'VM_LAUNCH',
        `${binary} cannot be asked: ${error.details.signal} ends it, and the last module it loads is ${module}. ` +
          'Reinstall the package of that file, in the same version as the binary, or remove the file',
        { cause: error, details: { ...error.details, module } },
      )
    }
  })
}

async function inDirectory<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'qemu-launch-'))
  try {
    return await work(dir)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function ask<T>({ binary, args, dir, signal, launcher = [] }: Run, question: Question<T>): Promise<T> {
  let child: Child | undefined
  try {
    child = await spawnProcess({
      command: '/bin/sh',
      args: [
        ...['-c', dyingWithUs, 'sh', ...launcher, binary],
        ...['-nodefaults', '-no-user-config', '-display', 'none', ...args],
        ...['-chardev', 'socket,id=ask,fd=3', '-qmp', 'chardev:ask'],
      ],
      logFile: join(dir, 'qemu.log'),
      socketPairs: 1,
    })
    return await within(
      answer(child, question),
      { timeoutMs, signal },
      {
        onTimeout: () => new VmError('VM_TIMEOUT', `${binary} did not answer within ${timeoutMs} ms`),
        onAbort: (reason) => new VmError('VM_ABORTED', `asking ${binary} was aborted`, { cause: reason }),
      },
    )
  } catch (error) {
    if (error instanceof VmError) throw error
    const log = (await child?.logTail()) || messageOf(error)
    throw new VmError('VM_LAUNCH', `${binary} cannot be asked: ${log}`, {
      cause: error,
      details: { binary, args, log, signal: await crashOf(child) },
    })
  } finally {
    child?.kill('SIGKILL')
    await child?.exited
  }
}

async function answer<T>({ sockets: [socket] }: Child, question: (qmp: QmpClient) => Promise<T>): Promise<T> {
  if (socket === undefined) throw new Error('it has no monitor')
  await using qmp = await QmpClient.connect(socket)
  return await question(qmp)
}

/** The signal by which a process ended itself; undefined when it did not. Ends a process that is still there. */
async function crashOf(child: Child | undefined): Promise<NodeJS.Signals | undefined> {
  child?.kill('SIGKILL')
  const exit = await child?.exited
  return exit?.signal === 'SIGKILL' ? undefined : exit?.signal
}

const crashed = (error: unknown): error is VmError =>
  error instanceof VmError && error.details.signal !== undefined

/**
 * The last module that a QEMU loads before it crashes. QEMU itself names only some, so that the loader tells it in a second
 * run; undefined when that one does not crash, and where the loader keeps no log (glibc's does).
 */
async function lastModule<T>(run: Run, question: Question<T>): Promise<string | undefined> {
  const { dir } = run
  const launcher = ['env', 'LD_DEBUG=files', `LD_DEBUG_OUTPUT=${join(dir, 'loader')}`]
  const error: unknown = await ask({ ...run, launcher }, question).catch((reason: unknown) => reason)
  if (!crashed(error)) return undefined
  const names = (await readdir(dir)).filter((name) => name.startsWith('loader.'))
  const logs = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')))
  const loaded = [...logs.join('').matchAll(/\bfile=(\/\S+) \[\d+\];\s+dynamically loaded by/g)]
  return loaded.at(-1)?.[1]
}

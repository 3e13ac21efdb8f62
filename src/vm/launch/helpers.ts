import { access, constants, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { signalProcess, spawnProcess, untilGone, useOfSocket, waitUntilReady } from '../../process/index.ts'
import type { UndoStack } from '../../util/undo-stack.ts'
import { socketPathFault } from '../../volumes/index.ts'
import { shareSocket, tpmSocket } from '../config/parts/words.ts'
import type { ResolvedVm } from '../config/resolve.ts'
import { VmError } from '../errors.ts'
import type { RunningHelper } from '../life/helper-watch.ts'
import type { VmPaths } from '../record/paths.ts'

/** A program that does a part of a VM beside QEMU. It ends by itself when QEMU does. */
interface Helper {
  /** The device it is for: `tpm`, or `share-…`. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly socket: string
  /** A directory that has to be there. */
  readonly directory?: string | undefined
}

const readyTimeoutMs = 10_000
const endTimeoutMs = 2_000

/**
 * The programs a VM needs beside QEMU.
 * @throws VmError VM_UNSUPPORTED for a program that this host does not have, or whose socket would have too long a path.
 */
export async function helpersOf({ name, parts }: ResolvedVm, paths: VmPaths): Promise<readonly Helper[]> {
  const { shares = [], tpm } = parts
  const helpers: Helper[] = []
  if (tpm !== undefined && tpm !== false) {
    const directory = typeof tpm === 'object' ? tpm.stateDir : paths.tpmState
    const socket = join(paths.dir, tpmSocket)
    const command = await programOf(name, 'tpm', ['/usr/bin/swtpm', '/usr/local/bin/swtpm'], 'swtpm')
    const args = [
      ...['socket', '--tpm2', '--tpmstate', `dir=${directory},mode=0600`],
      ...['--ctrl', `type=unixio,path=${socket},mode=0600`, '--terminate'],
    ]
    helpers.push({ name: 'tpm', command, args, socket, directory })
  }
  if (shares.length > 0) {
    const command = await programOf(name, 'shares', await virtiofsds(), 'virtiofsd')
    for (const { id, path } of shares) {
      const socket = join(paths.dir, shareSocket(id))
      const fault = socketPathFault(socket)
      if (fault !== undefined) throw unsupported(name, 'shares', `${socket} ${fault}: use a shorter id`)
      const args = [`--socket-path=${socket}`, '-o', `source=${path}`, '-f']
      helpers.push({ name: `share-${id}`, command, args, socket })
    }
  }
  return helpers
}

/** Starts them, each with its undo; resolves when QEMU can connect to all. @throws ProcessError with the program's last words. */
export async function startHelpers(
  helpers: readonly Helper[],
  { dir }: Pick<VmPaths, 'dir'>,
  { signal, undo }: { readonly signal: AbortSignal | undefined; readonly undo: UndoStack },
): Promise<RunningHelper[]> {
  const running: RunningHelper[] = []
  for (const { args, command, directory, name, socket } of helpers) {
    if (directory !== undefined) await mkdir(directory, { mode: 0o700, recursive: true })
    const child = await spawnProcess({ command, args, logFile: join(dir, `${name}.log`) })
    const { exited, pid, startTime } = child
    undo.push(name, async () => {
      await signalProcess({ pid, startTime }, 'SIGKILL')
      await untilGone({ pid, startTime }, AbortSignal.timeout(endTimeoutMs))
    })
    const probe = async () => {
      if (!(await useOfSocket(socket)).isListening) throw new Error(`nobody listens at ${socket}`)
    }
    await waitUntilReady({ child, name: command, probe, signal, timeoutMs: readyTimeoutMs })
    child.unref()
    running.push({ name, pid, startTime, exited })
  }
  return running
}

const descriptors = '/usr/share/qemu/vhost-user'

/** Where virtiofsd is: as the packages say, then where QEMU 7.2's own is. */
async function virtiofsds(): Promise<readonly string[]> {
  const names = (await readdir(descriptors).catch(() => [])).filter((name) => name.endsWith('.json')).sort()
  const said = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(descriptors, name), 'utf8').catch(() => '{}')
      return binaryIn(text)
    }),
  )
  return [...said.flat(), '/usr/libexec/virtiofsd', '/usr/lib/qemu/virtiofsd']
}

/** The program of a descriptor for file systems, https://www.qemu.org/docs/master/interop/vhost-user.html. */
function binaryIn(text: string): string[] {
  try {
    const { binary, type } = JSON.parse(text) as { readonly binary?: unknown; readonly type?: unknown }
    return type === 'fs' && typeof binary === 'string' ? [binary] : []
  } catch {
    return []
  }
}

async function programOf(vm: string, key: string, places: readonly string[], name: string): Promise<string> {
  for (const place of places) {
    const isThere = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return place
  }
  throw unsupported(vm, key, `needs ${name}, which is not at ${places.join(' or ')}: install it`)
}

function unsupported(vm: string, path: string, message: string): VmError {
  return new VmError('VM_UNSUPPORTED', `VM ${vm} cannot be started: ${path} ${message}`, {
    details: { vm, faults: [{ path, message }] },
  })
}

import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  commandLine,
  findByOutput,
  identifyProcess,
  isAlive,
  type ProcessIdentity,
  type SearchOptions,
  searchProcesses,
} from '../../process/index.ts'
import { isNoFile, readRegularFile } from '../../util/regular-file.ts'
import { messageOf, VmError } from '../errors.ts'
import { monitorSocket, type VmPaths } from '../record/paths.ts'
import { vmOfWords } from '../record/qemu-words.ts'
import type { VmRecord } from '../record/state.ts'

const maxPidBytes = 64

/** A QEMU of this library that runs, by its own command line. */
export interface RunningQemu {
  readonly identity: ProcessIdentity
  readonly id: string
  /** The directory of its VM, which may be gone. */
  readonly dir: string
}

/**
 * Finds every QEMU of this library that this user can see, or those of VMs of one name. A script that started a QEMU has the same
 * words, and is left out.
 * @throws ProcessError PROCESS_UNKNOWN.
 */
export async function scanQemus(name?: string, options?: SearchOptions): Promise<readonly RunningQemu[]> {
  const mark = name === undefined ? monitorSocket : `/${name}/${monitorSocket}`
  const found = await searchProcesses(mark, vmOfWords, options)
  const parents = new Set(found.map(({ parent }) => parent))
  const last = found.filter(({ identity }) => !parents.has(identity.pid))
  return Promise.all(
    last.map(async ({ identity, value: { id, dir } }) => ({ identity, id, dir: await realDir(dir) })),
  )
}

/**
 * The living QEMU of a VM. A pid alone proves nothing: with the record's start time and command line it does. QEMU's own pid file
 * counts for more when the process it names speaks of this VM: a script may have started it. When neither tells, the command
 * lines of all processes are looked through, and for a launch that is under way their outputs.
 * @throws ProcessError PROCESS_UNKNOWN, VmError VM_STATE when what would tell cannot be read: it may live.
 */
export async function processOf(
  paths: VmPaths,
  record: VmRecord | undefined,
  scan = (): Promise<readonly RunningQemu[]> => scanQemus(basename(paths.dir)),
): Promise<ProcessIdentity | undefined> {
  const recorded = record?.process
  const known = record !== undefined && recorded && (await isThatOf(record, recorded)) ? recorded : undefined
  const named = await qemuByPidFile(paths, record?.config.pidFile, known?.pid).catch((error: unknown) => {
    if (known === undefined) throw error
    return undefined
  })
  if (named !== undefined) return named
  if (known !== undefined) return known
  const running = await scan()
  const dir = running.length === 0 ? undefined : await realDir(paths.dir)
  const found = running.find((qemu) => qemu.dir === dir)
  if (found !== undefined && (await isAlive(found.identity))) return found.identity
  return recorded === undefined ? findByOutput(paths.log) : undefined
}

/** The process that QEMU's pid file names, unless it is the `known` one or does not speak of this VM. */
export async function qemuByPidFile(
  paths: VmPaths,
  pidFile = paths.pid,
  known?: number,
): Promise<ProcessIdentity | undefined> {
  const pid = Number(await pidIn(pidFile))
  if (!Number.isInteger(pid) || pid <= 1 || pid === known) return undefined
  const vm = vmOfWords(await commandLine(pid))
  if (vm === undefined || (await realDir(vm.dir)) !== (await realDir(paths.dir))) return undefined
  return identifyProcess(pid)
}

async function pidIn(path: string): Promise<string> {
  return readRegularFile(path, maxPidBytes).catch((error: unknown) => {
    if (isNoFile(error)) return ''
    throw new VmError('VM_STATE', `the pid file of a VM cannot be read: ${messageOf(error)}`, {
      cause: error,
    })
  })
}

/** After a boot of the host the same pid may have been given at the same tick. */
async function isThatOf({ argv }: VmRecord, identity: ProcessIdentity): Promise<boolean> {
  if (!(await isAlive(identity))) return false
  const words = await commandLine(identity.pid)
  // Gone by now, or about to be and still with its files.
  if (words.length === 0) return isAlive(identity)
  const own = argv.slice(1)
  // The command line of a script begins with its interpreter.
  return own.every((word, index) => word === words.at(index - own.length))
}

/** A VM's directory, however its state directory is spelled; either may be gone. */
export async function realDir(dir: string): Promise<string> {
  const stateDir = dirname(dir)
  return join(await realpath(stateDir).catch(() => stateDir), basename(dir))
}

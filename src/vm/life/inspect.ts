import { lstat, readdir } from 'node:fs/promises'
import {
  commandLine,
  findByOutput,
  identifyProcess,
  isAlive,
  type ProcessIdentity,
} from '../../process/index.ts'
import { mapLimited } from '../../util/limited.ts'
import { isNoFile, readRegularFile } from '../../util/regular-file.ts'
import { messageOf, VmError } from '../errors.ts'
import {
  checkStateDir,
  defaultStateDir,
  locksFolder,
  stateDirFault,
  type VmPaths,
  vmPaths,
} from '../record/paths.ts'
import type { VmRecord } from '../record/state.ts'
import { VmStore } from '../record/vm-store.ts'
import { describeEnd } from './exit.ts'
import type { VmEndReason, VmExit } from './vm-exit.ts'

const maxPidBytes = 64

// Each holds a file open for a moment, and a process may have 1,024.
const inspectedAtOnce = 64

export interface StateDirOptions {
  readonly stateDir?: string | undefined
}

/** What a VM's directory and process tell, without a word to QEMU. */
export interface VmInspection {
  readonly id: string
  /** `broken`: there is a directory that cannot be understood, or it cannot be told whether the VM lives, see `fault`. */
  readonly state: 'absent' | 'alive' | 'exited' | 'broken'
  /** Whether it is known to live. */
  readonly alive: boolean
  readonly pid?: number | undefined
  readonly createdAt?: string | undefined
  /** How it ended; `vanished` when nobody was there to see it. */
  readonly exit?: VmExit | undefined
  /** The machine type with its version, for a config that has to find the same hardware elsewhere. */
  readonly machine?: string | undefined
  readonly volumes: readonly string[]
  /** Where QEMU serves the serial console, when it does. */
  readonly serial?: string | undefined
  readonly dir: string
  readonly fault?: string | undefined
}

/** What there is of a VM. Never throws: what is wrong is in `fault`. */
export async function inspectVm(id: string, options: StateDirOptions = {}): Promise<VmInspection> {
  const { dir, paths, fault } = place(id, options)
  const nothing = { id, alive: false, volumes: [], dir }
  if (paths === undefined) return { ...nothing, state: 'broken', fault }
  const record = await new VmStore({ id, paths }).read().catch((error: unknown) => messageOf(error))
  if (typeof record === 'string' && !(await exists(paths.dir)))
    return { ...nothing, state: 'absent', fault: record }
  return describe(id, paths, record).catch((error: unknown) => ({
    ...nothing,
    state: 'broken',
    fault: messageOf(error),
  }))
}

/** What there is in a VM's directory, by its record or why there is none. */
async function describe(id: string, paths: VmPaths, record: VmRecord | string): Promise<VmInspection> {
  const { dir } = paths
  const process = await processOf(paths, typeof record === 'string' ? undefined : record)
  const alive = process !== undefined
  if (typeof record === 'string') {
    return {
      id,
      state: 'broken',
      alive,
      pid: process?.pid,
      volumes: [],
      dir,
      fault: record,
    }
  }
  const unseen = !alive && record.exit === undefined && record.process !== undefined
  const unknown = { exitCode: undefined, signal: undefined }
  return {
    id,
    state: alive ? 'alive' : 'exited',
    alive,
    pid: process?.pid,
    createdAt: record.createdAt,
    exit: unseen ? await describeEnd(paths, unknown) : exitOf(record),
    machine: record.machine,
    volumes: record.volumes.map(({ spec }) => spec.id),
    serial: record.serial,
    dir,
  }
}

/** A later version may have written another reason. */
function exitOf({ exit }: VmRecord): VmExit | undefined {
  return exit && { ...exit, reason: exit.reason as VmEndReason, left: false }
}

/** Every VM of a state directory, by name; none when there is no such directory. @throws VmError VM_STATE when it cannot be read. */
export async function listVms(options: StateDirOptions = {}): Promise<VmInspection[]> {
  const stateDir = options.stateDir ?? defaultStateDir()
  checkStateDir(stateDir)
  const entries = await readdir(stateDir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw stateDirFault(stateDir, error)
  })
  const directories = entries.filter((entry) => entry.isDirectory() && entry.name !== locksFolder)
  const ids = directories.map(({ name }) => name)
  return mapLimited(ids.sort(), inspectedAtOnce, (id) => inspectVm(id, { stateDir }))
}

/**
 * The living QEMU of a VM. A pid alone proves nothing: with the record's start time and command line it does. Before those are on
 * record, one from the pid file counts when its command line speaks of this directory, and one that writes this log.
 * @throws ProcessError PROCESS_UNKNOWN, VmError VM_STATE when what would tell cannot be read: it may live.
 */
export async function processOf(
  paths: VmPaths,
  record: VmRecord | undefined,
): Promise<ProcessIdentity | undefined> {
  if (record?.process !== undefined)
    return (await isThatOf(record, record.process)) ? record.process : undefined
  const pid = Number(await pidIn(paths.pid))
  const words = Number.isInteger(pid) && pid > 1 ? await commandLine(pid) : []
  return words.some((word) => word.includes(paths.monitor)) ? identifyProcess(pid) : findByOutput(paths.log)
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
  // A script has its interpreter before them.
  return own.every((word, index) => word === words.at(index - own.length))
}

function place(id: string, options: StateDirOptions): { dir: string; paths?: VmPaths; fault?: string } {
  try {
    const paths = vmPaths(options.stateDir ?? defaultStateDir(), id)
    return { dir: paths.dir, paths }
  } catch (error) {
    return { dir: '', fault: messageOf(error) }
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== 'ENOENT' && code !== 'ENOTDIR',
  )
}

export function vmExists(id: string, pid: number | undefined): VmError {
  return new VmError('VM_EXISTS', `VM ${id} is there already (pid ${pid}); stop it, or use another name`, {
    details: { vm: id, pid },
  })
}

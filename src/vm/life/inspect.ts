import { lstatSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { SearchOptions } from '../../process/index.ts'
import { mapLimited } from '../../util/limited.ts'
import { isServerName } from '../../volumes/index.ts'
import { messageOf, VmError } from '../errors.ts'
import { volumesOf } from '../record/attachments.ts'
import {
  checkStateDir,
  consoleLogOn,
  defaultStateDir,
  isShared,
  locksFolder,
  stateDirFault,
  type VmPaths,
  vmPaths,
} from '../record/paths.ts'
import type { HostForward, VmRecord } from '../record/state.ts'
import { VmStore } from '../record/vm-store.ts'
import { exitOf } from './exit.ts'
import { processOf, type RunningQemu, realDir, scanQemus } from './find-qemu.ts'
import type { VmExit } from './vm-exit.ts'

// Each holds a file open for a moment, and a process may have 1,024.
const inspectedAtOnce = 64

export interface StateDirOptions {
  readonly stateDir?: string | undefined
}

export interface ListOptions extends StateDirOptions {
  /** Only VMs whose config has all of these. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** What a VM's directory and process show. QEMU is not asked. */
export interface VmInspection {
  readonly id: string
  /**
   * `broken`: the directory cannot be understood, or the system does not tell whether the VM lives, or it lives without a record.
   * `fault` says which.
   */
  readonly state: 'absent' | 'alive' | 'exited' | 'broken'
  /** True when the VM is known to live. */
  readonly alive: boolean
  readonly pid?: number | undefined
  readonly createdAt?: string | undefined
  /** How it ended; `vanished` when nobody was there to see it. */
  readonly exit?: VmExit | undefined
  /** The machine type with its version, for a config that has to find the same hardware elsewhere. */
  readonly machine?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly vcpus?: number | undefined
  readonly memoryMiB?: number | undefined
  /** Ports of the host that lead into the guest, those that the system has chosen too. */
  readonly forwards?: readonly HostForward[] | undefined
  readonly volumes: readonly string[]
  /** Where QEMU serves the serial console, when it does. */
  readonly serial?: string | undefined
  /** Where QEMU logs the serial console. */
  readonly consoleLog?: string | undefined
  readonly dir: string
  readonly fault?: string | undefined
}

/** Returns what there is of a VM. Never throws: `fault` says what is wrong. */
export async function inspectVm(id: string, options: StateDirOptions = {}): Promise<VmInspection> {
  return inspect(id, options, (how) => scanQemus(id, how))
}

type Scan = (how?: SearchOptions) => Promise<readonly RunningQemu[]>

async function inspect(id: string, options: StateDirOptions, scan: Scan): Promise<VmInspection> {
  const { dir, paths, fault } = place(id, options)
  const nothing = { id, alive: false, volumes: [], dir }
  if (paths === undefined) return { ...nothing, state: 'broken', fault }
  const none = exists(paths.dir) ? undefined : `there is no VM ${id}`
  const store = new VmStore({ id, paths })
  const record = none ?? (await store.read().catch((error: unknown) => messageOf(error)))
  try {
    // A QEMU has its second thread before its `main()`, and ends when it begins in a directory that is not there.
    const found = await describe(
      id,
      paths,
      record,
      none === undefined ? scan : () => scan({ threaded: true }),
    )
    return none === undefined || found.alive ? found : { ...nothing, state: 'absent', fault: none }
  } catch (error) {
    return { ...nothing, state: 'broken', fault: messageOf(error) }
  }
}

/** What there is in a VM's directory, by its record or why there is none. */
async function describe(
  id: string,
  paths: VmPaths,
  record: VmRecord | string,
  scan: Scan,
): Promise<VmInspection> {
  const { dir } = paths
  const process = await processOf(paths, typeof record === 'string' ? undefined : record, scan)
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
  return {
    id,
    state: alive ? 'alive' : 'exited',
    alive,
    pid: process?.pid,
    createdAt: record.createdAt,
    exit: alive ? undefined : await exitOf(paths, record),
    machine: record.machine,
    labels: record.config.labels,
    vcpus: record.vcpus,
    memoryMiB: record.config.memoryMiB,
    forwards: record.forwards,
    volumes: volumesOf(record).map(({ id }) => id),
    serial: record.serial,
    consoleLog: consoleLogOn(record, paths),
    dir,
  }
}

/**
 * Lists every VM of a state directory, or every VM with these labels, sorted by name. A VM that runs without its directory is
 * listed too. The servers there are not VMs.
 * @throws VmError VM_STATE when the state directory cannot be read.
 */
export async function listVms(options: ListOptions = {}): Promise<VmInspection[]> {
  const stateDir = options.stateDir ?? defaultStateDir()
  checkStateDir(stateDir)
  const entries = await readdir(stateDir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw stateDirFault(stateDir, error)
  })
  const directories = entries.filter((entry) => entry.isDirectory() && !isShared(entry.name))
  const scanned = scanQemus()
  // Where they cannot be looked through, each VM that cannot be judged without tells so itself.
  const running = await scanned.catch(() => [])
  const root = dirname(await realDir(join(stateDir, locksFolder)))
  const ids = new Set(directories.map(({ name }) => name))
  for (const { id, dir } of running) if (dirname(dir) === root) ids.add(id)
  const found = await mapLimited([...ids].sort(), inspectedAtOnce, (id) =>
    inspect(id, { stateDir }, () => scanned),
  )
  const wanted = Object.entries(options.labels ?? {})
  return found.filter(
    ({ id, labels = {}, state }) =>
      state !== 'absent' &&
      !(state === 'broken' && isServerName(id)) &&
      wanted.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value),
  )
}

function place(id: string, options: StateDirOptions): { dir: string; paths?: VmPaths; fault?: string } {
  try {
    const paths = vmPaths(options.stateDir ?? defaultStateDir(), id)
    return { dir: paths.dir, paths }
  } catch (error) {
    return { dir: '', fault: messageOf(error) }
  }
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return true
  }
}

export function vmExists(id: string, pid: number | undefined): VmError {
  return new VmError('VM_EXISTS', `VM ${id} is there already (pid ${pid}); stop it, or use another name`, {
    details: { vm: id, pid },
  })
}

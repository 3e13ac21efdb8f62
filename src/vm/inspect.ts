import { readdir, readFile, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { commandLine, identifyProcess, isAlive, type ProcessIdentity } from '../process/index.ts'
import { messageOf, VmError } from './errors.ts'
import type { VmExit } from './exit.ts'
import { defaultStateDir, type VmPaths, vmPaths } from './paths.ts'
import { StateFile, type VmRecord } from './state.ts'

const lookAgainMs = 5

export interface StateDirOptions {
  readonly stateDir?: string | undefined
}

/** What a VM's directory and process tell, without a word to QEMU. */
export interface VmInspection {
  readonly id: string
  /** `broken`: there is a directory that cannot be understood, see `fault`. */
  readonly state: 'absent' | 'alive' | 'exited' | 'broken'
  readonly alive: boolean
  readonly pid?: number | undefined
  readonly createdAt?: string | undefined
  readonly exit?: VmExit | undefined
  readonly volumes: readonly string[]
  /** Where QEMU serves the serial console, when it does. */
  readonly serial?: string | undefined
  readonly dir: string
  readonly fault?: string | undefined
}

/** What there is of a VM. Never throws: what is wrong is in `fault`. */
export async function inspectVm(id: string, options: StateDirOptions = {}): Promise<VmInspection> {
  const { dir, paths, fault } = place(id, options)
  if (paths === undefined) return { id, state: 'broken', alive: false, volumes: [], dir, fault }
  const record = await new StateFile(paths.state, id).read().catch((error: unknown) => messageOf(error))
  const process = await processOf(paths, typeof record === 'string' ? undefined : record)
  const alive = process !== undefined
  if (typeof record === 'string') {
    const empty = !(await exists(paths.dir))
    return {
      id,
      state: empty ? 'absent' : 'broken',
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
    exit: record.exit,
    volumes: record.volumes.map(({ spec }) => spec.id),
    serial: record.serial,
    dir,
  }
}

/** Every VM of a state directory, by name. */
export async function listVms(options: StateDirOptions = {}): Promise<VmInspection[]> {
  const stateDir = options.stateDir ?? defaultStateDir()
  const entries = await readdir(stateDir, { withFileTypes: true }).catch(() => [])
  const ids = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return Promise.all(ids.sort().map((id) => inspectVm(id, { stateDir })))
}

/**
 * The living QEMU of a VM. A pid alone proves nothing: with the record's start time it does, and one from the pid
 * file counts when its command line speaks of this directory.
 */
export async function processOf(
  paths: VmPaths,
  record: VmRecord | undefined,
): Promise<ProcessIdentity | undefined> {
  if (record?.process !== undefined) return (await isAlive(record.process)) ? record.process : undefined
  const pid = Number(await readFile(paths.pid, 'utf8').catch(() => ''))
  if (!Number.isInteger(pid) || pid <= 1) return undefined
  const words = await commandLine(pid)
  return words.some((word) => word.includes(paths.monitor)) ? identifyProcess(pid) : undefined
}

/**
 * Ends a VM's QEMU at once, whether or not it answers, and takes away what it leaves.
 * @returns what there was before.
 */
export async function killVm(id: string, options: StateDirOptions = {}): Promise<VmInspection> {
  const paths = vmPaths(options.stateDir ?? defaultStateDir(), id)
  const found = await inspectVm(id, options)
  const record = await new StateFile(paths.state, id).read().catch(() => undefined)
  const identity = await processOf(paths, record)
  if (identity !== undefined) {
    process.kill(identity.pid, 'SIGKILL')
    while (await isAlive(identity)) await sleep(lookAgainMs)
  }
  await clearLeftovers(paths)
  return found
}

/**
 * Takes away what a VM that is no more has left.
 * @throws VmError VM_STATE when the directory is not a VM's: somebody else's files stay.
 */
export async function clearLeftovers(paths: VmPaths): Promise<void> {
  const names: readonly string[] = await readdir(paths.dir).catch(() => [])
  const ours = new Set(Object.values(paths).map((path) => basename(path)))
  const stray = names.find((name) => !ours.has(name) && !name.endsWith('.tmp'))
  if (stray !== undefined && !names.includes(basename(paths.state))) {
    throw new VmError(
      'VM_STATE',
      `${paths.dir} is not the directory of a VM: it holds ${stray}; nothing was removed`,
      { details: { dir: paths.dir, stray } },
    )
  }
  await rm(paths.dir, { recursive: true, force: true })
}

function place(id: string, options: StateDirOptions): { dir: string; paths?: VmPaths; fault?: string } {
  try {
    const paths = vmPaths(options.stateDir ?? defaultStateDir(), id)
    return { dir: paths.dir, paths }
  } catch (error) {
    return { dir: '', fault: messageOf(error) }
  }
}

async function exists(dir: string): Promise<boolean> {
  return readdir(dir).then(
    () => true,
    () => false,
  )
}

import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { foreignFault } from '../../util/own-directory.ts'
import { serversFolder, socketPathFault } from '../../volumes/forms.ts'
import { seedFolder } from '../config/cloud-init.ts'
import { varsFile } from '../config/firmware.ts'
import { agentSocket, monitorSocket } from '../config/parts/words.ts'
import { vmNamePattern } from '../config/schema.ts'
import { isSecretFile, secretFile } from '../config/secret-file.ts'
import { messageOf, VmError } from '../errors.ts'

export { keptVolume } from '../config/data-volumes.ts'
export { agentDevice, monitorSocket, virtioMem } from '../config/parts/words.ts'
export { addressed, serveAt, serverSocket } from '../config/served.ts'

/** Every file of a VM's directory, by absolute paths. */
export interface VmPaths {
  readonly dir: string
  /** What the library knows of the VM. */
  readonly state: string
  /** QEMU's own pid file, which names the process even when its launcher died before it could write the state. */
  readonly pid: string
  /** QMP, for the process that takes the VM over after its launcher. */
  readonly qmp: string
  /** QMP, for people, for short commands and for rescue. */
  readonly monitor: string
  /** The serial console as QEMU serves it: to one client, whose silence stalls the guest. */
  readonly serial: string
  /** The serial console as the owner serves it: to any number of clients. The guest waits for none of them. */
  readonly console: string
  /** What the guest says there, which stays after the end of the VM: see `logs`. */
  readonly consoleLog: string
  /** The directory of the VM's console logs, beside that of the VM. */
  readonly logs: string
  /** The channel of the guest agent, for a config with `guestAgent: true`. */
  readonly agent: string
  /** The state of the TPM of a VM whose config has no place for it. */
  readonly tpmState: string
  /** The UEFI variables of a VM whose config has no place for them. */
  readonly efiVars: string
  /** The folder with the seed of cloud-init. */
  readonly seed: string
  /** The folder with the disks that a clone has of its own. */
  readonly disks: string
  /** What QEMU wrote to standard output and standard error. */
  readonly log: string
}

/** The folder of a state directory that holds the locks of its VMs. No VM can have this name. */
export const locksFolder = '.locks'

/** The folder of a state directory that holds the console logs of its VMs, those that have ended too. No VM can have this name. */
export const logsFolder = '.logs'

/** The folder of a state directory that holds its templates. No VM can have this name. */
export const templatesFolder = '.templates'

/** Whether a folder of a state directory is not a VM's. */
export function isShared(name: string): boolean {
  return [locksFolder, logsFolder, serversFolder, templatesFolder].includes(name)
}

/** The state directory when none is given: `$QEMU_LAUNCH_STATE_DIR`, `$XDG_RUNTIME_DIR/qemu-launch`, for root `/run/qemu-launch`. */
export function defaultStateDir(env: NodeJS.ProcessEnv = process.env, uid = process.getuid?.()): string {
  if (env.QEMU_LAUNCH_STATE_DIR) return env.QEMU_LAUNCH_STATE_DIR
  if (uid === 0) return '/run/qemu-launch'
  if (env.XDG_RUNTIME_DIR) return join(env.XDG_RUNTIME_DIR, 'qemu-launch')
  throw new VmError(
    'VM_STATE',
    'there is no state directory: set XDG_RUNTIME_DIR, or name a directory (stateDir, --state-dir)',
  )
}

/** Where a launch puts the text of a secret for as long as QEMU starts. */
export function secretPath({ dir }: VmPaths, id: string): string {
  return join(dir, secretFile(id))
}

/** Whether a file of this name in a VM's directory is of our making. */
export function isOwnFile(paths: VmPaths, name: string): boolean {
  const known = Object.values(paths).some((path) => basename(path) === name)
  const isOfHelper = /^(?:tpm|share-.*|backup-\d+)\.(?:sock|log)$/.test(name)
  return known || isOfHelper || isSecretFile(name) || name.endsWith('.tmp')
}

/** Where QEMU logs the serial console of a VM that is on record. */
export function consoleLogOn({ consoleLog }: { readonly consoleLog?: string | undefined }, { dir }: VmPaths) {
  return consoleLog ?? join(dir, 'console.log')
}

/** Makes the state directory (0700) where there is none. @throws VmError VM_STATE when it cannot be made, is none, or another user's. */
export function makeStateDir(stateDir: string): void {
  try {
    makeDirectory(stateDir)
  } catch (error) {
    throw stateDirFault(stateDir, error)
  }
  checkStateDir(stateDir)
}

/**
 * Makes the folder for the servers of volumes where there is none, and gives its path. `passable`: other users may pass through it and
 * the state directory to a socket that is open to them; they may look into neither.
 * @throws VmError VM_STATE.
 */
export function makeServersDir(stateDir: string, { passable }: { readonly passable: boolean }): string {
  const folder = join(stateDir, serversFolder)
  try {
    makeDirectory(folder)
    checkStateDir(stateDir)
    for (const directory of passable ? [stateDir, folder] : []) {
      const { mode } = statSync(directory)
      if ((mode & 0o011) !== 0o011) chmodSync(directory, (mode & 0o7777) | 0o011)
    }
  } catch (error) {
    throw error instanceof VmError ? error : stateDirFault(stateDir, error)
  }
  return folder
}

/**
 * Refuses a state directory in which another user can put what they like: its records name processes to end and programs to run.
 * @throws VmError VM_STATE. No fault where there is none.
 */
export function checkStateDir(stateDir: string): void {
  const whole = resolve(stateDir)
  refuse(stateDir, whole, foreignFault(whole, { through: true }))
  for (const name of [locksFolder, logsFolder, serversFolder]) {
    const folder = join(whole, name)
    refuse(stateDir, folder, foreignFault(folder))
  }
}

function refuse(stateDir: string, path: string, fault: string | undefined): void {
  if (fault === undefined) return
  throw new VmError('VM_STATE', `the state directory ${stateDir} cannot be used: ${path} ${fault}`, {
    details: { stateDir, path },
  })
}

export function stateDirFault(stateDir: string, cause: unknown): VmError {
  return new VmError('VM_STATE', `the state directory ${stateDir} cannot be used: ${messageOf(cause)}`, {
    details: { stateDir },
    cause,
  })
}

/** Node's recursive mkdir (20) tries for ever where a directory that is there lets none be made with ENOENT, as in /proc. */
function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  const parent = dirname(path)
  if (parent !== path) makeDirectory(parent)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process may have been quicker.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}

/**
 * The files of one VM.
 * @throws VmError VM_NOT_FOUND for what cannot be the name of a VM (`..` would lead out of the state directory),
 *   VM_STATE when a socket's path would be longer than the system takes, or a directory is another user's.
 */
export function vmPaths(stateDir: string, id: string): VmPaths {
  if (!vmNamePattern.test(id)) {
    throw new VmError('VM_NOT_FOUND', `there is no VM ${JSON.stringify(id)}: no VM can have that name`, {
      details: { vm: id, stateDir },
    })
  }
  const dir = resolve(stateDir, id)
  const logs = resolve(stateDir, logsFolder, id)
  const paths: VmPaths = {
    dir,
    state: join(dir, 'state.json'),
    pid: join(dir, 'qemu.pid'),
    qmp: join(dir, 'qmp.sock'),
    monitor: join(dir, monitorSocket),
    serial: join(dir, 'serial.sock'),
    console: join(dir, 'console.sock'),
    consoleLog: join(logs, 'console.log'),
    logs,
    agent: join(dir, agentSocket),
    tpmState: join(dir, 'tpm'),
    efiVars: join(dir, varsFile),
    seed: join(dir, seedFolder),
    disks: join(dir, 'disks'),
    log: join(dir, 'qemu.log'),
  }
  const fault = socketPathFault(paths.monitor)
  if (fault !== undefined) {
    throw new VmError('VM_STATE', `${paths.monitor} ${fault}; use a shorter state directory or VM name`, {
      details: { stateDir, id },
    })
  }
  checkStateDir(stateDir)
  for (const own of [dir, logs]) refuse(stateDir, own, foreignFault(own))
  return paths
}

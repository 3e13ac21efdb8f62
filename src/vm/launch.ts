import { mkdir, rm } from 'node:fs/promises'
import { acquireLock, type Child, ProcessError, readTail, spawnProcess } from '../process/index.ts'
import { QmpClient } from '../qmp/index.ts'
import { settledWithin, within } from '../util/deadline.ts'
import { UndoStack } from '../util/undo-stack.ts'
import { chooseAccelerator } from './accelerator.ts'
import { renderArgv } from './argv.ts'
import { ConsoleRelay } from './console.ts'
import { messageOf, VmError, VmLaunchError } from './errors.ts'
import { parseConfigDocument } from './hive.ts'
import { clearLeftovers, inspectVm } from './inspect.ts'
import { planLaunch, portsOf } from './launch-plan.ts'
import { ownerLock } from './ownership.ts'
import { defaultStateDir, type VmPaths, vmPaths } from './paths.ts'
import { type ResolvedVm, resolveVm } from './resolve.ts'
import type { VmConfig, VmConfigInput } from './schema.ts'
import { StateFile } from './state.ts'
import { Vm, type VmParts } from './vm.ts'

export interface LaunchOptions {
  /** Holds one directory per VM; `defaultStateDir()` unless given. */
  readonly stateDir?: string | undefined
  /** How long QEMU may take to answer its first command; 30 s unless given. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Start with the vCPUs stopped; `vm.resume()` lets the guest begin. */
  readonly paused?: boolean | undefined
  /** What the caller should know and nothing failed for: KVM that does not work, for instance. */
  readonly onWarning?: ((text: string) => void) | undefined
}

const readyTimeoutMs = 30_000
const lockTimeoutMs = 60_000
const exitTimeoutMs = 200

/**
 * Starts a VM and resolves when QEMU has answered a command, which is after all its devices exist. It runs on when
 * this process ends. Takes a native config or Hive's.
 * @throws VmConfigError before anything is started; VmError VM_EXISTS, VM_STATE; VmLaunchError VM_LAUNCH, or VM_ABORTED on
 *   abort, with the command line, the exit status and QEMU's last lines, when nothing of the VM is left.
 */
export async function launchVm(
  config: VmConfigInput | VmConfig | object,
  options: LaunchOptions = {},
): Promise<Vm> {
  const checked = parseConfigDocument(config)
  const stateDir = options.stateDir ?? defaultStateDir()
  const paths = vmPaths(stateDir, checked.name)
  const { accelerator, warning } = await chooseAccelerator(checked, options.signal)
  if (warning !== undefined) options.onWarning?.(warning)
  const vm = planLaunch(resolveVm(checked, { accelerator }), paths, { paused: options.paused === true })
  await using _lock = await acquireLock(`launch ${paths.dir}`, {
    timeoutMs: lockTimeoutMs,
    signal: options.signal,
  })
  await makeRoom(stateDir, paths, vm.name)
  const argv = renderArgv(vm)
  const undo = new UndoStack()
  undo.push('the directory', () => rm(paths.dir, { recursive: true, force: true }))
  let child: Child | undefined
  try {
    return await start()
  } catch (error) {
    const log = await readTail(paths.log)
    // A broken connection is seen a moment before the end of the process that caused it.
    const exit = child === undefined ? undefined : await settledWithin(child.exited, exitTimeoutMs)
    const failures = await undo.run()
    const leftovers = failures.map(({ what, error }) => `${what} (${messageOf(error)})`)
    const code = options.signal?.aborted ? 'VM_ABORTED' : 'VM_LAUNCH'
    throw new VmLaunchError({ vm: vm.name, argv, exit, log, leftovers }, error, code)
  }

  async function start(): Promise<Vm> {
    await mkdir(paths.dir, { mode: 0o700 })
    const ownership = await ownerLock(paths, vm.name)
    undo.push('the ownership', async () => ownership[Symbol.asyncDispose]())
    const record = recordOf(checked, vm, argv)
    const state = new StateFile(paths.state, vm.name)
    await state.write(record)
    const [command = '', ...args] = argv
    child = await spawnProcess({ command, args, logFile: paths.log, socketPairs: 1 })
    const { pid, startTime, exited, kill } = child
    undo.push('QEMU', async () => {
      kill('SIGKILL')
      await exited
    })
    const parts = { id: vm.name, paths, process: { pid, startTime }, child, ownership }
    const [made] = await Promise.all([
      answered(child, vm.name, options, (qmp) => open(qmp, record.serial, parts)),
      state.write({ ...record, process: parts.process }),
    ])
    undo.keep()
    return made
  }
}

/** The greeting comes before the devices exist, the first answer after: time to take the console. */
async function open(
  qmp: QmpClient,
  serial: string | undefined,
  parts: Omit<VmParts, 'qmp' | 'console'>,
): Promise<Vm> {
  const console = serial === undefined ? undefined : await ConsoleRelay.open(serial, parts.paths.console)
  return Vm.open({ ...parts, qmp, console })
}

/** What `open` makes of the monitor, unless the process ends or the time is up before that. */
async function answered(
  child: Child,
  id: string,
  { signal, timeoutMs = readyTimeoutMs }: LaunchOptions,
  open: (qmp: QmpClient) => Promise<Vm>,
): Promise<Vm> {
  const [socket] = child.sockets
  if (socket === undefined) throw new ProcessError('PROCESS_SPAWN', 'QEMU has no monitor')
  const opened = QmpClient.connect(socket, { signal, greetingTimeoutMs: timeoutMs }).then(open)
  const ended = child.exited.then((): never => {
    throw new ProcessError('PROCESS_EXITED', 'QEMU ended before it answered')
  })
  ended.catch(() => {})
  return within(
    Promise.race([opened, ended]),
    { signal, timeoutMs },
    {
      onTimeout: () =>
        new VmError('VM_TIMEOUT', `QEMU did not answer within ${timeoutMs} ms`, { details: { vm: id } }),
      onAbort: (reason) => new VmError('VM_ABORTED', `the launch of VM ${id} was aborted`, { cause: reason }),
    },
  )
}

async function makeRoom(stateDir: string, paths: VmPaths, id: string): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  const found = await inspectVm(id, { stateDir })
  if (found.state === 'absent') return
  if (found.alive) {
    throw new VmError(
      'VM_EXISTS',
      `VM ${id} is there already (pid ${found.pid}); stop it, or use another name`,
      {
        details: { vm: id, pid: found.pid },
      },
    )
  }
  await clearLeftovers(paths)
}

function recordOf(config: VmConfig, vm: ResolvedVm, argv: string[]) {
  return {
    version: 1 as const,
    id: vm.name,
    createdAt: new Date().toISOString(),
    config,
    argv,
    vcpus: vm.cpus.count,
    ports: portsOf(vm),
    bootDisks: vm.drives.flatMap(({ id }) => id ?? []),
    serial: vm.console?.socket,
    consoleLog: vm.console?.logFile,
    volumes: [],
  }
}

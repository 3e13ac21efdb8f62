import { QmpClient, QmpError } from '../qmp/index.ts'
import { ConsoleRelay } from './console.ts'
import { VmError } from './errors.ts'
import { processOf, type StateDirOptions } from './inspect.ts'
import { stateOf, type VmState } from './lifecycle.ts'
import { ownerLock } from './ownership.ts'
import { defaultStateDir, vmPaths } from './paths.ts'
import { StateFile } from './state.ts'
import { Vm } from './vm.ts'

export interface ReattachOptions extends StateDirOptions {
  readonly signal?: AbortSignal | undefined
  /**
   * Become the VM's owner, which is one process at a time: it keeps the console read and cleans up at the end.
   * True unless given; otherwise a visitor, for a few commands beside the owner.
   */
  readonly owner?: boolean | undefined
}

const greetingTimeoutMs = 5_000

/**
 * Takes up a running VM that this or another process launched, and ends what a crash had left half done.
 * @throws VmError VM_NOT_FOUND, VM_NOT_RUNNING, VM_LOCKED (another process owns it), VM_STATE; QmpError when QEMU does not answer.
 */
export async function reattachVm(id: string, options: ReattachOptions = {}): Promise<Vm> {
  const { owner = true, signal } = options
  const paths = vmPaths(options.stateDir ?? defaultStateDir(), id)
  const record = await new StateFile(paths.state, id).read()
  const process = await processOf(paths, record)
  if (process === undefined) {
    throw new VmError('VM_NOT_RUNNING', `VM ${id} does not run any more`, {
      details: { vm: id, exit: record.exit },
    })
  }
  const ownership = owner ? await ownerLock(paths, id) : undefined
  let qmp: QmpClient | undefined
  let console: ConsoleRelay | undefined
  try {
    qmp = await connect(owner ? [paths.qmp] : [paths.monitor, paths.qmp], signal)
    if (owner && record.serial !== undefined) console = await ConsoleRelay.open(record.serial, paths.console)
    const vm = await Vm.open({ id, paths, process, qmp, ownership, console })
    if (owner) await vm.volumes.converge()
    return vm
  } catch (error) {
    await console?.[Symbol.asyncDispose]()
    await qmp?.close()
    await ownership?.[Symbol.asyncDispose]()
    throw error
  }
}

export interface AskOptions extends StateDirOptions {
  /** For all of it. */
  readonly timeoutMs: number
}

/** What QEMU itself says of a VM's state; undefined when it does not answer in time. Takes nothing over and changes nothing. */
export async function askState(id: string, options: AskOptions): Promise<VmState | undefined> {
  const paths = vmPaths(options.stateDir ?? defaultStateDir(), id)
  const signal = AbortSignal.timeout(options.timeoutMs)
  try {
    await using qmp = await connect([paths.monitor], signal)
    return stateOf((await qmp.execute('query-status', undefined, { signal })).status)
  } catch {
    return undefined
  }
}

/** The first monitor that nobody else talks to. */
async function connect(sockets: readonly string[], signal: AbortSignal | undefined): Promise<QmpClient> {
  let last: unknown
  for (const socket of sockets) {
    try {
      return await QmpClient.connect(`unix:${socket}`, { signal, greetingTimeoutMs })
    } catch (error) {
      last = error
      if (!(error instanceof QmpError) || error.code !== 'QMP_GREETING') throw error
    }
  }
  throw last
}

import { setTimeout as sleep } from 'node:timers/promises'
import { QmpClient } from '../qmp/index.ts'
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
const headStartMs = 100

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
    qmp = await connect(owner ? [paths.qmp, paths.monitor] : [paths.monitor, paths.qmp], signal)
    if (owner && record.serial !== undefined) console = await relay(record.serial, paths.console)
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

/** No relay when others are at QEMU's console already and more wait behind them: then it is read without us. */
function relay(serial: string, path: string): Promise<ConsoleRelay | undefined> {
  return ConsoleRelay.open(serial, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EAGAIN') return undefined
    throw error
  })
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
    await using qmp = await connect([paths.monitor, paths.qmp], signal)
    return stateOf((await qmp.execute('query-status', undefined, { signal })).status)
  } catch {
    return undefined
  }
}

/**
 * The first monitor to answer. QEMU talks to one client on each, and some stay for long, so the next one is
 * tried when this one is silent; in their order, since an owner and its visitors begin at different ends.
 */
async function connect(sockets: readonly string[], signal: AbortSignal | undefined): Promise<QmpClient> {
  const stops = sockets.map(() => new AbortController())
  const attempts = sockets.map(async (socket, index) => {
    const own = stops[index]?.signal
    const any = AbortSignal.any([own, signal].filter((given) => given !== undefined))
    await sleep(index * headStartMs, undefined, { signal: any })
    return { index, qmp: await QmpClient.connect(`unix:${socket}`, { signal: any, greetingTimeoutMs }) }
  })
  try {
    const first = await Promise.any(attempts)
    for (const [index, stop] of stops.entries()) if (index !== first.index) stop.abort()
    for (const attempt of attempts) {
      attempt.then(({ index, qmp }) => (index === first.index ? undefined : qmp.close())).catch(() => {})
    }
    return first.qmp
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}

import { rm } from 'node:fs/promises'
import { ProcessError, type ProcessIdentity, untilGone, waitUntilReady } from '../../process/index.ts'
import { type EventStream, QmpClient, QmpError } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'
import { messageOf, VmError } from '../errors.ts'
import { ownEvent, type VmEvent } from '../events.ts'
import { ownerLock } from '../record/ownership.ts'
import { defaultStateDir, secretPath, type VmPaths, vmPaths } from '../record/paths.ts'
import type { VmRecord } from '../record/state.ts'
import { VmStore } from '../record/vm-store.ts'
import { ConsoleRelay } from './console.ts'
import { processOf } from './find-qemu.ts'
import { finishRestart } from './finish-restart.ts'
import { inspectVm, type StateDirOptions } from './inspect.ts'
import { lifeOf, type VmState } from './lifecycle.ts'
import { Vm, VmVisitor } from './roles.ts'
import type { VmParts } from './vm-parts.ts'

export interface ReattachOptions extends StateDirOptions {
  readonly signal?: AbortSignal | undefined
  /**
   * Become the VM's owner (`Vm`), which is one process at a time: it keeps the console read and cleans up at the end.
   * True unless given. With `false` a visitor (`VmVisitor`), for a few commands beside the owner: its disposal leaves the VM.
   */
  readonly owner?: boolean | undefined
  /**
   * As `vm.events()`, and what is found while the VM is taken up: a server that is lost, a disk the guest has ejected, `VOLUME_LOST`
   * `{id, message}` of a volume that could not be attached again in a restart.
   */
  readonly onEvent?: ((event: VmEvent) => void) | undefined
}

const greetingTimeoutMs = 5_000
const openTimeoutMs = 10_000
const headStartMs = 100

/**
 * Takes up a running VM that this or another process launched, and ends what a crash had left half done, a restart by
 * `keepRunning` too: the owner attaches the volumes that are still due and lets the guest begin.
 * @throws VmError VM_NOT_FOUND, VM_NOT_RUNNING, VM_LOCKED (another process owns it), VM_STATE, VM_TIMEOUT (its monitors are not
 *   there); ProcessError PROCESS_UNKNOWN; QmpError when QEMU does not answer.
 */
export function reattachVm(
  id: string,
  options?: ReattachOptions & { readonly owner?: true | undefined },
): Promise<Vm>
export function reattachVm(
  id: string,
  options: ReattachOptions & { readonly owner: false },
): Promise<VmVisitor>
export function reattachVm(id: string, options?: ReattachOptions): Promise<Vm | VmVisitor>
export function reattachVm(id: string, options: ReattachOptions = {}): Promise<Vm | VmVisitor> {
  return options.owner === false ? visit(id, options) : reattachWith(id, options)
}

async function visit(id: string, { onEvent, ...options }: ReattachOptions): Promise<VmVisitor> {
  const { paths, process, record } = await findRunning(id, options)
  const qmp = await connectWhenOpen(id, [paths.monitor, paths.qmp], process, options.signal)
  try {
    const vm = await VmVisitor.open({ id, paths, process, qmp, consoleFiles: consoleFilesOf(record) })
    if (onEvent !== undefined) forward(vm.events(), onEvent)
    return vm
  } catch (error) {
    await qmp.close()
    throw error
  }
}

/** As `reattachVm` for the owner, who launches the VM again after a crash, or not. */
export async function reattachWith(
  id: string,
  options: ReattachOptions,
  { keepServers }: Pick<VmParts, 'keepServers'> = {},
): Promise<Vm> {
  const { paths, process, record } = await findRunning(id, options)
  const ownership = await ownerLock(paths, id)
  let qmp: QmpClient | undefined
  let console: Promise<ConsoleRelay | undefined> | undefined
  let vm: Vm | undefined
  try {
    qmp = await connectWhenOpen(id, [paths.qmp, paths.monitor], process, options.signal)
    let consoleFault: string | undefined
    if (record.serial !== undefined) {
      const onLost = (message: string) => {
        consoleFault = message
      }
      console = relay(record.serial, paths.console, onLost)
    }
    const parts = { id, paths, process, ownership, keepServers, heldBack: record.heldBack }
    vm = await Vm.open({ ...parts, qmp, consoleFiles: consoleFilesOf(record) }, { console })
    if (options.onEvent !== undefined) forward(vm.events(), options.onEvent)
    if (consoleFault !== undefined) options.onEvent?.(ownEvent('VM_CONSOLE_LOST', { message: consoleFault }))
    await finishLaunch(vm, { process, record })
    await vm.volumes.converge()
    await finishRestart(vm, (id, message) => options.onEvent?.(ownEvent('VOLUME_LOST', { id, message })))
    return vm
  } catch (error) {
    await vm?.leave()
    await (await console)?.[Symbol.asyncDispose]()
    await qmp?.close()
    ownership[Symbol.dispose]()
    throw error
  }
}

function consoleFilesOf({ consoleLog, serial }: VmRecord): VmParts['consoleFiles'] {
  return { ...(serial && { serial }), ...(consoleLog && { consoleLog }) }
}

interface Running {
  readonly paths: VmPaths
  readonly process: ProcessIdentity
  readonly record: VmRecord
}

async function findRunning(id: string, options: StateDirOptions): Promise<Running> {
  const paths = vmPaths(options.stateDir ?? defaultStateDir(), id)
  const store = new VmStore({ id, paths })
  const record = await store.read().catch(async (error: unknown) => {
    const lost = await processOf(paths, undefined)
    if (lost === undefined) throw error
    throw new VmError(
      'VM_STATE',
      `VM ${id} runs (pid ${lost.pid}) without a record, so it can only be killed: ${messageOf(error)}`,
      { details: { vm: id, pid: lost.pid }, cause: error },
    )
  })
  const process = await processOf(paths, record)
  if (process !== undefined) {
    // A wrong one would be taken for that of a later VM.
    if (record.process !== undefined && !isSame(record.process, process)) await store.set({ process })
    return { paths, process, record }
  }
  throw new VmError('VM_NOT_RUNNING', `VM ${id} does not run any more`, {
    details: { vm: id, exit: (await inspectVm(id, options)).exit },
  })
}

function isSame(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.pid === other.pid && one.startTime === other.startTime
}

function forward(events: EventStream<VmEvent>, onEvent: (event: VmEvent) => void): void {
  void (async () => {
    // What the listener throws is its own affair.
    for await (const event of events) queueMicrotask(() => onEvent(event))
  })()
}

/** The last steps of a launch whose process died before them. QEMU has answered, so it has read its secrets. */
async function finishLaunch(
  { ledger, machine, paths }: Vm,
  { process, record }: Pick<Running, 'process' | 'record'>,
): Promise<void> {
  if (record.process === undefined || record.machine === undefined) await ledger.set({ process, machine })
  await Promise.all(record.config.secrets.map((secret) => rm(secretPath(paths, secret.id), { force: true })))
}

/**
 * The VM is reattached without a relay when there can be none. EAGAIN: others are at QEMU's console already and more wait behind
 * them, so it is read without us.
 */
async function relay(
  serial: string,
  path: string,
  onLost: (message: string) => void,
): Promise<ConsoleRelay | undefined> {
  try {
    return await ConsoleRelay.open(serial, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') onLost(messageOf(error))
    return undefined
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
    await using qmp = await connect([paths.monitor, paths.qmp], signal)
    return lifeOf((await qmp.execute('query-status', undefined, { signal })).status).state
  } catch {
    return undefined
  }
}

/** As `connect`. QEMU opens its monitors a moment after it begins, which may have been just now. */
async function connectWhenOpen(
  id: string,
  sockets: readonly string[],
  process: ProcessIdentity,
  signal: AbortSignal | undefined,
): Promise<QmpClient> {
  const stop = new AbortController()
  const exited = untilGone(process, stop.signal).then(() => ({ exitCode: undefined, signal: undefined }))
  const isClosed = (error: unknown) => error instanceof QmpError && error.code === 'QMP_CONNECT'
  try {
    const first = await waitUntilReady({
      name: `VM ${id}`,
      probe: (giveUp) =>
        connect(sockets, giveUp).catch((error: unknown) => {
          if (isClosed(error)) throw error
          return { error }
        }),
      child: { exited, logTail: async () => '' },
      timeoutMs: openTimeoutMs,
      signal,
    })
    if ('error' in first) throw first.error
    return first
  } catch (error) {
    if (!(error instanceof ProcessError) || error.code === 'PROCESS_ABORTED') throw error
    const gone = error.code === 'PROCESS_EXITED'
    throw new VmError(
      gone ? 'VM_NOT_RUNNING' : 'VM_TIMEOUT',
      gone ? `VM ${id} does not run any more` : `QEMU of VM ${id} lets nobody connect to its monitors`,
      { details: { vm: id }, cause: error.cause },
    )
  } finally {
    stop.abort()
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
    await sleep(index * headStartMs, { signal: any })
    return {
      index,
      qmp: await QmpClient.connect(`unix:${socket}`, { signal: any, greetingTimeoutMs, oob: true }),
    }
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

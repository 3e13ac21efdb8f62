import { rm } from 'node:fs/promises'
import type { ProcessIdentity } from '../../process/index.ts'
import {
  type CallOptions,
  checkTimeout,
  type EventStream,
  type QmpClient,
  QmpError,
} from '../../qmp/index.ts'
import { inSpan } from '../../util/spans.ts'
import { openedCaches } from '../disks/volume-cache.ts'
import { beginHistograms } from '../disks/volume-limits.ts'
import { messageOf, VmError } from '../errors.ts'
import { ownEvent, type VmEvent } from '../events.ts'
import { volumesOf } from '../record/attachments.ts'
import { ownerLock } from '../record/ownership.ts'
import { consoleLogOn, defaultStateDir, secretPath, type VmPaths, vmPaths } from '../record/paths.ts'
import type { VmRecord } from '../record/state.ts'
import { VmStore } from '../record/vm-store.ts'
import { connectToFirst, connectToVm, explainSilence, type Reachable } from './connect.ts'
import { ConsoleRelay } from './console.ts'
import { processOf } from './find-qemu.ts'
import { finishRestart } from './finish-restart.ts'
import { forwardsOf } from './forwards.ts'
import { inspectVm, type StateDirOptions } from './inspect.ts'
import { lifeOf, type VmState } from './lifecycle.ts'
import { FirstQuestions, type Opening } from './opening.ts'
import { Vm, VmVisitor } from './roles.ts'
import { isHalfLaunched, isSettled, standingOf } from './standing.ts'
import { type VmConsole, withLog } from './vm-console.ts'
import type { VmParts } from './vm-parts.ts'

export interface ReattachOptions extends StateDirOptions {
  readonly signal?: AbortSignal | undefined
  /** How long QEMU may take to answer; 10 s unless given. */
  readonly timeoutMs?: number | undefined
  /**
   * Whether to become the VM's owner (`Vm`); true unless given. A VM has one owner at a time, which reads the console and clears
   * up at the end. With `false` you get a visitor (`VmVisitor`), for a few commands beside the owner. Its disposal leaves the VM
   * running.
   */
  readonly owner?: boolean | undefined
  /**
   * Hears what `vm.events()` has, and what is found during the call: a lost server, a disk that the guest has ejected,
   * `VOLUME_LOST` `{id, message}` for a volume that a restart could not attach again.
   */
  readonly onEvent?: ((event: VmEvent) => void) | undefined
}

const answerTimeoutMs = 10_000

/**
 * Becomes the owner of a running VM that this or another process launched, and finishes what a crash has left half done. That
 * includes a restart by `keepRunning`: the owner attaches the volumes that are still queued, and lets the guest begin.
 * @throws VmError VM_NOT_FOUND, VM_NOT_RUNNING, VM_LOCKED (another process owns it), VM_STATE, VM_TIMEOUT (QEMU does not answer;
 *   the message says whether it is stopped); QmpError QMP_GREETING (other clients hold its monitors); ProcessError
 *   PROCESS_UNKNOWN. `details.transient` says that a repeat can help. The VM is as it was.
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
  const reattach = (): Promise<Vm | VmVisitor> =>
    options.owner === false ? visit(id, options) : reattachWith(id, options)
  return inSpan('reattach', { vm: id }, reattach)
}

async function visit(id: string, { onEvent, ...options }: ReattachOptions): Promise<VmVisitor> {
  const { paths, process, reader, record } = await findRunning(id, options)
  const qemu = { id, process, sockets: [paths.monitor, paths.qmp] }
  const reached = await reach(qemu, options, record)
  const { qmp } = reached
  try {
    const parts = { id, paths, process, qmp, reader, consoleFiles: consoleFilesOf(record, paths) }
    const vm = await reached.answered((opening) => VmVisitor.open(parts, opening))
    if (onEvent !== undefined) forward(vm.events(), onEvent)
    return vm
  } catch (error) {
    await qmp.close()
    throw error
  }
}

/** Reattaches a VM for its owner. `isSupervised`: this owner launches the VM again after a crash. */
export async function reattachWith(
  id: string,
  options: ReattachOptions,
  { isSupervised }: Pick<VmParts, 'isSupervised'> = {},
): Promise<Vm> {
  const { paths, process, reader, record } = await findRunning(id, options)
  const inVain = new AbortController()
  const signal =
    options.signal === undefined ? inVain.signal : AbortSignal.any([inVain.signal, options.signal])
  // QEMU answers while the lock is taken.
  const qemu = { id, process, sockets: [paths.qmp, paths.monitor] }
  const reaching = reach(qemu, { ...options, signal }, record)
  reaching.catch(() => {})
  const ownership = await ownerLock(paths, id).catch((error: unknown) => {
    inVain.abort()
    reaching.then(({ qmp }) => qmp.close()).catch(() => {})
    throw error
  })
  let qmp: QmpClient | undefined
  let console: Promise<VmConsole> | undefined
  let vm: Vm | undefined
  try {
    let consoleFault: string | undefined
    const onLost = (message: string) => {
      consoleFault = message
    }
    const log = { id, paths, qemu: process, logs: record.logs, before: record.logKeeper }
    // A QEMU that is just starting has a serial line by the time it answers.
    const hasSerial = isHalfLaunched(record) ? reaching.catch(() => {}) : Promise.resolve()
    const relayed = hasSerial.then(() => relay(record.serial, paths.console, onLost))
    console = withLog(relayed, log)
    const reached = await reaching
    qmp = reached.qmp
    const { heldBack, helpers } = record
    const parts = { id, paths, process, ownership, isSupervised, heldBack, helpers, qmp, reader }
    const withConsole = { ...parts, consoleFiles: consoleFilesOf(record, paths) }
    vm = await reached.answered((opening) => Vm.open(withConsole, { ...opening, console }))
    if (options.onEvent !== undefined) forward(vm.events(), options.onEvent)
    if (consoleFault !== undefined) options.onEvent?.(ownEvent('VM_CONSOLE_LOST', { message: consoleFault }))
    if (!isSettled(await vm.ledger.read()))
      await finishWork(vm, { process, record, onEvent: options.onEvent })
    return vm
  } catch (error) {
    await vm?.leave()
    await (await console)?.[Symbol.asyncDispose]()
    await qmp?.close()
    ownership[Symbol.dispose]()
    throw error
  }
}

/** Connects to QEMU, and has it answer the first questions within the same limit. */
async function reach(
  qemu: Reachable,
  { signal, timeoutMs = answerTimeoutMs }: CallOptions,
  { machine }: Pick<VmRecord, 'machine'>,
) {
  checkTimeout(timeoutMs)
  const end = performance.now() + timeoutMs
  const leftMs = () => Math.max(end - performance.now(), 1)
  const questions = new Map<QmpClient, FirstQuestions>()
  const ask = (client: QmpClient) => {
    questions.set(client, new FirstQuestions(client, leftMs(), machine))
  }
  const qmp = await connectToVm(qemu, { ask, signal, timeoutMs })
  const answered = async <T>(open: (opening: Opening) => Promise<T>): Promise<T> => {
    try {
      return await open({ asked: questions.get(qmp), timeoutMs: leftMs() })
    } catch (error) {
      const isLate = error instanceof QmpError && error.code === 'QMP_TIMEOUT'
      throw isLate ? await explainSilence(qemu, timeoutMs, error) : error
    }
  }
  return { qmp, answered }
}

function consoleFilesOf(record: VmRecord, paths: VmPaths): VmParts['consoleFiles'] {
  const { serial } = record
  return { ...(serial && { serial }), consoleLog: consoleLogOn(record, paths) }
}

interface Running {
  readonly paths: VmPaths
  readonly process: ProcessIdentity
  readonly record: VmRecord
  readonly reader: VmStore
}

async function findRunning(id: string, options: StateDirOptions): Promise<Running> {
  const paths = vmPaths(options.stateDir ?? defaultStateDir(), id)
  const reader = new VmStore({ id, paths })
  const record = await reader.read().catch(async (error: unknown) => {
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
    // A wrong pid on record could be taken for the pid of a later VM.
    if (standingOf(record, process) === 'mistaken') await reader.set({ process })
    return { paths, process, reader, record }
  }
  throw new VmError('VM_NOT_RUNNING', `VM ${id} does not run any more`, {
    details: { vm: id, exit: (await inspectVm(id, options)).exit },
  })
}

function forward(events: EventStream<VmEvent>, onEvent: (event: VmEvent) => void): void {
  void (async () => {
    // What the listener throws is its own affair.
    for await (const event of events) queueMicrotask(() => onEvent(event))
  })()
}

/** Ends or continues what dead processes had begun, and begins to look after what the VM has. */
async function finishWork(
  vm: Vm,
  { onEvent, process, record }: Pick<Running, 'process' | 'record'> & Pick<ReattachOptions, 'onEvent'>,
): Promise<void> {
  vm.endStandStill()
  await finishLaunch(vm, { process, record })
  await vm.backups.converge()
  await vm.volumes.converge()
  await vm.nics.converge()
  await vm.devices.converge()
  await vm.finishReboot()
  await finishRestart(vm, (event) => onEvent?.(event))
}

/** Does the last steps of a launch whose process died before them. QEMU has answered, so it has read its secrets. */
async function finishLaunch(
  { ledger, machine, paths, qmp }: Vm,
  { process, record }: Pick<Running, 'process' | 'record'>,
): Promise<void> {
  if (isHalfLaunched(record)) {
    const forwards = await forwardsOf(qmp, record.config.nics, answerTimeoutMs)
    await ledger.set({ process, machine, forwards })
  }
  await openedCaches(ledger)
  await beginHistograms(
    qmp,
    volumesOf(record).filter(({ phase }) => phase === 'attached'),
  ).catch(() => {})
  await Promise.all(record.config.secrets.map((secret) => rm(secretPath(paths, secret.id), { force: true })))
}

/** Opens the relay of the console. A VM without a serial console, or whose relay fails, has none. */
async function relay(
  serial: string | undefined,
  path: string,
  onLost: (message: string) => void,
): Promise<ConsoleRelay | undefined> {
  if (serial === undefined) return undefined
  return ConsoleRelay.open(serial, path).catch((error: unknown) => {
    onLost(messageOf(error))
    return undefined
  })
}

export interface AskOptions extends StateDirOptions {
  /** For the whole call. */
  readonly timeoutMs: number
}

/** Asks QEMU for the state of a VM; undefined when it does not answer in time. Changes nothing, also not the owner. */
export async function askState(id: string, options: AskOptions): Promise<VmState | undefined> {
  const paths = vmPaths(options.stateDir ?? defaultStateDir(), id)
  const signal = AbortSignal.timeout(options.timeoutMs)
  try {
    const { timeoutMs } = options
    await using qmp = await connectToFirst([paths.monitor, paths.qmp], { signal, timeoutMs })
    return lifeOf((await qmp.execute('query-status', undefined, { signal })).status).state
  } catch {
    return undefined
  }
}

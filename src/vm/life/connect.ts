import {
  isStopped,
  ProcessError,
  type ProcessIdentity,
  untilGone,
  useOfSocket,
  waitUntilReady,
} from '../../process/index.ts'
import { type CallOptions, QmpClient, QmpError } from '../../qmp/index.ts'
import { offAbort, onAbort } from '../../util/on-abort.ts'
import { callAfter } from '../../util/timer.ts'
import { notRunning, VmError } from '../errors.ts'

/** A QEMU that runs, and its monitors in the order in which they are tried. */
export interface Reachable {
  readonly id: string
  readonly process: ProcessIdentity
  readonly sockets: readonly string[]
}

export interface ReachOptions extends Pick<CallOptions, 'signal'> {
  readonly timeoutMs: number
  /** Asks the first questions of each monitor that greets, see `QmpClient.connectAsking`. */
  readonly ask?: ((qmp: QmpClient) => void) | undefined
}

const headStartMs = 100
// The attempts end at the limit and say why; this is for when they do not.
const graceMs = 100

/**
 * Connects to a monitor of a running VM. QEMU opens its monitors a moment after it begins, which may have been just now.
 * @throws VmError VM_NOT_RUNNING when it ends first, and what `explainSilence` tells at the limit; ProcessError PROCESS_ABORTED.
 */
export async function connectToVm(qemu: Reachable, options: ReachOptions): Promise<QmpClient> {
  const { signal, timeoutMs } = options
  const end = performance.now() + timeoutMs
  try {
    // A QEMU that is up answers at once, and its end need not be watched for.
    return await connectToFirst(qemu.sockets, options)
  } catch (error) {
    const isOver = end - performance.now() < graceMs
    if (isSilence(error) && isOver && !signal?.aborted) throw await explainSilence(qemu, timeoutMs, error)
    return keepConnecting(qemu, options, end)
  }
}

/** Tries until QEMU has opened a monitor, has ended, or the end has come. */
async function keepConnecting(
  qemu: Reachable,
  { ask, signal, timeoutMs }: ReachOptions,
  end: number,
): Promise<QmpClient> {
  const { id, process, sockets } = qemu
  const leftMs = () => Math.max(end - performance.now(), 1)
  const stop = new AbortController()
  const exited = untilGone(process, stop.signal).then(() => ({ exitCode: undefined, signal: undefined }))
  try {
    const first = await waitUntilReady({
      name: `VM ${id}`,
      probe: (giveUp) =>
        connectToFirst(sockets, { ask, signal: giveUp, timeoutMs: leftMs() }).catch((error: unknown) => {
          if (error instanceof QmpError && error.code === 'QMP_CONNECT') throw error
          return { error }
        }),
      child: { exited, logTail: async () => '' },
      timeoutMs: leftMs() + graceMs,
      signal,
    })
    if (!('error' in first)) return first
    throw isSilence(first.error) ? await explainSilence(qemu, timeoutMs, first.error) : first.error
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error
    if (error.code === 'PROCESS_EXITED') throw notRunning(id)
    throw error.code === 'PROCESS_TIMEOUT' ? await explainSilence(qemu, timeoutMs, error.cause) : error
  } finally {
    stop.abort()
  }
}

/** Whether an attempt ended because QEMU said nothing. */
function isSilence(error: unknown): boolean {
  return error instanceof QmpError && (error.code === 'QMP_GREETING' || error.code === 'QMP_NEGOTIATION')
}

/**
 * Finds out why a QEMU does not answer: it is stopped, other clients hold its monitors, or it stands still. A repeat can help with
 * each (`details.transient`).
 */
export async function explainSilence(
  { id, process, sockets }: Reachable,
  timeoutMs: number,
  cause: unknown,
): Promise<VmError | QmpError> {
  const details = { vm: id, pid: process.pid, timeoutMs, transient: true }
  const late = `QEMU of VM ${id} (pid ${process.pid}) did not answer within ${timeoutMs} ms`
  if (await isStopped(process).catch(() => false)) {
    const what = `${late}: it is stopped, by SIGSTOP or a debugger; SIGCONT lets it go on`
    return new VmError('VM_TIMEOUT', what, { details, cause })
  }
  const answersNot =
    cause instanceof QmpError && cause.code !== 'QMP_GREETING' && cause.code !== 'QMP_CONNECT'
  const uses = await Promise.all(sockets.map(useOfSocket))
  if (!answersNot && uses.every(({ hasClients }) => hasClients)) {
    const what = `other clients hold all monitors of VM ${id}, and none became free within ${timeoutMs} ms; repeat when one of them has gone`
    return new QmpError('QMP_GREETING', what, { details: { ...details, sockets }, cause })
  }
  const what = `${late}: it stands still: a disk does not answer, or the host has no CPU time left`
  return new VmError('VM_TIMEOUT', what, { details, cause })
}

/**
 * The first monitor to answer. QEMU talks to one client on each, and some stay for long, so the next one is
 * tried when this one is silent; in their order, since an owner and its visitors begin at different ends.
 */
export async function connectToFirst(
  [socket = '', ...others]: readonly string[],
  { ask, signal, timeoutMs }: ReachOptions,
): Promise<QmpClient> {
  const over = new AbortController()
  const abort = { handleEvent: () => over.abort(signal?.reason) }
  if (signal?.aborted) abort.handleEvent()
  onAbort(signal, abort)
  try {
    const options = { signal: over.signal, greetingTimeoutMs: timeoutMs, oob: true }
    const first = QmpClient.connectAsking(`unix:${socket}`, options, ask)
    if (others.length === 0) return await first
    const waitMs = Math.min(headStartMs, timeoutMs / 2)
    let callOff = () => {}
    const turn = new Promise<void>((resolve) => {
      callOff = callAfter(waitMs, resolve)
      first.catch(resolve)
    })
    let isAlone = true
    const next = turn.then(() => {
      isAlone = false
      return connectToFirst(others, { ask, signal: over.signal, timeoutMs: timeoutMs - waitMs })
    })
    const qmp = await Promise.any([first, next])
    callOff()
    if (isAlone) return qmp
    over.abort()
    for (const attempt of [first, next])
      attempt.then((other) => (other === qmp ? undefined : other.close())).catch(() => {})
    return qmp
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof AggregateError ? mostTelling(error.errors) : error
  } finally {
    offAbort(signal, abort)
  }
}

/** What came furthest says most. */
function mostTelling(errors: readonly unknown[]): unknown {
  const coded = (code: string) => errors.find((error) => error instanceof QmpError && error.code === code)
  return coded('QMP_NEGOTIATION') ?? coded('QMP_GREETING') ?? errors[0]
}

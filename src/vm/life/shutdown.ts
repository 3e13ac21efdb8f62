import { type StopStep, stopLadder } from '../../process/index.ts'
import { checkTimeout, type QmpClient, QmpCommandError } from '../../qmp/index.ts'
import { inSpan } from '../../util/spans.ts'
import { sleep } from '../../util/timer.ts'
import { VmError } from '../errors.ts'
import { letRun } from '../let-run.ts'
import { lifeOf, type VmState } from './lifecycle.ts'

export type ShutdownStep = 'system_powerdown' | 'quit' | 'SIGTERM' | 'SIGKILL'

export interface ShutdownOptions {
  /** How long the guest may take; 30 s unless given, `Infinity` for as long as it wants. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Whether to end a VM whose guest does not go down in time; true unless given. */
  readonly force?: boolean | undefined
  readonly onStep?: ((step: ShutdownStep) => void) | undefined
}

/** What is to be shut down, as its `Vm` has it. */
export interface Running {
  readonly id: string
  readonly qmp: QmpClient
  readonly ended: Promise<unknown>
  readonly state: () => VmState
  /** Whether the guest is down under a QEMU that stays. */
  readonly isDown: () => boolean
  readonly signal: (signal: NodeJS.Signals) => Promise<void>
}

const guestTimeoutMs = 30_000
const commandTimeoutMs = 30_000
const quitTimeoutMs = 5_000
const signalTimeoutMs = 2_000
const killTimeoutMs = 10_000
const pressAgainMs = 5_000

/**
 * As `vm.shutdown`; resolves with the end of the process.
 * @throws VmError VM_TIMEOUT when it was left running, VM_ABORTED on abort; QmpError QMP_INVALID_ARGUMENT.
 */
export function shutDown(vm: Running, options: ShutdownOptions): Promise<void> {
  return inSpan('shutdown', { vm: vm.id }, () => goDown(vm, options))
}

async function goDown(vm: Running, options: ShutdownOptions): Promise<void> {
  const { signal, force = true, onStep, timeoutMs = guestTimeoutMs } = options
  checkTimeout(timeoutMs)
  const over = new AbortController()
  const ask = {
    name: 'system_powerdown' as const,
    timeoutMs,
    run: () => pressButton(vm, Math.min(timeoutMs / 2, pressAgainMs), over.signal),
  }
  const asks = vm.state() !== 'prelaunch' && vm.state() !== 'panicked' && !vm.isDown()
  const climb = (steps: StopStep<ShutdownStep>[]) => stopLadder(steps, vm.ended, { onStep, signal })
  let ended = asks && (await climb([ask]))
  if (!ended && (force || !asks || vm.isDown())) ended = await climb(forced(vm, over))
  over.abort()
  if (ended) return
  if (signal?.aborted) {
    throw new VmError('VM_ABORTED', `the shutdown of VM ${vm.id} was aborted`, {
      cause: signal.reason,
      details: { vm: vm.id },
    })
  }
  throw new VmError(
    'VM_TIMEOUT',
    `the guest of VM ${vm.id} did not power down within ${timeoutMs} ms; it runs on`,
    { details: { vm: vm.id, timeoutMs } },
  )
}

/**
 * Presses the power button again and again, since a guest that boots hears none. Rejects when the guest is down and QEMU stays.
 * QEMU's own words count here: of a VM that was taken up while it was paused, QEMU alone knows whether it slept before.
 */
export async function pressButton(
  vm: Pick<Running, 'qmp' | 'state' | 'isDown'>,
  againMs: number,
  over: AbortSignal,
): Promise<void> {
  const { qmp, state, isDown } = vm
  // A QEMU that is told to quit is told nothing more: 10.0 may crash over a command that comes while it ends.
  const limits = { signal: over, timeoutMs: commandTimeoutMs }
  const ask = async () => lifeOf((await qmp.execute('query-status', undefined, limits)).status).state
  const resume = () => letRun(qmp, limits)
  const down = new AbortController()
  const unsubscribe = qmp.on('STOP', () =>
    queueMicrotask(() => isDown() && down.abort(new Error('the guest is down'))),
  )
  const signal = AbortSignal.any([over, down.signal])
  try {
    if ((await ask()) === 'paused') await resume()
    if ((await ask()) === 'suspended') {
      await qmp.execute('system_wakeup', undefined, limits).catch((error: unknown) => {
        if (!(error instanceof QmpCommandError)) throw error
        return resume()
      })
    }
    await qmp.execute('system_powerdown', undefined, limits)
    for (;;) {
      await sleep(againMs, { signal })
      // A guest that fell asleep at a press, or goes down, is left in peace.
      if (state() === 'running') await qmp.execute('system_powerdown', undefined, limits)
    }
  } finally {
    unsubscribe()
  }
}

function forced({ qmp, signal }: Running, asking: AbortController) {
  const quit = async () => {
    asking.abort()
    // QEMU may end before it has answered.
    await qmp.execute('quit', undefined, { timeoutMs: quitTimeoutMs }).catch(() => {})
  }
  return [
    { name: 'quit' as const, timeoutMs: quitTimeoutMs, run: quit },
    { name: 'SIGTERM' as const, timeoutMs: signalTimeoutMs, run: () => signal('SIGTERM') },
    { name: 'SIGKILL' as const, timeoutMs: killTimeoutMs, run: () => signal('SIGKILL') },
  ]
}

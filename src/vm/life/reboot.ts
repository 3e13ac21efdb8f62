import { QemuLaunchError } from '../../errors.ts'
import { type CallOptions, checkTimeout, type QgaClient } from '../../qmp/index.ts'
import { inSpan } from '../../util/spans.ts'
import { callAfter } from '../../util/timer.ts'
import { VmError } from '../errors.ts'
import { letRun } from '../let-run.ts'
import type { VmRecord } from '../record/state.ts'
import { pressButton, type Running } from './shutdown.ts'

export interface RebootOptions extends CallOptions {
  /** Resets the machine when its guest does not go down in time: what the guest has not written is lost. False unless given. */
  readonly force?: boolean | undefined
}

/** What made the guest start over: its agent, the power button, or a reset of the machine. */
export interface RebootOutcome {
  readonly by: 'agent' | 'power-button' | 'reset'
}

/** What is to be rebooted, as its `Vm` has it. */
export interface Rebooting extends Omit<Running, 'ended' | 'signal'> {
  readonly store: {
    read(): Promise<VmRecord>
    set(fields: Pick<Partial<VmRecord>, 'reboot'>): Promise<unknown>
  }
  readonly withAgent: <T>(options: CallOptions, work: (agent: QgaClient) => Promise<T>) => Promise<T>
}

interface Limits extends Pick<CallOptions, 'signal'> {
  readonly timeoutMs: number
}

const guestTimeoutMs = 60_000
const agentTimeoutMs = 10_000
const pressAgainMs = 5_000
const commandTimeoutMs = 30_000

/**
 * As `vm.reboot`. QEMU has no command that reboots a guest in an orderly way: where no agent does it, QEMU is told to stay when
 * its guest powers down, and the machine is reset then. Both steps are on record, so that the next owner ends what a crash left.
 */
export function reboot(vm: Rebooting, options: RebootOptions): Promise<RebootOutcome> {
  return inSpan('reboot', { vm: vm.id }, () => rebootNow(vm, options))
}

async function rebootNow(vm: Rebooting, options: RebootOptions): Promise<RebootOutcome> {
  const { force = false, signal, timeoutMs = guestTimeoutMs } = options
  checkTimeout(timeoutMs)
  const { argv, config } = await vm.store.read()
  refuseWithoutReset(vm.id, argv)
  const end = performance.now() + timeoutMs
  const limits = (): Limits => ({ signal, timeoutMs: Math.max(end - performance.now(), 1) })
  if (vm.state() === 'prelaunch') {
    await reset(vm, limits())
    return { by: 'reset' }
  }
  const hasGuest = vm.state() !== 'panicked' && !vm.isDown()
  const asked = config.guestAgent !== undefined && hasGuest ? await askAgent(vm, limits()) : undefined
  const isDown = asked ? await asked.startsOver : !hasGuest || (await powerDown(vm, argv, limits()))
  if (asked && isDown) return { by: 'agent' }
  if (signal?.aborted) {
    const what = `the reboot of VM ${vm.id} was aborted; its guest may still go down`
    throw new VmError('VM_ABORTED', what, { details: { vm: vm.id }, cause: signal.reason })
  }
  if (!isDown && !force) {
    const what = `the guest of VM ${vm.id} did not go down within ${timeoutMs} ms and runs on: repeat it, or use force, which resets the machine`
    throw new VmError('VM_TIMEOUT', what, { details: { vm: vm.id, timeoutMs, transient: true } })
  }
  await startOver(vm, argv)
  return { by: isDown && hasGuest ? 'power-button' : 'reset' }
}

/** Ends a reboot whose process died in the middle. Resolves at once where the guest has yet to go down: that goes on by itself. */
export async function finishReboot(vm: Rebooting): Promise<void> {
  const { argv, reboot: step } = await vm.store.read()
  if (step === undefined) return
  if (vm.isDown()) await startOver(vm, argv)
  else if (step === 'reset') {
    await restore(vm, argv)
    await runOn(vm)
    await vm.store.set({ reboot: undefined })
  } else void reboot(vm, {}).catch(() => {})
}

/** @throws VmError VM_UNSUPPORTED. */
function refuseWithoutReset(vm: string, argv: readonly string[]): void {
  const ends = argv.some(
    (word, index) => word === '-no-reboot' || isAction(argv, index, /\breboot=shutdown\b/),
  )
  if (!ends) return
  const what = `VM ${vm} cannot be rebooted: its config says -no-reboot, which ends it at a reset`
  throw new VmError('VM_UNSUPPORTED', what, { details: { vm } })
}

function isAction(argv: readonly string[], index: number, wanted: RegExp): boolean {
  return argv[index - 1] === '-action' && wanted.test(argv[index] ?? '')
}

/**
 * Has the agent reboot the guest.
 * @returns whether the guest then starts over in time; undefined when the agent does not take the order.
 */
async function askAgent(
  vm: Rebooting,
  limits: Limits,
): Promise<{ readonly startsOver: Promise<boolean> } | undefined> {
  const startsOver = vm.qmp.waitFor('RESET', undefined, limits).then(
    () => true,
    (error: unknown) => {
      if (error instanceof QemuLaunchError && /^QMP_(?:TIMEOUT|ABORTED)$/.test(error.code)) return false
      throw error
    },
  )
  startsOver.catch(() => {})
  const patience = { ...limits, timeoutMs: Math.min(limits.timeoutMs / 2, agentTimeoutMs) }
  const isTaken = await vm
    .withAgent(patience, (agent) => agent.send('guest-shutdown', { mode: 'reboot' }, patience))
    .then(
      () => true,
      (error: unknown) => {
        if (error instanceof QemuLaunchError && error.code === 'VM_NOT_RUNNING') throw error
        return false
      },
    )
  return isTaken ? { startsOver } : undefined
}

/** Has the guest power down under a QEMU that stays. @returns whether it did in time. */
async function powerDown(
  vm: Rebooting,
  argv: readonly string[],
  { signal, timeoutMs }: Limits,
): Promise<boolean> {
  await vm.store.set({ reboot: 'asked' })
  const over = new AbortController()
  const stop = callAfter(timeoutMs, () => over.abort())
  try {
    await setShutdown(vm, 'pause')
    const ends = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal])
    await pressButton(vm, Math.min(timeoutMs / 2, pressAgainMs), ends).catch((error: unknown) => {
      if (!vm.isDown() && !ends.aborted) throw error
    })
    if (vm.isDown()) return true
  } catch (error) {
    await giveUp(vm, argv)
    throw error
  } finally {
    stop()
  }
  await giveUp(vm, argv)
  return false
}

async function giveUp(vm: Rebooting, argv: readonly string[]): Promise<void> {
  await restore(vm, argv).catch(() => {})
  await vm.store.set({ reboot: undefined }).catch(() => {})
}

/** From a guest that is down, or that is given up. */
async function startOver(vm: Rebooting, argv: readonly string[]): Promise<void> {
  await vm.store.set({ reboot: 'reset' })
  await reset(vm, { timeoutMs: commandTimeoutMs })
  await restore(vm, argv)
  await runOn(vm)
  await vm.store.set({ reboot: undefined })
}

async function reset(vm: Rebooting, limits: Limits): Promise<void> {
  // The command answers before the machine is reset, and nothing may run until it is.
  const done = vm.qmp.waitFor('RESET', undefined, limits)
  await vm.qmp.execute('system_reset', undefined, limits)
  await done
}

/** What QEMU does at a power-down, as its command line has it. */
async function restore(vm: Rebooting, argv: readonly string[]): Promise<void> {
  const stays = argv.some(
    (word, index) => word === '-no-shutdown' || isAction(argv, index, /\bshutdown=pause\b/),
  )
  await setShutdown(vm, stays ? 'pause' : 'poweroff')
}

async function setShutdown(vm: Rebooting, shutdown: 'pause' | 'poweroff'): Promise<void> {
  await vm.qmp.execute('set-action', { shutdown }, { timeoutMs: commandTimeoutMs })
}

async function runOn(vm: Rebooting): Promise<void> {
  if (vm.state() !== 'running') await letRun(vm.qmp, { timeoutMs: commandTimeoutMs })
}

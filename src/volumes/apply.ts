import { checkTimeout, type QmpClient, QmpCommandError, QmpError, type StallOptions } from '../qmp/index.ts'
import { type UndoFailure, UndoStack } from '../util/undo-stack.ts'
import { VolumeApplyError } from './errors.ts'
import { inverse } from './inverse.ts'
import type { QmpCommand } from './plan.ts'
import { releaseDevice } from './release.ts'
import { removalVerdict } from './verdict.ts'

/** Called while a plan runs, to record its steps or to show them. */
export interface PlanHooks {
  /** Called before each command is sent; what it throws counts as the command's failure. */
  readonly onStep?: ((command: QmpCommand) => void | Promise<void>) | undefined
  /** Called when QEMU has done the command; a `device_del` is done when the guest has been asked, each time. */
  readonly onAnswer?: ((command: QmpCommand) => void) | undefined
}

type Send = (stall?: StallOptions) => Promise<void>

export interface ApplyOptions extends PlanHooks {
  readonly signal?: AbortSignal | undefined
  /** How long a `device_del` waits for the guest to let go; 30 s unless given. */
  readonly waitMs?: number | undefined
  /** How long QEMU may take for each other command; 60 s unless given. A node whose server is lost keeps it for its reconnect-delay. */
  readonly commandTimeoutMs?: number | undefined
  /** Called when all commands are done; what it throws is a failure of the plan. */
  readonly onApplied?: (() => Promise<void>) | undefined
  /** Sends each command but `device_del`, those that undo too; what it throws counts as the command's failure. */
  readonly around?: ((command: QmpCommand, send: Send) => Promise<void>) | undefined
}

/** `pending`: the guest has not let go of `device` yet. The request stays in effect, and a repeat of the plan goes on from here. */
export type PlanOutcome =
  | { readonly outcome: 'applied' }
  | { readonly outcome: 'pending'; readonly device: string }

const defaultWaitMs = 30_000

const defaultCommandTimeoutMs = 60_000

// A device leaves QEMU's tree (device_del: not found) up to some 100 ms before it lets go of its block node and
// DEVICE_DELETED comes, since it is taken apart after a grace period of RCU.
const lingerMs = 5_000
const lookAgainMs = 20

/**
 * Runs the commands of a plan in their order. What the guest does not see of a disk (objects, block nodes) is sent without a wait
 * for the answers before it, and the disk itself when all that it uses is there. An attach ends with all of them done, or with an
 * error and everything undone in reverse. A detach skips what is gone already, so a repeat is safe at any point. The signal takes
 * effect between commands, and during the wait for the guest. A command that was sent is not abandoned, since QEMU would finish it
 * all the same.
 * @throws VolumeApplyError with the first error as its cause; `details.leftovers` names what could not be undone.
 */
export async function applyPlan(
  qmp: QmpClient,
  plan: readonly QmpCommand[],
  options: ApplyOptions = {},
): Promise<PlanOutcome> {
  checkTimeout(options.waitMs, 'waitMs')
  checkTimeout(options.commandTimeoutMs, 'commandTimeoutMs')
  const undo = new UndoStack()
  const { around = (_command, send) => send() } = options
  const limits = { around, timeoutMs: options.commandTimeoutMs ?? defaultCommandTimeoutMs }
  // QEMU takes an iothread away under the disk that uses it.
  let isHeld = false
  const takeBack = async (command: QmpCommand) => {
    if (isHeld) throw new Error('left, since what uses it is')
    isHeld = true
    await remove(qmp, command, limits)
    isHeld = false
  }
  let current: QmpCommand | undefined
  const ahead = new SentAhead()
  const sendOne = async (command: QmpCommand) => {
    await run(qmp, command, limits, (back) =>
      undo.push(`${back.execute} ${JSON.stringify(back.arguments)}`, () => takeBack(back)),
    )
    options.onAnswer?.(command)
  }
  try {
    for (const command of plan) {
      const isAhead = unseen.has(command.execute)
      if (!isAhead) await ahead.requireDone()
      current = command
      options.signal?.throwIfAborted()
      await options.onStep?.(command)
      if (command.execute === 'device_del') {
        const device = String(command.arguments.id)
        const released = await releaseDevice(qmp, device, {
          waitMs: options.waitMs ?? defaultWaitMs,
          signal: options.signal,
          onAnswer: () => options.onAnswer?.(command),
        })
        if (!released) return { outcome: 'pending', device }
      } else if (isAhead) ahead.add(command, sendOne(command))
      else await sendOne(command)
    }
    await ahead.requireDone()
    current = undefined
    await options.onApplied?.()
    return { outcome: 'applied' }
  } catch (error) {
    const first = (await ahead.failure()) ?? { command: current, error }
    throw applyError(first.command, first.error, await undo.run(), options.signal)
  }
}

interface Failure {
  readonly command: QmpCommand
  readonly error: unknown
}

/** Commands that were sent without a wait for the answers to those before them. */
class SentAhead {
  readonly #sent: Promise<Failure | undefined>[] = []

  add(command: QmpCommand, done: Promise<void>): void {
    this.#sent.push(
      done.then(
        () => undefined,
        (error: unknown) => ({ command, error }),
      ),
    )
  }

  /** Resolves when all of them are answered, with the first failure. */
  async failure(): Promise<Failure | undefined> {
    const outcomes = await Promise.all(this.#sent)
    return outcomes.find((outcome) => outcome !== undefined)
  }

  /** Resolves when all of them are done. @throws the error of the first failure. */
  async requireDone(): Promise<void> {
    const failure = await this.failure()
    if (failure !== undefined) throw failure.error
  }
}

/** The commands that make something which nothing uses yet. */
const unseen = new Set(['object-add', 'blockdev-add'])

interface SendLimits {
  readonly timeoutMs: number
  readonly around: NonNullable<ApplyOptions['around']>
}

/** `onDone` is given what undoes the command, when it was done or may have been. */
async function run(
  qmp: QmpClient,
  command: QmpCommand,
  limits: SendLimits,
  onDone: (back: QmpCommand) => void,
): Promise<void> {
  const back = inverse(command)
  const done = () => {
    if (back !== undefined) onDone(back)
  }
  try {
    await send(qmp, command, limits)
    done()
  } catch (error) {
    const verdict = removalVerdict(error)
    if (verdict === 'gone' && removals.has(command.execute)) return
    // No answer does not mean not done, unless it was not sent.
    if (!(error instanceof QmpCommandError) && !isUnsent(error)) done()
    throw error
  }
}

const isUnsent = (error: unknown) => error instanceof QmpError && error.details.sent === false

const removals = new Set(['blockdev-del', 'object-del', 'netdev_del', 'chardev-remove'])

async function remove(qmp: QmpClient, command: QmpCommand, limits: SendLimits): Promise<void> {
  if (command.execute === 'device_del') {
    const released = await releaseDevice(qmp, String(command.arguments.id), { waitMs: defaultWaitMs })
    if (!released) throw new Error('the guest has not let go of it')
    return
  }
  await send(qmp, command, limits).catch((error: unknown) => {
    if (removalVerdict(error) !== 'gone') throw error
  })
}

/** What is to be removed may be held for a moment by a device that is gone already. */
async function send(qmp: QmpClient, command: QmpCommand, { around, timeoutMs }: SendLimits): Promise<void> {
  const end = performance.now() + lingerMs
  for (;;) {
    try {
      await around(command, async (stall) => {
        await qmp.execute(command.execute, command.arguments, { timeoutMs, ...stall })
      })
      return
    } catch (error) {
      const lingers = removals.has(command.execute) && removalVerdict(error) === 'busy'
      if (!lingers || performance.now() >= end) throw error
      await qmp.waitFor('DEVICE_DELETED', undefined, { timeoutMs: lookAgainMs }).catch(() => {})
    }
  }
}

function applyError(
  command: QmpCommand | undefined,
  error: unknown,
  leftovers: readonly UndoFailure[],
  signal: AbortSignal | undefined,
): VolumeApplyError {
  const step = command?.execute ?? 'plan'
  const aborted = signal?.aborted === true && error === signal.reason
  const removing = step === 'device_del' || removals.has(step)
  const failed = removing ? 'VOLUME_DETACH_FAILED' : 'VOLUME_ATTACH_FAILED'
  const failure = {
    code: aborted ? ('VOLUME_ABORTED' as const) : failed,
    step,
    refused: error instanceof QmpCommandError,
    leftovers: leftovers.map(
      ({ what, error }) => `${what} (${error instanceof Error ? error.message : error})`,
    ),
  } as const
  return new VolumeApplyError(failure, error)
}

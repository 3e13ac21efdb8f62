import { type ErrorCode, type ErrorContext, type Fault, QemuLaunchError } from '../errors.ts'
import { describeExit, type ProcessExit } from '../process/forms.ts'
import { formatFaults, withoutUsers } from '../util/schema.ts'

type VmErrorCode = Extract<ErrorCode, `VM_${string}`>

/** A call about a VM failed; `details.vm` names the VM where there is one. */
export class VmError extends QemuLaunchError {
  declare readonly code: VmErrorCode

  constructor(code: VmErrorCode, message: string, context?: ErrorContext) {
    super(code, message, context)
  }
}

/** A VM config is wrong. `faults` and `details.faults` have every fault at once. Nothing was started. */
export class VmConfigError extends VmError {
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    const shown = withoutUsers(faults)
    super('VM_CONFIG', `The VM config is not right:\n${formatFaults(faults)}`, { details: { faults: shown } })
    this.faults = shown
  }
}

export interface LaunchFailure {
  readonly vm: string
  readonly argv: readonly string[]
  readonly exit?: ProcessExit | undefined
  /** The last lines QEMU wrote. */
  readonly log: string
  readonly leftovers: readonly string[]
}

/** QEMU did not start, or the launch was aborted. Nothing of the VM is left, unless `leftovers` names something. */
export class VmLaunchError extends VmError {
  readonly #failure: LaunchFailure

  constructor(failure: LaunchFailure, cause: unknown, code: 'VM_LAUNCH' | 'VM_ABORTED' = 'VM_LAUNCH') {
    const { vm, exit, log, leftovers } = failure
    const how = exit === undefined ? messageOf(cause) : `QEMU ended with ${describeExit(exit)}`
    const words = log === '' ? '' : `; QEMU said:\n${log}`
    const left = leftovers.length === 0 ? '' : `; left behind: ${leftovers.join(', ')}`
    super(code, `VM ${vm} did not start: ${how}${left}${words}`, { cause, details: { ...failure } })
    this.#failure = failure
  }

  get argv(): readonly string[] {
    return this.#failure.argv
  }

  /** How QEMU ended; undefined when it had to be ended. */
  get exit(): ProcessExit | undefined {
    return this.#failure.exit
  }

  get log(): string {
    return this.#failure.log
  }
}

/** What a call on a VM that has ended fails with; `cause` is how that showed. */
export function notRunning(vm: string, cause?: unknown): VmError {
  const how = cause === undefined ? '' : `: ${messageOf(cause)}`
  const details = cause instanceof QemuLaunchError ? cause.details : {}
  return new VmError('VM_NOT_RUNNING', `VM ${vm} does not run any more${how}`, {
    details: { ...details, vm },
    cause,
  })
}

/** Whether the VM has ended in the middle. */
export function isEnded(error: unknown): boolean {
  return error instanceof QemuLaunchError && (error.code === 'VM_NOT_RUNNING' || isEnded(error.cause))
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

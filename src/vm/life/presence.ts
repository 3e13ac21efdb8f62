import { QemuLaunchError } from '../../errors.ts'
import { QmpError } from '../../qmp/index.ts'
import { settledWithin } from '../../util/deadline.ts'
import { notRunning } from '../errors.ts'

interface PresenceParts {
  readonly id: string
  readonly hasExited: () => boolean
  readonly processEnd: Promise<object>
  /** The end of the connection to QEMU's monitor. */
  readonly monitorEnd: Promise<Error | undefined>
  /** Aborted when this process leaves the VM. */
  readonly left: AbortSignal
}

/** QEMU closes its sockets a moment before it ends. */
export const lastWordsMs = 2_000

// All of its sockets close at once; the others may be heard of first.
const closingMs = 200
const brokenBy: ReadonlySet<string> = new Set(['QMP_CLOSED', 'QMP_CONNECT', 'QMP_GREETING'])

/** Whether a VM can be asked for something, and what a call fails with when it cannot. */
export class Presence {
  readonly #parts: PresenceParts

  constructor(parts: PresenceParts) {
    this.#parts = parts
  }

  /** @throws VmError VM_NOT_RUNNING when the VM has ended; QmpError QMP_CLOSED when this process has left it. */
  readonly require = (): void => {
    const { hasExited, id, left } = this.#parts
    if (left.aborted) throw this.#left()
    if (hasExited()) throw notRunning(id)
  }

  /** Names the VM in the error of a call. The error of a call that failed because the VM ended becomes VM_NOT_RUNNING. */
  readonly explain = async (error: unknown): Promise<Error> => {
    const { id, left, monitorEnd, processEnd } = this.#parts
    if (!(error instanceof QemuLaunchError)) return error instanceof Error ? error : new Error(String(error))
    if (error instanceof QmpError && brokenBy.has(error.code)) {
      if (left.aborted) return this.#left(error)
      const isClosed =
        error.code === 'QMP_CLOSED' || (await settledWithin(monitorEnd, closingMs)) !== undefined
      if (isClosed && (await settledWithin(processEnd, lastWordsMs)) !== undefined)
        return notRunning(id, error)
    }
    return error.tellOf({ vm: id })
  }

  #left(cause?: QmpError): QmpError {
    const { id } = this.#parts
    const how = `this process has left VM ${id}, which runs on: take it up again with reattachVm`
    return new QmpError('QMP_CLOSED', how, { details: { ...cause?.details, vm: id }, cause })
  }
}

import { type ErrorDetails, QemuLaunchError } from '../errors.ts'
import { hintFor } from './hints.ts'
import { plainJson, plainText } from './plain.ts'

/** The exit codes, for scripts. */
export const exitCodes = { done: 0, failed: 1, badInput: 2, notThere: 3, pending: 4 } as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The command line is wrong; the exit code is 2. */
export class UsageError extends Error {}

/** The exit code an error stands for. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return exitCodes.badInput
  if (!(error instanceof QemuLaunchError)) return exitCodes.failed
  switch (error.code) {
    case 'VM_CONFIG':
    case 'VOLUME_SPEC':
    case 'QMP_INVALID_ARGUMENT':
      return exitCodes.badInput
    case 'VM_NOT_FOUND':
    case 'VM_NOT_RUNNING':
    case 'VM_DEVICE_NOT_FOUND':
    case 'VOLUME_NOT_FOUND':
    case 'VM_TEMPLATE_NOT_FOUND':
      return exitCodes.notThere
    case 'VM_TIMEOUT':
    case 'VM_ABORTED':
    case 'VOLUME_ABORTED':
    case 'QMP_TIMEOUT':
    case 'QMP_ABORTED':
    case 'QMP_GREETING':
    case 'QMP_NEGOTIATION':
    case 'PROCESS_TIMEOUT':
    case 'PROCESS_ABORTED':
      return exitCodes.pending
    default:
      return exitCodes.failed
  }
}

/** An error as `--json` prints it; `details.hint` says what to try. */
export function errorDocument(error: unknown): { code: string; message: string; details: ErrorDetails } {
  if (error instanceof QemuLaunchError) {
    const { code, message, details } = error.toJSON()
    const hint = hintFor(error)
    return { code, message, details: hint === undefined ? details : { ...details, hint } }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: error instanceof UsageError ? 'USAGE' : 'INTERNAL', message, details: {} }
}

/** An error as text, what to try on a line of its own, or as a line of JSON. */
export function formatError(error: unknown, json: boolean): string {
  const document = errorDocument(error)
  if (json) return plainJson(JSON.stringify(document, plain))
  const { hint } = document.details
  return plainText(`qemu-launch: ${document.message}${hint === undefined ? '' : `\nTry: ${hint}`}`)
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Error ? value.message : value
}

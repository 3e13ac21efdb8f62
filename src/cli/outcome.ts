import { QemuLaunchError } from '../errors.ts'

/** What the command ends with, for scripts. */
export const exitCodes = { done: 0, failed: 1, badInput: 2, notThere: 3, pending: 4 } as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Something about the words on the command line: said with the help's first line, ends with 2. */
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
    case 'VOLUME_NOT_FOUND':
      return exitCodes.notThere
    case 'VM_TIMEOUT':
    case 'QMP_TIMEOUT':
    case 'QMP_GREETING':
    case 'PROCESS_TIMEOUT':
      return exitCodes.pending
    default:
      return exitCodes.failed
  }
}

/** An error as `--json` prints it. */
export function errorDocument(error: unknown): { code: string; message: string; details: unknown } {
  if (error instanceof QemuLaunchError) return error.toJSON()
  const message = error instanceof Error ? error.message : String(error)
  return { code: error instanceof UsageError ? 'USAGE' : 'INTERNAL', message, details: {} }
}

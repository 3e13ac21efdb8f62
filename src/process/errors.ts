import { type ErrorContext, QemuLaunchError } from '../errors.ts'

type ProcessErrorCode = 'PROCESS_SPAWN' | 'PROCESS_EXITED' | 'PROCESS_TIMEOUT' | 'PROCESS_ABORTED'

/** A child process that did not start, ended too early, did not get ready in time, or is not the one on record. */
export class ProcessError extends QemuLaunchError {
  declare readonly code: ProcessErrorCode

  constructor(code: ProcessErrorCode, message: string, context?: ErrorContext) {
    super(code, message, context)
  }
}

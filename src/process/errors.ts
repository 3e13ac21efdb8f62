import { type ErrorCode, type ErrorContext, QemuLaunchError } from '../errors.ts'

type ProcessErrorCode = Extract<ErrorCode, `PROCESS_${string}`>

/** A child process that did not start, ended too early, did not get ready in time, or whose life the system does not tell. */
export class ProcessError extends QemuLaunchError {
  declare readonly code: ProcessErrorCode

  constructor(code: ProcessErrorCode, message: string, context?: ErrorContext) {
    super(code, message, context)
  }
}

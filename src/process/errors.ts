import { type ErrorCode, type ErrorContext, QemuLaunchError } from '../errors.ts'

type ProcessErrorCode = Extract<ErrorCode, `PROCESS_${string}`>

/** A child process did not start, ended too early, or was not ready in time. Or the system does not tell whether it lives. */
export class ProcessError extends QemuLaunchError {
  declare readonly code: ProcessErrorCode

  constructor(code: ProcessErrorCode, message: string, context?: ErrorContext) {
    super(code, message, context)
  }
}

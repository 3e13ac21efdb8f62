/**
 * Every code of this library's errors. The part before the first `_` names where the error comes from. Codes are stable; messages
 * are not. The README says what to do about each.
 */
export type ErrorCode =
  | 'QMP_CONNECT'
  | 'QMP_GREETING'
  | 'QMP_NEGOTIATION'
  | 'QMP_PROTOCOL'
  | 'QMP_COMMAND_FAILED'
  | 'QMP_INVALID_ARGUMENT'
  | 'QMP_TIMEOUT'
  | 'QMP_ABORTED'
  | 'QMP_CLOSED'
  | 'QMP_JOB_FAILED'
  | 'PROCESS_SPAWN'
  | 'PROCESS_EXITED'
  | 'PROCESS_TIMEOUT'
  | 'PROCESS_ABORTED'
  | 'PROCESS_UNKNOWN'
  | 'VM_CONFIG'
  | 'VM_EXISTS'
  | 'VM_NOT_FOUND'
  | 'VM_NOT_RUNNING'
  | 'VM_LOCKED'
  | 'VM_LAUNCH'
  | 'VM_UNSUPPORTED'
  | 'VM_STATE'
  | 'VM_TIMEOUT'
  | 'VM_RESTARTS'
  | 'VM_ABORTED'
  | 'VM_TEMPLATE_NOT_FOUND'
  | 'VM_TEMPLATE_EXISTS'
  | 'VM_TEMPLATE_IN_USE'
  | 'VM_TEMPLATE_MISMATCH'
  | 'VM_POOL_CLOSED'
  | 'VM_DEVICE_EXISTS'
  | 'VM_DEVICE_NOT_FOUND'
  | 'VM_DEVICE_NOT_REMOVABLE'
  | 'VM_DEVICE_NO_PORT'
  | 'VM_DEVICE_FAILED'
  | 'VM_DEVICE_BUSY'
  | 'VOLUME_SPEC'
  | 'VOLUME_EXISTS'
  | 'VOLUME_NOT_FOUND'
  | 'VOLUME_NO_PORT'
  | 'VOLUME_PORT_OCCUPIED'
  | 'VOLUME_BACKEND'
  | 'VOLUME_CACHE'
  | 'VOLUME_ATTACH_FAILED'
  | 'VOLUME_DETACH_FAILED'
  | 'VOLUME_NOT_REMOVABLE'
  | 'VOLUME_BUSY'
  | 'VOLUME_ABORTED'
  | 'VOLUME_IMAGE_EXISTS'
  | 'VOLUME_IMAGE_FAILED'
  | 'VOLUME_BACKUP_FAILED'

/** More about an error than its message says: plain data that can be printed as JSON. */
export type ErrorDetails = Readonly<Record<string, unknown>>

export interface ErrorContext {
  readonly details?: ErrorDetails
  readonly cause?: unknown
}

/** The base of every error thrown by this library. Test `code`, never `message`. */
export class QemuLaunchError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.name = new.target.name
    this.code = code
    this.details = context.details ?? {}
  }

  /** Says in its details whose it is, where they did not. @internal */
  tellOf(whose: ErrorDetails): this {
    return Object.assign(this, { details: { ...whose, ...this.details } })
  }

  toJSON(): { code: ErrorCode; message: string; details: ErrorDetails } {
    return { code: this.code, message: this.message, details: this.details }
  }
}

/** One fault in a config or a volume file: its place, the value that was found, and what would be right. */
export interface Fault {
  /** Path in the document, for example `drives[0].iothread`; empty for the whole document. */
  readonly path: string
  /** What is wrong and what would be right, in one sentence. */
  readonly message: string
  /** The value found, absent when the key is missing. */
  readonly value?: unknown
}

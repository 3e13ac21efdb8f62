import { type ErrorCode, type ErrorContext, QemuLaunchError } from '../errors.ts'

export type QmpErrorCode = Extract<ErrorCode, `QMP_${string}`>

/** The base of every error of the QMP client; `code` says what happened. */
export class QmpError extends QemuLaunchError {
  declare readonly code: QmpErrorCode

  constructor(code: QmpErrorCode, message: string, context: ErrorContext = {}) {
    super(code, message, context)
  }
}

/** Who refused: the monitor, or the agent in the guest. */
export type Peer = 'QMP' | 'guest agent'

export interface CommandFailure {
  readonly command: string
  readonly qmpClass: string
  readonly desc: string
  /** What this library knows of the cause, to follow QEMU's words in the message. */
  readonly hint?: string
  /** The arguments as sent, already redacted. */
  readonly arguments?: unknown
  /** Default `QMP`. */
  readonly peer?: Peer | undefined
}

/**
 * QEMU refused a command. The connection is unharmed. `qmpClass` is an open set (qapi/error.json) and
 * `desc` is for people: decide by the class, never by the text.
 */
export class QmpCommandError extends QmpError {
  declare readonly code: 'QMP_COMMAND_FAILED'
  readonly command: string
  readonly qmpClass: string
  readonly desc: string

  constructor(failure: CommandFailure) {
    const { command, qmpClass, desc } = failure
    super(
      'QMP_COMMAND_FAILED',
      `${failure.peer ?? 'QMP'} command '${command}' failed: ${desc} (${qmpClass})${failure.hint ?? ''}`,
      {
        details: { command, class: qmpClass, desc, arguments: failure.arguments },
      },
    )
    this.command = command
    this.qmpClass = qmpClass
    this.desc = desc
  }
}

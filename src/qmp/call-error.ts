import type { QemuLaunchError } from '../errors.ts'
import { type Peer, QmpCommandError, QmpError } from './errors.ts'
import type { Greeting } from './message.ts'
import { redactArguments } from './redact.ts'
import { explainMissing } from './versions.ts'

/** Why a call did not end in an answer. `sent` is false while not a byte of it had been written. */
export type CallFault =
  | { readonly kind: 'refused'; readonly class: string; readonly desc: string }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'timeout'; readonly timeoutMs: number; readonly sent: boolean }
  | { readonly kind: 'aborted'; readonly reason: unknown; readonly sent: boolean }
  | { readonly kind: 'closed'; readonly reason: QmpError | undefined; readonly sent: boolean }

/** Stands for a failed call until the caller's own frame turns it into an error with the caller's stack. */
export class FailedCall {
  readonly fault: CallFault

  constructor(fault: CallFault) {
    this.fault = fault
  }
}

const outcome = (sent: boolean): string =>
  sent ? 'its outcome is unknown, since it had been sent' : 'it was not sent'

/** The error for a failed call to the agent or to a QEMU of that version. Arguments appear in `details` only, redacted, and never in the message. */
export function callError(
  fault: CallFault,
  command: string,
  args: unknown,
  from: 'guest agent' | Greeting['version']['qemu'],
): QmpError {
  const peer: Peer = from === 'guest agent' ? from : 'QMP'
  const details = { command, arguments: redactArguments(args, command) }
  const about = `${peer} command '${command}'`
  switch (fault.kind) {
    case 'refused':
      return new QmpCommandError({
        command,
        qmpClass: fault.class,
        desc: fault.desc,
        ...(from === 'guest agent' ? {} : { hint: hintFor(command, fault.class, from) }),
        arguments: details.arguments,
        peer,
      })
    case 'unreadable':
      return new QmpError('QMP_PROTOCOL', `${about} was answered with a number that is not finite`, {
        details,
      })
    case 'timeout':
      return new QmpError(
        'QMP_TIMEOUT',
        `${about} timed out after ${fault.timeoutMs} ms; ${outcome(fault.sent)}`,
        {
          details: { ...details, timeoutMs: fault.timeoutMs, sent: fault.sent },
        },
      )
    case 'aborted':
      return new QmpError('QMP_ABORTED', `${about} was aborted; ${outcome(fault.sent)}`, {
        details: { ...details, sent: fault.sent },
        cause: fault.reason,
      })
    case 'closed':
      return closedError(fault.reason, `${about} failed`, outcome(fault.sent), {
        ...details,
        sent: fault.sent,
      })
    default:
      return fault satisfies never
  }
}

/** The error as its caller knows the work: a call that asks the agent several times gives each question what is left of its time. */
export function ofWholeCall(error: QemuLaunchError, timeoutMs: number): QemuLaunchError {
  const { code, details } = error
  if (code !== 'QMP_TIMEOUT') return error
  const what = `guest agent command '${details.command}' did not end within ${timeoutMs} ms; ${outcome(true)}`
  return new QmpError(code, what, { details: { ...details, timeoutMs }, cause: error })
}

/** Commands that take a descriptor sent along with them. */
const TAKES_DESCRIPTOR: ReadonlySet<string> = new Set(['add-fd', 'getfd'])

function hintFor(command: string, qmpClass: string, qemu: Greeting['version']['qemu']): string {
  if (TAKES_DESCRIPTOR.has(command)) {
    return '; Node.js cannot send descriptors: give them to QEMU when it starts (-add-fd)'
  }
  return qmpClass === 'CommandNotFound' ? explainMissing(command, qemu) : ''
}

/** For a caller that waited on a connection that ended: QMP_PROTOCOL if the peer broke the protocol, else QMP_CLOSED. */
export function closedError(
  reason: QmpError | undefined,
  what: string,
  consequence?: string,
  details: Record<string, unknown> = {},
): QmpError {
  const why = reason?.message ?? 'the connection was closed by this side'
  return new QmpError(
    reason?.code === 'QMP_PROTOCOL' ? 'QMP_PROTOCOL' : 'QMP_CLOSED',
    `${what}: ${why}${consequence === undefined ? '' : `; ${consequence}`}`,
    { details, cause: reason },
  )
}

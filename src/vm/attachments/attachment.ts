/** How far an attachment is, on record before the first effect of each phase. */
export type Phase = 'attaching' | 'attached' | 'detaching'

/** One stay of one device in one VM, of whatever kind. */
export interface Attachment {
  readonly phase: Phase
  /** It has been cut off from its server: QEMU waits for that no longer. */
  readonly severed?: boolean | undefined
  /** Its server lets in one client, QEMU: its silence towards others tells nothing. */
  readonly singleClient?: boolean | undefined
}

/** What QEMU, and the server behind the device, say of an attachment at one moment. */
export interface Facts {
  /** While QEMU has the device, the guest may use it. */
  readonly device: 'present' | 'absent'
  /** Whether the backend holds a connection to a server, for which QEMU would stand still when the backend goes. */
  readonly backend: 'connected' | 'idle'
  /** What the server says to a probe of ours; not read of an idle backend. */
  readonly server: 'answers' | 'silent' | 'gone'
}

export interface Request {
  /** Sever rather than wait for a server that is silent. */
  readonly force?: boolean | undefined
}

/** What the facts of an attachment come to. `unused`: the device is absent, and QEMU would wait for no server. */
export type Situation = 'present' | 'unused' | 'answers' | 'gone' | 'silent' | 'silent, force'

/**
 * What is done next with an attachment, by its phase and its situation; nothing else decides that. `end` takes the backend
 * away and ends the attachment; after `sever` the situation is `unused`; with `wait for …` it stays as it is.
 */
export const attachmentMoves = {
  attaching: {
    present: 'set attached',
    unused: 'end',
    answers: 'end',
    gone: 'sever',
    silent: 'sever',
    'silent, force': 'sever',
  },
  attached: {
    present: 'nothing',
    unused: 'end',
    answers: 'end',
    gone: 'sever',
    silent: 'wait for server',
    'silent, force': 'sever',
  },
  detaching: {
    present: 'wait for guest',
    unused: 'end',
    answers: 'end',
    gone: 'sever',
    silent: 'wait for server',
    'silent, force': 'sever',
  },
} as const satisfies Readonly<Record<Phase, Readonly<Record<Situation, string>>>>

export type Move = (typeof attachmentMoves)[Phase][Situation]

/** How an attachment ends, by the phase it was in: undone, let go of by the guest unasked, or as asked. */
export const endOfPhase = { attaching: 'failed', attached: 'ejected', detaching: 'detached' } as const

export type End = (typeof endOfPhase)[Phase]

/** What is to be done next. Pure. */
export function next(attachment: Attachment, facts: Facts, request: Request = {}): Move {
  return attachmentMoves[attachment.phase][situationOf(attachment, facts, request)]
}

function situationOf(
  { severed, singleClient }: Attachment,
  { backend, device, server }: Facts,
  { force }: Request,
): Situation {
  if (device === 'present') return 'present'
  if (severed === true || backend === 'idle') return 'unused'
  if (server !== 'silent') return server
  if (force === true) return 'silent, force'
  return singleClient === true ? 'answers' : 'silent'
}

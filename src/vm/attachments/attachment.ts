/** How far an attachment that has not ended is, on record before the first effect of each phase. */
export type Phase = 'queued' | 'attaching' | 'attached' | 'detaching' | 'removing'

/** How an attachment ends: undone, let go of by the guest unasked, or as asked. */
export type End = 'detached' | 'ejected' | 'failed'

/** One stay of one device in one VM, of whatever kind. */
export interface Attachment {
  readonly phase: Phase
  /** How it is going to have ended, once it is being removed. */
  readonly how?: End | undefined
  /** It may have been cut off from its server: QEMU waits for that no longer. */
  readonly cut?: boolean | undefined
  /** Nothing of the guest reaches its server any more. */
  readonly severed?: boolean | undefined
  /** Its server lets in one client, QEMU: its silence towards others tells nothing. */
  readonly singleClient?: boolean | undefined
}

/** What QEMU, and the server behind the device, say of an attachment at one moment. */
export interface Facts {
  /** While QEMU has the device, the guest may use it. */
  readonly device: 'present' | 'absent'
  /** Whether anything but its device uses the backend; read when a detach is to begin. */
  readonly isInUse?: boolean | undefined
  /** QEMU stood still for the server, and was freed by breaking the connection. */
  readonly isFreed?: boolean | undefined
  /** Whether the backend holds a connection to a server, for which QEMU would stand still when the backend goes. */
  readonly backend: 'connected' | 'idle' | 'absent'
  /** What the server says to a probe of ours; not read of an idle backend. */
  readonly server: 'answers' | 'silent' | 'gone'
}

export interface Request {
  /** To give it to the guest: `new`, and QEMU has nothing of it, or `again`, after a restart. */
  readonly attach?: 'new' | 'again' | undefined
  /** To have the device out of the guest. */
  readonly detach?: boolean | undefined
  /** Sever rather than wait for a guest, or a server that is silent. */
  readonly force?: boolean | undefined
}

/** What a request has done so far. */
export interface Progress {
  /** How often the guest has been asked to let go, and has not in time. */
  readonly asked: number
  /** Whether it was tried since to cut the device off. */
  readonly isFenced: boolean
}

/**
 * What the facts of an attachment come to. `unused`: the device is absent, and QEMU would wait for no server; `to come`: the same,
 * and it is to be attached. While it is present it depends on what is asked for: `to go` (the guest is to be asked), `in use` (it
 * cannot go), `overdue` (it is to be cut off).
 */
export type Situation =
  | 'present'
  | 'to go'
  | 'in use'
  | 'overdue'
  | 'to come'
  | 'unused'
  | 'answers'
  | 'gone'
  | 'silent'
  | 'silent, force'

const there = {
  present: 'set attached',
  'to go': 'set attached',
  'in use': 'set attached',
  overdue: 'set attached',
} as const
const gone = {
  'to come': 'set removing',
  unused: 'set removing',
  answers: 'set removing',
  gone: 'set removing',
  silent: 'set removing',
  'silent, force': 'set removing',
} as const
const unanswered = { gone: 'sever', silent: 'sever', 'silent, force': 'sever' } as const

/**
 * The next step of an attachment, by its phase and its situation. Nothing else decides it. `end` removes the backend and ends the
 * attachment. `attach` removes what an earlier try has left, and attaches. After `sever` the situation is `unused` or `to come`.
 * With `nothing` and `wait for …` the attachment stays as it is.
 */
export const attachmentMoves = {
  queued: {
    ...there,
    'to come': 'attach',
    unused: 'wait for owner',
    answers: 'wait for owner',
    ...unanswered,
  },
  attaching: { ...there, 'to come': 'attach', unused: 'end', answers: 'end', ...unanswered },
  attached: {
    present: 'nothing',
    'to go': 'set detaching',
    'in use': 'refuse',
    overdue: 'set detaching',
    ...gone,
  },
  detaching: {
    present: 'wait for guest',
    'to go': 'ask guest',
    'in use': 'refuse',
    overdue: 'fence',
    ...gone,
    // It is said already how it is going to have ended.
    'to come': 'end',
    unused: 'end',
    answers: 'end',
  },
  removing: {
    present: 'wait for guest',
    'to go': 'wait for guest',
    'in use': 'wait for guest',
    overdue: 'wait for guest',
    'to come': 'end',
    unused: 'end',
    answers: 'end',
    gone: 'sever',
    silent: 'wait for server',
    'silent, force': 'sever',
  },
} as const satisfies Readonly<Record<Phase, Readonly<Record<Situation, string>>>>

export type Move = (typeof attachmentMoves)[Phase][Situation]

export const noProgress: Progress = { asked: 0, isFenced: false }

/** What is to be done next. Pure. */
export function next(
  attachment: Attachment,
  facts: Facts,
  request: Request = {},
  progress = noProgress,
): Move {
  const { device } = facts
  const situation =
    device === 'present'
      ? whilePresent(attachment, facts, request, progress)
      : whenAbsent(attachment, facts, request)
  return attachmentMoves[attachment.phase][situation]
}

/** How an attachment whose device is absent is going to have ended. Pure. */
export function endOf({ how, phase }: Attachment, { detach }: Request): End {
  if (how !== undefined) return how
  if (phase === 'attached') return detach === true ? 'detached' : 'ejected'
  return phase === 'detaching' ? 'detached' : 'failed'
}

/** A guest that was cut off is asked once more: what it waited for has failed. */
function whilePresent(
  { severed }: Attachment,
  { backend, isFreed, isInUse }: Facts,
  { detach, force }: Request,
  { asked, isFenced }: Progress,
): Situation {
  if (detach !== true) return 'present'
  if (isInUse === true) return 'in use'
  const mayFence = force === true && backend === 'connected' && severed !== true
  if (mayFence && !isFenced && (asked === 1 || (asked === 0 && isFreed === true))) return 'overdue'
  const mayAsk = asked === 0 || (asked === 1 && force === true && backend === 'connected')
  return mayAsk ? 'to go' : 'present'
}

function whenAbsent(
  { cut, severed, singleClient }: Attachment,
  { backend, server }: Facts,
  { attach, force }: Request,
): Situation {
  const mayWait = cut !== true && severed !== true && backend === 'connected'
  const answers = server === 'answers' || (server === 'silent' && force !== true && singleClient === true)
  if (attach !== undefined && (!mayWait || answers)) return 'to come'
  if (!mayWait) return 'unused'
  if (answers) return 'answers'
  if (server === 'gone') return 'gone'
  return force === true ? 'silent, force' : 'silent'
}

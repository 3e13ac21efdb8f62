import {
  type Attachment,
  type End,
  endOfPhase,
  type Facts,
  type Move,
  next,
  type Request,
} from './attachment.ts'

/** What can be asked of and done to one attachment. Each effect may be repeated after a death in the middle of it. */
export interface Effects {
  readonly look: () => Promise<Facts>
  readonly setAttached: () => Promise<unknown>
  readonly sever: () => Promise<unknown>
  /** Takes what is left of it out of QEMU. */
  readonly removeBackend: () => Promise<unknown>
  /** Puts its end on record. */
  readonly end: (how: End) => Promise<unknown>
}

/** What stands at the end: the attachment has ended, or the last move that leaves it as it is. */
export type Reconciled = End | Exclude<Move, 'end' | 'sever'>

/**
 * Looks at an attachment and does what is due, until there is nothing left to do, or something to wait for. To be called under
 * the attachment's lock; safe to repeat at any time, by any process, after a death at any point of an earlier call.
 * @throws what the effects throw; a repeat goes on.
 */
export async function reconcile(
  attachment: Attachment,
  effects: Effects,
  request: Request = {},
): Promise<Reconciled> {
  let facts = await effects.look()
  for (;;) {
    const move = next(attachment, facts, request)
    switch (move) {
      case 'set attached':
        await effects.setAttached()
        return move
      case 'sever':
        await effects.sever()
        facts = { ...facts, backend: 'idle' }
        continue
      case 'end': {
        await effects.removeBackend()
        const how = endOfPhase[attachment.phase]
        await effects.end(how)
        return how
      }
      default:
        return move
    }
  }
}

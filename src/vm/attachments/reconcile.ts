import {
  type Attachment,
  type End,
  endOf,
  type Facts,
  type Move,
  next,
  noProgress,
  type Progress,
  type Request,
} from './attachment.ts'

/** The questions about one attachment, and the effects on it. Each effect may be repeated after a death in its middle. */
export interface Effects {
  /** Does the work while nobody else, in any process, works on the attachment. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>
  /** Reads the attachment from the record; undefined when it has ended. Throws what forbids the request. */
  readonly read: () => Promise<Attachment | undefined>
  readonly look: (attachment: Attachment, progress: Progress) => Promise<Facts>
  /** Puts the phase on record. */
  readonly set: (phase: 'attached' | 'detaching' | 'removing', how: End) => Promise<unknown>
  /** Throws what says why a detach is refused. */
  readonly refuse: () => never
  /** Cuts it off from its server while the guest has it. */
  readonly fence: () => Promise<unknown>
  /** Asks the guest to let go and waits for it, for as long as the request says; alone or not. */
  readonly askGuest: (progress: Progress) => Promise<unknown>
  readonly sever: () => Promise<unknown>
  /** Gives it to the guest, and puts that on record; what it throws leaves on record what is left. */
  readonly attach: () => Promise<unknown>
  /** Takes what is left of it out of QEMU. */
  readonly removeBackend: () => Promise<unknown>
  /** Puts its end on record. */
  readonly end: (how: End) => Promise<unknown>
}

/** The result: the attachment has ended, or the last move, which changes nothing. */
export type Reconciled = 'ended' | 'nothing' | `wait for ${'owner' | 'guest' | 'server'}`

/**
 * Looks at an attachment and does what is to be done, until there is nothing left to do, or something to wait for. Safe to repeat at
 * any time, by any process, after a death at any point of an earlier call, and beside other calls.
 * @throws what the effects throw; a repeat goes on.
 */
export async function reconcile(effects: Effects, request: Request = {}): Promise<Reconciled> {
  for (let progress = noProgress; ; progress = { asked: progress.asked + 1, isFenced: false }) {
    const state = await effects.alone(() => settle(effects, request, progress))
    if (state !== 'ask guest') return state
    await effects.askGuest(progress)
  }
}

/** Does the same until the guest has to be asked. Call it through `alone`. */
export async function settle(
  effects: Effects,
  request: Request = {},
  before = noProgress,
): Promise<Reconciled | 'ask guest'> {
  let progress = before
  let attachment = await effects.read()
  if (attachment === undefined) return 'ended'
  let facts = await effects.look(attachment, progress)
  for (;;) {
    const how = endOf(attachment, request)
    const move: Move = next(attachment, facts, request, progress)
    switch (move) {
      case 'set attached':
        await effects.set('attached', how)
        attachment = { ...attachment, phase: 'attached' }
        facts = await effects.look(attachment, progress)
        continue
      case 'set detaching':
        await effects.set('detaching', how)
        attachment = { ...attachment, phase: 'detaching' }
        continue
      case 'set removing':
        await effects.set('removing', how)
        attachment = { ...attachment, phase: 'removing', how }
        continue
      case 'refuse':
        return effects.refuse()
      case 'fence':
        await effects.fence()
        progress = { ...progress, isFenced: true }
        attachment = await effects.read()
        if (attachment === undefined) return 'ended'
        continue
      case 'sever':
        await effects.sever()
        facts = { ...facts, backend: 'idle' }
        continue
      case 'attach':
        if (facts.backend !== 'absent') await effects.removeBackend()
        await effects.attach()
        return 'nothing'
      case 'end':
        try {
          await effects.removeBackend()
        } catch (error) {
          if (attachment.phase === 'detaching') await effects.set('removing', how).catch(() => {})
          throw error
        }
        await effects.end(how)
        return 'ended'
      default:
        return move
    }
  }
}

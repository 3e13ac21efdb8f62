/** An object, as an EventTarget takes it too: a closure for each of many short waits would cost more. */
export interface AbortListener {
  handleEvent(): void
}

/** All who listen to one signal, as one listener of it. */
class Audience implements AbortListener {
  readonly listeners = new Set<AbortListener>()

  handleEvent(): void {
    for (const listener of this.listeners) listener.handleEvent()
  }
}

const audiences = new WeakMap<AbortSignal, Audience>()

/**
 * Calls the listener when the signal is aborted, until `offAbort`. However many listen, the signal itself has one
 * listener: Node takes more than ten for a leak, and one signal may well end a hundred calls. Without a signal, nothing.
 */
export function onAbort(signal: AbortSignal | undefined, listener: AbortListener): void {
  if (signal === undefined) return
  let audience = audiences.get(signal)
  if (audience === undefined) {
    audience = new Audience()
    audiences.set(signal, audience)
  }
  audience.listeners.add(listener)
  // Once: Node keeps a signal of `AbortSignal.any` for as long as anything listens, after the abort too.
  if (audience.listeners.size === 1) signal.addEventListener('abort', audience, { once: true })
}

/** Leaves nothing on the signal when it was the last. No fault if it does not listen. */
export function offAbort(signal: AbortSignal | undefined, listener: AbortListener): void {
  if (signal === undefined) return
  const audience = audiences.get(signal)
  if (audience?.listeners.delete(listener) !== true || audience.listeners.size > 0) return
  signal.removeEventListener('abort', audience)
}

/** Resolves on abort. It costs less than `once` of node:events. */
export function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    onAbort(signal, { handleEvent: () => resolve(undefined) })
  })
}

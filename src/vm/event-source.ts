import { EventHub, type EventListener, type EventStream, type EventsOptions } from '../qmp/index.ts'
import type { VmEventListener, VmEventName, VmEventOf } from './events.ts'

/** What tells of the events of a VM: QEMU's own, and those of this library. */
export abstract class VmEventSource {
  /** @internal */
  protected readonly hub = new EventHub()

  /**
   * Calls the listener for each event of that name, QEMU's or this library's own; `'*'` is all. docs/events.md lists
   * ours. Returns a function that takes the listener off. What a listener throws goes no further.
   */
  on<N extends VmEventName | '*'>(name: N, listener: VmEventListener<N>): () => void
  on(name: string, listener: (event: never) => unknown): () => void {
    return this.hub.on(name, listener as EventListener)
  }

  /** Takes a listener off; no fault if it is not on. */
  off<N extends VmEventName | '*'>(name: N, listener: VmEventListener<N>): void
  off(name: string, listener: (event: never) => unknown): void {
    this.hub.off(name, listener as EventListener)
  }

  /** The events that `on` hears, from this call on, for one reader. Ends with the VM (a supervisor's work) or the signal. */
  events<N extends VmEventName | '*' = '*'>(options?: EventsOptions<N>): EventStream<VmEventOf<N>>
  events(options: EventsOptions = {}): unknown {
    return this.hub.stream(options)
  }
}

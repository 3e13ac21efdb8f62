import type { Events } from './generated/events.ts'
import type { JsonObject } from './json.ts'

export type { Events } from './generated/events.ts'

/** `data` is `{}` when the wire has none. Members of `timestamp` are -1 when QEMU could not read its clock. */
export interface QmpEvent<N extends string = string, Map = Events> {
  readonly event: N
  readonly data: N extends keyof Map ? Map[N] : JsonObject
  readonly timestamp: { readonly seconds: number; readonly microseconds: number }
}

export type EventName = keyof Events

/** The event of a name. An event without types has open data; `'*'` is any event. */
export type EventOf<N extends string, Map = Events> = N extends '*' ? QmpEvent : QmpEvent<N, Map>

import type { JsonObject, QmpEvent } from '../qmp/index.ts'

/** An event of this library, in the form of QEMU's. */
export function ownEvent(event: string, data: JsonObject): QmpEvent {
  const now = Date.now()
  return {
    event,
    data,
    timestamp: { seconds: Math.trunc(now / 1000), microseconds: (now % 1000) * 1000 },
  }
}

import type { EventName, QmpEvent } from '../qmp/index.ts'
import type { VmState } from './life/lifecycle.ts'
import type { VmExit } from './life/vm-exit.ts'

type VolumeNamed = {
  readonly id: string
}

type NicNamed = {
  readonly id: string
}

type DeviceNamed = {
  readonly id: string
}

type VolumeTrouble = VolumeNamed & {
  /** What happened, for people. */
  readonly message: string
}

type ServerChange = VolumeNamed & {
  readonly uri?: string | undefined
  /** Of the server that died, or of the new one. */
  readonly pid?: number | undefined
  readonly message?: string | undefined
}

type Supervised = {
  /** The VM's name. */
  readonly vm: string
}

/** This library's own events: the data of each by its name. docs/events.md says when each comes. */
export interface OwnEvents {
  readonly VM_STATE_CHANGED: { readonly from: VmState; readonly to: VmState; readonly reason: string }
  readonly VM_MONITOR_LOST: { readonly message: string }
  readonly HELPER_DIED: { readonly name: string; readonly pid: number; readonly message: string }
  readonly VM_CONSOLE_LOST: { readonly message: string }
  readonly VM_LOG_UNLIMITED: { readonly message: string }
  readonly VM_STARTED: Supervised & { readonly pid: number; readonly origin: VmOrigin }
  readonly VM_ENDED: Supervised & Pick<VmExit, keyof VmExit>
  readonly VM_CONFIG_DIFFERS: Supervised & { readonly paths: readonly string[] }
  readonly VM_UNRESPONSIVE: Supervised & { readonly pid: number; readonly limitMs: number }
  readonly VM_RESPONSIVE: Supervised & { readonly pid: number; readonly silentMs: number }
  readonly VM_RESTARTING: Supervised & { readonly attempt: number; readonly delayMs: number }
  readonly VM_RESTARTED: Supervised & { readonly pid: number }
  readonly VM_RESTART_FAILED: Supervised & { readonly message: string }
  readonly VOLUME_ATTACHED: VolumeNamed & {
    readonly port?: string | undefined
    readonly serial?: string | undefined
  }
  readonly VOLUME_DETACHED: VolumeNamed
  readonly VOLUME_EJECTED: VolumeNamed
  readonly VOLUME_LOST: VolumeTrouble
  readonly VOLUME_LEFT_BEHIND: VolumeTrouble
  readonly NIC_ATTACHED: NicNamed & { readonly port: string; readonly mac: string }
  readonly NIC_DETACHED: NicNamed
  readonly NIC_EJECTED: NicNamed
  readonly NIC_LOST: NicNamed & { readonly message: string }
  readonly DEVICE_ATTACHED: DeviceNamed & { readonly driver: string; readonly port?: string | undefined }
  readonly DEVICE_DETACHED: DeviceNamed
  readonly DEVICE_EJECTED: DeviceNamed
  readonly DEVICE_LOST: DeviceNamed & { readonly message: string }
  readonly VOLUME_STALLED: VolumeTrouble
  readonly VOLUME_RECOVERED: VolumeNamed
  readonly VOLUME_CHANGED: VolumeTrouble
  readonly VOLUME_IO_ERROR: VolumeNamed
  readonly VOLUME_RESUMED: VolumeNamed
  readonly VOLUME_UNCACHED: VolumeTrouble
  readonly VOLUME_LIMITED: VolumeTrouble
  readonly SERVER_DIED: ServerChange
  readonly SERVER_RESTARTED: ServerChange
  readonly SERVER_RESTART_FAILED: ServerChange
  readonly SERVER_LOST: ServerChange
  readonly SERVER_LEFT_BEHIND: VolumeTrouble
  readonly SERVER_LIMITED: VolumeTrouble
}

/** Whether `keepRunning` launched the VM or found it running. */
export type VmOrigin = 'launched' | 'reattached'

/** One of this library's own events, in the form of QEMU's. */
export interface OwnEvent<N extends keyof OwnEvents> {
  readonly event: N
  readonly data: OwnEvents[N]
  readonly timestamp: QmpEvent['timestamp']
}

/** The events of a VM: this library's own, and those of QEMU that its schema names. */
export type VmEventName = keyof OwnEvents | EventName

/** The event of a name; `'*'` is any. */
export type VmEventOf<N extends VmEventName | '*'> = N extends keyof OwnEvents
  ? OwnEvent<N>
  : N extends EventName
    ? QmpEvent<N>
    : VmEvent

/**
 * An event of a VM; `event` decides its type. A QEMU that is newer than these types may send other events: `events()` and `'*'`
 * have them too.
 */
export type VmEvent = { readonly [N in VmEventName]: VmEventOf<N> }[VmEventName]

export type VmEventListener<N extends VmEventName | '*'> = (event: VmEventOf<N>) => unknown

/** An event of this library, in the form of QEMU's. */
export function ownEvent<N extends keyof OwnEvents>(event: N, data: OwnEvents[N]): OwnEvent<N> {
  const now = Date.now()
  return {
    event,
    data,
    timestamp: { seconds: Math.trunc(now / 1000), microseconds: (now % 1000) * 1000 },
  }
}

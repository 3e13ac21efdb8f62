import type { QmpEvent, StatusInfo } from '../../qmp/index.ts'

/**
 * Where a VM is in its life. `prelaunch`: it has not run since it was started or reset; `paused`: its vCPUs stand still;
 * `suspended`: the guest sleeps until it is woken; `panicked`: the guest has crashed and QEMU stopped it; `stopping`: the guest or
 * QEMU is going down; `exited`: the process is gone.
 */
export type VmState = 'prelaunch' | 'running' | 'paused' | 'suspended' | 'panicked' | 'stopping' | 'exited'

/** What moves a VM: an event of QEMU by its name, and `END`, the end of its process. */
export type VmTrigger = keyof typeof vmMoves

/**
 * Every change of state: its event, the states before it, and the state after it. Any other event changes nothing. A guest that slept
 * when it was paused (QEMU 9 and newer) sleeps on when it is resumed.
 */
export const vmMoves = {
  RESUME: { prelaunch: 'running', paused: 'running', panicked: 'running' },
  STOP: { prelaunch: 'paused', running: 'paused', suspended: 'paused' },
  SUSPEND: { running: 'suspended' },
  WAKEUP: { suspended: 'running' },
  // A guest that runs starts over and runs; any other waits to be resumed.
  RESET: { paused: 'prelaunch', suspended: 'prelaunch', panicked: 'prelaunch', stopping: 'prelaunch' },
  GUEST_PANICKED: { running: 'panicked' },
  SHUTDOWN: {
    prelaunch: 'stopping',
    running: 'stopping',
    paused: 'stopping',
    suspended: 'stopping',
    panicked: 'stopping',
  },
  END: {
    prelaunch: 'exited',
    running: 'exited',
    paused: 'exited',
    suspended: 'exited',
    panicked: 'exited',
    stopping: 'exited',
  },
} as const satisfies Readonly<Record<string, Partial<Readonly<Record<VmState, VmState>>>>>

/** A state with the reason for it, in QEMU's words where it has some. */
export interface VmLife {
  readonly state: VmState
  readonly reason: string
  /** Why QEMU is about to stop the vCPUs: it says so before it does. */
  readonly stopCause?: string | undefined
  /** Set of a paused guest that slept before. */
  readonly sleeps?: true | undefined
  /** Why QEMU is about to end, by its SHUTDOWN. A QEMU that was told to stay, and is reset, is not about to end any more. */
  readonly endCause?: string | undefined
  /** Set of a guest that is down under a QEMU that stays: it was told not to end with its guest (`-no-shutdown`). */
  readonly isDown?: true | undefined
}

/** The life after an event of QEMU; the same life for an event that changes nothing. */
export function lifeAfter(life: VmLife, { event, data }: Pick<QmpEvent, 'event' | 'data'>): VmLife {
  if (event === 'BLOCK_IO_ERROR' && data.action === 'stop') return { ...life, stopCause: 'io-error' }
  if (event === 'WATCHDOG' && (data.action === 'pause' || data.action === 'debug'))
    return { ...life, stopCause: 'watchdog' }
  // The guest was let run on, to write a dump for instance.
  if (event === 'GUEST_PANICKED' && data.action === 'run') return life
  // How QEMU is ended later says nothing of its guest.
  if (event === 'SHUTDOWN' && life.isDown) return life
  if (event === 'STOP' && life.state === 'stopping' && life.endCause !== undefined)
    return { ...life, isDown: true }
  if (event === 'SHUTDOWN' && typeof data.reason === 'string')
    return { ...moved(life, 'SHUTDOWN', data.reason), endCause: data.reason }
  if (event === 'STOP') {
    const stopped = moved(life, 'STOP', life.stopCause ?? 'stop')
    return life.state === 'suspended' ? { ...stopped, sleeps: true } : stopped
  }
  if (event === 'RESUME' && life.sleeps) return { state: 'suspended', reason: 'resume' }
  if (!movesState(event)) return life
  return moved(life, event, typeof data.reason === 'string' ? data.reason : wordOf(event))
}

/** The life of a VM whose process has ended. */
export function lifeEnded(life: VmLife, reason: string): VmLife {
  return moved(life, 'END', reason)
}

/** Whether an event of QEMU can move a VM. */
export function movesState(event: string): event is Exclude<VmTrigger, 'END'> {
  return event !== 'END' && Object.hasOwn(vmMoves, event)
}

function moved(life: VmLife, trigger: VmTrigger, reason: string): VmLife {
  const to: VmState | undefined = (vmMoves[trigger] as Partial<Record<VmState, VmState>>)[life.state]
  return to === undefined ? life : { state: to, reason }
}

/** `guest-panicked` for GUEST_PANICKED, as QEMU writes its own reasons. */
function wordOf(event: string): string {
  return event.toLowerCase().replaceAll('_', '-')
}

/** What QEMU's `query-status` says, in ours. */
export function lifeOf(status: StatusInfo['status']): VmLife {
  const life = { state: stateOf(status), reason: status }
  return status === 'shutdown' ? { ...life, endCause: 'guest-shutdown', isDown: true } : life
}

function stateOf(status: StatusInfo['status']): VmState {
  switch (status) {
    case 'running':
      return 'running'
    case 'prelaunch':
    case 'inmigrate':
      return 'prelaunch'
    case 'suspended':
      return 'suspended'
    case 'guest-panicked':
      return 'panicked'
    case 'shutdown':
      return 'stopping'
    default:
      return 'paused'
  }
}

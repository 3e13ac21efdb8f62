import type { StatusInfo } from '../qmp/index.ts'

/**
 * Where a VM is in its life. `prelaunch`: it has not run yet; `paused`: it stands still for any reason;
 * `stopping`: the guest or QEMU is going down; `exited`: the process is gone.
 */
export type VmState = 'prelaunch' | 'running' | 'paused' | 'stopping' | 'exited'

/** The events of QEMU that move a VM, and where to. RESET moves nothing: the guest starts over in the same state. */
const moves: Readonly<Record<string, Partial<Record<VmState, VmState>>>> = {
  RESUME: { prelaunch: 'running', paused: 'running' },
  STOP: { running: 'paused', prelaunch: 'paused' },
  SUSPEND: { running: 'paused' },
  WAKEUP: { paused: 'running' },
  SHUTDOWN: { prelaunch: 'stopping', running: 'stopping', paused: 'stopping' },
}

/** The state after an event of QEMU; the same state for an event that moves nothing. */
export function stateAfter(state: VmState, event: string): VmState {
  return moves[event]?.[state] ?? state
}

/** Whether an event of QEMU can move a VM. */
export function movesState(event: string): boolean {
  return Object.hasOwn(moves, event)
}

/** What QEMU's `query-status` says, in ours. */
export function stateOf(status: StatusInfo['status']): VmState {
  switch (status) {
    case 'running':
    case 'watchdog':
      return 'running'
    case 'prelaunch':
    case 'inmigrate':
      return 'prelaunch'
    case 'shutdown':
      return 'stopping'
    default:
      return 'paused'
  }
}

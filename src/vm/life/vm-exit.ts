import type { ShutdownCause } from '../../qmp/index.ts'

/**
 * Why a VM ended. QEMU's own word where it gave one: `guest-shutdown`, `guest-reset` (under `-no-reboot`), `guest-panic`,
 * `host-qmp-quit`, `host-signal`, `host-ui`, `host-error` and their like. Otherwise:
 * `killed`: by a signal that leaves QEMU no time (SIGKILL, most often);
 * `crashed`: by a fault of QEMU's own, or with an exit status and no word;
 * `unknown`: QEMU ended in order, and nobody heard why;
 * `vanished`: the process is gone without having cleared up, and nobody saw how: a kill or a crash;
 * `left`: it did not end, this process has left it;
 * `not-started`: `keepRunning` could not start it again.
 */
export type VmEndReason =
  | ShutdownCause
  | 'killed'
  | 'crashed'
  | 'unknown'
  | 'vanished'
  | 'left'
  | 'not-started'

/** How a VM ended, or that this process has left it. */
export interface VmExit {
  readonly reason: VmEndReason
  /** The guest powered itself down, or QEMU ended in order while nobody heard why. Never so for a crash, a panic or force. */
  readonly clean: boolean
  /** The host ended QEMU while the guest had not powered down: by `quit`, or by a signal of this library. */
  readonly forced: boolean
  /** QEMU was killed, as by a power cut: by this library when `forced` too. */
  readonly killed: boolean
  /** Not an end: this process has left the VM, which runs on. Nothing else is known then. */
  readonly left: boolean
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  /** The last lines QEMU wrote. */
  readonly log: string
  /** The last lines of the guest's serial console. */
  readonly console: string
  /** The file of its serial console, which stays for `readLogs`. */
  readonly consoleLog?: string | undefined
  /** What failed after its end: removing its directory, or writing this record there. */
  readonly fault?: string | undefined
}

/** What `exited` says of a VM that this process has left. */
export const leftExit: VmExit = {
  reason: 'left',
  clean: false,
  forced: false,
  killed: false,
  left: true,
  log: '',
  console: '',
}

/** Whether somebody wanted this end: the guest, or who told QEMU to go. */
export function wasWanted({ clean, forced, killed }: Pick<VmExit, 'clean' | 'forced' | 'killed'>): boolean {
  return clean || (forced && !killed)
}

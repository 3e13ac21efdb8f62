import type { QgaClient } from '../../qmp/index.ts'
import type { PlanHooks, PlanPreset, ServeInput } from '../../volumes/index.ts'
import type { VolumeServer } from './volume-servers.ts'

/** For what only asks QEMU, or tells it something. */
export interface AskOptions {
  readonly signal?: AbortSignal | undefined
  /** How long QEMU may take for each command; 30 s unless given. */
  readonly timeoutMs?: number | undefined
}

export interface AttachOptions extends PlanHooks {
  readonly preset?: PlanPreset | undefined
  readonly signal?: AbortSignal | undefined
  /**
   * The volume's server: once attached it is the VM's, watched by its owner and stopped when the volume has been detached or
   * the VM has ended. One with a `record` is so in whatever process owns the VM; its events are the VM's, with the volume's `id`.
   * When the attach fails it stays with the caller; when the caller dies in the middle, it is stopped with what is undone.
   */
  readonly server?: VolumeServer | undefined
  /** As the volume's `serve`: the server that is started for it, recorded before its process, and ended with the volume or a failure. */
  readonly serve?: ServeInput | undefined
}

export interface DetachOptions extends PlanHooks {
  /** How long to wait for the guest; 30 s unless given, `Infinity` for as long as it wants. */
  readonly waitMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /**
   * Have the agent of a Linux guest unmount the volume's file systems first, or say what holds them: `true` for that of the
   * config's `guestAgent`, or a client of another channel.
   */
  readonly unmount?: true | Pick<QgaClient, 'execute'> | undefined
  /**
   * When the guest has not let go in time, cut the volume off from its NBD server: the guest's requests fail from then
   * on, and what it had not written is lost. `severed` says that nothing of it reaches the server any more, `notSevered`
   * why that is not known. The disk itself goes when the guest lets go or is reset. It also frees a QEMU that stands
   * still for a server that does not answer.
   */
  readonly force?: boolean | undefined
}

/**
 * `pending`: the guest has not let go, or, with `waitsFor`, it has and the server does not answer, for which QEMU would stand
 * still; the volume stays on record and a repeat goes on. Its server must stay up, unless the volume has been `severed`.
 */
export interface DetachOutcome {
  readonly outcome: 'detached' | 'pending'
  readonly id: string
  /** Nothing of the guest reaches the server any more, also when that comes back: it may be used elsewhere. */
  readonly severed?: true
  /** Why a forced detach cannot promise that; end the server, or repeat. */
  readonly notSevered?: string
  /** QEMU has taken a SCSI disk away without asking the guest: what the guest had not written is lost. Unmount first. */
  readonly unasked?: true
  /** The guest has let go; the work is done when the server answers again, or with `force`. */
  readonly waitsFor?: 'server'
}

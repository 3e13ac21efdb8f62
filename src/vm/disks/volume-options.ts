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
   * The volume's server, handed over to the VM. The VM's owner watches it, and stops it when the volume is detached or the VM
   * ends. A server with a `record` stays with the VM when another process becomes the owner. Its events are events of the VM,
   * with the volume's `id`. If the attach fails, the server stays with the caller. If the caller dies in the middle, the server
   * is stopped when the attach is undone.
   */
  readonly server?: VolumeServer | undefined
  /** The same as the volume's `serve`: a server that is started for the volume. It ends with the volume, or with a failed attach. */
  readonly serve?: ServeInput | undefined
}

export interface DetachOptions extends PlanHooks {
  /** How long to wait for the guest; 30 s unless given, `Infinity` for as long as it wants. */
  readonly waitMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /**
   * Lets the agent of a Linux guest unmount the volume's file systems first, or say what holds them. `true` stands for the agent
   * of the config's `guestAgent`; a client speaks to an agent on another channel.
   */
  readonly unmount?: true | Pick<QgaClient, 'execute'> | undefined
  /**
   * Cuts the volume off from its NBD server if the guest has not let go in time. The guest's requests fail from then on, and what
   * it had not written is lost. `severed` says that nothing of the guest reaches the server any more; `notSevered` says why that
   * is not certain. The disk itself goes when the guest lets go or is reset. This also frees a QEMU that stands still for a
   * server that does not answer.
   */
  readonly force?: boolean | undefined
}

/**
 * `pending`: the guest has not let go yet. With `waitsFor`, the guest has let go and the server does not answer, so QEMU is not
 * asked: it would stand still. The volume stays on record, and a repeat goes on. Its server must stay up, unless the volume was
 * `severed`.
 */
export interface DetachOutcome {
  readonly outcome: 'detached' | 'pending'
  readonly id: string
  /** Nothing of the guest reaches the server any more, also when that comes back: it may be used elsewhere. */
  readonly severed?: true
  /** Why a forced detach cannot promise `severed`. End the server, or repeat. */
  readonly notSevered?: string
  /** QEMU has taken a SCSI disk away without asking the guest: what the guest had not written is lost. Unmount first. */
  readonly unasked?: true
  /** The guest has let go; the work is done when the server answers again, or with `force`. */
  readonly waitsFor?: 'server'
}

import type { NicInput } from '../nics/vm-nics.ts'
import type { Vm, VmVisitor } from './roles.ts'

/** How far a template or a fork is. */
export type CopyProgress =
  /** A VM starts; then its guest comes up. */
  | { readonly step: 'start' | 'guest' }
  /** The memory is copied; QEMU counts its own few MiB of memory too. */
  | { readonly step: 'memory'; readonly bytes: number; readonly totalBytes: number }
  /** A disk is copied byte by byte; a reflink or an overlay takes no time. */
  | { readonly step: 'disk'; readonly path: string; readonly bytes: number; readonly totalBytes: number }

export interface ForkOptions {
  readonly signal?: AbortSignal | undefined
  /** How long QEMU may take to save the state, and the fork to start and load it; ten minutes each unless given. */
  readonly timeoutMs?: number | undefined
  /** Leave the fork paused. */
  readonly paused?: boolean | undefined
  readonly onWarning?: ((text: string) => void) | undefined
  /** Hears of each step, and several times a second how much of the memory or of a disk is copied. */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined
  /** Called when the fork runs, to give its guest a name, a machine-id, a network. The fork is killed when it fails. */
  readonly prepare?: ((vm: Vm) => Promise<unknown>) | undefined
}

/** What a fork has of its own. */
export interface ForkOverrides {
  readonly name: string
  /** Cards beside those of its source. They are attached live. */
  readonly nics?: NicInput[] | undefined
}

/** How a VM is forked. */
type Fork = (vm: Vm | VmVisitor, overrides: ForkOverrides, options?: ForkOptions) => Promise<Vm>

/** What launches VMs knows this folder, and puts itself here. */
export const forking: { fork?: Fork } = {}

import type { Vm, VmVisitor } from './roles.ts'

export interface ForkOptions {
  readonly signal?: AbortSignal | undefined
  /** Leave the fork paused. */
  readonly paused?: boolean | undefined
  readonly onWarning?: ((text: string) => void) | undefined
  /** Called when the fork runs, to give its guest a name, a machine-id, a network. The fork is killed when it fails. */
  readonly prepare?: ((vm: Vm) => Promise<unknown>) | undefined
}

/** How a VM is forked. */
type Fork = (vm: Vm | VmVisitor, overrides: { readonly name: string }, options?: ForkOptions) => Promise<Vm>

/** What launches VMs knows this folder, and puts itself here. */
export const forking: { fork?: Fork } = {}

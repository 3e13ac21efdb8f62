import { VmError } from '../errors.ts'
import { type ForkOptions, type ForkOverrides, forking } from './forking.ts'
import { watchHelpers } from './helper-watch.ts'
import { watchStandStill } from './left-standing.ts'
import { type Opening, openWith } from './opening.ts'
import { RunningVm } from './vm.ts'
import type { VmParts } from './vm-parts.ts'

/**
 * A VM that this process owns, from `launchVm` or `reattachVm`. Its owner reads the console, watches the servers of its volumes,
 * and clears up after its end. Disposal (`await using`) shuts the VM down, as `shutdown()` does without options.
 */
export class Vm extends RunningVm {
  readonly isOwner = true as const
  /** Has it run on if what it stands still for has died. @internal */
  endStandStill = () => {}

  /** @internal */
  static open(parts: Omit<VmParts, 'console'>, opening: Opening = {}): Promise<Vm> {
    return openWith(parts.qmp, opening, ({ console, life, machine }) => {
      const vm = new Vm({ ...parts, console }, life, machine)
      vm.endStandStill = watchStandStill(vm)
      void watchHelpers(parts.helpers ?? [], { vmExited: vm.exited, emit: (event) => vm.hub.emit(event) })
      return vm
    })
  }

  async fork(overrides: ForkOverrides, options?: ForkOptions): Promise<Vm> {
    return fork(this, overrides, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.state !== 'exited') await this.shutdown()
  }
}

/**
 * A VM beside its owner, from `reattachVm(id, { owner: false })`. A visitor looks and acts as an owner does. Disposal
 * (`await using`) leaves the VM running, as `detach()` does.
 */
export class VmVisitor extends RunningVm {
  readonly isOwner = false as const

  /** @internal */
  static open(
    parts: Omit<VmParts, 'console' | 'ownership' | 'isSupervised'>,
    opening: Pick<Opening, 'asked' | 'timeoutMs'> = {},
  ): Promise<VmVisitor> {
    return openWith(parts.qmp, opening, ({ life, machine }) => new VmVisitor(parts, life, machine))
  }

  async fork(overrides: ForkOverrides, options?: ForkOptions): Promise<Vm> {
    return fork(this, overrides, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.detach()
  }
}

function fork(vm: Vm | VmVisitor, overrides: ForkOverrides, options: ForkOptions | undefined): Promise<Vm> {
  if (forking.fork === undefined) throw new VmError('VM_UNSUPPORTED', 'what forks VMs is not loaded')
  return forking.fork(vm, overrides, options)
}

import { reattachVm, type Vm, type VmVisitor } from '../../src/index.ts'

/*
 * Checked by the compiler alone (test/tsconfig.json): what follows an @ts-expect-error must be refused, all else
 * accepted.
 */

export async function ownersAndVisitors(owner: boolean): Promise<void> {
  const vm: Vm = await reattachVm('web')
  const same: Vm = await reattachVm('web', { owner: true, stateDir: '/run/vms' })
  const visitor: VmVisitor = await reattachVm('web', { owner: false })
  const either: Vm | VmVisitor = await reattachVm('web', { owner })
  if (either.isOwner) void (either satisfies Vm)
  else void (either satisfies VmVisitor)
  // @ts-expect-error its disposal would shut the VM down
  const guest: VmVisitor = vm
  // @ts-expect-error its disposal leaves the VM
  const host: Vm = visitor
  // @ts-expect-error it is not known which of both
  const unknown: Vm = await reattachVm('web', { owner })
  void [same, guest, host, unknown]
}

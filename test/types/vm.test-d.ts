import {
  keepRunning,
  launchVm,
  parseVmConfig,
  reattachVm,
  type Supervisor,
  type Vm,
  type VmEvent,
  type VmVisitor,
} from '../../src/index.ts'

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

export async function configs(document: unknown): Promise<void> {
  const drives = [{ source: { type: 'file', path: '/srv/os.raw' } } as const]
  await launchVm({ name: 'web', cpus: 2, memoryMiB: 512, drives })
  await launchVm(parseVmConfig(document))
  await launchVm({
    name: 'web',
    cpu_count: 2,
    memory: 512,
    enable_kvm: true,
    drives: [{ file: '/srv/os.raw' }],
  })
  await keepRunning({ name: 'web', cpus: 2, memoryMiB: 512, drives })
  await launchVm({ name: 'web', cpus: 2, memoryMiB: 512, kernel: { image: '/boot/vmlinuz' } })
  // @ts-expect-error no such key
  await launchVm({ nme: 'x' })
  // @ts-expect-error a list is no config
  await launchVm([1])
  // @ts-expect-error nothing is required of an empty object
  await launchVm({})
  // @ts-expect-error a slip in one key
  await launchVm({ name: 'web', cpus: 2, memoryMib: 512, drives })
  // @ts-expect-error a document that nobody has checked
  await launchVm(document)
  // @ts-expect-error no such key
  await keepRunning({ nme: 'x' })
  // @ts-expect-error a list is no config
  await keepRunning([1])
}

export async function events(vm: Vm, visitor: VmVisitor, supervisor: Supervisor): Promise<void> {
  const off: () => void = vm.on('VOLUME_ATTACHED', ({ event, data, timestamp }) => {
    const words: [string, string | undefined, number] = [data.id, data.port, timestamp.seconds]
    void [event satisfies 'VOLUME_ATTACHED', words]
  })
  off()
  visitor.on('SHUTDOWN', ({ data: { guest } }) => guest satisfies boolean)
  supervisor.on('VOLUME_LOST', ({ data: { id, message } }) => `${id}: ${message}`)
  supervisor.on('VM_STARTED', ({ data }) => data.origin satisfies 'launched' | 'reattached')
  const heard = (event: VmEvent) => {
    if (event.event === 'VM_STATE_CHANGED') event.data.to satisfies Vm['state']
    // @ts-expect-error before it is known which
    void event.data.to
  }
  vm.on('*', heard)
  vm.off('*', heard)
  for await (const { data } of vm.events({ names: ['VOLUME_EJECTED'] })) data.id satisfies string
  for await (const event of supervisor.events()) heard(event)
  // @ts-expect-error no such event
  vm.on('VOLUME_LSOT', () => {})
  // @ts-expect-error not of this event
  vm.on('VOLUME_DETACHED', ({ data: { message } }) => message)
}

import { access, constants } from 'node:fs/promises'
import { hasVhost } from '../config/nics.ts'
import type { ResolvedVm } from '../config/resolve.ts'
import type { Vm } from '../life/roles.ts'

const vhostNet = '/dev/vhost-net'

/** The VM with its taps as this host can carry them: where there is no /dev/vhost-net, QEMU does it, unless the config insists. */
export async function withHostsTaps(vm: ResolvedVm, onWarning?: (text: string) => void): Promise<ResolvedVm> {
  const unsaid = vm.nics.filter(
    (nic) => nic.type === 'tap' && nic.vhost === undefined && hasVhost(nic, vm.accelerator),
  )
  if (unsaid.length === 0) return vm
  const isThere = await access(vhostNet, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
  if (isThere) return vm
  onWarning?.(`${vhostNet} cannot be used: QEMU itself carries the packets of its taps, which is slower`)
  return { ...vm, nics: vm.nics.map((nic) => (unsaid.includes(nic) ? { ...nic, vhost: false } : nic)) }
}

const timeoutMs = 30_000

/** Whether a card is to have no link: its guest must not run before QEMU has been told. */
export function hasDownLinks({ nics }: Pick<ResolvedVm, 'nics'>): boolean {
  return nics.some(({ link }) => link === 'down')
}

/** Takes the link of each such card down. QEMU has no word for it on its command line. */
export async function takeLinksDown({ qmp }: Pick<Vm, 'qmp'>, { nics }: ResolvedVm): Promise<void> {
  for (const { id, link } of nics)
    if (link === 'down') await qmp.execute('set_link', { name: id, up: false }, { timeoutMs })
}

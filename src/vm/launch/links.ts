import type { ResolvedVm } from '../config/resolve.ts'
import type { Vm } from '../life/roles.ts'

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

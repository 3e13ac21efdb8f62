import { QmpCommandError } from '../../qmp/index.ts'
import { macOf } from '../config/nics.ts'
import type { VmConfig } from '../config/schema.ts'
import type { Vm } from '../life/roles.ts'
import { hasAgent } from './guest-ready.ts'

/** Gives the card with address $1 the address $2. Fails without `ip`, and when no card has the address. */
const script =
  'for card in /sys/class/net/*; do [ "$(cat "$card/address")" != "$1" ] || { ip link set "$(basename "$card")" address "$2"; exit; }; done; exit 1'

interface Options {
  readonly signal?: AbortSignal | undefined
  readonly onWarning?: ((text: string) => void) | undefined
}

/**
 * Gives each card an address of its own that came into a copy with the memory of a VM: the driver in the guest knows the address of
 * the source, and only the guest can change that. Its agent does. What fails is told as a warning.
 */
export async function giveAddresses(
  vm: Vm,
  config: Pick<VmConfig, 'guestAgent' | 'nics'>,
  { onWarning, signal }: Options,
): Promise<void> {
  if (config.nics.length === 0) return
  // Only cards of virtio tell. Asked for by its name a card is taken for its network, which has the same.
  const told = await vm.qmp.execute('query-rx-filter', undefined, { signal })
  for (const { id } of config.nics) {
    const own = macOf(vm.id, id)
    const known = told.find(({ name }) => name === id)?.['main-mac']
    if (known === own) continue
    const words = ['/bin/sh', '-c', script, 'sh', known ?? '', own] as const
    if (!hasAgent(config) || !(await succeeds(vm, words, signal)))
      onWarning?.(
        `the card ${id} of VM ${vm.id} keeps the address of its source: set it to ${own} in prepare`,
      )
  }
}

async function succeeds(
  vm: Vm,
  words: readonly [string, ...string[]],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    return (await vm.guest.exec([...words], { signal })).exitCode === 0
  } catch (error) {
    if (error instanceof QmpCommandError) return false
    throw error
  }
}

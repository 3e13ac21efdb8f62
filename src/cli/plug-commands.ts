import type { Declare } from './guest-commands.ts'
import { milliseconds } from './parser.ts'

const plugs = () => import('./commands/plugs.ts')

/** The commands that attach and detach network cards and other devices. */
export function declarePlugCommands(command: Declare): void {
  const patience = () =>
    milliseconds('--wait-ms <n>', 'how long to wait for the guest to let go').default(30_000)
  command(
    'nic <attach|detach> <vm> <nic>',
    'attach a network card to a running VM, or detach one; <nic> is a JSON file like an entry of nics, or an id',
    async () => (await plugs()).nic,
  )
    .addOption(patience())
    .registeredArguments.at(0)
    ?.choices(['attach', 'detach'])
  command(
    'device <attach|detach|list> <vm> [device]',
    'attach a device to a running VM, detach one, or list them; [device] is a JSON file, or an id',
    async () => (await plugs()).device,
  )
    .addOption(patience())
    .registeredArguments.at(0)
    ?.choices(['attach', 'detach', 'list'])
}

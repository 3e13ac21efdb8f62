import type { Declare } from './guest-commands.ts'
import { milliseconds } from './parser.ts'

const plugs = () => import('./commands/plugs.ts')

/** The commands for what comes to a running VM and goes, beside its volumes. */
export function declarePlugCommands(command: Declare): void {
  const patience = () =>
    milliseconds('--wait-ms <n>', 'how long to wait for the guest to let go').default(30_000)
  command(
    'nic <attach|detach> <vm> <nic>',
    "attach a network card (a file like an entry of a config's nics) to a running VM, or detach one by its id",
    async () => (await plugs()).nic,
  )
    .addOption(patience())
    .registeredArguments.at(0)
    ?.choices(['attach', 'detach'])
  command(
    'device <attach|detach|list> <vm> [device]',
    'attach a device (a file with what device_add takes) to a running VM, detach one by its id, or list them',
    async () => (await plugs()).device,
  )
    .addOption(patience())
    .registeredArguments.at(0)
    ?.choices(['attach', 'detach', 'list'])
}

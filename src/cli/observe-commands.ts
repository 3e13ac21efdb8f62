import { countOfTables } from './arguments.ts'
import type { Declare } from './guest-commands.ts'
import { argument, label, milliseconds, Option } from './parser.ts'

const observe = () => import('./commands/observe.ts')
const tuning = () => import('./commands/tune.ts')

/** The commands that look at what VMs do and need. */
export function declareObserveCommands(command: Declare): void {
  command(
    'top [vm]',
    'show the CPU, memory and I/O of VMs and their volumes, live',
    async () => (await observe()).top,
  )
    .addOption(
      new Option('--count <n>', 'how many tables to print (default: until Ctrl-C)').argParser(
        argument(countOfTables),
      ),
    )
    .addOption(milliseconds('--interval-ms <n>', 'how often to print a table').default(2_000))
    .addOption(
      new Option('--label <key=value>', 'only VMs with this label; may be repeated').argParser(label),
    )
  command(
    'explain <vm> [volume-id]',
    'say what slows the disks of a VM down: a limit, the connection, the server, the guest or the host',
    async () => (await observe()).explain,
  ).addOption(milliseconds('--interval-ms <n>', 'how long to measure').default(3_000))
  command(
    'metrics [vm]',
    'print the numbers of VMs, volumes, servers and the host for Prometheus',
    async () => (await observe()).metrics,
  )
    .option('--listen <host:port>', 'serve them at http://<host:port>/metrics until Ctrl-C')
    .option('--rules', 'print alerting rules for Prometheus, and no numbers')
  command(
    'tune <config>',
    'find faster settings for the disks of a config: start its VM again and again, and measure',
    async () => (await tuning()).tune,
  )
    .option(
      '--exec <command>',
      'a command that measures in the guest; the last number that it prints is the result, more is better',
    )
    .addOption(milliseconds('--budget-ms <n>', 'how long to measure at most').default(600_000))
}

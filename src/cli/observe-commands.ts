import { countOfTables } from './arguments.ts'
import type { Declare } from './guest-commands.ts'
import { argument, label, milliseconds, Option } from './parser.ts'

const observe = () => import('./commands/observe.ts')
const tuning = () => import('./commands/tune.ts')

/** The commands that look at what VMs do and need. */
export function declareObserveCommands(command: Declare): void {
  command(
    'top [vm]',
    'print what VMs and their volumes use and do, again and again',
    async () => (await observe()).top,
  )
    .addOption(
      new Option('--count <n>', 'how many tables to print (default: until Ctrl-C)').argParser(
        argument(countOfTables),
      ),
    )
    .addOption(milliseconds('--interval-ms <n>', 'the time that each table is about').default(2_000))
    .addOption(
      new Option('--label <key=value>', 'only VMs with this label; more than once: with all').argParser(
        label,
      ),
    )
  command(
    'explain <vm> [volume]',
    'say of each disk of a VM, or of one, what holds it up, by the numbers of QEMU and of the host',
    async () => (await observe()).explain,
  ).addOption(milliseconds('--interval-ms <n>', 'how long to look').default(3_000))
  command(
    'metrics [vm]',
    'print the numbers of VMs, their volumes and servers, and of the host, for Prometheus',
    async () => (await observe()).metrics,
  )
    .option('--listen <host:port>', 'serve them at http://<host:port>/metrics until Ctrl-C')
    .option('--rules', 'print alerting rules for them instead, as a file for Prometheus')
  command(
    'tune <config>',
    'start the VM of a config again and again with other settings of its disks, and print what measures more',
    async () => (await tuning()).tune,
  )
    .option(
      '--exec <command>',
      'what a shell of the guest runs, by its agent; it ends with a number: more is better',
    )
    .addOption(milliseconds('--budget-ms <n>', 'after which nothing more is measured').default(600_000))
}

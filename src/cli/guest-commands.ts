import { countOfLines, countOfMib } from './arguments.ts'
import type { ProgramShape } from './complete.ts'
import type { Action } from './options.ts'
import { argument, type Command, milliseconds, Option, variable } from './parser.ts'

/** Makes a command whose action is loaded when it is called. */
export type Declare = (
  usage: string,
  description: string,
  load: () => Promise<Action>,
  settings?: { readonly isDefault?: boolean; readonly hidden?: boolean },
) => Command

const completions = () => import('./commands/completion.ts')
const guest = () => import('./commands/guest.ts')
const logs = () => import('./commands/logs.ts')

/** The commands that speak to a guest, or tell what it has said. */
export function declareGuestCommands(command: Declare): void {
  command(
    'exec <vm> <program...>',
    'run a program in the guest, and end with its exit code; write -- before a program with options',
    async () => (await guest()).exec,
  )
    .option('--stdin', 'give the program all of standard input')
    .addOption(
      new Option('--env <name=value>', 'set a variable of its environment; may be repeated').argParser(
        variable,
      ),
    )
    .addOption(milliseconds('--timeout-ms <n>', 'how long the program may take').default(600_000))
  command(
    'cp <from> <to>',
    'copy a file into a guest or out of it; a path in the guest is <vm>:<path>',
    async () => (await guest()).copy,
  )
    .addOption(
      new Option('--max-mib <n>', 'the largest file that is copied out of a guest')
        .argParser(argument(countOfMib))
        .default(1024),
    )
    .addOption(milliseconds('--timeout-ms <n>', 'how long each answer of the guest may take').default(60_000))
  command(
    'wait <vm>',
    'wait for the guest agent, a TCP port of the guest, a text on its console, or the end of the VM',
    async () => (await guest()).wait,
  )
    .requiredOption('--for <what>', 'agent, port:<number>, text:<text> or ended')
    .addOption(milliseconds('--timeout-ms <n>', 'how long to wait').default(60_000))
  command(
    'logs <vm>',
    'print what the guest wrote to its serial console, also after its end',
    async () => (await logs()).logs,
  )
    .option('--follow', 'go on printing what the guest writes, until the VM ends')
    .addOption(new Option('--lines <n>', 'only the last lines').argParser(argument(countOfLines)))
    .option('--previous', 'the run before this one')
}

/** The commands that shells use to complete ours. */
export function declareCompletion(command: Declare, program: ProgramShape): void {
  command(
    'completion <shell>',
    'print a script for your shell that completes commands, options and VMs: eval "$(qemu-launch completion bash)"',
    async () => (await completions()).completion,
  )
    .registeredArguments.at(0)
    ?.choices(['bash', 'zsh', 'fish'])
  command(
    '__complete [words...]',
    'print what may come next',
    async () => {
      const { complete } = await completions()
      return (context, _options, ...words) =>
        complete(
          program,
          context,
          words.map((word) => word ?? ''),
        )
    },
    { hidden: true },
  )
}

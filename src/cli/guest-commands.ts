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
    "run a program in the guest by its agent and end with its exit code; a program's options follow --",
    async () => (await guest()).exec,
  )
    .option('--stdin', 'hand standard input over, up to its end')
    .addOption(new Option('--env <name=value>', 'its environment; more than once').argParser(variable))
    .addOption(milliseconds('--timeout-ms <n>', 'how long it may take').default(600_000))
  command(
    'cp <from> <to>',
    'copy a file into a guest or out of it, by its agent; the path in the guest is <vm>:<path>',
    async () => (await guest()).copy,
  )
    .addOption(
      new Option('--max-mib <n>', 'how much a guest may send').argParser(argument(countOfMib)).default(1024),
    )
    .addOption(milliseconds('--timeout-ms <n>', 'how long each answer may take').default(60_000))
  command(
    'wait <vm>',
    'wait until the guest agent answers, the guest takes connections, its console says something, or the VM has ended',
    async () => (await guest()).wait,
  )
    .requiredOption('--for <what>', 'agent, port:<number>, text:<text> or ended')
    .addOption(milliseconds('--timeout-ms <n>', 'how long to wait').default(60_000))
  command(
    'logs <vm>',
    'print what the guest said on its serial console, also after its end',
    async () => (await logs()).logs,
  )
    .option('--follow', 'go on with what comes, until the VM ends')
    .addOption(new Option('--lines <n>', 'only the last lines').argParser(argument(countOfLines)))
    .option('--previous', 'of the run before')
}

/** The commands by which shells complete ours. */
export function declareCompletion(command: Declare, program: ProgramShape): void {
  command(
    'completion <shell>',
    'print what completes these words in your shell: eval "$(qemu-launch completion bash)"',
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

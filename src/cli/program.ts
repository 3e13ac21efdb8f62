import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { kill, list, status, stop } from './commands/fleet.ts'
import { render, run, schema } from './commands/launch.ts'
import { consoleOf, events, qmp } from './commands/talk.ts'
import { attach, detach, plan } from './commands/volumes.ts'
import { Context, type GlobalOptions, type Streams } from './context.ts'
import { type ExitCode, errorDocument, exitCodeOf, exitCodes, UsageError } from './outcome.ts'

/** Runs one command line to its end and gives its exit code. Never throws. */
export async function runCli(words: readonly string[], streams: Streams): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done
  const program = buildProgram(streams, (ended) => {
    code = ended
  })
  try {
    await program.parseAsync(words, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done
    const reported =
      error instanceof CommanderError ? new UsageError(error.message.replace(/^error: /, '')) : error
    const document = errorDocument(reported)
    const line = words.includes('--json')
      ? JSON.stringify(document, plain)
      : `qemu-launch: ${document.message}`
    streams.stderr.write(`${line}\n`)
    return exitCodeOf(reported)
  }
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

type Ended = (code: ExitCode) => void

/** The commands, their options and their help. */
export function buildProgram(streams: Streams, ended: Ended): Command {
  const program = new Command('qemu-launch')
    .description('Launch QEMU virtual machines and plug and unplug their disks while they run.')
    .version(version(), '-V, --version', 'print the version')
    .option(
      '--state-dir <dir>',
      'where VMs are kept (default: $QEMU_LAUNCH_STATE_DIR, $XDG_RUNTIME_DIR/qemu-launch, for root /run/qemu-launch)',
    )
    .option('--json', 'print one JSON document, errors too')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      // What went wrong is said once, by runCli.
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => 100,
    })
    .exitOverride()
    .addHelpText('after', afterword)

  /** A command whose action gets the context, its options and its arguments. */
  const command = (
    usage: string,
    description: string,
    action: Action,
    settings: { isDefault?: boolean } = {},
  ) => {
    const made = program.command(usage, settings).description(description)
    made.action(async (...given: unknown[]) => {
      const options = made.optsWithGlobals<GlobalOptions & Options>()
      const args = given.slice(0, made.registeredArguments.length) as (string | undefined)[]
      ended((await action(new Context(options, streams), options, ...args)) ?? exitCodes.done)
    })
    return made
      .option('--json', 'print one JSON document, errors too')
      .option('--state-dir <dir>', 'where VMs are kept')
      .configureHelp({
        visibleOptions: (shown) =>
          shown.options.filter(({ long }) => long !== '--json' && long !== '--state-dir'),
      })
  }

  command(
    'run <config>',
    'start a VM and stay with it; Ctrl-C asks the guest to power down, a second one kills',
    run,
    { isDefault: true },
  )
    .option('--detach', 'leave it running and return')
    .option('--dry-run', 'print the command line instead')
  command('render <config>', 'print the command line of a config; needs no QEMU', render).addOption(
    new Option('--format <form>', 'shell: one line; lines: a word a line; json: an array')
      .choices(['shell', 'lines', 'json'])
      .default('shell'),
  )
  command('list', 'print the VMs', list)
  command('status <vm>', 'print the state of a VM and its volumes', status)
  command('stop <vm>', 'ask the guest to power down and wait', stop)
    .option('--force', 'end a VM whose guest does not go down in time')
    .addOption(milliseconds('--timeout-ms <n>', 'how long the guest may take').default(30_000))
  command('kill <vm>', 'end a VM at once, as a power cut would', kill)
  command(
    'attach <vm> <volume>',
    'attach a volume (a file with its description, or an NBD address) to a running VM',
    attach,
  )
    .option('--id <id>', 'the name of the volume')
    .addOption(preset())
  command('detach <vm> <volume-id>', 'detach a volume from a running VM', detach).addOption(
    milliseconds('--wait-ms <n>', 'how long to wait for the guest to let go').default(30_000),
  )
  command(
    'plan <what> <volume>',
    'print the QMP commands that attach a volume file, or detach a volume id',
    plan,
  )
    .addOption(preset())
    .registeredArguments.at(0)
    ?.choices(['attach', 'detach'])
  command('qmp <vm> <command> [arguments]', 'run one QMP command; the arguments are a JSON object', qmp)
  command('events <vm>', "print QEMU's events, one JSON object a line", events)
  command('console <vm>', 'talk to the serial console; Ctrl-] leaves it', consoleOf)
  command('schema <what>', 'print the JSON Schema of a config or volume file', schema)
    .registeredArguments.at(0)
    ?.choices(['config', 'volume'])
  return program
}

/** Everything a command may have been told; each reads its own. */
export interface Options {
  readonly detach?: true
  readonly dryRun?: true
  readonly force?: true
  readonly timeoutMs?: number
  readonly waitMs?: number
  readonly id?: string
  readonly preset?: 'safe' | 'hive'
  readonly format?: 'shell' | 'lines' | 'json'
}

type Action = (
  context: Context,
  options: Options,
  ...args: (string | undefined)[]
) => Promise<ExitCode | undefined>

const afterword = `
\`qemu-launch <config>\` is the same as \`qemu-launch run <config>\`; a config or volume of \`-\` is read from standard input.

Exit codes:
  0  done
  1  the operation failed
  2  bad usage, config or volume file
  3  the VM or volume is not there
  4  pending or timed out: nothing was lost, and a repeat continues`

function preset(): Option {
  return new Option('--preset <name>', 'safe, or as Hive does it').choices(['safe', 'hive']).default('safe')
}

function milliseconds(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value <= 2 ** 31 - 1) return value
    throw new InvalidArgumentError('should be a number of milliseconds.')
  })
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

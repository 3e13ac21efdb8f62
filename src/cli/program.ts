import { afterword } from './afterword.ts'
import * as kinds from './arguments.ts'
import { type Declare, declareCompletion, declareGuestCommands } from './guest-commands.ts'
import { declareImageCommands } from './image-commands.ts'
import { declareObserveCommands } from './observe-commands.ts'
import type { Options, Streams } from './options.ts'
import { exitCodeOf, exitCodes, formatError, UsageError } from './outcome.ts'
import { argument, Command, CommanderError, label, milliseconds, Option, preset } from './parser.ts'
import { declarePlugCommands } from './plug-commands.ts'
import { checkCommand, checkTopic, usageError } from './usage.ts'
import { version } from './version.ts'

// Each is loaded when it is needed: together they take three times as long to load as the help.
const doctor = () => import('./commands/doctor.ts')
const fleet = () => import('./commands/fleet.ts')
const launch = () => import('./commands/launch.ts')
const servers = () => import('./commands/servers.ts')
const talk = () => import('./commands/talk.ts')
const volumes = () => import('./commands/volumes.ts')
const words = () => import('./commands/words.ts')

/** Runs one command line to its end and gives its exit code. Never throws. */
export async function runCli(words: readonly string[], streams: Streams): Promise<number> {
  let code: number = exitCodes.done
  const program = buildProgram(streams, (ended) => {
    code = ended
  })
  const operands = operandsOf(words, streams)
  try {
    checkOperands(operands, program)
    await program.parseAsync(words, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done
    const reported = error instanceof CommanderError ? misuse(error, program, operands[0]) : error
    streams.stderr.write(`${formatError(reported, words.includes('--json'))}\n`)
    return exitCodeOf(reported)
  }
}

/** @throws UsageError when the command, or the topic of `help`, does not exist. */
function checkOperands([first, second]: readonly string[], program: Command): void {
  const commands = program.commands.map((known) => known.name())
  if (first === 'help') checkTopic(second, commands)
  else checkCommand(first, [...commands, 'help'])
}

function misuse(error: CommanderError, program: Command, name: string | undefined): UsageError {
  const command = program.commands.find((candidate) => candidate.name() === name)
  if (name === undefined && error.code === 'commander.missingArgument') {
    return new UsageError('name a config to run, or a command; qemu-launch --help lists them')
  }
  return usageError(error, command === undefined ? program.usage() : `${command.name()} ${command.usage()}`)
}

/** The words that are not options. Empty if an option before them is wrong, or if it leaves nothing to do. */
function operandsOf(words: readonly string[], streams: Streams): readonly string[] {
  // A second parser that prints nothing: the first would print the version when it meets --version.
  const parser = buildProgram(streams, () => {}).configureOutput({ writeOut: () => {} })
  try {
    return parser.parseOptions([...words]).operands
  } catch {
    return []
  }
}

/** The commands, their options and their help. */
export function buildProgram(streams: Streams, ended: (code: number) => void): Command {
  const program = new Command('qemu-launch')
    .usage('<config> | <command> [options]')
    .description('Launch QEMU virtual machines and plug and unplug their disks while they run.')
    .version(version(), '-V, --version', 'print the version')
    .addOption(
      new Option(
        '--state-dir <dir>',
        'where VMs are kept (default: $QEMU_LAUNCH_STATE_DIR, $XDG_RUNTIME_DIR/qemu-launch, for root /run/qemu-launch)',
      ).argParser(argument(kinds.directory)),
    )
    .option('--json', 'print one JSON document, errors too')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ showGlobalOptions: true, subcommandTerm: (command) => command.name() })
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      // runCli prints each error once.
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => 80,
      getOutHasColors: () => false,
    })
    .exitOverride()
    .addHelpText('after', afterword)

  /** A command whose action gets the context, its options and its arguments. */
  const command: Declare = (usage, description, load, settings = {}) => {
    const made = program.command(usage, settings).description(description)
    return made.action(async (...given: unknown[]) => {
      const options = made.optsWithGlobals<Options>()
      const args = given.slice(0, made.registeredArguments.length).flat() as (string | undefined)[]
      const [action, { Context }] = await Promise.all([load(), import('./context.ts')])
      ended((await action(new Context(options, streams), options, ...args)) ?? exitCodes.done)
    })
  }

  command(
    'run <config>',
    'start a VM and stay; Ctrl-C asks the guest to power down, a second Ctrl-C kills the VM',
    async () => (await launch()).run,
    { isDefault: true },
  )
    .option('--detach', 'leave the VM running, and return')
    .option('--trace', 'print where the time of the launch went')
    .option(
      '--dry-run',
      'start nothing; print the whole command line, with all that a launch adds to the config',
    )
  command(
    'render <config>',
    'print the command line of a config; needs no QEMU',
    async () => (await words()).render,
  ).addOption(
    new Option('--format <form>', 'shell: one line; lines: a word a line; json: an array')
      .choices(['shell', 'lines', 'json'])
      .default('shell'),
  )
  command('list', 'list the VMs', async () => (await fleet()).list)
    .addOption(
      new Option('--label <key=value>', 'only VMs with this label; may be repeated').argParser(label),
    )
    .option('-q, --quiet', 'print the names only')
  command('status <vm>', 'show the state of a VM and its volumes', async () => (await fleet()).status)
  command(
    'stop <vm>',
    'ask the guest to power down, and wait until the VM has ended',
    async () => (await fleet()).stop,
  )
    .option('--force', 'end the VM if its guest does not power down in time')
    .addOption(milliseconds('--timeout-ms <n>', 'how long the guest may take').default(30_000))
  command(
    'reboot <vm>',
    'reboot the guest in an orderly way, and wait until the machine starts over',
    async () => (await fleet()).reboot,
  )
    .option('--force', 'reset the machine if its guest does not go down in time')
    .addOption(milliseconds('--timeout-ms <n>', 'how long the guest may take to go down').default(60_000))
  command('kill <vm>', 'end a VM at once, like a power cut', async () => (await fleet()).kill)
  command(
    'attach <vm> <volume>',
    'attach a volume to a running VM; <volume> is a JSON file, an image or an NBD address',
    async () => (await volumes()).attach,
  )
    .option('--id <id>', 'the name of the volume')
    .option('--trace', 'print where the time went')
    .addOption(preset())
  command(
    'detach <vm> <volume-id>',
    'detach a volume from a running VM',
    async () => (await volumes()).detach,
  )
    .addOption(milliseconds('--wait-ms <n>', 'how long to wait for the guest to let go').default(30_000))
    .option(
      '--unmount',
      'have the guest agent unmount the volume first; if it is in use, the command says by what',
    )
    .option(
      '--force',
      'if the guest does not let go in time, cut the volume off from its server; what the guest has not written is lost',
    )
  command(
    'servers [end] [server]',
    'list the servers of volumes; end a server that no VM uses',
    async () => (await servers()).servers,
  )
    .registeredArguments.at(0)
    ?.choices(['end'])
  declarePlugCommands(command)
  const patient = (made: Command) =>
    made
      .addOption(
        milliseconds('--wait-ms <n>', 'how long a guest that has locked the tray may take').default(10_000),
      )
      .option('--force', 'open the tray even if the guest has locked it')
  patient(
    command(
      'insert <vm> <drive> <medium>',
      'put an image into a CD-ROM drive of a running VM; <medium> is a file or an NBD address',
      async () => (await volumes()).insert,
    ).addOption(
      new Option(
        '--format <form>',
        'the format of the image (default: what the name of the file says)',
      ).choices(['raw', 'qcow2']),
    ),
  )
  patient(
    command(
      'eject <vm> <drive>',
      'take the image out of a CD-ROM drive of a running VM',
      async () => (await volumes()).eject,
    ),
  )
  command(
    'plan <attach|detach> <volume>',
    'print the QMP commands of an attach or a detach; <volume> is a JSON file or an id; needs no VM',
    async () => (await words()).plan,
  )
    .addOption(preset())
    .registeredArguments.at(0)
    ?.choices(['attach', 'detach'])
  command(
    'qmp <vm> <command> [arguments]',
    'run one QMP command; the arguments are a JSON object',
    async () => (await talk()).qmp,
  ).addOption(milliseconds('--timeout-ms <n>', 'how long QEMU may take to answer').default(30_000))
  command(
    'events <vm>',
    "print QEMU's events as they come, one JSON object a line",
    async () => (await talk()).events,
  )
  command(
    'console <vm>',
    'talk to the serial console; Ctrl-] leaves it',
    async () => (await talk()).consoleOf,
  )
  declareObserveCommands(command)
  declareGuestCommands(command)
  declareImageCommands(command)
  command(
    'schema <config|volume|qmp>',
    'print the JSON Schema of a config or a volume, or the TypeScript types of a QEMU',
    async () => (await words()).schema,
  )
    .option('--qemu <path>', 'of qmp: the QEMU to ask', 'qemu-system-x86_64')
    .registeredArguments.at(0)
    ?.choices(['config', 'volume', 'qmp'])
  command(
    'doctor',
    'say what this host lacks to run VMs; ends with 1 if it can run none',
    async () => (await doctor()).doctor,
  )
    .addOption(
      new Option('--vms <n>', 'how many VMs the host should be able to run')
        .argParser(argument(kinds.countOfVms))
        .default(1),
    )
    .option('--print-sysctl', 'print kernel settings for sysctl.d, and nothing else')
  declareCompletion(command, program)
  return program
}

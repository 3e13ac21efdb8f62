import * as kinds from './arguments.ts'
import type { Declare } from './guest-commands.ts'
import { argument, milliseconds, Option } from './parser.ts'

const backups = () => import('./commands/backups.ts')
const clones = () => import('./commands/clones.ts')
const images = () => import('./commands/images.ts')

/** The commands that make VMs and images from others. */
export function declareImageCommands(command: Declare): void {
  command(
    'template <create|list|delete> [name] [config]',
    'keep a VM whose guest is up, from which clones start at once; the VM of the config is booted for it, or a running VM is copied',
    async () => (await clones()).template,
  )
    .option(
      '--ready-text <text>',
      'what the guest writes to its serial console when it is ready (default: its agent answers)',
    )
    .option('--from <vm>', 'the VM that runs, in place of a config')
    .addOption(milliseconds('--timeout-ms <n>', 'how long the guest may take to be ready').default(120_000))
    .registeredArguments.at(0)
    ?.choices(['create', 'list', 'delete'])
  command(
    'clone <template> <vm>',
    'start a VM from a template and leave it running',
    async () => (await clones()).clone,
  )
    .option(
      '--exec <command>',
      'what a shell of the guest runs first, by its agent; $1 is the name of the VM',
    )
    .option('--paused', 'leave it paused')
  command(
    'fork <vm> <new>',
    'make a second VM of a running VM, with its memory and its disks, and leave it running',
    async () => (await clones()).fork,
  )
    .option(
      '--exec <command>',
      'what a shell of the new guest runs first, by its agent; $1 is the name of the VM',
    )
    .option('--paused', 'leave it paused')
  command(
    'image <create|overlay|convert|info|resize|clone> <file> [new]',
    'make, read and change disk images; overlay, convert and clone make the file <new> from <file>',
    async () => (await images()).image,
  )
    .addOption(
      new Option('--size <bytes>', 'of the disk, such as 10G or 512M').argParser(argument(kinds.sizeOfDisk)),
    )
    .addOption(
      new Option('--format <format>', 'of the image; qcow2 for a name that ends so, else raw').choices([
        'raw',
        'qcow2',
      ]),
    )
    .option('--backing <file>', 'what <file> stands on, when its header names something')
    .addOption(
      new Option(
        '--method <method>',
        'how to clone; auto: reflink where the file system has it, else overlay',
      )
        .choices(['auto', 'reflink', 'overlay', 'copy'])
        .default('auto'),
    )
    .option('--shrink', 'make it smaller, which cuts off its end')
    .registeredArguments.at(0)
    ?.choices(['create', 'overlay', 'convert', 'info', 'resize', 'clone'])
  command(
    'backup <vm> [volume] [target]',
    'back up a disk of a running VM to a new qcow2 image, or to an NBD server; without a disk print the backups there are',
    async () => (await backups()).backup,
  )
    .addOption(
      new Option('--kind <kind>', 'auto: what has changed since the last backup, where that can be')
        .choices(['auto', 'full', 'incremental'])
        .default('auto'),
    )
    .addOption(
      new Option('--speed <bytes>', 'what is copied at most in a second, such as 20M').argParser(
        argument(kinds.sizeOfDisk),
      ),
    )
}

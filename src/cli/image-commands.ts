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
    'keep a VM whose guest is up; clones start from it in a tenth of the time of a boot',
    async () => (await clones()).template,
  )
    .option(
      '--ready-text <text>',
      'the guest is ready when it writes this to its console (default: when its agent answers)',
    )
    .option('--from <vm>', 'make the template of this running VM, not of a config')
    .addOption(milliseconds('--timeout-ms <n>', 'how long the guest may take to be ready').default(120_000))
    .registeredArguments.at(0)
    ?.choices(['create', 'list', 'delete'])
  command(
    'clone <template> <new-vm>',
    'start a VM from a template, and leave it running',
    async () => (await clones()).clone,
  )
    .option('--exec <command>', 'a command that the guest runs first, by its agent; $1 is the name of the VM')
    .option('--paused', 'leave it paused')
  command(
    'pool <template>',
    'keep clones ready: each line of the input takes one, and its name is printed; at the end of the input the others are killed',
    async () => (await clones()).pool,
  )
    .addOption(
      new Option('--size <n>', 'how many clones are kept ready')
        .argParser(argument(kinds.countOfVms))
        .default(2),
    )
    .option(
      '--exec <command>',
      'a command that each guest runs first, by its agent; $1 is the name of the VM',
    )
  command(
    'fork <vm> <new-vm>',
    'copy a running VM, with its memory and its disks, and leave the copy running',
    async () => (await clones()).fork,
  )
    .option(
      '--exec <command>',
      'a command that the new guest runs first, by its agent; $1 is the name of the VM',
    )
    .option('--paused', 'leave it paused')
  command(
    'image <create|overlay|convert|info|resize|clone> <file> [new]',
    'make, read and change disk images; overlay, convert and clone make <new> from <file>',
    async () => (await images()).image,
  )
    .addOption(
      new Option('--size <bytes>', 'the size of the disk, such as 10G or 512M').argParser(
        argument(kinds.sizeOfDisk),
      ),
    )
    .addOption(
      new Option(
        '--format <format>',
        'the format of the image (default: qcow2 if its name ends in .qcow2, else raw)',
      ).choices(['raw', 'qcow2']),
    )
    .option('--backing <file>', 'the image that <file> stands on, if its header names one')
    .addOption(
      new Option(
        '--method <method>',
        'how to clone; auto: a reflink if the file system has them, else an overlay',
      )
        .choices(['auto', 'reflink', 'overlay', 'copy'])
        .default('auto'),
    )
    .option('--shrink', 'allow a smaller size; the end of the disk is cut off')
    .registeredArguments.at(0)
    ?.choices(['create', 'overlay', 'convert', 'info', 'resize', 'clone'])
  command(
    'backup <vm> [volume-id] [target]',
    'back up a disk of a running VM to a new qcow2 image or an NBD server; with <vm> alone, list its backups',
    async () => (await backups()).backup,
  )
    .addOption(
      new Option('--kind <kind>', 'auto: incremental if possible, else full')
        .choices(['auto', 'full', 'incremental'])
        .default('auto'),
    )
    .addOption(
      new Option('--speed <bytes>', 'the most bytes to copy in a second, such as 20M').argParser(
        argument(kinds.sizeOfDisk),
      ),
    )
}

import type { CommandName, Commands } from './commands.ts'

type VoidCommandName = {
  [C in CommandName]: unknown extends Commands[C]['return']
    ? never
    : undefined extends Commands[C]['return']
      ? C
      : never
}[CommandName]

/** The compiler keeps this list equal to the commands whose answer is `void`. */
const VOID_COMMANDS = {
  balloon: true,
  'block-job-cancel': true,
  'block-job-set-speed': true,
  block_resize: true,
  block_set_io_throttle: true,
  'blockdev-add': true,
  'blockdev-del': true,
  'blockdev-reopen': true,
  'chardev-remove': true,
  closefd: true,
  cont: true,
  device_add: true,
  device_del: true,
  eject: true,
  getfd: true,
  'inject-nmi': true,
  'job-cancel': true,
  'job-complete': true,
  'job-dismiss': true,
  'job-finalize': true,
  'job-pause': true,
  'job-resume': true,
  migrate: true,
  'migrate-incoming': true,
  'migrate-pause': true,
  'migrate-recover': true,
  'migrate-set-capabilities': true,
  'migrate-set-parameters': true,
  migrate_cancel: true,
  netdev_add: true,
  netdev_del: true,
  'object-add': true,
  'object-del': true,
  qmp_capabilities: true,
  'qom-set': true,
  quit: true,
  'remove-fd': true,
  'set-action': true,
  stop: true,
  system_powerdown: true,
  system_reset: true,
  system_wakeup: true,
  yank: true,
} satisfies Record<VoidCommandName, true>

const names: ReadonlySet<string> = new Set(Object.keys(VOID_COMMANDS))

/** Is the command's answer an empty object by QEMU's schema, which callers see as `undefined`? */
export const isVoidCommand = (command: string): boolean => names.has(command)

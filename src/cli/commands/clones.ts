import {
  cloneVm,
  createTemplate,
  deleteTemplate,
  listTemplates,
  type Template,
  type Vm,
  VmError,
} from '../../vm/index.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'
import { UsageError } from '../outcome.ts'

export async function template(
  context: Context,
  options: Options,
  what = '',
  name?: string,
  config?: string,
): Promise<undefined> {
  const { stateDir } = context
  if (what === 'list') return list(context)
  if (name === undefined) throw new UsageError(`template ${what} needs the name of a template`)
  if (what === 'delete') {
    await deleteTemplate(name, { stateDir })
    context.result({ name, outcome: 'deleted' }, `the template ${name} is deleted`)
    return
  }
  if (config === undefined) throw new UsageError('template create needs a config')
  const { readyText, timeoutMs } = options
  const made = await createTemplate(name, await context.readConfig(config), {
    stateDir,
    timeoutMs,
    signal: context.interrupted(),
    ready: readyText === undefined ? undefined : { text: readyText },
    onWarning: (text) => context.note(`qemu-launch: warning: ${text}`),
  })
  context.result(made, `the template ${name} is made: qemu-launch clone ${name} <vm>`)
}

async function list(context: Context): Promise<undefined> {
  const found = await listTemplates({ stateDir: context.stateDir })
  const line = (each: (typeof found)[number]) => `${each.name}  ${'fault' in each ? each.fault : about(each)}`
  context.result(found, found.map(line).join('\n'))
}

const about = ({ machine, memoryMiB, qemu, vms }: Template) =>
  `${machine}  ${memoryMiB} MiB  QEMU ${qemu}  ${vms.length === 0 ? 'unused' : `clones: ${vms.join(' ')}`}`

export async function clone(context: Context, options: Options, from = '', name = ''): Promise<undefined> {
  const signal = context.interrupted()
  const { exec, paused } = options
  const prepare = exec === undefined ? undefined : (vm: Vm) => runIn(vm, exec, signal)
  const vm = await cloneVm(from, { name }, { stateDir: context.stateDir, signal, paused, prepare })
  const { id, paths, pid, state } = vm
  await vm.leave()
  context.result(
    { id, pid, state, template: from, dir: paths.dir, console: paths.console },
    `${id} is ${state} (pid ${pid}), a clone of ${from}`,
  )
}

/** @throws VmError VM_LAUNCH when the command fails. */
async function runIn(vm: Vm, command: string, signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await vm.guest.exec(['/bin/sh', '-c', command, 'sh', vm.id], { signal })
  if (exitCode === 0) return
  throw new VmError(
    'VM_LAUNCH',
    `${command} ended with ${exitCode} in the guest of ${vm.id}: ${stderr.trim()}`,
  )
}

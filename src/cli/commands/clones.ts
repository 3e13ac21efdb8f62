import { basename } from 'node:path'
import {
  type CopyProgress,
  cloneVm,
  createTemplate,
  deleteTemplate,
  forkVm,
  listTemplates,
  type Template,
  type Vm,
  type VmConfigInput,
  VmError,
  type VmVisitor,
} from '../../vm/index.ts'
import type { Context, Watch } from '../context.ts'
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
  const { from, readyText, timeoutMs } = options
  const signal = context.interrupted()
  const ready = readyText === undefined ? undefined : { text: readyText }
  const onWarning = warning(context)
  const make = (source: VmConfigInput | VmVisitor) =>
    context.during(`making the template ${name}`, (watch) => {
      const onProgress = telling(watch, {
        from: from ?? name,
        made: `the template ${name}`,
        guestMs: timeoutMs,
      })
      return createTemplate(name, source, { stateDir, timeoutMs, signal, ready, onWarning, onProgress })
    })
  const made = await withSource(context, { config, from, signal }, make)
  const disks = made.disks.map(({ method, path }) => `${path} by ${method}`).join(', ')
  const how = disks === '' ? '' : `; each clone gets ${disks}`
  context.result(made, `the template ${name} is made: qemu-launch clone ${name} <new-vm>${how}`)
}

const warning = (context: Context) => (text: string) => context.note(`qemu-launch: warning: ${text}`)

interface Source {
  readonly config: string | undefined
  readonly from: string | undefined
  readonly signal: AbortSignal
}

/** Calls `work` with the config, or with the running VM, which is left afterwards. */
async function withSource<T>(
  context: Context,
  { config, from, signal }: Source,
  work: (source: VmConfigInput | VmVisitor) => Promise<T>,
): Promise<T> {
  if (from === undefined) {
    if (config === undefined) throw new UsageError('template create needs a config, or --from and a VM')
    return work(await context.readConfig(config))
  }
  await using vm = await context.visit(from, signal)
  return await work(vm)
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
  const { stateDir } = context
  const vm = await context.during(`making ${name} of the template ${from}`, () =>
    cloneVm(from, { name }, { stateDir, signal, paused, prepare, onWarning: warning(context) }),
  )
  await leave(context, vm, { template: from }, `a clone of ${from}`)
}

export async function fork(context: Context, options: Options, from = '', name = ''): Promise<undefined> {
  const signal = context.interrupted()
  const { exec, paused } = options
  const prepare = exec === undefined ? undefined : (vm: Vm) => runIn(vm, exec, signal)
  await using source = await context.visit(from, signal)
  const vm = await context.during(`making ${name} of ${from}`, (watch) => {
    const onProgress = telling(watch, { from, made: name })
    const onWarning = warning(context)
    return forkVm(source, { name }, { signal, paused, prepare, onProgress, onWarning })
  })
  await leave(context, vm, { fork: from }, `a fork of ${from}`)
}

interface Copying {
  readonly from: string
  readonly made: string
  /** How long its guest may take to come up. */
  readonly guestMs?: number | undefined
}

/** Shows each step of a copy, and how much of it is done. */
function telling(watch: Watch, { from, guestMs, made }: Copying) {
  let shown = ''
  return (progress: CopyProgress) => {
    const what = textOf(progress, from, made)
    if (what !== shown) watch.say(what, progress.step === 'guest' ? guestMs : undefined)
    shown = what
    if ('bytes' in progress) watch.bytes(progress.bytes, progress.totalBytes)
  }
}

function textOf(progress: CopyProgress, from: string, made: string): string {
  switch (progress.step) {
    case 'start':
      return `starting ${made}`
    case 'guest':
      return `waiting for the guest of ${made}`
    case 'memory':
      return `copying the memory of ${from}`
    case 'disk':
      return `copying the disk ${basename(progress.path)}`
  }
}

async function leave(context: Context, vm: Vm, origin: object, what: string): Promise<void> {
  const { id, paths, pid, state } = vm
  await vm.leave()
  const { console, dir } = paths
  context.result({ id, pid, state, ...origin, dir, console }, `${id} is ${state} (pid ${pid}), ${what}`)
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

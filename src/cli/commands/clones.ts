import { basename } from 'node:path'
import { createInterface } from 'node:readline'
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
  VmPool,
  type VmVisitor,
} from '../../vm/index.ts'
import type { Context, Watch } from '../context.ts'
import type { Options } from '../options.ts'
import { errorDocument, UsageError } from '../outcome.ts'

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
  const { paused } = options
  const prepare = preparing(options, signal)
  const { stateDir } = context
  const vm = await context.during(`making ${name} of the template ${from}`, () =>
    cloneVm(from, { name }, { stateDir, signal, paused, prepare, onWarning: warning(context) }),
  )
  await leave(context, vm, { template: from }, `a clone of ${from}`)
}

export async function fork(context: Context, options: Options, from = '', name = ''): Promise<undefined> {
  const signal = context.interrupted()
  const { paused } = options
  const prepare = preparing(options, signal)
  await using source = await context.visit(from, signal)
  const vm = await context.during(`making ${name} of ${from}`, (watch) => {
    const onProgress = telling(watch, { from, made: name })
    const onWarning = warning(context)
    return forkVm(source, { name }, { signal, paused, prepare, onProgress, onWarning })
  })
  await leave(context, vm, { fork: from }, `a fork of ${from}`)
}

/** Each line of the input takes a clone, which is told and left running. Ends with the input, by a signal, or when nobody reads. */
export async function pool(context: Context, options: Options, from = ''): Promise<undefined> {
  const signal = AbortSignal.any([context.interrupted(), context.readerGone])
  const warn = warning(context)
  await using ready = await VmPool.open(from, {
    stateDir: context.stateDir,
    size: options.size ?? 2,
    prepare: preparing(options, signal),
    onWarning: warn,
    onFault: (error) => warn(errorDocument(error).message),
  })
  context.progress(`press Enter to take a clone of ${from}; Ctrl-C ends the pool`)
  try {
    for await (const _ of createInterface({ input: context.streams.stdin, signal })) {
      const vm = await ready.acquire({ signal })
      await vm.leave()
      context.result({ ...told(vm), template: from }, vm.id)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
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
  const { id, pid, state } = vm
  await vm.leave()
  context.result({ ...told(vm), ...origin }, `${id} is ${state} (pid ${pid}), ${what}`)
}

const told = ({ id, paths: { console, dir }, pid, state }: Vm) => ({ id, pid, state, dir, console })

/** What the guest does first. */
function preparing({ exec }: Options, signal: AbortSignal): ((vm: Vm) => Promise<void>) | undefined {
  return exec === undefined ? undefined : (vm) => runIn(vm, exec, signal)
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

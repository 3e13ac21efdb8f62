import { vmPaths } from '../../vm/forms.ts'
import type { ShutdownStep } from '../../vm/index.ts'
import {
  askState,
  clearLeftovers,
  formatExit,
  killVm,
  listVms,
  type Vm,
  type VmInspection,
  type VmVisitor,
} from '../../vm/running.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'
import { columns, plainLine } from '../plain.ts'

// A monitor that another client holds, or a QEMU that does not answer, does not delay the list.
const askTimeoutMs = 1_000

export async function list(context: Context, { label, quiet }: Options): Promise<undefined> {
  const found = await listVms({ stateDir: context.stateDir, labels: label })
  if (quiet && !context.json) {
    for (const { id } of found) context.print(id)
    return
  }
  const rows = await Promise.all(found.map(async (vm) => ({ ...vm, state: await stateOf(context, vm) })))
  if (context.json) context.result(rows, '')
  else for (const line of table(rows)) context.print(line)
}

export async function status(context: Context, _options: Options, id = ''): Promise<undefined> {
  const found = await context.present(id)
  if (found.state !== 'alive') {
    const how = found.exit === undefined ? (found.fault ?? 'it was not seen how') : formatExit(found.exit)
    context.result(found, `${id}: ${found.state} (${how})`)
    return
  }
  const state = await stateOf(context, found)
  if (state === 'unresponsive') {
    context.result({ ...found, state }, `${id}: QEMU does not answer (pid ${found.pid})`)
    return
  }
  await using vm = await context.visit(id, context.interrupted())
  const [volumes, discrepancies] = await Promise.all([vm.volumes.list(), vm.discrepancies()])
  const { pid, stateReason } = vm
  const lines = volumes.map(
    ({ id, state, port, serial, uri }) =>
      ` ${plainLine(['', id, state, port, serial && `serial ${serial}`, uri].filter((word) => word !== undefined).join(' '))}`,
  )
  const odd = discrepancies.map((found) => `  not as on record: ${found.kind} ${found.id} (${found.how})`)
  context.result(
    { ...found, state, stateReason, volumes, discrepancies },
    [`${id}: ${state} (pid ${pid})`, ...lines, ...odd].join('\n'),
  )
}

export async function stop(context: Context, options: Options, id = ''): Promise<undefined> {
  const found = await context.present(id)
  if (!found.alive) {
    await clearLeftovers(vmPaths(context.stateDir, id), id)
    context.result({ id, outcome: 'stopped', steps: [] }, `${id} did not run; what it had left is gone`)
    return
  }
  const signal = context.interrupted()
  const steps: ShutdownStep[] = []
  const onStep = (step: ShutdownStep) => {
    steps.push(step)
    context.progress(`${id}: ${step}`)
  }
  let vm: Vm | VmVisitor
  try {
    vm = await context.vm(id, signal)
  } catch (error) {
    if (options.force !== true || signal.aborted) throw error
    // Nobody can be asked.
    onStep('SIGKILL')
    await killVm(id, { stateDir: context.stateDir })
    context.result({ id, outcome: 'stopped', steps }, `${id} did not answer and was killed`)
    return
  }
  try {
    const { force = false, timeoutMs } = options
    const exit = await context.during(
      `${id}: its guest powers down`,
      () => vm.shutdown({ timeoutMs, force, signal, onStep }),
      timeoutMs,
    )
    context.result({ id, outcome: 'stopped', steps, exit }, `${id} ended: ${formatExit(exit)}`)
  } catch (error) {
    if (vm.state !== 'exited') await vm.detach()
    throw error
  }
}

export async function reboot(context: Context, options: Options, id = ''): Promise<undefined> {
  await context.present(id)
  const signal = context.interrupted()
  const vm = await context.vm(id, signal)
  try {
    const { force = false, timeoutMs } = options
    const { by } = await context.during(
      `${id}: its guest reboots`,
      () => vm.reboot({ timeoutMs, force, signal }),
      timeoutMs,
    )
    context.result({ id, outcome: 'rebooted', by }, `${id} starts over (${by})`)
  } finally {
    if (vm.state !== 'exited') await vm.leave()
  }
}

export async function kill(context: Context, _options: Options, id = ''): Promise<undefined> {
  await context.present(id)
  const { alive } = await killVm(id, { stateDir: context.stateDir })
  context.result(
    { id, outcome: 'killed' },
    alive ? `${id} was killed` : `${id} did not run; what it had left is gone`,
  )
}

async function stateOf(context: Context, { id, state }: VmInspection): Promise<string> {
  if (state !== 'alive') return state
  return (await askState(id, { stateDir: context.stateDir, timeoutMs: askTimeoutMs })) ?? 'unresponsive'
}

function table(rows: readonly (Omit<VmInspection, 'state'> & { readonly state: string })[]): string[] {
  return columns([
    ['NAME', 'STATE', 'PID', 'VOLUMES'],
    ...rows.map(({ id, state, pid, volumes }) => [id, state, String(pid ?? '-'), volumes.join(' ') || '-']),
  ])
}

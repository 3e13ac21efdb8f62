import {
  askState,
  clearLeftovers,
  formatExit,
  inspectVm,
  killVm,
  listVms,
  VmError,
  type VmInspection,
  vmPaths,
} from '../../vm/index.ts'
import type { Context } from '../context.ts'
import type { Options } from '../program.ts'

// A monitor that somebody else holds does not hold up the list.
const askTimeoutMs = 1_000

export async function list(context: Context): Promise<undefined> {
  const found = await listVms({ stateDir: context.stateDir })
  const rows = await Promise.all(found.map(async (vm) => ({ ...vm, state: await stateOf(context, vm) })))
  if (context.json) context.result(rows, '')
  else for (const line of table(rows)) context.print(line)
}

export async function status(context: Context, _options: Options, id = ''): Promise<undefined> {
  const found = await present(context, id)
  if (!found.alive) {
    const how = found.exit === undefined ? (found.fault ?? 'it was not seen how') : formatExit(found.exit)
    context.result(found, `${id}: ${found.state} (${how})`)
    return
  }
  const vm = await context.visit(id)
  const [state, volumes] = [vm.state, await vm.volumes.list()]
  await vm.detach()
  const lines = volumes.map(({ id, state, port, serial, uri }) =>
    ['  ', id, state, port, serial && `serial ${serial}`, uri].filter(Boolean).join(' '),
  )
  context.result({ ...found, state, volumes }, [`${id}: ${state} (pid ${vm.pid})`, ...lines].join('\n'))
}

export async function stop(context: Context, options: Options, id = ''): Promise<undefined> {
  const found = await present(context, id)
  if (!found.alive) {
    await clearLeftovers(vmPaths(context.stateDir, id))
    context.result({ id, outcome: 'stopped' }, `${id} did not run; what it had left is gone`)
    return
  }
  const vm = await context.vm(id)
  try {
    const exit = await vm.shutdown({
      timeoutMs: options.timeoutMs,
      force: options.force === true,
      onStep: (step) => context.note(`${id}: ${step}`),
    })
    context.result({ id, outcome: 'stopped', exit }, `${id} ended: ${formatExit(exit)}`)
  } catch (error) {
    if (vm.state !== 'exited') await vm.detach()
    throw error
  }
}

export async function kill(context: Context, _options: Options, id = ''): Promise<undefined> {
  await present(context, id)
  const { alive } = await killVm(id, { stateDir: context.stateDir })
  context.result(
    { id, outcome: 'killed' },
    alive ? `${id} was killed` : `${id} did not run; what it had left is gone`,
  )
}

async function present(context: Context, id: string): Promise<VmInspection> {
  const found = await inspectVm(id, { stateDir: context.stateDir })
  if (found.state !== 'absent') return found
  throw new VmError('VM_NOT_FOUND', `there is no VM ${id}`, {
    details: { vm: id, stateDir: context.stateDir },
  })
}

async function stateOf(context: Context, { alive, id, state }: VmInspection): Promise<string> {
  if (!alive) return state
  return (await askState(id, { stateDir: context.stateDir, timeoutMs: askTimeoutMs })) ?? 'unresponsive'
}

function table(rows: readonly (Omit<VmInspection, 'state'> & { readonly state: string })[]): string[] {
  const cells = [
    ['NAME', 'STATE', 'PID', 'VOLUMES'],
    ...rows.map(({ id, state, pid, volumes }) => [id, state, String(pid ?? '-'), volumes.join(' ') || '-']),
  ]
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

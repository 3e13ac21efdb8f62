import { endVmServer, listVmServers, type VmServer } from '../../vm/running.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'
import { UsageError } from '../outcome.ts'
import { columns } from '../plain.ts'

export async function servers(
  context: Context,
  _options: Options,
  action?: string,
  id?: string,
): Promise<undefined> {
  const { stateDir } = context
  if (action === 'end') {
    if (id === undefined) throw new UsageError('name the server to end; qemu-launch servers lists them')
    const { directory } = await endVmServer(id, { stateDir, signal: context.interrupted() })
    context.result({ id, outcome: 'ended', directory }, `server ${id} is ended`)
    return
  }
  const found = await listVmServers({ stateDir })
  if (context.json) context.result(found, '')
  else for (const line of table(found)) context.print(line)
}

function table(found: readonly VmServer[]): string[] {
  return columns([
    ['ID', 'STATE', 'PID', 'VM', 'VOLUME', 'TYPE', 'URI'],
    ...found.map(({ id, orphaned, pid, state, type, uri, vm, volume }) => [
      id,
      orphaned ? `${state}, orphaned` : state,
      String(pid ?? '-'),
      vm ?? '-',
      volume ?? '-',
      type ?? '-',
      uri ?? '-',
    ]),
  ])
}

import { access, writeFile } from 'node:fs/promises'
import type { ResolvedVm } from '../config/resolve.ts'
import type { VmConfig } from '../config/schema.ts'
import { messageOf, VmError } from '../errors.ts'

type Placed = Pick<VmConfig, 'name' | 'process'>

/**
 * The command that starts QEMU where its config wants it: itself, a shell that joins the cgroup and becomes QEMU, or
 * systemd-run, which becomes QEMU in a scope. The process is QEMU's in each case. Pure.
 */
export function placedCommand(
  argv: readonly string[],
  { name, process }: Placed,
  uid = 0,
): readonly string[] {
  const { cgroup, scope } = process
  if (cgroup !== undefined) return ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', cgroup, ...argv]
  if (scope === undefined) return argv
  return [
    ...['systemd-run', '--scope', '--quiet', '--collect', `--unit=${scope.unit ?? `vm-${name}`}`],
    ...(scope.slice === undefined ? [] : [`--slice=${scope.slice}`]),
    ...(uid === 0 ? [] : ['--user']),
    ...['--', ...argv],
  ]
}

/** What goes before a command whose process is to end with this one, however this one ends: the kernel sees to it. */
export const endsWithParent = ['setpriv', '--pdeathsig', 'KILL', '--'] as const

/** @throws VmError VM_UNSUPPORTED when a scope is asked for and systemd does not run this host. */
export async function checkPlacement({ name, process }: Placed): Promise<void> {
  if (process.scope === undefined) return
  await access('/run/systemd/system').catch((error: unknown) => {
    throw new VmError(
      'VM_UNSUPPORTED',
      `VM ${name} cannot have process.scope: systemd does not run this host`,
      {
        details: { vm: name, faults: [{ path: 'process.scope', message: 'needs a host that runs systemd' }] },
        cause: error,
      },
    )
  })
}

/**
 * Tells the kernel how soon it may end a process when memory is short.
 * @throws VmError VM_LAUNCH when it may not be told: who is not root can only make it sooner.
 */
export async function adjustOomScore(pid: number, { oomScoreAdjust }: ResolvedVm['process']): Promise<void> {
  if (oomScoreAdjust === undefined) return
  await writeFile(`/proc/${pid}/oom_score_adj`, String(oomScoreAdjust)).catch((error: unknown) => {
    const what = `process.oomScoreAdjust ${oomScoreAdjust} cannot be set: a value below the present one needs root`
    throw new VmError('VM_LAUNCH', `${what}: ${messageOf(error)}`, { cause: error })
  })
}

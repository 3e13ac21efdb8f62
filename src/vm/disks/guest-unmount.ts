import type { Qga, QgaClient } from '../../qmp/index.ts'
import { inSpan } from '../../util/spans.ts'
import { programEnd } from './guest-program.ts'
import { unmountScript } from './guest-unmount-script.ts'
import { volumeError } from './volume-record.ts'

export interface UnmountOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

type Agent = Pick<QgaClient, 'execute'>

interface Mounted {
  readonly vm: string
  readonly id: string
  readonly serial: string | undefined
}

/**
 * Unmounts a volume in a Linux guest, by its agent: every file system on the disk with this serial number, so that
 * nothing of it is lost when it is detached. A guest that has no such disk has nothing to unmount.
 * @throws VolumeError VOLUME_BUSY when something holds it, with the guest's words; QmpError when the agent does not answer.
 *   What was unmounted by then stays so; after a deadline or an abort the guest goes on with it.
 */
export function unmountInGuest(agent: Agent, volume: Mounted, options: UnmountOptions): Promise<void> {
  return inSpan('unmount in guest', { vm: volume.vm, volume: volume.id }, () =>
    unmount(agent, volume, options),
  )
}

async function unmount(
  agent: Agent,
  { id, serial, vm }: Mounted,
  { timeoutMs, signal }: UnmountOptions,
): Promise<void> {
  if (serial === undefined)
    throw volumeError(
      'VOLUME_BUSY',
      vm,
      id,
      'cannot be unmounted: it has no serial, so the guest cannot find it',
    )
  const end = performance.now() + timeoutMs
  const limits = () => ({ signal, timeoutMs: Math.max(end - performance.now(), 0) })
  const { pid } = await agent.execute(
    'guest-exec',
    { path: '/bin/sh', arg: ['-c', unmountScript, 'unmount', serial], 'capture-output': true },
    limits(),
  )
  const status = await programEnd(agent, pid, limits)
  if (status.exitcode === 0) return
  const words = Buffer.from(status['err-data'] ?? '', 'base64').toString('utf8')
  throw volumeError('VOLUME_BUSY', vm, id, `${ending(status)}${words && `: ${words.trim()}`}`)
}

function ending({ exitcode, signal }: Qga.GuestExecStatus): string {
  if (exitcode === 3) return 'is in use in the guest'
  const how = exitcode === undefined ? `signal ${signal}` : `exit status ${exitcode}`
  return `may be in use in the guest: what was to unmount it there ended with ${how}`
}

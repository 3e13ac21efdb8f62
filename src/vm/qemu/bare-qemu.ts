import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, spawnProcess } from '../../process/index.ts'
import { QmpClient } from '../../qmp/index.ts'
import { within } from '../../util/deadline.ts'
import { messageOf, VmError } from '../errors.ts'

const timeoutMs = 5_000

// Nobody would ever know of a QEMU whose asker was killed: where util-linux is, the kernel ends it with us.
const dyingWithUs = `setpriv --pdeathsig KILL true 2>/dev/null && exec setpriv --pdeathsig KILL "$@"; exec "$@"`

/**
 * Runs a QEMU that is nobody's VM, to ask it something, and ends it. Nothing is left, whatever happens.
 * @throws VmError VM_LAUNCH with QEMU's own words when it does not start or ends, VM_TIMEOUT when it does not answer in 5 s,
 *   VM_ABORTED on abort.
 */
export async function askQemu<T>(
  binary: string,
  args: readonly string[],
  question: (qmp: QmpClient) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'qemu-launch-'))
  let child: Child | undefined
  try {
    child = await spawnProcess({
      command: '/bin/sh',
      args: [
        ...['-c', dyingWithUs, 'sh', binary],
        ...['-nodefaults', '-no-user-config', '-display', 'none', ...args],
        ...['-chardev', 'socket,id=ask,fd=3', '-mon', 'chardev=ask,mode=control'],
      ],
      logFile: join(dir, 'qemu.log'),
      socketPairs: 1,
    })
    return await within(
      answer(child, question),
      { timeoutMs, signal },
      {
        onTimeout: () => new VmError('VM_TIMEOUT', `${binary} did not answer within ${timeoutMs} ms`),
        onAbort: (reason) => new VmError('VM_ABORTED', `asking ${binary} was aborted`, { cause: reason }),
      },
    )
  } catch (error) {
    if (error instanceof VmError) throw error
    const log = (await child?.logTail()) || messageOf(error)
    throw new VmError('VM_LAUNCH', `${binary} cannot be asked: ${log}`, {
      cause: error,
      details: { binary, args, log },
    })
  } finally {
    child?.kill('SIGKILL')
    await child?.exited
    await rm(dir, { recursive: true, force: true })
  }
}

async function answer<T>({ sockets: [socket] }: Child, question: (qmp: QmpClient) => Promise<T>): Promise<T> {
  if (socket === undefined) throw new Error('it has no monitor')
  await using qmp = await QmpClient.connect(socket)
  return await question(qmp)
}

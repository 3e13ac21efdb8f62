import type { CallOptions, Qga, QgaClient } from '../../qmp/index.ts'
import { sleep } from '../../util/timer.ts'

const lookAgainMs = 50

/** How a program of the guest agent ended. The agent has no event for that, so it is asked again. @throws as `agent.execute` does. */
export async function programEnd(
  agent: Pick<QgaClient, 'execute'>,
  pid: number | bigint,
  limits: () => CallOptions,
): Promise<Qga.GuestExecStatus> {
  for (;;) {
    const status = await agent.execute('guest-exec-status', { pid }, limits())
    if (status.exited) return status
    await sleep(lookAgainMs, { signal: limits().signal })
  }
}

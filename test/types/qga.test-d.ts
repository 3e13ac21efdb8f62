import type {
  GuestAgentInfo,
  GuestCommandName,
  GuestCommandResult,
  Int64,
  QgaClient,
} from '../../src/qmp/index.ts'

/* Checked by the compiler alone: see qmp.test-d.ts. */

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(): T | undefined => undefined

export async function commands(client: QgaClient): Promise<void> {
  holds<Equal<GuestCommandResult<'guest-ping'>, void>>()
  holds<Equal<GuestCommandResult<'guest-info'>, GuestAgentInfo>>()
  holds<Equal<GuestCommandResult<'guest-get-time'>, Int64>>()
  holds<Equal<Extract<GuestCommandName, 'guest-shutdown'>, never>>()
  const { pid } = await client.execute('guest-exec', { path: '/bin/true', 'capture-output': 'merged' })
  holds<Equal<typeof pid, number>>()
  await client.execute('guest-exec', { path: '/bin/true', 'capture-output': true }, { timeoutMs: 1 })
  const status = await client.execute('guest-exec-status', { pid })
  holds<Equal<(typeof status)['out-data'], string | undefined>>()
  const [load] = [await client.execute('guest-get-load')]
  holds<Equal<typeof load.load1m, number>>()
  await client.execute('guest-fsfreeze-freeze-list')
  const unknown: unknown = await client.execute('guest-brand-new', { any: 1n })
  void unknown
  await client.send('guest-shutdown', { mode: 'halt' })
  await client.send('guest-suspend-ram')
  // @ts-expect-error the path is missing
  await client.execute('guest-exec', { arg: ['x'] })
  // @ts-expect-error no such mode
  await client.execute('guest-exec', { path: '/x', 'capture-output': 'some' })
  // @ts-expect-error it is answered
  await client.send('guest-ping')
  // @ts-expect-error no such member
  await client.send('guest-shutdown', { delay: 1 })
}

import type { JsonValue, QmpClient, runJob } from '../../src/qmp/index.ts'

/** What differs between recording and replay is only the other side: both run the same of these with the same result. */
export interface Scenario {
  readonly oob?: boolean
  /** Words after `chardev=m,mode=control`. */
  readonly monitor?: string
  run(client: QmpClient, library: { runJob: typeof runJob }): Promise<unknown>
}

const MIB = 1024 * 1024

/** What a call ends with, as data. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  try {
    return (await call) ?? null
  } catch (error) {
    return error instanceof Error && 'toJSON' in error && typeof error.toJSON === 'function'
      ? error.toJSON()
      : String(error)
  }
}

async function collect(client: QmpClient, work: () => Promise<unknown>): Promise<unknown> {
  const events: JsonValue[] = []
  const off = client.on('*', ({ event, data }) => void events.push([event, data]))
  const result = await work()
  off()
  return { result, events }
}

const readOnly = [
  'query-version',
  'query-status',
  'query-commands',
  'query-named-block-nodes',
  'query-chardev',
] as const

export const scenarios: Readonly<Record<string, Scenario>> = {
  queries: {
    run: (client) => Promise.all(readOnly.map((command) => client.execute(command))),
  },
  pretty: {
    monitor: ',pretty=on',
    run: (client) => Promise.all([client.execute('query-status'), client.execute('query-name')]),
  },
  'exact-integers': {
    run: async (client) => [
      await client.execute('qom-get', { path: '/machine/unattached/system[0]', property: 'size' }),
      await outcome(client.execute('block_resize', { 'node-name': 'none', size: 2n ** 62n })),
    ],
  },
  refusals: {
    run: (client) =>
      Promise.all([
        outcome(client.execute('x-no-such-command')),
        outcome(client.execute('device_del', { id: 'none' })),
        outcome(client.execute<string>('query-status', { surplus: 'grüße \u0000' })),
        outcome(client.execute('query-status')),
      ]),
  },
  'stop-cont': {
    run: (client) =>
      collect(client, async () => {
        await client.execute('cont')
        await client.execute('stop')
        await client.execute('cont')
        return client.execute('query-status')
      }),
  },
  'job-before-reply': {
    run: (client, { runJob }) =>
      collect(client, async () => {
        for (const name of ['from', 'to']) {
          const disk = { driver: 'null-co', 'node-name': name, size: MIB, 'read-zeroes': true } as const
          await client.execute('blockdev-add', disk)
        }
        const backup = { device: 'from', target: 'to', sync: 'full' } as const
        return runJob(client, 'blockdev-backup', backup, { jobId: 'backup0' })
      }),
  },
  'out-of-band': {
    oob: true,
    run: (client) =>
      Promise.all([
        ...Array.from({ length: 12 }, () => client.execute('query-status')),
        client.executeOob('query-yank'),
        outcome(client.executeOob('query-status' as string)),
      ]),
  },
  quit: {
    run: (client) =>
      collect(client, async () => {
        await client.execute('quit').catch(() => {})
        return (await client.closed)?.message
      }),
  },
}

import type {
  CommandArguments,
  CommandResult,
  QemuVersion,
  Qmp,
  QmpApi,
  QmpEvent,
  ReconnectingQmpClient,
} from '../../src/qmp/index.ts'
import { QmpClient, runJob } from '../../src/qmp/index.ts'

/* Checked by the compiler alone: see qmp.test-d.ts. */

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(): T | undefined => undefined

holds<Equal<QemuVersion, '7.2' | '8.2' | '10.0' | '11.1'>>()
// @ts-expect-error there are no types of that version
export type Unknown = Qmp<'6.2'>

export async function older(client: QmpClient<Qmp<'7.2'>>, name: string): Promise<void> {
  const status = await client.execute('query-status')
  holds<Equal<typeof status.singlestep, boolean>>()
  await client.execute('migrate', { uri: 'tcp:h:1', blk: true })
  await client.execute('blockdev-add', { driver: 'qcow2', file: { driver: 'file', filename: '/x' } })
  await client.execute('device_add', { driver: 'virtio-blk-pci', id: 'd', 'num-queues': 2 })
  holds<
    Equal<CommandResult<'query-target', Qmp<'7.2'>['commands']>['arch'] extends string ? true : false, true>
  >()
  // @ts-expect-error a command of QEMU 10.0
  await client.execute('blockdev-set-active', { active: true })
  // @ts-expect-error a member of QEMU 8.2
  await client.execute('migrate', { uri: 'tcp:h:1', channels: [] })
  // @ts-expect-error required until it became one of two
  await client.execute('migrate', {})
  // @ts-expect-error a member of a union's case, of QEMU 8.1
  await client.execute('blockdev-add', { driver: 'qcow2', file: 'f', 'discard-no-unref': true })
  await client.execute('blockdev-add', {
    driver: 'raw',
    // @ts-expect-error the same one level down
    file: { driver: 'qcow2', file: 'f', 'discard-no-unref': true },
  })
  // @ts-expect-error no QEMU's command
  await client.execute('x-brand-new')
  // @ts-expect-error any name at all
  await client.execute(name)
  client.on('MEM_UNPLUG_ERROR', ({ data }) => holds<Equal<typeof data.msg, string>>())
  // @ts-expect-error an event of QEMU 10.0
  client.on('NETDEV_VHOST_USER_CONNECTED', () => {})
  // @ts-expect-error the event's member is of QEMU 9.2
  client.on('BLOCK_IO_ERROR', ({ data }) => data['qom-path'])
}

export async function newer(client: QmpClient<Qmp<'10.0'>>): Promise<void> {
  await client.execute('blockdev-set-active', { active: true })
  await client.execute('blockdev-add', { driver: 'qcow2', file: 'f', 'discard-no-unref': true })
  // Some of the versions only have it, but this one always does.
  client.on('BLOCK_IO_ERROR', ({ data }) => holds<Equal<(typeof data)['qom-path'], string>>())
  client.on('*', (event) => holds<Equal<typeof event, QmpEvent>>())
  for await (const event of client.events()) holds<Equal<typeof event, QmpEvent>>()
  for await (const event of client.events({ names: ['BLOCK_IO_ERROR'] })) {
    holds<Equal<(typeof event.data)['qom-path'], string>>()
  }
  const { data } = await client.waitFor('BLOCK_IO_ERROR', (event) => event.data['qom-path'] === '/x')
  holds<Equal<(typeof data)['qom-path'], string>>()
  await client.executeOob('yank', { instances: [{ type: 'migration' }] })
  // @ts-expect-error QEMU runs it in band only
  await client.executeOob('query-status')
  // @ts-expect-error gone in QEMU 10.0
  await client.execute('migrate', { uri: 'tcp:h:1', blk: true })
  const status = await client.execute('query-status')
  // @ts-expect-error gone in QEMU 10.0
  void status.singlestep
  // @ts-expect-error a command of QEMU 10.2
  await client.execute('query-accelerators')
  // @ts-expect-error gone in QEMU 10.0
  client.on('MEM_UNPLUG_ERROR', () => {})
  await runJob(client, 'blockdev-backup', { device: 'a', target: 'b', sync: 'full' })
  // @ts-expect-error the target is missing
  await runJob(client, 'blockdev-backup', { device: 'a', sync: 'full' })
}

export async function newest(client: QmpClient<Qmp<'11.1'>>): Promise<void> {
  const { enabled } = await client.execute('query-accelerators')
  holds<Equal<typeof enabled, CommandResult<'query-accelerators'>['present'][number]>>()
  await client.execute('query-block', { flat: true })
  await client.execute('object-add', { 'qom-type': 'monitor-qmp', id: 'm', chardev: 'c' })
  client.on('SCLP_CPI_INFO_AVAILABLE', ({ event }) => holds<Equal<typeof event, 'SCLP_CPI_INFO_AVAILABLE'>>())
  // @ts-expect-error gone in QEMU 11.1
  await client.execute('query-migrationthreads')
  // @ts-expect-error a driver that is gone in QEMU 11.1
  await client.execute('blockdev-add', { driver: 'gluster', volume: 'v', path: '/x', server: [] })
}

interface Own extends QmpApi {
  commands: { 'x-mine': { arguments: { readonly a: number }; return: string; oob: true } }
  events: { X_MINE: { readonly b: boolean } }
}

export async function own(reconnecting: ReconnectingQmpClient<Own>): Promise<void> {
  const client = await QmpClient.connect<Own>('unix:/x')
  holds<Equal<Awaited<ReturnType<typeof reconnecting.connected>>, typeof client>>()
  const answer: string = await client.execute('x-mine', { a: 1 })
  await reconnecting.execute('x-mine', { a: 1 })
  await client.executeOob('x-mine', { a: 1 }, { timeoutMs: 1 })
  client.on('X_MINE', ({ data }) => holds<Equal<typeof data.b, boolean>>())
  holds<Equal<CommandArguments<'x-mine', Own['commands']>, { readonly a: number }>>()
  // @ts-expect-error it is a number
  await client.execute('x-mine', { a: answer })
  // @ts-expect-error this QEMU has no such command
  await client.execute('query-status')
  // @ts-expect-error nor such an event
  client.on('STOP', () => {})
  // @ts-expect-error two APIs are two things
  const other: QmpClient = client
  void other
}

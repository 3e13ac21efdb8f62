import type {
  BlockdevOptions,
  CommandArguments,
  CommandResult,
  Commands,
  Events,
  Int64,
  JsonObject,
  JsonValue,
  QmpClient,
  QmpEvent,
  QmpSchema,
  SocketAddress,
  StatusInfo,
} from '../../src/qmp/index.ts'

/*
 * Checked by the compiler alone (test/tsconfig.json): what follows an @ts-expect-error must be refused, all else
 * accepted.
 */

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(): T | undefined => undefined

export async function blockdevAdd(client: QmpClient): Promise<void> {
  holds<Equal<CommandResult<'blockdev-add'>, void>>()
  await client.execute('blockdev-add', {
    driver: 'nbd',
    'node-name': 'n',
    server: { type: 'inet', host: 'h', port: '10809', to: 10810n },
    'reconnect-delay': 5,
    'open-timeout': undefined,
    'read-only': false,
  })
  await client.execute('blockdev-add', {
    driver: 'qcow2',
    file: { driver: 'file', filename: '/x', aio: 'io_uring', locking: 'auto' },
    backing: null,
    'overlap-check': { template: 'none', 'main-header': true },
  })
  await client.execute('blockdev-add', { driver: 'qcow2', file: 'node-7', 'cache-size': 2n ** 21n })
  // @ts-expect-error a member of another driver
  await client.execute('blockdev-add', { driver: 'file', filename: '/x', export: 'e' })
  // @ts-expect-error a member of another kind of address
  await client.execute('blockdev-add', { driver: 'nbd', server: { type: 'unix', path: '/x', port: '1' } })
  // @ts-expect-error a value of another enum
  await client.execute('blockdev-add', { driver: 'file', filename: '/x', aio: 'posix' })
  // @ts-expect-error one level down, a member the driver does not have
  await client.execute('blockdev-add', { driver: 'raw', file: { driver: 'null-co', filename: '/x' } })
  // @ts-expect-error the file name is missing
  await client.execute('blockdev-add', { driver: 'file' })
  // @ts-expect-error the driver is missing
  await client.execute('blockdev-add', { 'node-name': 'n' })
  // @ts-expect-error no such driver
  await client.execute('blockdev-add', { driver: 'nope' })
  // @ts-expect-error a size is no string
  await client.execute('blockdev-add', { driver: 'raw', file: 'f', size: '1G' })
  // @ts-expect-error arguments are missing
  await client.execute('blockdev-add')
}

export function narrowing(options: BlockdevOptions, address: SocketAddress): void {
  if (options.driver === 'nbd') holds<Equal<typeof options.export, string | undefined>>()
  if (options.driver === 'file' || options.driver === 'host_device')
    holds<Equal<typeof options.filename, string>>()
  switch (address.type) {
    case 'inet':
    case 'vsock':
      holds<Equal<typeof address.port, string>>()
      break
    case 'unix':
      holds<Equal<typeof address.path, string>>()
      break
    case 'fd':
      holds<Equal<typeof address.str, string>>()
      break
    default:
      address satisfies never
  }
  // @ts-expect-error before the driver is known
  void options.filename
}

export async function commands(client: QmpClient, name: string): Promise<void> {
  const status: StatusInfo = await client.execute('query-status', undefined, { timeoutMs: 1 })
  holds<Equal<typeof status.running, boolean>>()
  // Not in QEMU 10.0 any more.
  holds<Equal<typeof status.singlestep, boolean | undefined>>()
  // Values QEMU may add are allowed for.
  const state: string = status.status
  if (status.status === 'running') void state
  holds<Equal<CommandResult<'quit'>, void>>()
  holds<Equal<CommandResult<'query-uuid'>, { readonly UUID: string }>>()
  holds<Equal<CommandResult<'qom-get'>, unknown>>()
  holds<Equal<CommandArguments<'job-cancel'>, { readonly id: string }>>()
  await client.execute('qom-set', { path: '/a', property: 'b', value: [1n, { c: null }] satisfies JsonValue })
  await client.execute('device_add', { driver: 'virtio-blk-pci', id: 'd', 'num-queues': 2, iothread: 'i' })
  await client.execute('query-block', {})
  await client.execute('query-named-block-nodes', { flat: true })
  await client.execute('query-named-block-nodes')
  await client.execute('migrate', {
    channels: [{ 'channel-type': 'main', addr: { transport: 'exec', args: ['cat'] } }],
  })
  await client.execute('transaction', {
    actions: [{ type: 'blockdev-snapshot', data: { node: 'a', overlay: 'b' } }],
  })
  await client.execute('object-add', { 'qom-type': 'iothread', id: 'i', 'poll-max-ns': 0 })
  const unknown: unknown = await client.execute(name, { any: 1n })
  void unknown
  holds<Equal<CommandResult<'x-brand-new'>, unknown>>()
  await client.execute('x-brand-new', { any: ['thing'] })
  // @ts-expect-error device_add is open, but not its driver
  await client.execute('device_add', { id: 'd' })
  // @ts-expect-error no such member
  await client.execute('device_del', { id: 'd', force: true })
  // @ts-expect-error the command takes none
  await client.execute('query-status', { a: 1 })
  // @ts-expect-error a property of another object type
  await client.execute('object-add', { 'qom-type': 'iothread', id: 'i', size: 1 })
  // @ts-expect-error the data of another action
  await client.execute('transaction', { actions: [{ type: 'abort', data: { node: 'a', overlay: 'b' } }] })
  // @ts-expect-error a function is not JSON
  await client.execute('x-brand-new', { callback: () => {} })
}

export async function integers(client: QmpClient): Promise<void> {
  const [stats] = await client.execute('query-blockstats')
  holds<Equal<NonNullable<typeof stats>['stats']['rd_bytes'], number>>()
  const { 'base-memory': base } = await client.execute('query-memory-size-summary')
  holds<Equal<typeof base, Int64>>()
  await client.execute('balloon', { value: 1n << 40n })
}

export async function outOfBand(client: QmpClient, name: string): Promise<void> {
  await client.executeOob('yank', { instances: [{ type: 'block-node', 'node-name': 'n' }] })
  await client.executeOob('migrate-recover', { uri: 'tcp:a:1' })
  holds<Equal<Commands['query-yank']['oob'], true>>()
  await client.executeOob(name)
  await client.executeOob('x-brand-new')
  // @ts-expect-error QEMU runs it in band only
  await client.executeOob('query-status')
  // @ts-expect-error the same with arguments
  await client.executeOob('device_del', { id: 'd' })
  // @ts-expect-error the wrong kind of instance
  await client.executeOob('yank', { instances: [{ type: 'chardev', 'node-name': 'n' }] })
}

export async function events(client: QmpClient): Promise<void> {
  client.on('SHUTDOWN', ({ data }) => {
    holds<Equal<typeof data.guest, boolean>>()
    if (data.reason === 'guest-panic') void data.reason
    const reason: string = data.reason
    void reason
  })
  client.on('STOP', ({ data }) => holds<Equal<typeof data, Readonly<Record<string, never>>>>())
  client.on('*', (event) => holds<Equal<typeof event, QmpEvent>>())
  client.on('X_NEW', ({ data }) => holds<Equal<typeof data, JsonObject>>())
  for await (const event of client.events({ names: ['DEVICE_DELETED', 'BLOCK_JOB_COMPLETED'] })) {
    if (event.event === 'BLOCK_JOB_COMPLETED') holds<Equal<typeof event.data.error, string | undefined>>()
    else holds<Equal<typeof event.data.path, string>>()
  }
  // Required since QEMU 9.2 only.
  holds<Equal<Events['BLOCK_IO_ERROR']['qom-path'], string | undefined>>()
  const { info } = (await client.waitFor('GUEST_PANICKED')).data
  if (info?.type === 'hyper-v') holds<Equal<typeof info.arg1, Int64>>()
  // @ts-expect-error a member of another kind of panic
  if (info?.type === 's390') void info.arg1
  // @ts-expect-error no such member
  client.on('SHUTDOWN', (event) => event.data.nope)
  // @ts-expect-error an event name that is not asked for
  for await (const event of client.events({ names: ['STOP'] })) if (event.event === 'RESUME') return
}

export async function schema(client: QmpClient): Promise<void> {
  const found: QmpSchema = await client.schema({ timeoutMs: 1000 })
  holds<Equal<ReturnType<typeof found.has>, boolean>>()
  const supported: boolean = await client.supports.command('x-brand-new')
  // @ts-expect-error it is a promise
  if (client.supports.event('STOP') === true) void supported
}

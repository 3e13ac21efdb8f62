import { expect, expectTypeOf, test } from 'vitest'
import type { JsonObject, QmpClient, QmpEvent, StatusInfo } from '../../../src/qmp/index.ts'

/** Never called: only the compiler reads it. */
async function accepted(client: QmpClient, name: string): Promise<void> {
  expectTypeOf(await client.execute('query-status')).toEqualTypeOf<StatusInfo>()
  expectTypeOf(await client.execute('query-status', undefined, { timeoutMs: 1 })).toEqualTypeOf<StatusInfo>()
  expectTypeOf(await client.execute('query-status', {})).toEqualTypeOf<StatusInfo>()
  expectTypeOf(client.execute('quit')).toEqualTypeOf<Promise<void>>()
  expectTypeOf(await client.execute(name, { any: [1n, null] })).toBeUnknown()
  expectTypeOf(await client.execute('x-not-typed-yet')).toBeUnknown()
  await client.execute('device_add', { driver: 'virtio-blk-pci', id: 'd', 'num-queues': 2 })
  await client.execute('blockdev-add', {
    driver: 'nbd',
    'node-name': 'n',
    server: { type: 'unix', path: '/x' },
    'read-only': false,
  })
  await client.executeOob('yank', { instances: [{ type: 'block-node', 'node-name': 'n' }] })

  client.on('SHUTDOWN', ({ data }) => expectTypeOf(data.guest).toBeBoolean())
  client.on('*', (event) => expectTypeOf(event).toEqualTypeOf<QmpEvent>())
  client.on('X_NEW', ({ data }) => expectTypeOf(data).toEqualTypeOf<JsonObject>())
  for await (const event of client.events()) expectTypeOf(event).toEqualTypeOf<QmpEvent>()
  for await (const event of client.events({ names: ['DEVICE_DELETED', 'SHUTDOWN'] })) {
    if (event.event === 'SHUTDOWN') expectTypeOf(event.data.guest).toBeBoolean()
    else expectTypeOf(event.data.path).toBeString()
  }
  const deleted = await client.waitFor('DEVICE_DELETED', ({ data }) => data.device === 'd')
  expectTypeOf(deleted).toEqualTypeOf<QmpEvent<'DEVICE_DELETED'>>()
}

async function refused(client: QmpClient): Promise<void> {
  // @ts-expect-error arguments are missing
  await client.execute('device_del')
  // @ts-expect-error no such member
  await client.execute('device_del', { id: 'd', nope: 1 })
  // @ts-expect-error a member of another driver
  await client.execute('blockdev-add', { driver: 'file', filename: '/x', export: '' })
  // @ts-expect-error a command without arguments
  await client.execute('query-status', { a: 1 })
  // @ts-expect-error no such member of the event
  client.on('SHUTDOWN', ({ data }) => data.nope)
}

test('the types say what the wire says', () => {
  expect([accepted, refused]).toHaveLength(2)
})

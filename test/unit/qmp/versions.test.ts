import { expect, onTestFinished, test } from 'vitest'
import { QmpClient, versionsOf } from '../../../src/qmp/index.ts'
import { createFakeQmpServer, FakeQmpError } from '../../../src/testing/index.ts'

test('commands, events and what of them came or went have versions', () => {
  expect(versionsOf('blockdev-set-active')).toEqual({ since: '10.0' })
  expect(versionsOf('blockdev-add')).toEqual({ since: '2.9' })
  expect(versionsOf('drive-backup')).toEqual({ since: '1.6', deprecated: '7.2' })
  expect(versionsOf('x-query-rdma')).toEqual({ since: '6.2', removed: '10.0' })
  expect(versionsOf('NETDEV_VHOST_USER_CONNECTED')).toEqual({ since: '10.0' })
  expect(versionsOf('query-accelerators')).toEqual({ since: '10.2' })
  expect(versionsOf('object-add/arg-type/+monitor-qmp')).toEqual({ since: '11.1' })
  expect(versionsOf('migrate/arg-type/channels')).toEqual({ since: '8.2' })
  expect(versionsOf('query-status/ret-type/singlestep')).toEqual({ removed: '10.0', deprecated: '8.2' })
  expect(versionsOf('blockdev-add/arg-type/+qcow2/discard-no-unref')).toEqual({ since: '8.1' })
  for (const path of ['no-such-command', 'constructor', 'blockdev-add/arg-type/driver', '']) {
    expect(versionsOf(path)).toBeUndefined()
  }
})

async function refused(command: string, [major = 0, minor = 0, micro = 0]: readonly number[]) {
  const server = await createFakeQmpServer({
    greeting: { QMP: { version: { qemu: { major, minor, micro }, package: '' }, capabilities: [] } },
    commands: {
      'query-block': () => {
        throw new FakeQmpError('no', 'GenericError')
      },
    },
  })
  onTestFinished(() => server.close())
  await using client = await QmpClient.connect(server.address)
  const error: unknown = await client.execute(command).catch((reason: unknown) => reason)
  return error instanceof Error ? error.message : error
}

test.each([
  ['blockdev-set-active', [7, 2, 22], '; it needs QEMU 10.0, and this is 7.2.22'],
  ['blockdev-set-active', [9, 2, 0], '; it needs QEMU 10.0, and this is 9.2.0'],
  ['x-query-rdma', [10, 1, 0], '; QEMU 10.0 has removed it, and this is 10.1.0'],
  [
    'query-vnc',
    [8, 0, 1],
    '; this is 8.0.1, which has it unless it was built without, or rejects it by -compat',
  ],
  ['x-unheard-of', [8, 0, 1], ''],
])('an unknown command says which version has it: %s on %j', async (command, version, hint) => {
  expect(await refused(command, version)).toBe(
    `QMP command '${command}' failed: The command ${command} has not been found (CommandNotFound)${hint}`,
  )
})

test('other refusals do not', async () => {
  expect(await refused('query-block', [0, 1, 0])).toBe("QMP command 'query-block' failed: no (GenericError)")
})

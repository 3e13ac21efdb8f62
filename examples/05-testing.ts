/** Tests a program that speaks QMP without a QEMU: a scripted server, a refusal, a silence, a lost connection. */
import assert from 'node:assert/strict'
import { QmpClient } from 'qemu-launch/qmp'
import { createFakeQmpServer, FakeQmpError, linkedPair, NO_REPLY } from 'qemu-launch/testing'

/** What is to be tested: a program of yours that speaks QMP. */
async function unplug(qmp: QmpClient, id: string): Promise<string> {
  const gone = qmp.waitFor('DEVICE_DELETED', ({ data }) => data.device === id, { timeoutMs: 1000 })
  await qmp.execute('device_del', { id })
  return (await gone).data.path
}

const [near, far] = linkedPair() // no file, no system call; without `stream` it listens at `server.address`
await using server = await createFakeQmpServer({
  stream: far,
  commands: {
    'query-status': { status: 'running', running: true },
    device_del: ({ id }, _command, server) => {
      if (id !== 'disk0') throw new FakeQmpError(`Device '${id}' not found`, 'DeviceNotFound')
      server.emit('DEVICE_DELETED', { device: id, path: '/machine/peripheral/disk0' })
      return undefined // answered with {}
    },
  },
})
await using qmp = await QmpClient.connect(near)

assert.equal(await unplug(qmp, 'disk0'), '/machine/peripheral/disk0')
await assert.rejects(unplug(qmp, 'disk1'), { code: 'QMP_COMMAND_FAILED', qmpClass: 'DeviceNotFound' })
assert.deepEqual(server.received.at(-1)?.arguments, { id: 'disk1' })

server.on('query-status', () => NO_REPLY) // never answered
await assert.rejects(qmp.execute('query-status', undefined, { timeoutMs: 10 }), { code: 'QMP_TIMEOUT' })
server.dropConnection()
await assert.rejects(qmp.execute('query-status'), { code: 'QMP_CLOSED' })
console.log('a program that speaks QMP was tested without a QEMU')

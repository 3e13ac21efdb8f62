import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { QmpClient } from '../../../src/qmp/index.ts'
import { createFakeQmpServer } from '../../../src/testing/index.ts'

const coded = (code: string) => expect.objectContaining({ code })

test('what the other side says last is heard, also by who writes to it when it has left', async () => {
  await using server = await createFakeQmpServer()
  await using client = await QmpClient.connect(server.address)
  const said = client.waitFor('SHUTDOWN')
  const inFlight = expect(client.execute('query-block')).rejects.toThrow(coded('QMP_CLOSED'))
  server.emit('SHUTDOWN', { guest: true, reason: 'guest-shutdown' })
  server.dropConnection()
  // Nothing has been read by now.
  const late = expect(client.execute('query-status')).rejects.toThrow(coded('QMP_CLOSED'))
  expect((await said).data).toEqual({ guest: true, reason: 'guest-shutdown' })
  await inFlight
  await late
})

test('one that takes no more and says no more is given up', async () => {
  const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  const socket = new Socket()
  socket._write = (_chunk, _encoding, done) => done(broken)
  const connecting = QmpClient.connect(socket)
  const version = { qemu: { major: 7, minor: 2, micro: 0 }, package: '' }
  socket.push(`${JSON.stringify({ QMP: { version, capabilities: [] } })}\r\n`)
  await expect(connecting).rejects.toMatchObject({ cause: { code: 'QMP_CLOSED', cause: broken } })
  expect(socket.destroyed).toBe(true)
})

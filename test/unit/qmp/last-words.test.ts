import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
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

test('a peer that neither reads nor writes any further is given up', async () => {
  const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  const socket = new Socket()
  socket._write = (_chunk, _encoding, done) => done(broken)
  const connecting = QmpClient.connect(socket)
  const version = { qemu: { major: 7, minor: 2, micro: 0 }, package: '' }
  socket.push(`${JSON.stringify({ QMP: { version, capabilities: [] } })}\r\n`)
  await expect(connecting).rejects.toMatchObject({ cause: { code: 'QMP_CLOSED', cause: broken } })
  expect(socket.destroyed).toBe(true)
})

/** In a process of its own: greets, answers the negotiation, and on SIGUSR2 says a last word and ends. */
const peer = `
  import { WebSocketServer } from 'ws'
  import { createServer } from 'node:net'
  const version = { qemu: { major: 7, minor: 2, micro: 0 }, package: '' }
  const serve = (say) => {
    const tell = (message) => say(Buffer.from(JSON.stringify(message) + '\\r\\n'))
    tell({ QMP: { version, capabilities: [] } })
    process.once('SIGUSR2', () => {
      tell({ event: 'SHUTDOWN', data: { guest: true, reason: 'guest-shutdown' }, timestamp: { seconds: 1, microseconds: 1 } })
      setTimeout(() => process.exit(), 50)
    })
    return (text) => {
      if (String(text).includes('qmp_capabilities')) tell({ return: {}, id: JSON.parse(text).id })
    }
  }
  if (process.argv[1] === 'ws') {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => console.log(server.address().port))
    server.on('connection', (socket) => socket.on('message', serve((bytes) => socket.send(bytes))))
  } else {
    const server = createServer((socket) => socket.on('data', serve((bytes) => socket.write(bytes))))
    server.listen(0, '127.0.0.1', () => console.log(server.address().port))
  }
`

function busy(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test.each([
  ['tcp', 0],
  ['tcp', 1_200],
  ['ws', 0],
  ['ws', 1_200],
])('so it is over %s by a process that was busy for %i ms meanwhile', async (kind, busyMs) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', peer, kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill())
  const [port] = await once(child.stdout.setEncoding('utf8'), 'data')
  const server = kind === 'ws' ? `ws://127.0.0.1:${Number(port)}/` : `tcp:127.0.0.1:${Number(port)}`
  await using client = await QmpClient.connect(server)
  const said = client.waitFor('SHUTDOWN')
  child.kill('SIGUSR2')
  // Nothing is read until the event loop gets its turn.
  const hasEnded = () => / Z /.test(readFileSync(`/proc/${child.pid}/stat`, 'latin1'))
  while (!hasEnded());
  const late = []
  for (let time = 0; time < 3; time++) {
    // The first one finds out that nobody is there to take it.
    late.push(expect(client.execute('query-status')).rejects.toThrow(coded('QMP_CLOSED')))
    for (let tick = 0; tick < 20; tick++) await new Promise((resolve) => process.nextTick(resolve))
    busy(50)
  }
  busy(busyMs)
  expect((await said).data).toEqual({ guest: true, reason: 'guest-shutdown' })
  await Promise.all(late)
  await client.closed
})

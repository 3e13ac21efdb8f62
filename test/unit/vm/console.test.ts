import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ConsoleRelay } from '../../../src/vm/life/console.ts'

const mib = 1024 * 1024

/** How much of what was written has gone out when no more does. */
async function sentOf(socket: Socket): Promise<number> {
  for (let before = -1; ; ) {
    const sent = socket.bytesWritten - socket.writableLength
    if (sent === before) return sent
    before = sent
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

test('viewers wait while the guest does not read, and it hears all they said', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'console-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const serial = createServer({ pauseOnConnect: true }).listen(join(directory, 'serial'))
  onTestFinished(() => void serial.close())
  await once(serial, 'listening')
  const connected = once(serial, 'connection')
  await using relay = await ConsoleRelay.open(join(directory, 'serial'), join(directory, 'console'))
  const viewers = [connect(relay.path), connect(relay.path)]
  const [guest]: Socket[] = await connected
  if (guest === undefined) throw new Error('the relay did not connect')

  for (const viewer of viewers) {
    for (let count = 0; count < 32; count++) viewer.write(Buffer.alloc(mib, 'x'))
  }
  for (const viewer of viewers) expect(await sentOf(viewer)).toBeLessThan(4 * mib)

  let heard = 0
  guest.on('data', (chunk: Buffer) => {
    heard += chunk.length
    if (heard === 64 * mib) guest.destroy()
  })
  guest.resume()
  await once(guest, 'close')
  expect(heard).toBe(64 * mib)
})

test('the guest has a reader for as long as there is a viewer, and none before and after', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'console-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const serial = createServer().listen(join(directory, 'serial'))
  onTestFinished(() => void serial.close())
  await once(serial, 'listening')
  const readers: Socket[] = []
  serial.on('connection', (reader) => readers.push(reader))
  await using relay = await ConsoleRelay.open(join(directory, 'serial'), join(directory, 'console'))
  expect(await openConnections(serial)).toBe(0)
  const first = connect(relay.path)
  await expect.poll(() => readers.length).toBe(1)
  readers[0]?.write('to the first')
  expect(String(await once(first, 'data'))).toBe('to the first')
  // A viewer that comes as the last one goes has the same connection.
  const second = connect(relay.path)
  await once(second, 'connect')
  first.end('last words')
  expect(String(await once(readers[0] as Socket, 'data'))).toBe('last words')
  readers[0]?.write('to the second')
  expect(String(await once(second, 'data'))).toBe('to the second')
  expect(readers).toHaveLength(1)
  second.end()
  await expect.poll(() => openConnections(serial)).toBe(0)
  const third = connect(relay.path)
  await expect.poll(() => readers.length).toBe(2)
  third.destroy()
})

function openConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })
}

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { listenQmp, type QmpListener } from '../../../src/qmp/index.ts'
import { settled } from './support.ts'

const GREETING =
  '{"QMP":{"version":{"qemu":{"micro":0,"minor":0,"major":9},"package":""},"capabilities":[]}}\r\n'

async function listening(): Promise<QmpListener> {
  const listener = await listenQmp('tcp:127.0.0.1:0')
  onTestFinished(() => listener.close())
  return listener
}

async function dial({ address }: QmpListener, words = ''): Promise<Socket> {
  const socket = connect(Number(address.split(':').at(-1)), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  socket.on('data', (data) => {
    if (String(data).includes('qmp_capabilities')) socket.write('{"return":{},"id":0}\r\n')
  })
  await once(socket, 'connect')
  socket.write(words)
  return socket
}

test.each(['', GREETING])(
  'who came and went takes no place from a QEMU that waits, greeting %#',
  async (words) => {
    const listener = await listening()
    for (let count = 0; count < 8; count++) (await dial(listener, words)).destroy()
    for (let count = 0; count < 8; count++) await settled()
    const living = await dial(listener, GREETING)
    await using client = await listener.accept({ greetingTimeoutMs: 5000 })
    expect(client.greeting.version.qemu.major).toBe(9)
    expect(living.destroyed).toBe(false)
  },
)

test('accept passes over who leaves before a greeting', async () => {
  const listener = await listening()
  const accepting = listener.accept({ greetingTimeoutMs: 5000 })
  ;(await dial(listener)).end()
  await settled()
  await dial(listener, GREETING)
  await using client = await accepting
  expect(client.greeting.version.qemu.major).toBe(9)
})

test('who says more than a greeting before it is answered is dropped', async () => {
  const listener = await listening()
  const flood = await dial(listener, 'x'.repeat(1024 * 1024))
  await new Promise((resolve) => flood.once('close', resolve))
})

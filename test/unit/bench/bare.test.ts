import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { BareMonitor, bytesOf } from '../../bench/vm/bare.ts'

const stop = bytesOf({ execute: 'stop' })

/** A monitor that is ready, and the stream whose far side the test is. */
async function open() {
  const stream = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() })
  const say = (...messages: object[]) => {
    for (const message of messages) stream.push(`${JSON.stringify(message)}\n`)
  }
  const opening = BareMonitor.over(stream)
  say({ QMP: {} }, { return: {} })
  return { monitor: await opening, stream, say }
}

test('commands resolve when all of them are answered', async () => {
  const { monitor, say } = await open()
  const sent = monitor.send(Buffer.concat([stop, stop]), 2)
  const deleted = monitor.deleted('a', 'b')
  for (const device of ['a', 'b']) say({ return: {} }, { event: 'DEVICE_DELETED', data: { device } })
  await sent
  expect(await deleted).toBeGreaterThan(0)
})

test.each([
  ['the end of the stream', (stream: Duplex) => stream.destroy(), 'the monitor’s stream is closed'],
  ['an error of the stream', (stream: Duplex) => stream.destroy(new Error('reset')), 'reset'],
  [
    'an error reply',
    (stream: Duplex) => stream.push('{"error": {"desc": "no such device"}}\n'),
    'no such device',
  ],
  ['what is no JSON', (stream: Duplex) => stream.push('qemu: warning\n'), 'not valid JSON'],
])('%s rejects all that waits, and what is sent later', async (_, happens, message) => {
  const { monitor, stream } = await open()
  const waiting = [monitor.send(Buffer.concat([stop, stop]), 2), monitor.send(stop), monitor.events(3)]
  happens(stream)
  for (const each of waiting) await expect(each).rejects.toThrow(message)
  await expect(monitor.send(stop)).rejects.toThrow(message)
  await expect(monitor.deleted('a')).rejects.toThrow(message)
})

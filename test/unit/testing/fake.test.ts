import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { QmpClient } from '../../../src/qmp/index.ts'
import { CommandReader } from '../../../src/testing/command-reader.ts'
import { createFakeQmpServer, FakeQmpError, linkedPair, NO_REPLY } from '../../../src/testing/index.ts'

describe('linkedPair', () => {
  test('carries bytes both ways and a half close', async () => {
    const [left, right] = linkedPair()
    const seen: string[] = []
    left.on('data', (chunk) => seen.push(`left ${chunk}`)).on('end', () => seen.push('left end'))
    right.on('data', (chunk) => seen.push(`right ${chunk}`)).on('end', () => seen.push('right end'))
    left.write('ab')
    left.end('c')
    await once(right, 'end')
    right.end('d')
    await once(left, 'end')
    expect(seen).toEqual(['right ab', 'right c', 'right end', 'left d', 'left end'])
  })

  test('destroying one end ends the other', async () => {
    const [left, right] = linkedPair()
    right.resume()
    left.destroy()
    await once(right, 'end')
    right.write('into the void')
  })

  test('holds the writer back while nobody reads', async () => {
    const [left, right] = linkedPair()
    const chunk = Buffer.alloc(20_000)
    let accepted = 0
    for (let index = 0; index < 10; index++) left.write(chunk, () => accepted++)
    await sleep(5)
    expect(accepted).toBeLessThan(10)
    right.resume()
    await expect.poll(() => accepted).toBe(10)
  })
})

describe('CommandReader', () => {
  test('cuts at the closing brace at every split, with or without newlines', () => {
    const one = '{"execute":"a","arguments":{"x":"}\\"{"}}'
    const stream = `${one}${one}\n ${one}`
    for (let at = 0; at <= stream.length; at++) {
      const reader = new CommandReader()
      const taken = [...reader.push(stream.slice(0, at)), ...reader.push(stream.slice(at))]
      expect(taken).toEqual([one, one, one])
    }
  })
})

describe('createFakeQmpServer', () => {
  test('refuses commands before the negotiation, unknown ones, and what is not JSON', async () => {
    const [near, far] = linkedPair()
    await using _server = await createFakeQmpServer({ stream: far, greeting: null })
    near.write('{"execute":"stop","id":1}{"execute":"qmp_capabilities"}{"execute":"stop"}{oops}')
    near.end()
    const lines = (await text(near))
      .trim()
      .split('\r\n')
      .map((line) => JSON.parse(line))
    expect(lines).toEqual([
      { id: 1, error: { class: 'CommandNotFound', desc: expect.stringContaining('negotiation') } },
      { return: {} },
      { error: { class: 'CommandNotFound', desc: 'The command stop has not been found' } },
      { error: { class: 'GenericError', desc: 'JSON parse error' } },
    ])
  })

  test('runs commands one by one, delays, refuses, keeps silent', async () => {
    await using server = await createFakeQmpServer({
      commands: {
        slow: () => sleep(10, 'slow'),
        fast: 'fast',
        never: () => NO_REPLY,
        bad: () => Promise.reject(new FakeQmpError('gone', 'DeviceNotFound')),
      },
    })
    await using client = await QmpClient.connect(server.address)
    const order: unknown[] = []
    await Promise.all([
      client.execute('slow').then((answer) => order.push(answer)),
      client.execute('fast').then((answer) => order.push(answer)),
    ])
    expect(order).toEqual(['slow', 'fast'])
    await expect(client.execute('never', {}, { timeoutMs: 5 })).rejects.toThrow('timed out')
    await expect(client.execute('bad')).rejects.toThrow('gone (DeviceNotFound)')
    server.on('bad', 'good now')
    expect(await client.execute('bad')).toBe('good now')
    expect(server.received.map(({ execute }) => execute)).toEqual([
      'qmp_capabilities',
      'slow',
      'fast',
      'never',
      'bad',
      'bad',
    ])
  })

  test('waits for a command as long as it is told to', async () => {
    const [, stream] = linkedPair()
    await using server = await createFakeQmpServer({ stream })
    const never = (options: object) => server.whenReceived('never', options)
    await expect(never({ timeoutMs: 5 })).rejects.toMatchObject({ code: 'QMP_TIMEOUT' })
    await expect(never({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'QMP_ABORTED' })
  })

  test('greets one client at a time and leaves nothing behind', async () => {
    const server = await createFakeQmpServer()
    const path = server.address.slice('unix:'.length)
    const first = connect(path)
    await once(first, 'data')
    const second = connect(path)
    await once(second, 'connect')
    expect(server.connections).toBe(1)
    first.destroy()
    await once(second, 'data')
    expect(server.connections).toBe(2)
    await Promise.all([server.close(), once(second, 'close')])
    const late = connect(path)
    const [error] = await once(late, 'error')
    expect(error).toMatchObject({ code: 'ENOENT' })
  })
})

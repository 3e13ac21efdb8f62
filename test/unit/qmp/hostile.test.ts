import { inspect } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ConnectOptions, QmpClient } from '../../../src/qmp/index.ts'
import { type FakeHandler, FakeQmpError, linkedPair, NO_REPLY } from '../../../src/testing/index.ts'
import { connected, settled } from './support.ts'

const coded = (code: string) => expect.objectContaining({ code })
const MIB = 1024 * 1024

/** A client with one call on its way, and the bytes of a peer that means no good. */
async function attacked(options: ConnectOptions = {}) {
  const { client, server } = await connected({ commands: { hang: () => NO_REPLY } }, options)
  const call = client.execute('hang')
  call.catch(() => {})
  await server.whenReceived('hang')
  return { client, server, call }
}

/** How much more memory is held after `work` than before, in MiB. */
async function growth(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage()
  await work()
  const after = process.memoryUsage()
  return (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / MIB
}

describe('a peer that means no good costs bounded memory and ends in a typed error', () => {
  test('a line without end', async () => {
    const { client, server, call } = await attacked({ maxMessageBytes: 8 * MIB })
    const piece = Buffer.alloc(64 * 1024, 'x')
    const grown = await growth(async () => {
      for (let sent = 0; sent <= 64 * MIB; sent += piece.length) {
        server.write(piece)
        if (sent % MIB === 0) await settled()
      }
    })
    await expect(call).rejects.toThrow(coded('QMP_PROTOCOL'))
    expect(await client.closed).toEqual(coded('QMP_PROTOCOL'))
    expect(grown).toBeLessThan(120)
  })

  test('a line without end in single bytes', async () => {
    const { client, server } = await attacked({ maxMessageBytes: 100_000 })
    const grown = await growth(async () => {
      for (let sent = 0; sent <= 100_000; sent++) {
        server.write('x')
        if (sent % 1000 === 0) await new Promise(setImmediate)
      }
      expect(await client.closed).toEqual(coded('QMP_PROTOCOL'))
    })
    expect(grown).toBeLessThan(60)
  })

  test.each([
    ['deep', `{"return": ${'['.repeat(MIB)}`, 'nested deeper'],
    ['deep and whole', `{"return": ${'['.repeat(MIB)}${']'.repeat(MIB)}}`, 'nested deeper'],
    ['deep, with strings', `{"return": ["[[\\"[", ${'[{"a":'.repeat(MIB / 4)}`, 'nested deeper'],
    ['of many values', `{"return": [${'{},'.repeat(5 * MIB)}0]}`, 'values'],
  ])('a message that is %s', async (_what, text, words) => {
    const { client, server, call } = await attacked()
    server.write(`${text}\r\n`)
    await expect(call).rejects.toThrow(
      expect.objectContaining({ code: 'QMP_PROTOCOL', message: expect.stringContaining(words) }),
    )
    expect(await client.closed).toEqual(coded('QMP_PROTOCOL'))
  })

  test('a long message that is in order passes', async () => {
    const { server, call } = await attacked()
    const { id } = await server.whenReceived('hang')
    const text = '[{'.repeat(MIB)
    server.send({ return: [text, '\\"', 'x'], id: id ?? null })
    expect(await call).toEqual([text, '\\"', 'x'])
  })

  test('garbage', async () => {
    for (const bytes of ['\0\0\0\r\n', '\xff\xfe\n', '<html>\n', '{"return"\n', 'GET / HTTP/1.1\r\n\r\n']) {
      const { server, call } = await attacked()
      server.write(Buffer.from(bytes, 'latin1'))
      await expect(call).rejects.toThrow(coded('QMP_PROTOCOL'))
    }
  })

  test('a flood of events before the end of the negotiation', async () => {
    const connecting = connected({
      commands: {
        qmp_capabilities: (_args, _command, server) => {
          for (let index = 0; index < 10_000; index++) server.emit('STOP')
          return NO_REPLY
        },
      },
    })
    await expect(connecting).rejects.toThrow(
      expect.objectContaining({ code: 'QMP_NEGOTIATION', message: expect.stringContaining('flood') }),
    )
  })

  test('silence: every call ends at its deadline, and the link when they are too many', async () => {
    const { client } = await connected({ commands: { hang: () => NO_REPLY }, concurrent: true })
    const codes = new Set<string>()
    let calls = 0
    while (codes.size < 2 && calls < 80_000) {
      const batch = await Promise.allSettled(
        Array.from({ length: 4000 }, () => client.execute('hang', undefined, { timeoutMs: 1 })),
      )
      for (const result of batch) if (result.status === 'rejected') codes.add(result.reason.code)
      calls += batch.length
    }
    expect(codes).toEqual(new Set(['QMP_TIMEOUT', 'QMP_PROTOCOL']))
    expect(await client.closed).toMatchObject({ message: expect.stringContaining('unanswered') })
  })

  test('a reader that stopped: calls are held back, and those that timed out are never sent', async () => {
    const [near, far] = linkedPair()
    far.write('{"QMP": {"version": {}, "capabilities": []}}\r\n{"return": {}, "id": 0}\r\n')
    const client = await QmpClient.connect(near)
    onTestFinished(() => client.close())
    const grown = await growth(async () => {
      for (let round = 0; round < 20; round++) {
        const batch = Array.from({ length: 1000 }, () =>
          client.execute('query-status' as string, { text: 'x'.repeat(100) }, { timeoutMs: 1 }),
        )
        const results = await Promise.allSettled(batch)
        expect(results.every(({ status }) => status === 'rejected')).toBe(true)
      }
    })
    // 20,000 commands of 150 bytes; what waits in the stream is little more than its high-water mark.
    expect(near.writableLength).toBeLessThan(300_000)
    expect(grown).toBeLessThan(60)
    // The peer wakes up: what comes next goes out.
    let last = ''
    far.on('data', (chunk: Buffer) => {
      last = (last + chunk.toString()).slice(-200)
    })
    const call = client.execute('stop')
    await settled()
    expect(last).toContain('"stop"')
    far.destroy()
    await expect(call).rejects.toThrow(coded('QMP_CLOSED'))
  })

  test('a half close, and bytes after this side closed', async () => {
    const { client, server, call } = await attacked()
    server.endConnection()
    await expect(call).rejects.toThrow(coded('QMP_CLOSED'))
    expect(await client.closed).toEqual(coded('QMP_CLOSED'))
    const [near, far] = linkedPair()
    far.write('{"QMP": {"version": {}, "capabilities": []}}\r\n{"return": {}, "id": 0}\r\n')
    const other = await QmpClient.connect(near)
    const seen: string[] = []
    other.on('*', ({ event }) => seen.push(event))
    far.write('{"event": "STOP"}\r\n')
    await settled()
    const closing = other.close()
    far.write('{"event": "LATE"}\r\nnull\r\n')
    await closing
    await settled()
    expect(seen).toEqual(['STOP'])
    expect(await other.closed).toBeUndefined()
  })
})

describe('secrets', () => {
  const SECRET = 'sehr-geheim'
  const commands: Readonly<Record<string, FakeHandler>> = {
    refuse: () => {
      throw new FakeQmpError('no')
    },
    'object-add': () => {
      throw new FakeQmpError('no')
    },
    'send-key': () => NO_REPLY,
    migrate: () => NO_REPLY,
  }

  test('are in no error, however it is printed', async () => {
    const { client, server } = await connected({ commands })
    const calls = [
      client.execute('object-add', { 'qom-type': 'secret', id: 's', data: SECRET }),
      client.execute('refuse', { url: `nbd://user:${SECRET}@host/`, deep: [{ password: SECRET }] }),
      client.execute('send-key' as string, { keys: [{ type: 'qcode', data: SECRET }] }, { timeoutMs: 5 }),
      client.execute('migrate' as string, {
        channels: [{ addr: { transport: 'exec', args: ['/bin/x', SECRET] } }],
      }),
    ]
    const failures = Promise.allSettled(calls)
    await settled()
    server.dropConnection()
    const results = await failures
    expect(results.map(({ status }) => status)).toEqual(Array.from(calls, () => 'rejected'))
    for (const result of results) {
      const error: unknown = result.status === 'rejected' ? result.reason : undefined
      for (const text of [
        String(error),
        JSON.stringify(error),
        inspect(error, { depth: 20, showHidden: true }),
      ]) {
        expect(text).not.toContain(SECRET)
      }
    }
  })

  test('are not in the client either, while calls are under way', async () => {
    const { client } = await connected({ commands })
    const call = client.execute('send-key' as string, { keys: [{ type: 'qcode', data: SECRET }] })
    call.catch(() => {})
    await settled()
    expect(inspect(client, { depth: 20, showHidden: true })).not.toContain(SECRET)
  })

  test('are not in the words about a line that cannot be read', async () => {
    const { client, server } = await attacked()
    server.write(`{"return": {"password": "${SECRET}"}}}\r\n`)
    const reason = await client.closed
    expect(inspect(reason, { depth: 20, showHidden: true })).not.toContain(SECRET)
  })
})

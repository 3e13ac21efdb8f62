import { once } from 'node:events'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { QmpClient } from '../../../src/qmp/index.ts'
import { createFakeQmpServer, linkedPair, NO_REPLY } from '../../../src/testing/index.ts'
import { connected, settled } from './support.ts'

/** Faults proven in another client of this protocol, each as a case that must come out right here. */
const coded = (code: string) => expect.objectContaining({ code })

test('1: a large reply in small pieces takes linear time, and its size has a limit', async () => {
  const { client, server } = await connected(
    { commands: { big: () => NO_REPLY } },
    { maxMessageBytes: 4 * 1024 * 1024 },
  )
  const call = client.execute('big')
  const { id } = await server.whenReceived('big')
  const reply = Buffer.from(`{"return": "${'x'.repeat(3_000_000)}", "id": ${Number(id)}}\r\n`)
  for (let at = 0; at < reply.length; at += 1000) server.write(reply.subarray(at, at + 1000))
  expect(await call).toHaveLength(3_000_000)
  const next = client.execute('big')
  await settled()
  server.write('x'.repeat(4 * 1024 * 1024 + 1))
  await expect(next).rejects.toThrow(coded('QMP_PROTOCOL'))
})

describe('2: one in flight, no ids', () => {
  test('a reply with an unknown id is not given to the command in flight', async () => {
    const { client } = await connected({
      commands: {
        mine: (_args, _command, server) => {
          server.send({ return: 'theirs', id: 4711 })
          server.send({ return: 'nobody' })
          server.send({ error: { class: 'GenericError', desc: 'theirs' }, id: 'x' })
          return 'mine'
        },
      },
    })
    expect(await client.execute('mine')).toBe('mine')
  })

  test('replies may come in any order', async () => {
    const { client } = await connected({
      concurrent: true,
      commands: {
        wait: async ({ ms }) => {
          await new Promise((resolve) => setTimeout(resolve, Number(ms)))
          return ms
        },
      },
    })
    const calls = [20, 1, 10].map((ms) => client.execute('wait', { ms }))
    expect(await Promise.all(calls)).toEqual([20, 1, 10])
  })

  test('an error without id ends the oldest command', async () => {
    const { client, server } = await connected({ commands: { hang: () => NO_REPLY } })
    const calls = [client.execute('hang'), client.execute('hang')]
    await settled()
    server.send({ error: { class: 'GenericError', desc: 'JSON parse error' } })
    await expect(calls[0]).rejects.toThrow(/JSON parse error/)
    server.dropConnection()
    await expect(calls[1]).rejects.toThrow(coded('QMP_CLOSED'))
  })
})

test('3: a line that is not JSON fails the commands in flight, typed, instead of hanging them', async () => {
  const { client, server } = await connected({ commands: { hang: () => NO_REPLY } })
  const calls = [client.execute('hang'), client.execute('hang')]
  await settled()
  server.write('{"return": {\r\n')
  for (const call of calls) await expect(call).rejects.toThrow(coded('QMP_PROTOCOL'))
  expect(await client.closed).toMatchObject({ code: 'QMP_PROTOCOL' })
  await expect(client.execute('hang')).rejects.toThrow(/not sent/)
})

test.each(['null', '5', '"x"', '[]', '{}', 'true', '{"event": 5}', '{"error": null}', '{"QMP": {}}'])(
  '4: the line %s ends the link, not the process',
  async (line) => {
    const { client, server } = await connected({ commands: { hang: () => NO_REPLY } })
    const call = client.execute('hang')
    await settled()
    server.write(`${line}\r\n`)
    await expect(call).rejects.toThrow(coded('QMP_PROTOCOL'))
  },
)

describe('5: nothing waits for ever', () => {
  test('no greeting', async () => {
    const [near] = linkedPair()
    await expect(QmpClient.connect(near, { greetingTimeoutMs: 10 })).rejects.toThrow(coded('QMP_GREETING'))
  })

  test('an end before the greeting', async () => {
    const [near, far] = linkedPair()
    const connecting = QmpClient.connect(near)
    far.end()
    await expect(connecting).rejects.toThrow(coded('QMP_GREETING'))
  })

  test('no answer to qmp_capabilities', async () => {
    await expect(
      connected({ commands: { qmp_capabilities: () => NO_REPLY } }, { greetingTimeoutMs: 20 }),
    ).rejects.toThrow(coded('QMP_NEGOTIATION'))
  })

  test('a stream that is dead already', async () => {
    const [near] = linkedPair()
    near.destroy()
    await once(near, 'close')
    await expect(QmpClient.connect(near)).rejects.toThrow(coded('QMP_GREETING'))
  })
})

test('6: a refused negotiation fails', async () => {
  const commands = {
    qmp_capabilities: () => {
      throw new Error('no')
    },
  }
  await expect(connected({ commands })).rejects.toThrow(coded('QMP_NEGOTIATION'))
})

test('7: out-of-band commands have the wire form QEMU takes', async () => {
  const { client, server } = await connected({ commands: { 'migrate-pause': {} } }, { oob: true })
  expect(server.received[0]).toMatchObject({ arguments: { enable: ['oob'] } })
  await client.executeOob('migrate-pause')
  expect(server.received[1]).toMatchObject({ execute: 'migrate-pause', oob: true })
})

test('8: bigint goes both ways, and an argument that cannot be sent wedges nothing', async () => {
  const { client } = await connected({ commands: { echo: (args) => args } })
  await expect(client.execute('echo', { bad: Number.NaN })).rejects.toThrow(coded('QMP_INVALID_ARGUMENT'))
  const exact = { a: 18446744073709551615n, b: -9223372036854775808n, c: 9007199254740991 }
  expect(await client.execute('echo', exact)).toEqual(exact)
})

test('9: no reconnect, no timer left, no error event: the caller decides', async () => {
  const { client, server } = await connected()
  server.dropConnection()
  await client.closed
  await expect(client.execute('stop')).rejects.toThrow(coded('QMP_CLOSED'))
  await using other = await createFakeQmpServer()
  const spy = vi.spyOn(globalThis, 'setTimeout')
  onTestFinished(() => spy.mockRestore())
  const again = await QmpClient.connect(other.address)
  await again.close()
  const timers = spy.mock.results.map(({ value }) => value)
  expect(timers.every((timer) => timer._destroyed)).toBe(true)
})

test('10: a pretty-printing monitor works', async () => {
  const { client } = await connected({
    commands: {
      'query-name': (_args, { id }, server) => {
        server.write(
          `{\r\n    "return": {\r\n        "name": "vm"\r\n    },\r\n    "id": ${Number(id)}\r\n}\r\n`,
        )
        return NO_REPLY
      },
    },
  })
  expect(await client.execute('query-name')).toEqual({ name: 'vm' })
})

test('a bare inf or nan fails its own command only', async () => {
  const { client } = await connected({
    commands: {
      stats: (_args, { id }, server) => {
        server.write(`{"return": {"rate": nan, "n": 1}, "id": ${Number(id)}}\r\n`)
        return NO_REPLY
      },
      stop: {},
    },
  })
  await expect(client.execute('stats')).rejects.toThrow(coded('QMP_PROTOCOL'))
  await client.execute('stop')
})

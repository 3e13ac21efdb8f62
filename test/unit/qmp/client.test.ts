import { getEventListeners } from 'node:events'
import type { Duplex } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openStream, QgaClient, QmpClient, QmpCommandError } from '../../../src/qmp/index.ts'
import { createFakeQmpServer, FakeQmpError, linkedPair, NO_REPLY } from '../../../src/testing/index.ts'
import { connected, settled } from './support.ts'

const status = { running: true, status: 'running' }
const coded = (code: string) => expect.objectContaining({ code })

describe('connect', () => {
  test('negotiates over a socket and tells what the server is', async () => {
    await using server = await createFakeQmpServer({ commands: { 'query-status': status } })
    await using client = await QmpClient.connect(server.address)
    expect(client.greeting).toEqual({
      version: { qemu: { major: 10, minor: 0, micro: 2 }, package: '' },
      capabilities: ['oob'],
    })
    expect(client.capabilities).toEqual([])
    expect(await client.execute('query-status')).toEqual(status)
    expect(server.received[0]).toMatchObject({ execute: 'qmp_capabilities', arguments: {} })
  })

  test('what is asked at the greeting is sent before the negotiation has ended, and answered after it', async () => {
    const [near, far] = linkedPair()
    const heard: string[] = []
    far.on('data', (bytes) => heard.push(...String(bytes).trim().split('\n')))
    let answer: Promise<unknown> | undefined
    const connecting = QmpClient.connectAsking(near, {}, (client) => {
      answer = client.execute('query-status')
    })
    far.write('{"QMP": {"version": {"qemu": {"micro": 0, "minor": 0, "major": 10}}, "capabilities": []}}\n')
    await settled()
    expect(heard.map((line) => JSON.parse(line).execute)).toEqual(['qmp_capabilities', 'query-status'])
    far.write(`{"return": {}, "id": 0}\n{"return": ${JSON.stringify(status)}, "id": 1}\n`)
    await using client = await connecting
    expect(await answer).toEqual(status)
    expect(client.capabilities).toEqual([])
  })

  test('what is asked at the greeting fails with a negotiation that fails', async () => {
    const refuse = () => {
      throw new FakeQmpError('no')
    }
    await using server = await createFakeQmpServer({ commands: { qmp_capabilities: refuse } })
    let answer: Promise<unknown> | undefined
    const connecting = QmpClient.connectAsking(server.address, {}, (client) => {
      answer = client.execute('query-status')
      answer.catch(() => {})
    })
    await expect(connecting).rejects.toThrow(coded('QMP_NEGOTIATION'))
    await expect(answer).rejects.toThrow(coded('QMP_CLOSED'))
  })

  test('a second client is told that another holds the monitor, and gets its turn later', async () => {
    await using server = await createFakeQmpServer()
    const first = await QmpClient.connect(server.address)
    await expect(QmpClient.connect(server.address, { greetingTimeoutMs: 50 })).rejects.toThrow(
      expect.objectContaining({
        code: 'QMP_GREETING',
        message: expect.stringContaining('another client holds this monitor'),
      }),
    )
    const waiting = QmpClient.connect(server.address)
    await first.close()
    await using second = await waiting
    expect(second.greeting.version.qemu.major).toBe(10)
  })

  test('a missing socket, a refused port and a bad descriptor are QMP_CONNECT', async () => {
    for (const address of ['unix:/nonexistent/qmp.sock', 'tcp:127.0.0.1:1', { fd: 987_654 }]) {
      await expect(QmpClient.connect(address)).rejects.toThrow(coded('QMP_CONNECT'))
    }
  })

  test('can be aborted, before and while it waits for the greeting', async () => {
    const reason = new Error('enough')
    await expect(
      QmpClient.connect('unix:/nonexistent', { signal: AbortSignal.abort(reason) }),
    ).rejects.toThrow(coded('QMP_ABORTED'))
    const [near, far] = linkedPair()
    const controller = new AbortController()
    const connecting = QmpClient.connect(near, { signal: controller.signal })
    controller.abort(reason)
    await expect(connecting).rejects.toThrow(expect.objectContaining({ code: 'QMP_ABORTED', cause: reason }))
    expect(near.destroyed).toBe(true)
    far.destroy()
  })

  test('the failure of a connect points at its caller', async () => {
    async function callerOfConnect() {
      return await QmpClient.connect('unix:/nonexistent')
    }
    await expect(callerOfConnect()).rejects.toThrow(
      expect.objectContaining({ stack: expect.stringContaining('callerOfConnect') }),
    )
  })

  test.each([
    ['HMP', 'QEMU 7.2.22 monitor - type help\r\n(qemu) ', 'QMP_PROTOCOL'],
    ['a reply', '{"return": {}}\r\n', 'QMP_GREETING'],
    ['null', 'null\r\n', 'QMP_GREETING'],
  ])('%s instead of a greeting fails', async (_what, bytes, code) => {
    const [near, far] = linkedPair()
    far.write(bytes)
    await expect(QmpClient.connect(near)).rejects.toThrow(coded(code))
    expect(near.destroyed).toBe(true)
  })

  test.each([
    ['QmpClient.connect', (near: Duplex) => QmpClient.connect(near, { greetingTimeoutMs: -1 })],
    ['QgaClient.connect', (near: Duplex) => QgaClient.connect(near, { syncTimeoutMs: Number.NaN })],
    ['openStream', (near: Duplex) => openStream(near, { timeoutMs: -1 })],
  ])('%s with a limit that is none destroys the stream', async (_what, connect) => {
    const [near] = linkedPair()
    await expect(connect(near)).rejects.toThrow(coded('QMP_INVALID_ARGUMENT'))
    expect(near.destroyed).toBe(true)
  })

  test('out-of-band execution that is not offered is QMP_NEGOTIATION', async () => {
    const greeting = { QMP: { version: {}, capabilities: [] } }
    await expect(connected({ greeting }, { oob: true })).rejects.toThrow(coded('QMP_NEGOTIATION'))
  })

  test('events around the negotiation reach listeners set right after it', async () => {
    const { client } = await connected({
      commands: {
        qmp_capabilities: (_args, _command, server) => {
          server.emit('STOP')
          queueMicrotask(() => server.emit('RESUME'))
          return undefined
        },
      },
    })
    const seen: string[] = []
    client.on('*', ({ event }) => seen.push(event))
    await settled()
    expect(seen).toEqual(['STOP', 'RESUME'])
  })

  test('an end right after the negotiation comes after the events before it', async () => {
    const { client } = await connected({
      commands: {
        qmp_capabilities: (_args, _command, server) => {
          queueMicrotask(() => {
            server.emit('SHUTDOWN', { guest: true, reason: 'guest-shutdown' })
            server.endConnection()
          })
          return undefined
        },
      },
    })
    const { data } = await client.waitFor('SHUTDOWN')
    expect(data).toEqual({ guest: true, reason: 'guest-shutdown' })
    expect(await client.closed).toMatchObject({ code: 'QMP_CLOSED' })
  })
})

describe('execute', () => {
  test('a command that answers nothing resolves with undefined; an open one with what came', async () => {
    const { client } = await connected({ commands: { stop: {}, 'x-new': {}, 'query-migrate': {} } })
    expect(await client.execute('stop')).toBeUndefined()
    expect(await client.execute('x-new')).toEqual({})
    expect(await client.execute('query-migrate')).toEqual({})
  })

  test.each([[''], [0], [false], [[]], [null]])('the answer %j is an answer', async (answer) => {
    const { client } = await connected({ commands: { 'qom-get': answer } })
    expect(await client.execute('qom-get', { path: '/', property: 'x' })).toEqual(answer)
  })

  test('arguments arrive exactly, absent members do not', async () => {
    const { client, server } = await connected({ commands: { block_resize: {} } })
    await client.execute('block_resize', { 'node-name': 'n', device: undefined, size: 18446744073709551615n })
    expect(server.received.at(-1)).toMatchObject({
      arguments: { 'node-name': 'n', size: 18446744073709551615n },
      oob: false,
    })
  })

  test('64 at once are all sent before the first answer', async () => {
    const { client, server } = await connected({ commands: { echo: (args) => args } })
    const answers = Array.from({ length: 64 }, (_, index) => client.execute('echo', { index }))
    await server.whenReceived('echo')
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 64 }, (_, index) => ({ index })))
  })

  test('a refusal carries class, words, redacted arguments and the caller', async () => {
    const { client } = await connected({
      commands: {
        'object-add': () => {
          throw new FakeQmpError('no such thing', 'DeviceNotFound')
        },
      },
    })
    async function theCaller() {
      await client.execute('object-add', { 'qom-type': 'secret', id: 's', data: 'geheim' })
    }
    const error: unknown = await theCaller().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(QmpCommandError)
    expect(error).toMatchObject({
      code: 'QMP_COMMAND_FAILED',
      command: 'object-add',
      qmpClass: 'DeviceNotFound',
      desc: 'no such thing',
      details: { arguments: { 'qom-type': 'secret', id: 's', data: '[redacted]' } },
      stack: expect.stringContaining('theCaller'),
    })
    expect(JSON.stringify(error)).not.toContain('geheim')
  })

  test('what cannot be sent is refused at once and harms nothing', async () => {
    const { client, server } = await connected({ commands: { echo: (args) => args } })
    await expect(client.execute('echo', { a: '\ud800' })).rejects.toThrow(coded('QMP_INVALID_ARGUMENT'))
    await expect(client.execute('echo', {}, { timeoutMs: -1 })).rejects.toThrow(coded('QMP_INVALID_ARGUMENT'))
    expect(await client.execute('echo', { a: 1 })).toEqual({ a: 1 })
    expect(server.received).toHaveLength(2)
  })

  test('a timeout and an abort leave the link usable', async () => {
    const { client } = await connected({ commands: { hang: () => NO_REPLY, stop: {} } })
    await expect(client.execute('hang', undefined, { timeoutMs: 10 })).rejects.toThrow(coded('QMP_TIMEOUT'))
    const controller = new AbortController()
    const hanging = client.execute('hang', {}, { signal: controller.signal })
    await settled()
    controller.abort()
    await expect(hanging).rejects.toThrow(/outcome is unknown/)
    await client.execute('stop')
  })

  test('one signal ends any number of calls and waits, without Node’s warning of a leak', async () => {
    const { client } = await connected({ commands: { hang: () => NO_REPLY } })
    const controller = new AbortController()
    const { signal } = controller
    const waits = Array.from({ length: 20 }, () => [
      client.execute('hang', {}, { signal }),
      client.waitFor('STOP', undefined, { signal }),
    ]).flat()
    const streams = Array.from({ length: 20 }, () => client.events({ signal }))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    controller.abort()
    for (const wait of waits) await expect(wait).rejects.toThrow(coded('QMP_ABORTED'))
    for (const stream of streams) expect((await stream.next()).done).toBe(true)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('out of band', () => {
  test('needs the capability', async () => {
    const { client } = await connected()
    await expect(client.executeOob('query-yank')).rejects.toThrow(coded('QMP_INVALID_ARGUMENT'))
  })

  test('overtakes a window full of commands', async () => {
    let release = () => {}
    const { client, server } = await connected(
      {
        commands: {
          slow: () => new Promise((resolve) => (release = () => resolve({}))),
          stop: {},
          'query-yank': [],
        },
      },
      { oob: true },
    )
    expect(client.capabilities).toEqual(['oob'])
    const calls = [client.execute('slow'), ...Array.from({ length: 19 }, () => client.execute('stop'))]
    await settled()
    expect(await client.executeOob('query-yank')).toEqual([])
    expect(server.received.filter(({ execute }) => execute !== 'qmp_capabilities')).toHaveLength(9)
    expect(server.received.at(-1)).toMatchObject({ execute: 'query-yank', oob: true })
    release()
    await Promise.all(calls)
    expect(server.received).toHaveLength(22)
  })
})

describe('the end', () => {
  test('close fails what waits, ends what reads, and can be repeated', async () => {
    const { client } = await connected({ commands: { hang: () => NO_REPLY } })
    const call = client.execute('hang')
    const event = client.waitFor('STOP')
    const reading = client.events().next()
    await settled()
    await Promise.all([client.close(), client.close()])
    await expect(call).rejects.toThrow(coded('QMP_CLOSED'))
    await expect(event).rejects.toThrow(coded('QMP_CLOSED'))
    expect(await reading).toEqual({ done: true, value: undefined })
    expect(await client.closed).toBeUndefined()
    await expect(client.execute('stop')).rejects.toThrow(/was not sent/)
    await expect(client.waitFor('STOP')).rejects.toThrow(coded('QMP_CLOSED'))
    expect(await client.events().next()).toEqual({ done: true, value: undefined })
  })

  test('a dropped link says what is known of each command', async () => {
    const { client, server } = await connected({ commands: { hang: () => NO_REPLY } })
    const call = client.execute('hang')
    await server.whenReceived('hang')
    server.dropConnection()
    await expect(call).rejects.toThrow(/outcome is unknown/)
    expect(await client.closed).toMatchObject({ code: 'QMP_CLOSED' })
  })

  test('a waiter nobody awaits any more is no unhandled rejection', async () => {
    const { client } = await connected()
    const unhandled: unknown[] = []
    const listener = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', listener)
    onTestFinished(() => void process.off('unhandledRejection', listener))
    void client.waitFor('STOP')
    await client.close()
    await settled()
    expect(unhandled).toEqual([])
  })
})

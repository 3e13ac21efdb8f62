import { describe, expect, onTestFinished, test } from 'vitest'
import { QMP_GAP, ReconnectingQmpClient, type ReconnectOptions } from '../../../src/qmp/index.ts'
import { createFakeQmpServer, type FakeQmpServer, NO_REPLY } from '../../../src/testing/index.ts'
import { memoryInUse } from '../../support/collect-garbage.ts'
import { settled } from './support.ts'

const coded = (code: string) => expect.objectContaining({ code })

async function connected(
  options: ReconnectOptions = {},
): Promise<{ server: FakeQmpServer; link: ReconnectingQmpClient }> {
  const server = await createFakeQmpServer({
    commands: { 'query-name': { name: 'vm' }, hang: () => NO_REPLY },
  })
  const link = new ReconnectingQmpClient(server.address, { firstDelayMs: 1, ...options })
  onTestFinished(async () => {
    await link.close()
    await server.close()
  })
  await link.connected({ timeoutMs: 5000 })
  return { server, link }
}

describe('a connection that is lost', () => {
  test('comes back; calls in flight are of unknown outcome, calls in between wait', async () => {
    const { server, link } = await connected()
    const inFlight = link.execute('hang')
    await server.whenReceived('hang')
    server.dropConnection()
    await expect(inFlight).rejects.toThrow(/outcome is unknown/)
    expect(link.client).toBeUndefined()
    expect(await link.execute('query-name')).toEqual({ name: 'vm' })
    expect(server.connections).toBe(2)
    expect(server.received.filter(({ execute }) => execute === 'hang')).toHaveLength(1)
  })

  test('leaves listeners and streams, with a gap in them', async () => {
    const { server, link } = await connected()
    const seen: string[] = []
    link.on('*', ({ event }) => seen.push(event))
    const gaps: number[] = []
    link.on(QMP_GAP, ({ data }) => gaps.push(data.gapMs))
    const stream = link.events({ names: ['STOP'] })
    server.emit('STOP')
    await link.execute('query-name')
    const before = link.client
    server.dropConnection()
    await before?.closed
    await link.execute('query-name')
    server.emit('STOP')
    server.emit('RESUME')
    await link.execute('query-name')
    expect(seen).toEqual(['STOP', QMP_GAP, 'STOP', 'RESUME'])
    expect(gaps).toHaveLength(1)
    await link.close()
    const streamed: string[] = []
    for await (const { event } of stream) streamed.push(event)
    expect(streamed).toEqual(['STOP', QMP_GAP, 'STOP'])
  })
})

describe('the policy', () => {
  test('is asked, and its refusal ends everything with the reason', async () => {
    const asked: [string, number][] = []
    const link = new ReconnectingQmpClient('unix:/nonexistent/qmp', {
      firstDelayMs: 1,
      retry: (error, attempt) => {
        asked.push([error.name, attempt])
        return attempt < 3
      },
    })
    const waiting = link.execute('query-name')
    await expect(waiting).rejects.toThrow(coded('QMP_CLOSED'))
    expect(await link.closed).toEqual(coded('QMP_CONNECT'))
    expect(asked).toEqual([1, 2, 3].map((attempt) => ['QmpError', attempt]))
    await expect(link.connected()).rejects.toThrow(coded('QMP_CLOSED'))
    expect((await link.events().next()).done).toBe(true)
  })

  test('that throws ends it', async () => {
    const link = new ReconnectingQmpClient('unix:/nonexistent/qmp', {
      retry: () => {
        throw new Error('mine')
      },
    })
    expect(await link.closed).toEqual(coded('QMP_CONNECT'))
  })
})

describe('what no further try can mend', () => {
  const retry = () => expect.unreachable('asked')

  test.each([
    ['an address that is none', 'unix:'],
    // What its types refuse.
    ['a descriptor', { fd: 987 } as unknown as string],
  ])('%s', async (_what, address) => {
    const link = new ReconnectingQmpClient(address, { retry })
    onTestFinished(() => link.close())
    await expect(link.execute('query-name')).rejects.toThrow(coded('QMP_CLOSED'))
    expect(await link.closed).toEqual(coded('QMP_INVALID_ARGUMENT'))
  })
})

describe('the end', () => {
  test('by close or signal, while connected or not', async () => {
    const controller = new AbortController()
    const { link } = await connected({ signal: controller.signal })
    controller.abort()
    expect(await link.closed).toBeUndefined()
    const trying = new ReconnectingQmpClient('unix:/nonexistent/qmp')
    await settled()
    await Promise.all([trying.close(), trying.close()])
    expect(await trying.closed).toBeUndefined()
    expect(await new ReconnectingQmpClient('unix:/x', { signal: AbortSignal.abort() }).closed).toBeUndefined()
  })

  test('of a wait by its own limits', async () => {
    const link = new ReconnectingQmpClient('unix:/nonexistent/qmp')
    onTestFinished(() => link.close())
    await expect(link.execute('query-name', undefined, { timeoutMs: 20 })).rejects.toThrow(
      coded('QMP_TIMEOUT'),
    )
    await expect(link.connected({ signal: AbortSignal.abort() })).rejects.toThrow(coded('QMP_ABORTED'))
  })

  test('of a wait leaves nothing of it', async () => {
    const link = new ReconnectingQmpClient('unix:/nonexistent/qmp')
    onTestFinished(() => link.close())
    const giveUp = async (): Promise<WeakRef<AbortSignal>> => {
      const controller = new AbortController()
      const waiting = link.connected({ signal: controller.signal }).catch(() => {})
      controller.abort()
      await waiting
      return new WeakRef(controller.signal)
    }
    const signal = await giveUp()
    await settled()
    memoryInUse()
    expect(signal.deref()).toBeUndefined()
  })
})

describe.each([Number.POSITIVE_INFINITY, 3e9])('with a limit of %d ms', (timeoutMs) => {
  test('a call waits for the connection', async () => {
    const { server, link } = await connected()
    const before = link.client
    server.dropConnection()
    await before?.closed
    expect(link.client).toBeUndefined()
    expect(await link.execute('query-name', undefined, { timeoutMs })).toEqual({ name: 'vm' })
    expect(await link.connected({ timeoutMs })).toBe(link.client)
  })

  test('a pause is not cut short', async () => {
    const { server } = await connected()
    await server.close()
    let attempts = 0
    const retry = () => ++attempts < 1000
    const lonely = new ReconnectingQmpClient(server.address, {
      firstDelayMs: timeoutMs,
      maxDelayMs: timeoutMs,
      retry,
    })
    await expect(lonely.connected({ timeoutMs: 50 })).rejects.toEqual(coded('QMP_TIMEOUT'))
    expect(attempts).toBe(1)
    await lonely.close()
  })
})

test.each([Number.NaN, -1])('a wait of %d ms is refused', async (wrong) => {
  const { link } = await connected()
  await expect(link.connected({ timeoutMs: wrong })).rejects.toEqual(coded('QMP_INVALID_ARGUMENT'))
  await expect(link.execute('query-name', undefined, { timeoutMs: wrong })).rejects.toEqual(
    coded('QMP_INVALID_ARGUMENT'),
  )
  for (const options of [{ firstDelayMs: wrong }, { maxDelayMs: wrong }, { greetingTimeoutMs: wrong }])
    expect(() => new ReconnectingQmpClient('unix:/nonexistent/s', options)).toThrow(
      coded('QMP_INVALID_ARGUMENT'),
    )
})

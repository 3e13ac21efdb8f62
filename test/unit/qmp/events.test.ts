import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { closedError } from '../../../src/qmp/call-error.ts'
import type { QmpEvent } from '../../../src/qmp/event-types.ts'
import { EventHub } from '../../../src/qmp/events.ts'
import { connected, settled } from './support.ts'

const event = (name: string, data = {}): QmpEvent => ({
  event: name,
  data,
  timestamp: { seconds: 1, microseconds: 2 },
})

/** Catches process warnings instead of printing them. */
function warnings(): string[] {
  const seen: string[] = []
  const spy = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => {
    seen.push(String(warning))
  })
  onTestFinished(() => spy.mockRestore())
  return seen
}

describe('listeners', () => {
  test('hear their name or all, in order, until taken off', () => {
    const hub = new EventHub()
    const seen: string[] = []
    const off = hub.on('STOP', () => seen.push('stop'))
    hub.on('*', ({ event: name }) => seen.push(name))
    hub.emit(event('STOP'))
    hub.emit(event('X-NEW'))
    off()
    off()
    hub.emit(event('STOP'))
    expect(seen).toEqual(['stop', 'STOP', 'X-NEW', 'STOP'])
  })

  test('may come and go while an event is handed out', () => {
    const hub = new EventHub()
    const seen: string[] = []
    const first = () => {
      seen.push('first')
      hub.off('STOP', first)
      hub.on('STOP', () => seen.push('late'))
    }
    hub.on('STOP', first)
    hub.on('STOP', () => seen.push('second'))
    hub.emit(event('STOP'))
    expect(seen).toEqual(['first', 'second'])
    hub.emit(event('STOP'))
    expect(seen).toEqual(['first', 'second', 'second', 'late'])
  })

  test('that throw or reject harm nobody and are reported', async () => {
    const warned = warnings()
    const { client, server } = await connected({ commands: { stop: {} } })
    const seen: string[] = []
    client.on('STOP', () => {
      throw new Error('first')
    })
    client.on('STOP', () => Promise.reject(new Error('second')))
    client.on('STOP', ({ event: name }) => seen.push(name))
    server.emit('STOP')
    await client.execute('stop')
    await settled()
    expect(seen).toEqual(['STOP'])
    expect(warned).toEqual([expect.stringContaining('first'), expect.stringContaining('second')])
  })
})

test('an event without data has {}, one without a clock -1', async () => {
  const { client, server } = await connected()
  const waiting = client.waitFor('POWERDOWN')
  server.send({ event: 'POWERDOWN' })
  expect(await waiting).toEqual({
    event: 'POWERDOWN',
    data: {},
    timestamp: { seconds: -1, microseconds: -1 },
  })
})

describe('waitFor', () => {
  test('is armed when it returns: an event before the reply is not missed', async () => {
    const { client } = await connected({
      commands: {
        device_del: (_args, _command, server) => {
          server.emit('DEVICE_DELETED', { path: '/machine/peripheral/d/virtio-backend' })
          server.emit('DEVICE_DELETED', { device: 'd', path: '/machine/peripheral/d' })
          return undefined
        },
      },
    })
    const gone = client.waitFor('DEVICE_DELETED', ({ data }) => data.device === 'd')
    await client.execute('device_del', { id: 'd' })
    expect((await gone).data.path).toBe('/machine/peripheral/d')
  })

  test('ends by timeout, abort, or what match throws', async () => {
    const { client, server } = await connected()
    const misplaced = { timeoutMs: 5 } as never
    await expect(client.waitFor('STOP', misplaced)).rejects.toThrow(
      expect.objectContaining({
        code: 'QMP_INVALID_ARGUMENT',
        message: expect.stringContaining('a function'),
      }),
    )
    await expect(client.waitFor('STOP', null as never, { timeoutMs: 5 })).rejects.toThrow(
      expect.objectContaining({ code: 'QMP_TIMEOUT' }),
    )
    await expect(client.waitFor('STOP', undefined, { timeoutMs: 5 })).rejects.toThrow(
      expect.objectContaining({ code: 'QMP_TIMEOUT' }),
    )
    await expect(client.waitFor('STOP', undefined, { signal: AbortSignal.abort() })).rejects.toThrow(
      expect.objectContaining({ code: 'QMP_ABORTED' }),
    )
    const controller = new AbortController()
    const aborted = client.waitFor('STOP', undefined, { signal: controller.signal })
    controller.abort()
    await expect(aborted).rejects.toThrow(expect.objectContaining({ code: 'QMP_ABORTED' }))
    const failing = client.waitFor('STOP', () => {
      throw new RangeError('mine')
    })
    server.emit('STOP')
    await expect(failing).rejects.toThrow(RangeError)
  })
})

describe('streams', () => {
  test('begin at the call, keep the order, and end with the connection', async () => {
    const { client, server } = await connected()
    const stream = client.events({ names: ['STOP', 'RESUME'] })
    for (const name of ['STOP', 'POWERDOWN', 'RESUME']) server.emit(name)
    server.endConnection()
    const seen: string[] = []
    for await (const { event: name } of stream) seen.push(name)
    expect(seen).toEqual(['STOP', 'RESUME'])
  })

  test('have each event once, by whatever names it is asked for', async () => {
    const { client, server } = await connected()
    const stream = client.events({ names: ['STOP', '*', 'STOP'] })
    for (const name of ['STOP', 'RESUME']) server.emit(name)
    server.endConnection()
    const seen: string[] = []
    for await (const { event: name } of stream) seen.push(name)
    expect(seen).toEqual(['STOP', 'RESUME'])
  })

  test('end by signal, and by leaving the loop', async () => {
    const { client, server } = await connected()
    const controller = new AbortController()
    const aborted = client.events({ signal: controller.signal })
    const reading = aborted.next()
    controller.abort()
    expect((await reading).done).toBe(true)
    const left = client.events()
    server.emit('STOP')
    for await (const { event: name } of left) {
      expect(name).toBe('STOP')
      break
    }
    expect((await left.next()).done).toBe(true)
    expect((await client.events({ signal: AbortSignal.abort() }).next()).done).toBe(true)
  })

  test('serve several reads at once in order', async () => {
    const hub = new EventHub()
    const stream = hub.stream()
    const reads = [stream.next(), stream.next(), stream.next()]
    hub.emit(event('A'))
    hub.emit(event('B'))
    hub.end(undefined)
    const results = await Promise.all(reads)
    expect(results.map(({ value }) => value?.event)).toEqual(['A', 'B', undefined])
  })

  test('are bounded: the oldest go, and the reader can know', async () => {
    const hub = new EventHub()
    const drops: number[] = []
    const stream = hub.stream({ maxQueued: 100, onOverflow: (dropped) => drops.push(dropped) })
    for (let index = 0; index < 1000; index++) hub.emit(event('E', { index }))
    hub.end(undefined)
    const seen: unknown[] = []
    for await (const { data } of stream) seen.push(data)
    expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => ({ index: 900 + index })))
    expect([stream.dropped, drops.length, drops.at(-1)]).toEqual([900, 900, 900])
  })

  test('warn once of an overflow nobody listens for', () => {
    const warned = warnings()
    const hub = new EventHub()
    hub.stream({ maxQueued: 1 })
    for (let index = 0; index < 10; index++) hub.emit(event('E'))
    expect(warned).toHaveLength(1)
  })
})

test('after the end everything ends at once', async () => {
  const hub = new EventHub()
  hub.end(undefined)
  const outcome = await hub.wait('STOP', undefined, {})
  expect(typeof outcome === 'function' && outcome()).toMatchObject({
    code: closedError(undefined, '').code,
  })
})
